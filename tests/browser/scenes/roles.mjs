// Scenes of roles and sources in Chromium: who may publish, and what a shared screen is to the other world.
import { after, before, test } from 'node:test';
import { Chromium } from '../lib/chromium.mjs';
import { newest, oldest } from '../lib/sdks.mjs';
import { Stage } from '../lib/stage.mjs';
import * as bridge from './bridge.mjs';

/** Each wait inside has its own, shorter limit: this ends what hangs altogether. */
const SCENE = { timeout: 120000 };

let stage;

before(async () => {
  stage = await Stage.set(Chromium, 'roles-server');
});

after(() => stage?.strike());

for (const v2Sdk of [newest.v2, oldest.v2]) {
  test(`a screen of ${v2Sdk.id} is a SCREEN_SHARE for LiveKit`, SCENE, () => (
    stage.scene((room) => bridge.screenOfV2IsAScreenShare(room, v2Sdk, newest.livekit))
  ));
  test(`a SUBSCRIBER of ${v2Sdk.id} may not publish`, SCENE, () => (
    stage.scene((room) => bridge.subscriberOfV2MayNotPublish(room, v2Sdk))
  ));
}
