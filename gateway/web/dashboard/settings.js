// The configuration in force, with where each value comes from. Secrets are masked by the server.
import { call } from './api.js';
import { h, show, withCode } from './dom.js';

let onlyGiven = true;

export async function refresh(panel) {
  const { items } = await call('GET', '/config');
  const shown = items.filter(({ origin }) => !onlyGiven || origin !== 'default');
  const row = (setting) => h('tr', null,
    h('th', { scope: 'row' }, h('code', null, setting.key), h('div', { class: 'soft small' }, withCode(setting.doc))),
    h('td', null, setting.value === null ? h('span', { class: 'soft' }, 'unset') : h('code', null, setting.value)),
    h('td', null, h('span', { class: `badge ${setting.origin === 'default' ? 'plain' : 'good'}` }, setting.origin)));
  show(panel,
    h('p', null, h('button', { type: 'button', 'data-act': 'toggle', 'aria-pressed': String(!onlyGiven) }, 'Show defaults too'),
      h('span', { class: 'soft' }, ` ${shown.length} of ${items.length} settings`)),
    shown.length === 0 ? h('p', { class: 'card empty' }, 'Everything is as it is by default.')
      : h('div', { class: 'card wide' }, h('table', null,
        h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Setting'), h('th', { scope: 'col' }, 'Value'), h('th', { scope: 'col' }, 'From'))),
        h('tbody', null, shown.map(row)))));
}

export async function act(name) {
  if (name === 'toggle') {
    onlyGiven = !onlyGiven;
  }
}
