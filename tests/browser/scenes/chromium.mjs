// Scenes in Chromium: every named version meets the newest of both worlds; the whole list of behaviours for newest and oldest.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chromium } from '../lib/chromium.mjs';
import { Record } from '../lib/record.mjs';
import { behaviourPairs, firstScenePairs, newest, oldest } from '../lib/sdks.mjs';
import { Stage } from '../lib/stage.mjs';
import * as behaviours from './behaviours.mjs';
import * as bridge from './bridge.mjs';
import { meet } from './meeting.mjs';

/** Each wait inside has its own, shorter limit: these end what hangs altogether. */
const SCENE = { timeout: 120000 };
const STORY = { timeout: 480000 };

const record = new Record('chromium');
const startedAt = Date.now();
let stage;

before(async () => {
  stage = await Stage.set(Chromium, 'chromium-server');
  record.facts.browser = `Chromium ${stage.browser.version}`;
  record.facts['server listening after (ms)'] = stage.server.readyAfterMs;
});

after(async () => {
  record.facts['whole run (s)'] = Math.round((Date.now() - startedAt) / 1000);
  record.write();
  await stage?.strike();
});

for (const [firstSdk, secondSdk] of firstScenePairs()) {
  test(`${firstSdk.id} and ${secondSdk.id} see and hear each other`, SCENE, () => stage.scene(async (room) => {
    const [first, second] = await meet(room, firstSdk, secondSdk);
    await record.firstFrames('Chromium', first, second);
  }));
}

for (const [firstSdk, secondSdk] of behaviourPairs()) {
  test(`${firstSdk.id} with ${secondSdk.id}`, STORY, (t) => stage.scene(async (room) => {
    const [alice, bob] = await meet(room, firstSdk, secondSdk);
    const people = { ...room, alice, bob };
    const steps = [
      ['mute shows at the other side', () => behaviours.muteShowsAtTheOtherSide(people)],
      ['a muted microphone is silent', () => behaviours.mutedMicrophoneIsSilent(people)],
      ['an unpublished stream ends and comes back', () => behaviours.unpublishedStreamEndsAndComesBack(people)],
      ['a late joiner sees all and leaves', () => behaviours.lateJoinerSeesAllAndLeaves(people)],
      ['a dropped socket is resumed', () => behaviours.droppedSocketIsResumed(people, secondSdk)],
      ['a reloaded page comes back', () => behaviours.reloadedPageComesBack(people)],
      ['kick by the v2 REST API', () => behaviours.kickedByV2Rest(people)],
      ['who was kicked may come back', () => behaviours.comesBackAfterAKick(people)],
      ['kick by the LiveKit API', () => behaviours.kickedByLiveKitApi(people)],
    ];
    if (firstSdk.world === 'v2' && secondSdk.world === 'v2') {
      steps.splice(
        2, 0,
        ['a signal reaches everyone', () => behaviours.signalReachesEveryone(people)],
        ['a signal of the backend reaches everyone', () => behaviours.signalOfTheBackendReachesEveryone(people)],
      );
    }
    for (const [name, step] of steps) {
      await t.test(name, SCENE, step);
    }
  }));
}

test('a dropped socket of the oldest SDKs is resumed', STORY, (t) => stage.scene(async (room) => {
  for (const sdk of [oldest.v2, oldest.livekit]) {
    await t.test(sdk.id, SCENE, async () => {
      const alice = await room.open(newest.v2, 'alice');
      const own = { ...room, room: `${room.room}-${sdk.world}`, alice };
      await alice.join(own.server, own.room);
      await alice.publish();
      await behaviours.droppedSocketIsResumed(own, sdk);
    });
  }
}));

for (const v2Sdk of [newest.v2, oldest.v2]) {
  test(`${v2Sdk.id} hears a LiveKit participant with only a microphone`, SCENE, () => (
    stage.scene((room) => bridge.microphoneOnlyIsHeardByV2(room, v2Sdk, newest.livekit))
  ));
  test(`${v2Sdk.id} hears a LiveKit participant whose camera is off`, SCENE, () => (
    stage.scene((room) => bridge.cameraOffIsHeardByV2(room, v2Sdk, newest.livekit))
  ));
}

test('a LiveKit screen share is a second stream for v2', SCENE, () => (
  stage.scene((room) => bridge.screenShareIsASecondStreamForV2(room, newest.v2, newest.livekit))
));

test('names and metadata cross', SCENE, () => (
  stage.scene((room) => bridge.namesAndMetadataCross(room, newest.v2, newest.livekit))
));

test('simulcast arrives in full size', SCENE, () => (
  stage.scene((room) => bridge.simulcastArrivesInFullSize(room, [newest.v2, newest.livekit], newest.livekit))
));

test('a data message is refused at once', SCENE, () => stage.scene((room) => bridge.dataMessageIsRefused(room, newest.livekit)));

test('the server ends in an orderly way and tells its clients', SCENE, () => stage.scene(async (room) => {
  const alice = await room.open(newest.v2, 'alice');
  const bob = await room.open(newest.livekit, 'bob');
  await alice.join(room.server, room.room);
  await bob.join(room.server, room.room);
  await alice.untilRemote(bob, 'presence');
  const exit = await stage.server.stop();
  assert.deepEqual(exit, { code: 0, signal: null });
  await alice.until('told that the server stopped', ({ left }) => left === 'openviduServerStopped');
  await bob.until('told that the server stopped', ({ left }) => left === 'SERVER_SHUTDOWN');
}));
