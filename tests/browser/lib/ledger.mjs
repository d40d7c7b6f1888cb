// What the steps of the v2 scenes came to, as a table: a row per method, event and value of the SDK, a column per version and
// world of the other side.
import { writeFileSync } from 'node:fs';
import { outFolder } from './record.mjs';
import { surfaceOf } from './surface.mjs';

export class Ledger {
  /** `steps`: `{ v2: [...], livekit: [...] }`; `notShown`: reasons by row; `sdks`: the versions at test. */
  constructor({ sdks, steps, notShown }) {
    Object.assign(this, { steps, notShown });
    this.surfaces = new Map(sdks.map((sdk) => [sdk, new Set(surfaceOf(sdk))]));
    this.rows = [...new Set([...this.surfaces.values()].flatMap((surface) => [...surface]))];
    this.columns = ['v2', 'livekit'].flatMap((world) => sdks.map((sdk) => ({ sdk, world })));
    this.results = new Map();
  }

  /** Runs a step and remembers how it ended. */
  async prove({ sdk, world }, step, run) {
    const key = `${sdk.id} ${world} ${step.name}`;
    this.results.set(key, 'failed');
    await run();
    this.results.set(key, 'pass');
  }

  /** Rows of the SDKs that no step and no reason names, and rows named that no SDK has. */
  faults() {
    const named = new Set([...Object.values(this.steps).flat().flatMap(({ shows }) => shows), ...Object.keys(this.notShown)]);
    return { unnamed: this.rows.filter((row) => !named.has(row)), unknown: [...named].filter((row) => !this.rows.includes(row)) };
  }

  /** `absent` (not in this version), `none` (no meaning there), `not shown`, `pass`, `failed` or `not run`. */
  cell(row, { sdk, world }) {
    if (!this.surfaces.get(sdk).has(row)) {
      return 'absent';
    }
    if (this.notShown[row]) {
      return world === 'v2' ? 'not shown' : 'none';
    }
    const steps = this.steps[world].filter(({ shows, later }) => shows.includes(row) && !(later && sdk.release === '2.15'));
    if (steps.length === 0) {
      return world === 'v2' ? 'not run' : 'none';
    }
    const results = steps.map(({ name }) => this.results.get(`${sdk.id} ${world} ${name}`) ?? 'not run');
    return results.find((result) => result !== 'pass') ?? 'pass';
  }

  /** Cells that should have passed and did not. */
  open() {
    return this.rows.flatMap((row) => this.columns.filter((column) => ['failed', 'not run'].includes(this.cell(row, column)))
      .map((column) => `${row} | ${this.title(column)} | ${this.cell(row, column)}`));
  }

  title({ sdk, world }) {
    return `${sdk.version} with ${world === 'v2' ? 'v2' : 'LiveKit'}`;
  }

  counts() {
    return this.columns.map((column) => {
      const cells = this.rows.map((row) => this.cell(row, column));
      const count = (wanted) => cells.filter((cell) => cell === wanted).length;
      return { column: this.title(column), pass: count('pass'), failed: count('failed') + count('not run'), notShown: count('not shown') };
    });
  }

  markdown() {
    const shown = { absent: '–', none: '', 'not shown': 'no', pass: 'pass', failed: 'FAILED', 'not run': 'NOT RUN' };
    const line = (cells) => `| ${cells.join(' | ')} |`;
    return [
      '# openvidu-browser, method by method', '',
      '<!-- Written by `npm run v2-table` in tests/browser; not by hand. -->', '',
      'Each public method, event and value of an event of openvidu-browser, oldest and newest version, in Chromium against the',
      'real server: with the newest openvidu-browser at the other side (v2), and with the newest livekit-client in the room',
      '(LiveKit). An event has its class before an `@`; below them stand the values that events come with. `–`: not in that',
      'version; empty: no meaning of its own there; `no`: see the reasons below.', '',
      line(['', ...this.columns.map((column) => this.title(column))]),
      line(['---', ...this.columns.map(() => '---')]),
      ...this.rows.map((row) => line([`\`${row}\``, ...this.columns.map((column) => shown[this.cell(row, column)])])), '',
      line(['', 'pass', 'failed', 'no']), line(['---', '---', '---', '---']),
      ...this.counts().map(({ column, pass, failed, notShown }) => line([column, pass, failed, notShown])), '',
      '## Not shown, and why', '',
      ...Object.entries(this.notShown).map(([row, reason]) => `- \`${row}\`: ${reason}.`), '',
    ].join('\n');
  }

  write() {
    writeFileSync(`${outFolder}v2-sdk-table.md`, this.markdown());
  }
}
