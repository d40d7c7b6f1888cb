// LiveKit's command line `lk`, as it is, against a real server in both profiles: each command with what it must print. With
// VIADUCT_BLESS=1 what it printed becomes docs/livekit-cli.md. LK is the path of the program.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LIVEKIT_KEY, LIVEKIT_SECRET, Server } from '../../browser/lib/server.mjs';
import { until } from '../../browser/lib/until.mjs';
import { ivf, ogg } from './lk/media.mjs';
import { page } from './lk/page.mjs';

const LK = process.env.LK;
const out = fileURLToPath(new URL('../out/', import.meta.url));
const guide = fileURLToPath(new URL('../../../docs/livekit-cli.md', import.meta.url));
const LIMIT_MS = 60000;
const UNBUILT = /unimplemented/;

const home = mkdtempSync(join(tmpdir(), 'lk-'));
/** What was typed and printed, for the guide. */
const written = { version: '', sections: [] };
let server;
let full;

function environment(of) {
  return { ...process.env, HOME: home, NO_COLOR: '1', LIVEKIT_URL: of.http, LIVEKIT_API_KEY: LIVEKIT_KEY, LIVEKIT_API_SECRET: LIVEKIT_SECRET };
}

/** Types a command; resolves to how it ended and all that it printed. */
function type(line, of = server) {
  const args = line.match(/'[^']*'|\S+/g).map((part) => part.replace(/^'|'$/g, ''));
  return new Promise((resolve) => {
    execFile(LK, args, { env: environment(of), cwd: home, timeout: LIMIT_MS }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code ?? 'killed' : 0, text: `${stdout}${stderr}` });
    });
  });
}

/** A command that must do its work and print what fits `expected`. */
async function does(section, line, expected, of) {
  const { code, text } = await type(line, of);
  section.push({ line, text });
  assert.equal(code, 0, `lk ${line}: ${text}`);
  assert.match(text, expected, `lk ${line}`);
  return text;
}

/** A command that must fail in words that fit `expected`. */
async function fails(section, line, expected, of) {
  const { code, text } = await type(line, of);
  section.push({ line, text });
  assert.notEqual(code, 0, `lk ${line}: ${text}`);
  assert.match(text, expected, `lk ${line}`);
}

function section(title) {
  const rows = [];
  written.sections.push({ title, rows });
  return rows;
}

/** `lk room join`, which stays until it is ended. */
function joins(line, of = server) {
  const child = spawn(LK, line.split(' '), { env: environment(of), cwd: home, stdio: ['pipe', 'pipe', 'pipe'] });
  const log = createWriteStream(`${out}lk-join.log`, { flags: 'a' });
  const joined = { child, text: '', ended: new Promise((resolve) => child.once('exit', resolve)) };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      joined.text += data;
    });
    stream.pipe(log);
  }
  return joined;
}

async function leaves({ child, ended }) {
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}

async function participants(of = server) {
  return (await type('room participants list demo', of)).text;
}

before(async () => {
  assert.ok(LK && existsSync(LK), 'LK must be the path of the program lk');
  written.version = (await new Promise((resolve) => {
    execFile(LK, ['--version'], (error, stdout) => resolve(stdout));
  })).trim();
  server = await Server.start(`${out}lk-server.log`);
  full = await Server.start(`${out}lk-full-server.log`, ['--profile', 'full']);
});
after(async () => {
  await Promise.all([server, full].map((one) => one?.stop()));
  rmSync(home, { recursive: true, force: true });
});

test('rooms are made, listed, changed', async () => {
  const rows = section('Rooms');
  await does(rows, 'room create demo --empty-timeout 120 --departure-timeout 900', /"name":\s*"demo"/);
  await does(rows, 'room list', /demo/);
  await does(rows, 'room list demo absent', /demo/);
  await does(rows, "room update --metadata '{\"a\":1}' demo", /"metadata":\s*"\{\\"a\\":1\}"/);
});

