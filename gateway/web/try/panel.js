// One half of the page: its state, its own picture, the pictures of the others, its figures and its events.
import { figuresText, readFigures } from './figures.js';

const FIGURES_EVERY_MS = 1000;
const EVENTS_KEPT = 60;

export class Panel {
  constructor(section, version) {
    this.find = (selector) => section.querySelector(selector);
    this.find('.version').textContent = version;
    /** Pictures on show: `{ tile, previous, reports }`, `reports` giving the stats reports to read. */
    this.watched = new Map();
    this.timer = null;
  }

  reset() {
    this.stop();
    this.find('.own .screen').replaceChildren();
    this.find('.own .figures').textContent = '';
    this.find('.others').replaceChildren();
    this.find('.events').replaceChildren();
    this.trouble(null);
    this.state('joining …');
    this.timer = setInterval(() => this.refresh(), FIGURES_EVERY_MS);
  }

  stop() {
    clearInterval(this.timer);
    this.watched.clear();
  }

  state(text, mood = '') {
    const element = this.find('.state');
    element.textContent = text;
    element.className = `state ${mood}`;
  }

  event(text) {
    const line = document.createElement('li');
    line.textContent = `${new Date().toLocaleTimeString()}  ${text}`;
    this.find('.events').prepend(line);
    this.find('.events').querySelectorAll(`li:nth-child(n + ${EVENTS_KEPT})`).forEach((old) => old.remove());
  }

  trouble(text) {
    const element = this.find('.trouble');
    element.hidden = !text;
    element.textContent = text ?? '';
  }

  fail(step, error) {
    const code = error?.code === undefined ? '' : ` (code ${error.code})`;
    this.trouble(`${step} failed: ${error?.name ?? 'Error'}${code}: ${error?.message ?? error}`);
    this.state('failed', 'bad');
    this.event(`${step} failed`);
  }

  ownTile(reports) {
    return this.watch('own', this.find('.own'), 'outbound-rtp', reports);
  }

  /** The tile of somebody else, made at need. */
  otherTile(id, name, reports) {
    const known = this.watched.get(id);
    if (known) {
      return known.tile;
    }
    const tile = document.createElement('div');
    tile.className = 'tile';
    tile.innerHTML = '<div class="screen"></div><p class="label"></p><p class="figures"></p>';
    tile.querySelector('.label').textContent = `sees ${name}`;
    this.find('.others').append(tile);
    return this.watch(id, tile, 'inbound-rtp', reports);
  }

  watch(id, tile, direction, reports) {
    this.watched.set(id, { tile, direction, reports, previous: null });
    return tile;
  }

  dropTile(id) {
    this.watched.get(id)?.tile.remove();
    this.watched.delete(id);
  }

  async refresh() {
    for (const watched of this.watched.values()) {
      const figures = await readFigures(watched.direction, await watched.reports());
      watched.tile.querySelector('.figures').textContent = figuresText(figures, watched.previous);
      watched.previous = figures;
    }
  }
}
