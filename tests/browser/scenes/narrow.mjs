// A narrow path in Chromium: a picture that does not fit is left out, the app is told so, sound goes on; and when the path
// is wide again the picture is back. In a network of its own.
import { after, before, test } from 'node:test';
import { Chromium } from '../lib/chromium.mjs';
import { newest } from '../lib/sdks.mjs';
import { Shaper } from '../lib/shaper.mjs';
import { Stage } from '../lib/stage.mjs';

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
  await alice.publish({ width: 640, height: 360, encoding: { simulcast: false } });
  await bob.join(server, room);
  // A busy machine publishes it smaller: no size is asked for.
  await bob.untilRemote(alice, 'pictures', ({ media }) => media.framesDecoded > 20);
  await bob.hears(alice);
  const kbps = Math.round(await flowingKbps(bob, alice));
  const narrowKbps = Math.round(kbps * NARROW_SHARE);
  for (let round = 1; round <= ROUNDS; round += 1) {
    await t.test(`${narrowKbps} of ${kbps} kbit/s, round ${round}`, (rounds) => pauseAndResume(rounds, alice, bob, narrowKbps));
  }
}, { narrow: true }));

async function pauseAndResume(t, alice, bob, narrowKbps) {
  const told = streamStates(await bob.snapshot()).length;
  const narrowAt = Date.now();
  shaper.narrow(narrowKbps);
  await bob.until('told that the picture is paused', (view) => streamStates(view)[told] === 'paused', PAUSE_LIMIT_MS);
  const pausedAfterMs = Date.now() - narrowAt;
  // What is on its way still comes; after a second of sound nothing does.
  await bob.hears(alice);
  const still = await bob.untilRemote(alice, 'presence');
  await bob.hears(alice);
  const later = await bob.untilRemote(alice, 'presence');
  const meanwhile = later.media.framesDecoded - still.media.framesDecoded;
  const wideAt = Date.now();
  shaper.widen();
  await bob.until('told that the picture is back', (view) => streamStates(view).at(-1) === 'active', RESUME_LIMIT_MS);
  const activeAfterMs = Date.now() - wideAt;
  await bob.untilRemote(alice, 'frames that go on', ({ media }) => media.framesDecoded > later.media.framesDecoded + 10, RESUME_LIMIT_MS);
  t.diagnostic(`paused after ${pausedAfterMs} ms, ${meanwhile} frames meanwhile; active after ${activeAfterMs} ms, ten frames after ${Date.now() - wideAt} ms`);
}
