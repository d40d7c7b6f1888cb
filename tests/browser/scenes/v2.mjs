// Scenes of openvidu-browser, oldest and newest: every public method and every event, with a v2 app and with a LiveKit app at
// the other side. What each step shows stands in v2/steps.mjs; the last test fails when a method or event is nowhere in it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chromium } from '../lib/chromium.mjs';
import { LabPage } from '../lib/lab.mjs';
import { Ledger } from '../lib/ledger.mjs';
import { newest, oldest } from '../lib/sdks.mjs';
import { Stage } from '../lib/stage.mjs';
import { serverVanishes } from './v2/loss.mjs';
import { ENDINGS, LIVEKIT, LOSS, MEETING, NOT_SHOWN, TROUBLE } from './v2/steps.mjs';

/** Each wait inside has its own, shorter limit: these end what hangs altogether. */
const STEP = { timeout: 90000 };
const STORY = { timeout: 300000, concurrency: true };

const ANDROID = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36';
/** As a Pro server that tells the quality of networks, more often than the 5 s that are usual. */
const QUALITY = { VIADUCT_OPENVIDU_NETWORK_QUALITY: 'true', VIADUCT_OPENVIDU_NETWORK_QUALITY_INTERVAL: '1' };
const SDKS = [newest.v2, oldest.v2];

const ledger = new Ledger({
  sdks: SDKS,
  steps: { v2: [...MEETING, ...ENDINGS, ...TROUBLE, ...LOSS], livekit: LIVEKIT },
  notShown: NOT_SHOWN,
});
let stage;
let vanished;

before(async () => {
  stage = await Stage.set(Chromium, 'v2-server', QUALITY);
  vanished = await serverVanishes({ browser: stage.browser, pages: stage.pages, sdk: newest.v2 });
});

after(async () => {
  ledger.write();
  await vanished?.end();
  await stage?.strike();
});

/** Plays the steps one after the other. */
async function play(t, column, steps, scene) {
  for (const step of steps.filter(({ later }) => !(later && column.sdk.release === '2.15'))) {
    await t.test(`${column.sdk.version}: ${step.name}`, STEP, () => ledger.prove(column, step, () => step.run(scene)));
  }
}

/** Opens a page for each of these; all are closed afterwards, whatever happens. */
async function withPages(wanted, scene) {
  const opened = [];
  try {
    const entries = Object.entries(wanted);
    for (const [, [sdk, options]] of entries) {
      opened.push(await LabPage.open(stage, sdk, options));
    }
    await scene({ server: stage.server, pages: stage.pages, room: stage.newRoom(), ...Object.fromEntries(entries.map(([name], index) => [name, opened[index]])) });
  } finally {
    await Promise.all(opened.map((page) => page.close()));
  }
}

for (const sdk of SDKS) {
  test(`${sdk.id} meets v2`, STORY, (t) => withPages({ alice: [sdk], bob: [newest.v2] }, (scene) => (
    play(t, { sdk, world: 'v2' }, MEETING, { ...scene, sdk })
  )));
  test(`${sdk.id} meets LiveKit`, STORY, (t) => stage.scene((room) => withPages({ alice: [sdk] }, async (scene) => {
    const bob = await room.open(newest.livekit, 'bob');
    await play(t, { sdk, world: 'livekit' }, LIVEKIT, { ...scene, sdk, bob, open: room.open, livekit: newest.livekit });
  })));
}

/** These wait a good deal for timers of SDK and server: both versions go through them at the same time. */
test('endings', STORY, (t) => Promise.all(SDKS.map((sdk) => withPages({ page: [sdk] }, (scene) => (
  play(t, { sdk, world: 'v2' }, ENDINGS, scene)
)))));

test('trouble', STORY, (t) => Promise.all(SDKS.map((sdk) => withPages({ page: [sdk], phone: [sdk, { userAgent: ANDROID }] }, async (scene) => {
  try {
    await play(t, { sdk, world: 'v2' }, TROUBLE, scene);
  } finally {
    await scene.cutter?.close();
  }
}))));

for (const step of LOSS) {
  test(step.name, STEP, () => ledger.prove({ sdk: newest.v2, world: 'v2' }, step, async () => {
    const error = await vanished.disconnected;
    if (error) {
      throw error;
    }
  }));
}

test('every method and event is shown, or there is a reason', (t) => {
  ledger.counts().forEach(({ column, pass, failed, notShown }) => t.diagnostic(`${column}: ${pass} pass, ${failed} failed, ${notShown} not shown`));
  assert.deepEqual(ledger.faults(), { unnamed: [], unknown: [] });
  assert.deepEqual(ledger.open(), []);
});
