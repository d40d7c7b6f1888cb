// Layers inside one stream in Chromium: a camera is published as VP9 or AV1 SVC, a viewer gets the size that it asks for.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chromium } from '../lib/chromium.mjs';
import { newest } from '../lib/sdks.mjs';
import { Stage } from '../lib/stage.mjs';

const SCENE = { timeout: 90000 };
/** A keyframe is asked for and has to come; the encoder may have to find its bandwidth first. */
const CHANGE_LIMIT_MS = 30000;

const CAMERAS = [
  { codec: 'vp9', scalabilityMode: 'L3T3_KEY', width: 640, height: 480, smallWidth: 160 },
  { codec: 'av1', scalabilityMode: 'L2T2_KEY', width: 320, height: 240, smallWidth: 160 },
];

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

for (const { codec, scalabilityMode, width, height, smallWidth } of CAMERAS) {
  test(`${codec} ${scalabilityMode} arrives in the size that is asked for`, SCENE, () => stage.scene(async ({ server, room, open }) => {
    const speaker = await open(newest.livekit, 'alice');
    const viewer = await open(newest.livekit, 'bob');
    await speaker.join(server, room);
    await viewer.join(server, room);
    const encoding = { videoCodec: codec, scalabilityMode, backupCodec: false };
    await speaker.publish({ audio: false, width, height, encoding });
    const { media } = await seesWidth(viewer, speaker, width);
    assert.equal(media.videoCodec?.toLowerCase(), `video/${codec}`);
    const sent = await speaker.call('sentVideo');
    assert.deepEqual({ ...sent, codec: sent.codec?.toLowerCase() }, { codec: `video/${codec}`, scalabilityMode, streams: 1 });
    for (const [quality, expected] of [['LOW', smallWidth], ['HIGH', width], ['LOW', smallWidth]]) {
      await viewer.call('wantQuality', { name: 'alice', quality });
      await seesWidth(viewer, speaker, expected);
    }
  }));
}
