// A narrow path in Chromium: a picture that does not fit is left out, the app is told so, sound goes on; and when the path
// is wide again the picture is back. In a network of its own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chromium } from '../lib/chromium.mjs';
import { newest } from '../lib/sdks.mjs';
import { Shaper } from '../lib/shaper.mjs';
import { Stage } from '../lib/stage.mjs';
import { until } from '../lib/until.mjs';

const SCENE = { timeout: 180000, skip: Shaper.whyNot() };
const PAUSE_LIMIT_MS = 20000;
const RESUME_LIMIT_MS = 20000;
/** Of what sound and picture need together: enough for sound, too little for both. */
const NARROW_SHARE = 0.6;
const ROUNDS = 3;

let stage;
let shaper;

before(async () => {
  if (SCENE.skip) {
    return;
  }
  stage = await Stage.set(Chromium, 'narrow-server');
  shaper = new Shaper(stage.server.udpPorts);
});

after(() => stage?.strike());

function streamStates(view) {
  return view.events.filter(({ type }) => type === 'streamState').map(({ state }) => state);
}

/** What sound and picture take, while some seconds of pictures are shown. */
async function flowingKbps(viewer, speaker) {
  const first = await viewer.untilRemote(speaker, 'pictures');
  const [bytes, at] = [shaper.passed(), Date.now()];
  await viewer.untilRemote(speaker, 'more pictures', ({ media }) => media.framesDecoded > first.media.framesDecoded + 60);
  return ((shaper.passed() - bytes) * 8) / (Date.now() - at);
}

test('a picture that does not fit is paused and resumed, and sound goes on', SCENE, (t) => stage.scene(async ({ server, room, open }) => {
  const alice = await open(newest.livekit, 'alice');
  const bob = await open(newest.livekit, 'bob');
  await alice.join(server, room);
  await alice.publish({ width: 640, height: 360, frameRate: 30, encoding: { simulcast: false, videoEncoding: { maxBitrate: 900000, maxFramerate: 30 } } });
  await bob.join(server, room);
  await bob.seesAndHears(alice);
  const kbps = Math.round(await flowingKbps(bob, alice));
  const narrowKbps = Math.round(kbps * NARROW_SHARE);
  t.diagnostic(`${kbps} kbit/s flow, ${narrowKbps} kbit/s will pass`);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const before = streamStates(await bob.snapshot()).length;
    let from = Date.now();
    shaper.narrow(narrowKbps);
    await bob.until('told that the picture is paused', (view) => streamStates(view)[before] === 'paused', PAUSE_LIMIT_MS);
    const pausedAfterMs = Date.now() - from;
    await bob.hears(alice);
    const still = await bob.untilRemote(alice, 'presence');
    await bob.hears(alice);
    const later = await bob.untilRemote(alice, 'presence');
    const frames = later.media.framesDecoded - still.media.framesDecoded;
    from = Date.now();
    shaper.widen();
    await bob.until('told that the picture is back', (view) => streamStates(view).at(-1) === 'active', RESUME_LIMIT_MS);
    const toldAfterMs = Date.now() - from;
    await until('frames go on', RESUME_LIMIT_MS, async () => {
      const { media } = await bob.untilRemote(alice, 'presence');
      return media.framesDecoded > later.media.framesDecoded + 10;
    });
    t.diagnostic(`round ${round}: paused after ${pausedAfterMs} ms, active after ${toldAfterMs} ms, `
      + `10 frames after ${Date.now() - from} ms, ${frames} frames meanwhile`);
    assert.ok(streamStates(await bob.snapshot()).length >= before + 2);
  }
}, { narrow: true }));
