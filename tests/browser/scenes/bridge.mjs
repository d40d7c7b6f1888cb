// The bridge between the worlds: what a LiveKit participant is to a v2 app, and the other way round.
import assert from 'node:assert/strict';
import { meet } from './meeting.mjs';

/** A v2 app plays sound and picture in one `<video>`, which stays mute until it has had a frame: the server sends one. */
async function hearsInItsOneElement(viewer, speaker) {
  await viewer.hears(speaker);
  const first = await viewer.untilRemote(speaker, 'a running element', ({ element, video }) => (
    element && element.readyState >= 2 && !element.paused && video === 'muted'
  ));
  await viewer.untilRemote(speaker, 'an element that plays on', ({ element }) => element.currentTime > first.element.currentTime + 0.5);
}

export async function microphoneOnlyIsHeardByV2({ server, room, open }, v2Sdk, livekitSdk) {
  const viewer = await open(v2Sdk, 'alice');
  const speaker = await open(livekitSdk, 'bob');
  await viewer.join(server, room);
  await speaker.join(server, room);
  await speaker.publish({ video: false });
  await hearsInItsOneElement(viewer, speaker);
  await speaker.publish({ audio: false });
  await viewer.seesAndHears(speaker);
}

export async function cameraOffIsHeardByV2({ server, room, open }, v2Sdk, livekitSdk) {
  const speaker = await open(livekitSdk, 'bob');
  await speaker.join(server, room);
  await speaker.publish();
  await speaker.call('mute', { video: true });
  const viewer = await open(v2Sdk, 'alice');
  await viewer.join(server, room);
  await hearsInItsOneElement(viewer, speaker);
  await speaker.call('mute', { video: false });
  await viewer.seesAndHears(speaker);
}

/** A share next to a camera is a second stream in LiveKit; in v2, where a connection has one stream, a companion connection. */
export async function screenShareIsASecondStreamForV2(scene, v2Sdk, livekitSdk) {
  const [alice, bob] = await meet(scene, v2Sdk, livekitSdk);
  const { remotes } = await alice.snapshot();
  await bob.call('shareScreen', { width: 400, height: 300 });
  const isShare = ({ id, kind, media }) => kind === 'SCREEN' && id.includes('_SCREEN') && media.frameWidth === 400 && media.framesDecoded > 0;
  await alice.until('a second connection with the screen', (view) => view.remotes.find(isShare));
  const { remotes: withShare } = await alice.snapshot();
  assert.equal(withShare.length, remotes.length + 1);
  await bob.call('stopScreen');
  await alice.until('the screen is gone', (view) => view.remotes.length === remotes.length);
  await alice.seesAndHears(bob);
}

export async function namesAndMetadataCross({ server, room, open }, v2Sdk, livekitSdk) {
  const alice = await open(v2Sdk, 'alice');
  const bob = await open(livekitSdk, 'bob');
  await alice.join(server, room, { data: 'data of alice' });
  await bob.join(server, room, { data: 'data of bob' });
  await alice.untilRemote(bob, 'server data', ({ serverData }) => serverData === 'data of bob');
  await bob.untilRemote(alice, 'metadata', ({ metadata }) => metadata.includes('data of alice'));
}

/** The larger of two simulcast layers arrives in full size in both worlds. */
export async function simulcastArrivesInFullSize({ server, room, open }, viewers, livekitSdk) {
  const speaker = await open(livekitSdk, 'bob');
  await speaker.join(server, room);
  await speaker.publish({ width: 640, height: 480 });
  const { simulcastLayers } = await speaker.until('two layers', (view) => view.simulcastLayers >= 2 && view);
  assert.ok(simulcastLayers >= 2);
  for (const sdk of viewers) {
    const viewer = await open(sdk, `viewer-${sdk.world}`);
    await viewer.join(server, room);
    await viewer.seesAndHears(speaker, 30000);
  }
}

/** The default profile has no data messages: the SDK's own call says so at once, and the meeting goes on. */
export async function dataMessageIsRefused(scene, livekitSdk) {
  const [alice, bob] = await meet(scene, livekitSdk, livekitSdk);
  await assert.rejects(alice.call('sendData', { text: 'hello, is somebody there?' }), (error) => {
    assert.equal(error.answer.code, 14, JSON.stringify(error.answer));
    return true;
  });
  await Promise.all([alice.seesAndHears(bob), bob.seesAndHears(alice)]);
  const { events } = await bob.snapshot();
  assert.ok(!events.some(({ type }) => type === 'dataReceived'));
}

/** A v2 app shares its screen as a stream of its own connection: in LiveKit that is a SCREEN_SHARE track. */
export async function screenOfV2IsAScreenShare({ server, room, open }, v2Sdk, livekitSdk) {
  const alice = await open(v2Sdk, 'alice');
  const bob = await open(livekitSdk, 'bob');
  await alice.join(server, room);
  await bob.join(server, room);
  await alice.call('shareScreen');
  await bob.untilRemote(alice, 'a screen with pictures', ({ sources, screen }) => (
    sources.join() === 'screen_share' && screen?.framesDecoded > 0
  ), 30000);
  await alice.call('unpublish');
  await bob.untilRemote(alice, 'no screen', ({ sources }) => sources.length === 0);
}

/** A SUBSCRIBER may not publish: its SDK says so with an error of its own, and it goes on receiving. */
export async function subscriberOfV2MayNotPublish({ server, room, open }, v2Sdk) {
  const alice = await open(v2Sdk, 'alice');
  const viewer = await open(v2Sdk, 'bob');
  await alice.join(server, room);
  await alice.publish();
  await viewer.join(server, room, { role: 'SUBSCRIBER' });
  await assert.rejects(viewer.publish(), ({ answer }) => {
    assert.equal(answer?.name, 'OPENVIDU_PERMISSION_DENIED', JSON.stringify(answer));
    return true;
  });
  await viewer.seesAndHears(alice);
  const { remotes } = await alice.snapshot();
  assert.equal(remotes.find(({ name }) => name === 'bob').kind, null, 'nothing of it is published');
}
