// Scenes of livekit-client, newest and 1.15, in both profiles: every public method and event, compared with what the same steps
// gave with livekit-server (oracle/livekit.json, made by `./run oracle`). The last test fails when a method or event is nowhere.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Chromium } from '../lib/chromium.mjs';
import { LiveKitLedger, readOracle } from '../lib/livekit-ledger.mjs';
import { playStory, stepsOf } from '../lib/livekit-stage.mjs';
import { Pages } from '../lib/pages.mjs';
import { outFolder } from '../lib/record.mjs';
import { newest, oldest } from '../lib/sdks.mjs';
import { Server } from '../lib/server.mjs';
import { DIFFERENCES, OPEN } from './livekit/differences.mjs';
import { CODES } from './livekit/refusals.mjs';
import { NOT_SHOWN, STORIES } from './livekit/steps.mjs';

/** Each wait inside has its own, shorter limit: these end what hangs altogether. */
const STEP = { timeout: 120000 };
const STORY = { timeout: 600000, concurrency: true };

const SDKS = [newest.livekit, oldest.livekit];
/** Features that a profile refuses. */
const PROFILES = { mediasoup: ['dataMessages', 'dynacast', 'speakerDetection'], full: [] };

const ledger = new LiveKitLedger({ sdks: SDKS, profiles: Object.keys(PROFILES), oracle: readOracle(), differences: DIFFERENCES, open: OPEN, notShown: NOT_SHOWN, codes: CODES });
const servers = {};
let pages;
let browser;
let rooms = 0;

before(async () => {
  for (const profile of Object.keys(PROFILES)) {
    servers[profile] = await Server.start(`${outFolder}livekit-${profile}-server.log`, ['--profile', profile]);
  }
  pages = await Pages.open();
  browser = await Chromium.launch();
});

after(async () => {
  ledger.write(`${outFolder}livekit-sdk-table.md`);
  writeFileSync(`${outFolder}livekit-results${process.env.ONLY?.replace(/\W+/g, '-') ?? ''}.json`, JSON.stringify(ledger.seen, null, 1));
  await browser?.close();
  await pages?.close();
  await Promise.all(Object.values(servers).map((server) => server.stop()));
});

function newRoom() {
  rooms += 1;
  return `room-${rooms}`;
}

/** Plays a story in its own pages; each step is a test. */
function play(t, column, steps) {
  const server = servers[column.profile];
  return playStory({ browser, pages, server, newRoom }, column.sdk, steps, (step, scene) => t.test(step.name, STEP, () => (
    PROFILES[column.profile].includes(step.feature) ? ledger.proveRefused(column, step, () => step.refused(scene)) : ledger.prove(column, step, () => step.run(scene))
  )));
}

for (const profile of Object.keys(PROFILES)) {
  for (const sdk of SDKS) {
    test(`${sdk.id}, profile ${profile}`, STORY, (t) => Promise.all(stepsOf(STORIES, sdk, profile).map(([story, steps]) => (
      t.test(story, STORY, (t) => play(t, { sdk, profile }, steps))
    ))));
  }
}

test('every method and event is as with livekit-server, or there is a reason', (t) => {
  ledger.counts().forEach(({ column, ...numbers }) => t.diagnostic(`${column}: ${JSON.stringify(numbers)}`));
  assert.deepEqual(ledger.unmet(), []);
  assert.deepEqual(ledger.idle(), []);
});
