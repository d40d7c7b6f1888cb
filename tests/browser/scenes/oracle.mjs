// The same steps against a livekit-server, whose results are kept in oracle/livekit.json. Not part of the usual run:
// `./run oracle --livekit PATH`. Fails when a step fails, or when something does not come with livekit-server either.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Chromium } from '../lib/chromium.mjs';
import { missingIn, readOracle, writeOracle } from '../lib/livekit-ledger.mjs';
import { LiveKitServer } from '../lib/livekit-server.mjs';
import { playStory, stepsOf } from '../lib/livekit-stage.mjs';
import { Pages } from '../lib/pages.mjs';
import { outFolder } from '../lib/record.mjs';
import { newest, oldest } from '../lib/sdks.mjs';
import { STORIES } from './livekit/steps.mjs';

const STEP = { timeout: 120000 };
const STORY = { timeout: 900000, concurrency: true };

const path = process.env.LIVEKIT_SERVER;
const results = { server: execFileSync(path, ['--version']).toString().trim().split(' ').at(-1) };
const stage = { rooms: 0 };

before(async () => {
  stage.server = await LiveKitServer.start(path, `${outFolder}oracle-server.log`);
  stage.pages = await Pages.open();
  stage.browser = await Chromium.launch();
  stage.newRoom = () => {
    stage.rooms += 1;
    return `room-${stage.rooms}`;
  };
});

after(async () => {
  await stage.browser?.close();
  await stage.pages?.close();
  await stage.server?.stop();
  const kept = readOracle();
  const known = kept.server === results.server ? kept : {};
  for (const [version, steps] of Object.entries(results)) {
    known[version] = typeof steps === 'string' ? steps : { ...known[version], ...steps };
  }
  writeOracle(known);
});

for (const sdk of [newest.livekit, oldest.livekit]) {
  results[sdk.version] = {};
  test(sdk.version, STORY, async (version) => {
    await Promise.all(stepsOf(STORIES, sdk, 'livekit-server').map(([story, steps]) => version.test(story, STORY, (t) => playStory(stage, sdk, steps, (step, scene) => t.test(step.name, STEP, async () => {
      const observed = await step.run(scene);
      assert.deepEqual((step.silent ? [] : missingIn(observed)).map((row) => `${row}: ${JSON.stringify(observed[row])}`), []);
      results[sdk.version][step.id] = observed;
    })))));
  });
}
