// Events on their way to backends: what waits, what was given up, and sending it again.
import { all, call } from './api.js';
import { confirmed, h, say, show } from './dom.js';
import { ago, count } from './words.js';

export async function refresh(panel) {
  const [{ items: endpoints }, dead] = await Promise.all([call('GET', '/webhooks'), all('/webhooks/dead-letters')]);
  show(panel,
    h('h2', null, 'Endpoints'),
    endpoints.length === 0 ? h('p', { class: 'card empty' }, 'Nobody is told: no webhook and no call detail records are configured.')
      : h('div', { class: 'card wide' }, h('table', null,
        h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Endpoint'), h('th', { scope: 'col' }, 'Where'),
          h('th', { scope: 'col', class: 'number' }, 'Waiting'), h('th', { scope: 'col', class: 'number' }, 'Given up'))),
        h('tbody', null, endpoints.map((endpoint) => h('tr', null, h('th', { scope: 'row' }, endpoint.name),
          h('td', null, endpoint.form === null ? 'not configured any more' : endpoint.target ?? 'files'),
          h('td', { class: 'number' }, count(endpoint.waiting)), h('td', { class: 'number' }, count(endpoint.dead))))))),
    h('h2', null, 'Given up'),
    dead.length === 0 ? h('p', { class: 'card empty' }, 'No event was given up.')
      : h('div', { class: 'card wide' }, h('table', null,
        h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Event'), h('th', { scope: 'col' }, 'Endpoint'), h('th', { scope: 'col' }, 'Why'),
          h('th', { scope: 'col' }, 'When'), h('th', { scope: 'col' }, h('span', { class: 'unseen' }, 'What can be done')))),
        h('tbody', null, dead.map(row)))));
}

/** The event's name, where its letter says it. */
function nameOf(letter) {
  try {
    return JSON.parse(letter.body).event ?? letter.event_id;
  } catch {
    return letter.event_id;
  }
}

function row(letter) {
  const name = nameOf(letter);
  return h('tr', null,
    h('th', { scope: 'row' }, h('div', null, name), h('code', { class: 'soft small' }, letter.event_id)),
    h('td', null, letter.endpoint), h('td', null, letter.complaint), h('td', null, letter.dead_ms === null ? '–' : `${ago(letter.dead_ms)} ago`),
    h('td', { class: 'number' }, h('button', {
      type: 'button', 'data-act': 'replay', 'data-letter': String(letter.id), 'data-name': name, 'aria-label': `Send again ${name}`,
    }, 'Send again')));
}

export async function act(act, { letter, name }) {
  if (act === 'replay' && await confirmed(`Send ${name} again?`, 'It goes to its endpoint after what waits already.', 'Send again')) {
    const { replayed } = await call('POST', '/webhooks/dead-letters/replay', { id: Number(letter) });
    say(replayed > 0 ? `${name} waits to be sent again.` : 'It is not there any more.');
  }
}
