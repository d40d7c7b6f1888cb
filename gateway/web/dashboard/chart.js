// A line over the last minutes, drawn as SVG.
import { h } from './dom.js';
import { ago } from './words.js';

const WIDTH = 480;
const HEIGHT = 150;
const LEFT = 52;
const BOTTOM = 20;
const TOP = 8;

/** The next round number that is not below `value`. */
export function roundUp(value) {
  if (value <= 1) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}

/** `points`: [{ at (ms), value }], oldest first; `shown` writes a value, `short` one at the axis. */
export function chart(title, points, shown, short = shown) {
  const last = points.at(-1);
  const highest = Math.max(0, ...points.map(({ value }) => value));
  const top = roundUp(highest);
  const [from, until] = [points[0]?.at ?? 0, last?.at ?? 1];
  const x = (at) => LEFT + ((WIDTH - LEFT) * (at - from)) / Math.max(1, until - from);
  const y = (value) => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * value) / top;
  const way = points.map(({ at, value }, index) => `${index ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  const span = ago(from, until);
  const now = last ? shown(last.value) : '–';
  const grid = [0, 0.5, 1].map((share) => [
    h('line', { class: 'grid', x1: LEFT, x2: WIDTH, y1: y(share * top), y2: y(share * top) }),
    h('text', { x: LEFT - 6, y: y(share * top) + 4, 'text-anchor': 'end' }, short(share * top)),
  ]);
  return h('figure', { class: 'chart card' },
    h('figcaption', null, h('span', null, title), h('span', { class: 'number' }, now)),
    h('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `${title}: now ${now}, at most ${shown(highest)} in the last ${span}` },
      grid,
      points.length > 1 && h('path', { class: 'area', d: `${way}L${x(until).toFixed(1)} ${y(0)}L${x(from).toFixed(1)} ${y(0)}Z` }),
      points.length > 1 && h('path', { class: 'line', d: way }),
      h('text', { x: LEFT, y: HEIGHT - 4 }, `${span} ago`),
      h('text', { x: WIDTH, y: HEIGHT - 4, 'text-anchor': 'end' }, 'now')));
}
