// Two native SDKs in one room: joining, real media both ways, its muting and ending, and what is said of the participants.
import assert from 'node:assert/strict';
import { BLUE, GREEN, RED, tracksOf, untilStill } from './stage.mjs';

const AUDIO = 1;
const VIDEO = 2;
const CAMERA = 1;
const MICROPHONE = 2;
const UNSUPPORTED = 'viaduct.unsupported';

/** What the token says of alice is what both see. */
export async function joins(stage) {
  const { alice, bob, room } = stage;
  const about = { metadata: 'of alice', attributes: { team: 'red' } };
  const view = await stage.join(alice, 'alice', about);
  assert.match(view.room.sid, /^RM_/);
  assert.match(view.me.sid, /^PA_/);
  assert.deepEqual([view.connected, view.room.name, view.room.recording, view.room.emptyTimeout, view.room.departureTimeout], [true, room, false, 300, 20]);
  assert.ok(Math.abs(Date.now() / 1000 - view.room.createdAt) < 60, `${view.room.createdAt}`);
  await stage.join(bob, 'bob', { attributes: { team: 'green' } });
  await alice.take('participant_connected', { participant: 'bob' });
  const seen = (await bob.call('view')).remotes.alice;
  for (const told of [view.me, seen]) {
    const { [UNSUPPORTED]: unsupported, ...attributes } = told.attributes;
    assert.deepEqual([told.identity, told.name, told.metadata, attributes, told.kind, told.kindDetails], ['alice', 'alice by name', 'of alice', { team: 'red' }, 0, []]);
    assert.equal(unsupported, stage.profile === 'mediasoup' ? 'dataMessages,ingress,dynacast,speakerDetection' : undefined);
  }
  assert.equal(seen.sid, view.me.sid);
  await alice.until('two participants', ({ room: { participants } }) => participants === 2);
}

/** A tone and a colour, which arrive as what they are. */
export async function publishes(stage, one, other, hz, colour) {
  const audio = await one.call('tone', { name: 'mic', hz });
  const video = await one.call('picture', { name: 'cam', colour });
  for (const sid of [audio, video]) {
    await one.take('local_track_published', { track: sid });
    await other.take('track_published', { participant: one.identity, track: sid });
    await other.take('track_subscribed', { participant: one.identity, track: sid });
    await one.call('subscribed_to', { sid });
    await one.take('local_track_subscribed', { track: sid });
  }
  await Promise.all([other.hears(one, hz), other.sees(one, colour)]);
  const all = tracksOf(await other.call('view'), one).map(({ sid, name, kind, source, muted, width, height, encryption, simulcasted, subscribed, track }) => (
    { sid, name, kind, source, muted, width, height, encryption, simulcasted, subscribed, track }
  ));
  const rest = { muted: false, encryption: 0, subscribed: true };
  assert.deepEqual(all.sort((a, b) => a.kind - b.kind), [
    { sid: audio, name: 'mic', kind: AUDIO, source: MICROPHONE, width: 0, height: 0, simulcasted: false, track: { sid: audio, name: 'mic', kind: AUDIO, muted: false, state: 1 }, ...rest },
    { sid: video, name: 'cam', kind: VIDEO, source: CAMERA, width: 640, height: 480, simulcasted: true, track: { sid: video, name: 'cam', kind: VIDEO, muted: false, state: 1 }, ...rest },
  ]);
  return { audio, video };
}

export async function bothPublish(stage) {
  stage.ofAlice = await publishes(stage, stage.alice, stage.bob, 440, RED);
  stage.ofBob = await publishes(stage, stage.bob, stage.alice, 880, GREEN);
  await stage.alice.until('two publishers', ({ room: { publishers } }) => publishers === 2);
}

export async function toneAndColourChange({ alice, bob }) {
  await alice.call('retone', { hz: 660 });
  await alice.call('recolour', { colour: BLUE });
  await Promise.all([bob.hears(alice, 660), bob.sees(alice, BLUE)]);
}

export async function statisticsCount({ alice, bob }) {
  for (const actor of [alice, bob]) {
    await actor.until('packets of both tracks', async () => {
      const { sent, ofTracks } = await actor.call('measure');
      return sent.length >= 2 && sent.every((packets) => packets > 0) && (ofTracks ?? [1]).every((count) => count > 0);
    });
    const { rate, channels, queued } = await actor.call('queue');
    assert.deepEqual([rate, channels], [48000, 1]);
    assert.ok(queued >= 0 && queued < 2000, `${queued}`);
  }
}

/** The Python SDK has further ways to a stream of what somebody sends. */
export function streamsAreReadOtherwise(stage) {
  return stage.each(['python'], async (one, other) => assert.equal(await one.call('listen_otherwise', { identity: other.identity }), 4));
}

/** Only the Python SDK mutes by itself. */
export function mutes(stage) {
  return stage.each(['python'], async (one, other) => {
    const sids = one === stage.alice ? stage.ofAlice : stage.ofBob;
    for (const sid of Object.values(sids)) {
      await one.call('mute', { sid, muted: true });
      await other.take('track_muted', { participant: one.identity, track: sid });
    }
    await other.hears(one, 0);
    await other.until('muted tracks', (view) => tracksOf(view, one).every(({ muted }) => muted));
    for (const sid of Object.values(sids)) {
      await one.call('mute', { sid, muted: false });
      await other.take('track_unmuted', { participant: one.identity, track: sid });
    }
    await other.hears(one, one === stage.alice ? 660 : 880);
  });
}

