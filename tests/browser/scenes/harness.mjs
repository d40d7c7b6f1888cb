// The harness alone, without a server: every bundle loads in both browsers and its SDK accepts the browser and its fake devices.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chromium } from '../lib/chromium.mjs';
import { Firefox } from '../lib/firefox.mjs';
import { Ledger } from '../lib/ledger.mjs';
import { Pages } from '../lib/pages.mjs';
import { Participant } from '../lib/participant.mjs';
import { SDKS, V2 } from '../lib/sdks.mjs';
import { ENDINGS, LIVEKIT, LOSS, MEETING, NOT_SHOWN, TROUBLE } from './v2/steps.mjs';

const DEVICES = `navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240 } }).then((stream) => {
  const { width, height } = stream.getVideoTracks()[0].getSettings();
  stream.getTracks().forEach((track) => track.stop());
  return JSON.stringify({ width, height, secure: isSecureContext });
})`;

for (const kind of [Chromium, Firefox]) {
  test(`every page loads in ${kind.name}`, async (t) => {
    const pages = await Pages.open();
    const browser = await kind.launch();
    try {
      for (const sdk of SDKS) {
        await t.test(sdk.id, async () => {
          const participant = await Participant.open(browser, pages, sdk, 'alice');
          const check = await participant.call('check');
          assert.deepEqual(check, { world: sdk.world, version: sdk.version, supported: true });
          const camera = JSON.parse(await participant.page.evaluate(DEVICES));
          assert.deepEqual(camera, { width: 320, height: 240, secure: true });
          const { remotes, left } = await participant.snapshot();
          assert.deepEqual({ remotes, left }, { remotes: [], left: null });
          await participant.close();
        });
      }
    } finally {
      await browser.close();
      await pages.close();
    }
  });
}

/** What 2.20 keeps for itself, but does not mark so in its declarations as later versions do. */
const UNMARKED = ['onOrientationChanged', 'sendNewVideoDimensionsIfRequired', 'sendVideoDimensionsChangedEvent'].map((name) => `OpenVidu.${name}()`);

test('the steps of the v2 scenes name what every version has, and what they leave out is noticed', () => {
  const steps = { v2: [...MEETING, ...ENDINGS, ...TROUBLE, ...LOSS], livekit: LIVEKIT };
  const all = new Ledger({ sdks: V2, steps, notShown: NOT_SHOWN });
  assert.deepEqual(all.faults(), { unnamed: UNMARKED, unknown: [] });
  const without = { ...steps, v2: steps.v2.filter(({ name }) => name !== 'signals arrive') };
  const notShown = { ...NOT_SHOWN, 'Session.fly()': 'nobody can' };
  const faults = new Ledger({ sdks: [V2.at(-1), V2[0]], steps: without, notShown }).faults();
  assert.deepEqual(faults, { unnamed: ['Session.signal()', 'Session@signal'], unknown: ['Session.fly()'] });
});
