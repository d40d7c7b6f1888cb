// The harness alone, without a server: every bundle loads in both browsers and its SDK accepts the browser and its fake devices.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chromium } from '../lib/chromium.mjs';
import { Firefox } from '../lib/firefox.mjs';
import { Pages } from '../lib/pages.mjs';
import { Participant } from '../lib/participant.mjs';
import { SDKS } from '../lib/sdks.mjs';

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
