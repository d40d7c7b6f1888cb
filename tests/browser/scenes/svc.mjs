// Layers inside one stream in Chromium: a camera is published as VP9 SVC, a viewer gets the size that it asks for. LiveKit
// clients are told to publish VP9 only in a room that has it as its one video codec: not every subscriber takes it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { v2Session } from '../lib/apis.mjs';
import { Chromium } from '../lib/chromium.mjs';
import { newest } from '../lib/sdks.mjs';
import { Stage } from '../lib/stage.mjs';

const SCENE = { timeout: 120000 };
/** A keyframe is asked for and has to come; the encoder may have to find its bandwidth first. */
const CHANGE_LIMIT_MS = 30000;

/** A quarter of it is the smallest picture that Chromium makes a spatial layer of. */
const CAMERA = { width: 960, height: 540 };
const SMALL_WIDTH = CAMERA.width / 4;
const MODE = 'L3T3_KEY';

let stage;

before(async () => {
  stage = await Stage.set(Chromium, 'svc-server');
});

after(() => stage?.strike());

/** Waits for pictures of this width that go on being decoded. */
async function seesWidth(viewer, speaker, width) {
  const first = await viewer.untilRemote(speaker, `pictures ${width} wide`, ({ media }) => media.frameWidth === width, CHANGE_LIMIT_MS);
  return viewer.untilRemote(speaker, 'more of them', ({ media }) => (
    media.frameWidth === width && media.framesDecoded >= first.media.framesDecoded + 10
  ), CHANGE_LIMIT_MS);
}

test(`VP9 ${MODE} arrives in the size that is asked for`, SCENE, () => stage.scene(async ({ server, room, open }) => {
  const speaker = await open(newest.livekit, 'alice');
  const viewer = await open(newest.livekit, 'bob');
  await v2Session(server.http, room, { forcedVideoCodec: 'VP9' });
  await speaker.join(server, room);
  await viewer.join(server, room);
  await speaker.publish({ audio: false, ...CAMERA, encoding: { videoCodec: 'vp9', scalabilityMode: MODE, backupCodec: false } });
  const { media } = await seesWidth(viewer, speaker, CAMERA.width);
  assert.equal(media.videoCodec, 'video/VP9');
  assert.deepEqual(await speaker.call('sentVideo'), { codec: 'video/VP9', scalabilityMode: MODE, streams: 1 });
  for (const [quality, width] of [['LOW', SMALL_WIDTH], ['HIGH', CAMERA.width], ['LOW', SMALL_WIDTH]]) {
    await viewer.call('wantQuality', { name: 'alice', quality });
    await seesWidth(viewer, speaker, width);
  }
}));
