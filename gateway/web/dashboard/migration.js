// How far apps are on their way from OpenVidu v2 to LiveKit: what they use, what stands in the way, every point explained.
import { call } from './api.js';
import { h, show } from './dom.js';
import { badge } from './rooms.js';
import { count, moment } from './words.js';

const STATES = { direct: 'good', adapt: 'warn', redesign: 'bad', none: 'bad' };

export async function refresh(panel) {
  const [readiness, usage] = await Promise.all([call('GET', '/usage/readiness'), call('GET', '/usage')]);
  show(panel,
    h('p', null, readiness.livekit_joins_percent === null ? 'Nobody has joined yet. ' : `${readiness.livekit_joins_percent} % of all joins are by LiveKit’s protocol. `,
      h('span', { class: 'soft' }, `Counted since ${moment(readiness.since)}.`)),
    h('details', null, h('summary', null, 'How the score is made'), h('p', null, readiness.rule)),
    readiness.apps.length === 0 ? h('p', { class: 'card empty' }, 'No app has used OpenVidu v2’s API yet.') : readiness.apps.map(app),
    readiness.notes.length > 0 && h('div', { class: 'card' },
      h('h2', null, 'Asked for, and refused here'),
      h('ul', null, readiness.notes.map((note) => h('li', null, title(note.app), ` – ${note.why}`)))),
    h('h2', null, 'What is used'),
    usage.apps.map(used));
}

function title({ protocol, key, origin, agent }) {
  const named = [agent, origin, key].filter((part) => part && part !== 'none');
  return [badge(protocol), ` ${named.join(', ') || 'an app that does not say which'}`];
}

/** How it moves to LiveKit. */
function state(compat) {
  return h('span', { class: `badge ${STATES[compat.state]}` }, compat.state);
}

function app(one) {
  const point = ({ name, kind, compat, count: uses, lost_tenths: lost }) => h('tr', null,
    h('th', { scope: 'row' }, h('code', null, name), h('div', { class: 'soft small' }, `${kind}, `, h('a', { href: compat.page }, compat.code))),
    h('td', null, state(compat)),
    h('td', null, compat.livekit ?? compat.sdk ?? '–'),
    h('td', { class: 'number' }, count(uses)),
    h('td', { class: 'number' }, lost === 0 ? '0' : `−${(lost / 10).toFixed(1)}`));
  const points = [...one.blockers, ...one.others];
  return h('div', { class: 'card' },
    h('h2', null, title(one.app)),
    one.score === null ? h('p', null, 'It uses nothing that counts.') : h('p', null,
      h('span', { class: 'score' }, String(one.score)), ' of 100 ready',
      h('meter', { min: '0', max: '100', low: '40', high: '75', optimum: '100', value: String(one.score), 'aria-label': 'Readiness' })),
    one.sdks.length > 0 && h('p', { class: 'soft' }, `SDKs: ${one.sdks.join(', ')}`),
    points.length > 0 && h('div', { class: 'wide' }, h('table', null,
      h('caption', null, one.blockers.length === 0 ? 'What counts; nothing stands in the way' : `What counts; what stands in the way comes first (${one.blockers.length})`),
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Part of v2'), h('th', { scope: 'col' }, 'Moving'), h('th', { scope: 'col' }, 'In LiveKit'),
        h('th', { scope: 'col', class: 'number' }, 'Uses'), h('th', { scope: 'col', class: 'number' }, 'Points'))),
      h('tbody', null, points.map(point)))));
}

function used(one) {
  return h('details', { class: 'card' },
    h('summary', null, title(one.app), h('span', { class: 'soft' }, `, last seen ${moment(one.last_seen)}`)),
    h('div', { class: 'wide' }, h('table', null,
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'What'), h('th', { scope: 'col' }, 'Kind'), h('th', { scope: 'col' }, 'Moving'),
        h('th', { scope: 'col', class: 'number' }, 'Uses'))),
      h('tbody', null, one.used.map((item) => h('tr', null,
        h('th', { scope: 'row' }, h('code', null, item.name)), h('td', null, item.kind),
        h('td', null, item.compat ? state(item.compat) : h('span', { class: 'soft' }, '–')),
        h('td', { class: 'number' }, count(item.count))))))));
}
