// The browser side of a load run: opens one page a participant in one Chromium, as told on standard input, and says what
// happens on standard output; one JSON value a line both ways. It ends, and its browser with it, when the input ends.
//
// In: `{ do: 'open', participant }`, `{ do: 'join', participant, join, publish, alone }`, `{ do: 'leave', participant }`,
// `{ do: 'look', number }`. Out: `{ event: 'ready', browser, sdk }`, then `opened`, `step`, `figures`, `up`, `failed` and
// `left` of a participant with milliseconds since its join, `looked`, and `trouble` for a line that cannot be read.
import { createInterface } from 'node:readline';
import { buildDriverPage } from './build.mjs';
import { Chromium } from './lib/chromium.mjs';
import { Crowd } from './lib/crowd.mjs';
import { Pages } from './lib/pages.mjs';
import { Participant } from './lib/participant.mjs';
import { newest } from './lib/sdks.mjs';

/** After this much time a browser that does not close is left to end with this process. */
const END_LIMIT_MS = 8000;

const say = (fact) => process.stdout.write(`${JSON.stringify(fact)}\n`);

const sdk = newest[process.argv[2]];
if (!sdk) {
  console.error(`usage: node load.mjs ${Object.keys(newest).join('|')}`);
  process.exit(2);
}
const [, pages, browser] = await Promise.all([buildDriverPage(sdk), Pages.open(), Chromium.launch()]);
const crowd = new Crowd((name) => Participant.open(browser, pages, sdk, name), say);
say({ event: 'ready', browser: `Chromium ${browser.version}`, sdk: `${sdk.npmName.replace(/-newest$/, '')} ${sdk.version}` });

const known = ['open', 'join', 'leave', 'look'];
for await (const line of createInterface({ input: process.stdin })) {
  try {
    const { do: name, ...order } = JSON.parse(line);
    if (!known.includes(name)) {
      throw new Error(`no such order: ${name}`);
    }
    // Not awaited: participants live side by side.
    crowd[name](order).catch((error) => say({ event: 'trouble', reason: error.message }));
  } catch (error) {
    say({ event: 'trouble', reason: error.message });
  }
}

setTimeout(() => process.exit(1), END_LIMIT_MS).unref();
await crowd.close();
await browser.close();
await pages.close();
