// What reconnecting came to, Viaduct beside livekit-server: kept in oracle/reconnection.json, shown in
// docs/livekit-reconnection.md, and what a later run of Viaduct alone is measured by.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const kept = new URL('../oracle/reconnection.json', import.meta.url);
const document = new URL('../../../docs/livekit-reconnection.md', import.meta.url);
/** A gap may be so much longer than livekit-server's longest was: retries of the SDK wait for a random time. */
const GAP_FACTOR = 1.5;
const GAP_MORE_MS = 1500;

/** By case and server (`viaduct`, `livekit`), a list of rounds. */
export function readKept() {
  return existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : { cases: {} };
}

const join = (events) => events.join(', ') || 'none';
const isOfTracks = (event) => /^(local)?track/i.test(event);
/** Events in order; those of tracks come when their media does, in any order. */
const told = (events) => ({ inOrder: join(events.filter((event) => !isOfTracks(event))), ofTracks: join(events.filter(isOfTracks).sort()) });
/** What an app can tell apart, without figures. */
const storyOf = ({ state, events, others, samePresence, sameTrack }) => ({ state, alice: told(events), bob: told(others), samePresence, sameTrack });
const figures = (rounds, key) => rounds.map((round) => round[key]).sort((a, b) => a - b);
const distinct = (values) => [...new Set(values)];

/** Throws where what was seen is in no round of livekit-server's (or Viaduct's own, where it differs on purpose), or takes longer. */
export function measure({ name, differs }, seen) {
  const { livekit = [], viaduct = [] } = readKept().cases[name] ?? {};
  const known = differs ? viaduct : livekit;
  if (known.length === 0) {
    throw new Error(`${name}: nothing is kept to compare with`);
  }
  const own = JSON.stringify(storyOf(seen), null, 1);
  const stories = distinct(known.map((round) => JSON.stringify(storyOf(round), null, 1)));
  if (!stories.includes(own)) {
    throw new Error(`${name}\nseen: ${own}\nkept: ${stories.join('\nor ')}`);
  }
  for (const key of ['gapMs', 'gapThereMs']) {
    const bound = Math.round(figures(known, key).at(-1) * GAP_FACTOR + GAP_MORE_MS);
    if (seen[key] > bound) {
      throw new Error(`${name}: ${key} is ${seen[key]}, more than ${bound}`);
    }
  }
}

/** Keeps what was seen and writes the document. Cases that were not played stay as they were. */
export function report(version, cases, seen) {
  const all = readKept();
  const base = all.server === version ? all.cases : {};
  const result = { server: version, cases: Object.fromEntries(cases.map(({ name }) => [name, seen[name] ?? base[name]]).filter(([, rounds]) => rounds)) };
  writeFileSync(kept, `${JSON.stringify(result, null, 1)}\n`);
  writeFileSync(document, text(result, cases.filter(({ name }) => result.cases[name])));
}

function spread(rounds, key) {
  const values = figures(rounds, key);
  const middle = values[Math.floor((values.length - 1) / 2)];
  return values.length > 1 ? `${middle} (${values[0]} to ${values.at(-1)})` : `${middle}`;
}

function survived(rounds) {
  return distinct(rounds.map(({ state, samePresence, sameTrack }) => {
    if (state === 'disconnected') {
      return 'over';
    }
    return samePresence && sameTrack ? 'kept' : (samePresence ? 'published anew' : 'joined anew');
  })).join(' or ');
}

const line = (cells) => `| ${cells.join(' | ')} |`;
const SERVERS = { viaduct: 'Viaduct', livekit: 'livekit-server' };

function eventsOf(name, servers) {
  const all = (rounds, key) => distinct(rounds.map((round) => join(round[key]))).join(' — or: ');
  const lines = [`### ${name}`, ''];
  for (const [key, who] of [['events', 'alice'], ['others', 'bob']]) {
    const [viaduct, livekit] = Object.keys(SERVERS).map((server) => all(servers[server] ?? [], key));
    lines.push(...(viaduct === livekit ? [`- ${who}, with both: ${viaduct}`] : [`- ${who}, Viaduct: ${viaduct}`, `- ${who}, livekit-server: ${livekit}`]));
  }
  return [...lines, ''];
}

function text({ server, cases }, list) {
  const rows = list.flatMap(({ name }) => Object.entries(SERVERS).filter(([key]) => cases[name][key]?.length).map(([key, title], index) => {
    const rounds = cases[name][key];
    return line([index === 0 ? name : '', title, survived(rounds), spread(rounds, 'afterMs'), spread(rounds, 'gapMs'), spread(rounds, 'gapThereMs')]);
  }));
  const differences = list.filter(({ differs }) => differs).map(({ name, differs }) => `- ${name}: ${differs}`);
  const mended = list.filter((item) => item.mended).map((item) => `- ${item.name}: ${item.mended}`);
  return [
    '# Reconnection, beside livekit-server', '',
    '<!-- Written by `tests/browser/run reconnection --livekit PATH`; not by hand. -->', '',
    `The newest livekit-client in Chromium against Viaduct and against livekit-server ${server}, with the same pages and the same hurts`,
    'to the connection of one of two participants, alice; both publish a picture of 15 frames a second. The signalling passes a relay that breaks it;',
    'the media of alice\'s browser passes a link on which it is dropped without a word. Times in ms, the middle of the rounds',
    'and their range: until the last event of the connection, counted from when it was hurt, and the longest time without a picture, at alice of bob and at bob of alice.',
    'A run without an outage has gaps of about 70, more on a busy machine. The SDK itself waits for a random part of a second before its first attempt.', '',
    line(['hurt', 'server', 'alice\'s publication', 'settled after', 'gap at alice', 'gap at bob']), line(Array(6).fill('---')), ...rows, '',
    '## Otherwise on purpose', '', ...(differences.length ? differences : ['Nothing.']), '',
    '## Mended since this was measured', '', ...(mended.length ? mended : ['Nothing.']), '',
    '## Events of the room, in their order', '', ...list.flatMap(({ name }) => eventsOf(name, cases[name])),
  ].join('\n');
}
