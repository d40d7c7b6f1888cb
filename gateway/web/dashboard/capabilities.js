// What the engine profile in force supports, and what was asked for in vain.
import { call } from './api.js';
import { h, show } from './dom.js';
import { count } from './words.js';

export async function refresh(panel) {
  const { profile, features } = await call('GET', '/capabilities');
  const sorted = [...features].sort((one, other) => other.refused - one.refused || Number(one.supported) - Number(other.supported));
  const row = (feature) => h('tr', null,
    h('th', { scope: 'row' }, h('div', null, feature.title), h('a', { class: 'small', href: feature.page }, h('code', null, feature.code))),
    h('td', null, feature.supported ? h('span', { class: 'badge good' }, 'supported') : h('span', { class: 'badge warn' }, 'refused')),
    h('td', null, feature.summary, feature.instead ? h('div', { class: 'soft small' }, feature.instead) : null),
    h('td', { class: 'number' }, count(feature.refused)));
  show(panel,
    h('p', null, 'Engine profile ', h('code', null, profile), `: ${features.filter((feature) => feature.supported).length} of ${features.length} features are supported.`),
    h('div', { class: 'card wide' }, h('table', null,
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Feature'), h('th', { scope: 'col' }, 'State'),
        h('th', { scope: 'col' }, 'What it is'), h('th', { scope: 'col', class: 'number' }, 'Times refused'))),
      h('tbody', null, sorted.map(row)))));
}