test('a participant of the command line publishes, another one receives it', async () => {
  const rows = section('Participants');
  writeFileSync(join(home, 'silence.ogg'), ogg(60));
  writeFileSync(join(home, 'black.ivf'), ivf(60));
  const publishing = 'room join --identity pub --publish silence.ogg --publish black.ivf --attribute mood=good demo';
  const publisher = joins(publishing);
  await until('two tracks of pub', 30000, async () => /pub .*\b2\b/.test(await participants()), () => publisher.text);
  const viewer = joins('room join --identity sub --auto-subscribe demo');
  await until('sub has subscribed to both', 30000, () => ['audio', 'video'].every((kind) => viewer.text.includes(`"kind": "${kind}"`)), () => viewer.text);
  rows.push({ line: publishing, text: publisher.text });
  rows.push({ line: 'room join --identity sub --auto-subscribe demo', text: viewer.text });
  await does(rows, 'room participants list demo', /pub[\s\S]*sub/);
  const told = await does(rows, 'room participants get --room demo pub', /"identity":\s*"pub"/);
  assert.match(told, /"mood":\s*"good"/);
  const sid = /"sid":\s*"(TR_V\w+)"/.exec(told)[1];
  await does(rows, `room mute-track --room demo --identity pub --mute ${sid}`, /muted/i);
  await does(rows, `room mute-track --room demo --identity pub --mute ${sid}`, /muted/i);
  await does(rows, `room update-subscriptions --room demo --identity sub --unsubscribe ${sid}`, /./);
  await does(rows, "room participants update --room demo --metadata 'new words' sub", /new words/);
  await does(rows, "room participants update --room demo --permissions '{\"can_publish\":false,\"can_subscribe\":true}' sub", /sub/);
  await fails(rows, 'room participants get --room demo nobody', /not_found|not found|does not exist/);
  await does(rows, 'room participants move --room demo --identity sub --destination-room annex', /./);
  await until('sub is in the annex', 20000, async () => !/\bsub\b/.test(await participants()));
  await does(rows, 'room participants remove --room demo pub', /./);
  await until('pub was put out', 20000, async () => !/\bpub\b/.test(await participants()));
  await Promise.all([leaves(publisher), leaves(viewer)]);
});

test('tokens are made and joined with', async () => {
  const rows = section('Tokens');
  const text = await does(rows, 'token create --join --room demo --identity tom --valid-for 5m --allow-source microphone', /eyJ/);
  assert.match(text, /tom/);
  const [token] = /eyJ[\w.-]+/.exec(text);
  const answer = await fetch(`${server.http}/rtc/validate?access_token=${token}`);
  assert.deepEqual([answer.status, await answer.text()], [200, 'success']);
});

test('what the server does not do is refused in words', async () => {
  const rows = section('Refused');
  await fails(rows, 'room participants forward --room demo --identity pub --destination-room annex', UNBUILT);
  await fails(rows, 'room send-data --room demo hello', UNBUILT);
  await fails(rows, 'egress list', UNBUILT);
  await fails(rows, 'ingress list', UNBUILT);
  await fails(rows, 'sip inbound list', UNBUILT);
  await fails(rows, 'sip outbound list', UNBUILT);
  await fails(rows, 'sip dispatch list', UNBUILT);
  await fails(rows, 'dispatch list demo', UNBUILT);
  await fails(rows, 'dispatch create --room demo --agent-name a', UNBUILT);
  await fails(rows, 'room create demo2 --min-playout-delay 100', UNBUILT);
  await fails(rows, '--api-secret wrong room list', /unauthenticated|401|invalid/i);
});

test('data goes out with the profile full', async () => {
  const rows = section('Data, profile `full`');
  await does(rows, 'room create demo', /demo/, full);
  const listener = joins('room join --identity ear demo', full);
  await until('ear is there', 20000, async () => /\bear\b/.test(await participants(full)), () => listener.text);
  await does(rows, 'room send-data --room demo --topic news hello', /./, full);
  await until('ear has heard it', 20000, () => listener.text.includes('aGVsbG8'), () => listener.text);
  const talker = joins('room join --identity mouth --publish-data words demo', full);
  await until('ear has heard words', 20000, () => listener.text.includes('d29yZHM'), () => `${listener.text}\n${talker.text}`);
  rows.push({ line: 'room join --identity mouth --publish-data words demo', text: talker.text });
  rows.push({ line: 'room join --identity ear demo', text: listener.text });
  await Promise.all([leaves(listener), leaves(talker)]);
});

test('rooms are deleted', async () => {
  const rows = section('The end');
  await does(rows, 'room delete demo', /./);
  assert.ok(!/\bdemo\b/.test((await type('room list')).text));
  await fails(rows, 'room delete demo', /not_found|not found|does not exist/);
});

test('the guide says what was printed', { skip: process.env.VIADUCT_BLESS ? false : 'written with VIADUCT_BLESS=1' }, () => {
  writeFileSync(guide, page(written));
});
