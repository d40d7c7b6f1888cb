// The figures of a run: time to first frame per pair, written as JSON and as a Markdown table into `out/`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const outFolder = fileURLToPath(new URL('../out/', import.meta.url));
mkdirSync(outFolder, { recursive: true });

export class Record {
  constructor(name) {
    this.name = name;
    this.facts = {};
    this.pairs = [];
  }

  /** `ms` from the start of the viewer's join, or of the other's publishing where that came later, to the first picture. */
  async firstFrames(browserName, first, second) {
    const joiner = await second.untilRemote(first, 'first frame', ({ firstFrameAt }) => firstFrameAt);
    const waiting = await first.untilRemote(second, 'first frame', ({ firstFrameAt }) => firstFrameAt);
    this.pairs.push({
      browser: browserName,
      first: `${first.sdk.npmName.replace(/-[^-]*$/, '')} ${first.sdk.version}`,
      second: `${second.sdk.npmName.replace(/-[^-]*$/, '')} ${second.sdk.version}`,
      joinerSeesAfterMs: Math.round(joiner.firstFrameAt - second.times.join),
      waitingSeesAfterMs: Math.round(waiting.firstFrameAt - second.times.publish),
    });
  }

  write() {
    writeFileSync(`${outFolder}${this.name}.json`, `${JSON.stringify({ ...this.facts, pairs: this.pairs }, null, 2)}\n`);
    const rows = this.pairs.map((pair) => (
      `| ${pair.browser} | ${pair.first} | ${pair.second} | ${pair.joinerSeesAfterMs} | ${pair.waitingSeesAfterMs} |`
    ));
    const facts = Object.entries(this.facts).map(([key, value]) => `- ${key}: ${value}`);
    const text = [
      '# Time to first frame', '', ...facts, '',
      'Both publish. The joiner comes second: its figure runs from its call of join to the first picture of the one who is',
      'there; the other figure from the joiner\'s call of publish (camera start included) to the first picture at the one there.', '',
      '| browser | in the room | joins | joiner sees after (ms) | the other sees after publish (ms) |',
      '|---|---|---|---|---|', ...rows, '',
    ].join('\n');
    writeFileSync(`${outFolder}${this.name}.md`, text);
  }
}