/** The backend mutes what it likes, and its owner is told. */
export function backendMutes(stage) {
  return stage.each(['node', 'python'], async (one, other) => {
    const { audio } = one === stage.alice ? stage.ofAlice : stage.ofBob;
    const told = await stage.backend.mutePublishedTrack(stage.room, one.identity, audio, true);
    assert.deepEqual([told.sid, told.muted], [audio, true]);
    await Promise.all([one, other].map((actor) => actor.take('track_muted', { participant: one.identity, track: audio })));
    await other.hears(one, 0);
  });
}

export async function subscribesAndNot({ alice, bob, ofAlice }) {
  const { video } = ofAlice;
  await bob.call('subscribe', { identity: 'alice', sid: video, subscribed: false });
  await bob.take('track_unsubscribed', { track: video });
  await bob.until('not subscribed', (view) => tracksOf(view, alice).some(({ sid, subscribed }) => sid === video && !subscribed));
  await bob.call('subscribe', { identity: 'alice', sid: video, subscribed: true });
  await bob.take('track_subscribed', { track: video });
  await alice.call('recolour', { colour: RED });
  await bob.sees(alice, RED);
}

/** Backend's orders to a participant's subscriptions. The native SDKs tell no event of them: it is the pictures that stop. */
export async function backendSubscribes({ backend, room, alice, bob, ofAlice }) {
  const { video } = ofAlice;
  await backend.updateSubscriptions(room, 'bob', [video], false);
  await untilStill(bob, alice, video);
  await backend.updateSubscriptions(room, 'bob', [video], true);
  await alice.call('recolour', { colour: BLUE });
  await bob.sees(alice, BLUE);
  await alice.call('recolour', { colour: RED });
  await bob.sees(alice, RED);
}

/** The publisher says who may have its tracks (Python only). */
export function permits(stage) {
  return stage.each(['python'], async (one, other) => {
    const { video } = one === stage.alice ? stage.ofAlice : stage.ofBob;
    await one.call('permit', { everybody: false, identities: [] });
    await untilStill(other, one, video);
    await one.call('permit', { everybody: false, identities: [other.identity] });
    await one.call('recolour', { colour: BLUE });
    await other.sees(one, BLUE);
    await one.call('permit', { everybody: true, identities: [] });
    await one.call('recolour', { colour: one === stage.alice ? RED : GREEN });
    await other.sees(one, one === stage.alice ? RED : GREEN);
  });
}

/** The smaller of two layers, and the larger one again (Python only). */
export function choosesQuality(stage) {
  return stage.each(['python'], async (one, other) => {
    const { video } = other === stage.alice ? stage.ofAlice : stage.ofBob;
    const isSmall = ({ width }) => width < 640;
    const isLarge = ({ width }) => width === 640;
    for (const [value, fits] of [[0, isSmall], [2, isLarge]]) {
      await one.call('quality', { identity: other.identity, sid: video, value });
      await one.until(`a picture of quality ${value}`, (view) => tracksOf(view, other).some(({ sid, seen }) => sid === video && fits(seen)));
    }
  });
}

export async function describesItself({ alice, bob }) {
  await alice.call('metadata', { value: 'changed' });
  await alice.call('rename', { value: 'Alice' });
  await alice.call('attributes', { values: { team: '', mood: 'good' } });
  for (const [type] of [['participant_metadata_changed'], ['participant_name_changed'], ['participant_attributes_changed']]) {
    await Promise.all([alice, bob].map((actor) => actor.take(type, { participant: 'alice' })));
  }
  for (const view of [(await alice.call('view')).me, (await bob.call('view')).remotes.alice]) {
    const { [UNSUPPORTED]: unsupported, ...attributes } = view.attributes;
    assert.deepEqual([view.metadata, view.name, attributes], ['changed', 'Alice', { mood: 'good' }]);
  }
}

/** Changes by the backend: of one participant, and of the room. */
export async function backendDescribes({ backend, room, alice, bob }) {
  const told = await backend.updateParticipant(room, 'alice', { metadata: 'by backend', name: 'A', attributes: { mood: 'better' } });
  assert.deepEqual([told.metadata, told.name, told.attributes.mood], ['by backend', 'A', 'better']);
  await Promise.all([alice, bob].map((actor) => actor.take('participant_metadata_changed', { participant: 'alice' })));
  await backend.updateRoomMetadata(room, 'of the room');
  await Promise.all([alice, bob].map(async (actor) => {
    await actor.take('room_metadata_changed');
    assert.equal((await actor.call('view')).room.metadata, 'of the room');
  }));
}

/**
 * Without the permission to publish, what was published ends and publishing fails: by the SDKs' time limit of 10 s, as they do not
 * look at the server's refusal.
 */
export async function backendTakesPermission(stage) {
  const { backend, room, alice, bob, ofBob } = stage;
  await backend.updateParticipant(room, 'bob', { permission: { canPublish: false, canSubscribe: true, canPublishData: false } });
  await Promise.all(Object.values(ofBob).map((sid) => alice.take('track_unpublished', { participant: 'bob', track: sid })));
  await assert.rejects(bob.call('tone', { name: 'mic', hz: 500 }), /timed out|permission/);
  await backend.updateParticipant(room, 'bob', { permission: { canPublish: true, canSubscribe: true, canPublishData: true } });
  const back = await publishes(stage, bob, alice, 500, GREEN);
  Object.assign(ofBob, back);
}

export async function unpublishes({ alice, bob, ofAlice }) {
  for (const sid of Object.values(ofAlice)) {
    await alice.call('unpublish', { sid });
    await alice.take('local_track_unpublished');
    await bob.take('track_unpublished', { participant: 'alice', track: sid });
  }
  await bob.until('no tracks', (view) => tracksOf(view, alice).length === 0);
}
