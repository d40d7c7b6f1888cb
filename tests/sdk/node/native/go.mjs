// The Go SDK in one room with rtc-node and Python: what it receives it publishes again, packet by packet, so that the tone and the
// colour which the others hear and see have passed it and the server twice. Its backend client is asked everything it can ask.
import assert from 'node:assert/strict';
import { LIVEKIT_KEY, LIVEKIT_SECRET } from '../../../browser/lib/server.mjs';
import { BLUE, GREEN, RED, tracksOf, untilStill } from './stage.mjs';

const NOTICE = 'viaduct.error';

/** `alice` publishes, `gopher` repeats, `bob` hears and sees both. */
export async function repeats(stage) {
  const { alice, bob, gopher } = stage;
  await stage.join(alice, 'alice');
  await stage.join(bob, 'bob');
  const audio = await alice.call('tone', { name: 'mic', hz: 440 });
  const video = await alice.call('picture', { name: 'cam', colour: RED });
  const view = await stage.join(gopher, 'gopher', { metadata: 'of gopher', attributes: { team: 'go' } }, { single: stage.single });
  assert.match(view.room.sid, /^RM_/);
  assert.deepEqual([view.connected, view.room.name, view.me.name, view.me.metadata, view.me.attributes.team], [true, stage.room, 'gopher by name', 'of gopher', 'go']);
  for (const sid of [audio, video]) {
    await gopher.take('track_subscribed', { participant: 'alice', track: sid });
  }
  await gopher.until('packets of both tracks', (seen) => tracksOf(seen, alice).filter(({ received }) => received?.packets > 20).length === 2);
  stage.ofGopher = {
    audio: await gopher.call('echo', { identity: 'alice', sid: audio, name: 'mic again' }),
    video: await gopher.call('echo', { identity: 'alice', sid: video, name: 'cam again' }),
  };
  stage.ofAlice = { audio, video };
  for (const sid of Object.values(stage.ofGopher)) {
    await bob.take('track_subscribed', { participant: 'gopher', track: sid });
    await gopher.take('local_track_subscribed', { track: sid });
  }
  await Promise.all([bob.hears(gopher, 440), bob.sees(gopher, RED), alice.hears(gopher, 440), alice.sees(gopher, RED)]);
  await alice.call('retone', { hz: 660 });
  await alice.call('recolour', { colour: BLUE });
  await Promise.all([bob.hears(gopher, 660), bob.sees(gopher, BLUE)]);
  const received = tracksOf(await gopher.call('view'), alice).map(({ received: it }) => [it.kind, it.mime, it.clock]).sort();
  assert.deepEqual(received, [['audio', 'audio/opus', 48000], ['video', 'video/VP8', 90000]]);
}

export async function mutesAndDescribes({ bob, gopher, ofGopher }) {
  await gopher.call('mute', { sid: ofGopher.audio, muted: true });
  await bob.take('track_muted', { participant: 'gopher', track: ofGopher.audio });
  await bob.until('silence', (view) => tracksOf(view, gopher).some(({ sid, heard }) => sid === ofGopher.audio && heard.level < 0.01));
  await gopher.call('mute', { sid: ofGopher.audio, muted: false });
  await bob.take('track_unmuted', { participant: 'gopher', track: ofGopher.audio });
  await bob.hears(gopher, 660);
  await gopher.call('metadata', { value: 'changed' });
  await gopher.call('rename', { value: 'Gopher' });
  await gopher.call('attributes', { values: { mood: 'good' } });
  await bob.until('changes', ({ remotes: { gopher: { metadata, name, attributes } } }) => metadata === 'changed' && name === 'Gopher' && attributes.mood === 'good');
}

export async function choosesWhatItReceives({ gopher, ofAlice }) {
  await gopher.call('subscribe', { identity: 'alice', sid: ofAlice.audio, subscribed: false });
  await gopher.take('track_unsubscribed', { participant: 'alice', track: ofAlice.audio });
  await gopher.call('quality', { identity: 'alice', sid: ofAlice.video, value: 2 });
}

/** The publisher says who may have its tracks. */
export async function permits({ alice, bob, gopher, ofGopher }) {
  await gopher.call('permit', { everybody: false, identities: ['alice'] });
  await untilStill(bob, gopher, ofGopher.video);
  await gopher.call('permit', { everybody: true, identities: [] });
  await alice.call('recolour', { colour: GREEN });
  await bob.sees(gopher, GREEN);
}

export async function signalIsResumed({ bob, gopher, alice }) {
  const before = (await bob.call('view')).remotes.gopher.sid;
  await gopher.call('simulate', { scenario: 'SIMULATE_SIGNAL_RECONNECT' });
  await gopher.take('reconnecting');
  await gopher.take('reconnected');
  await alice.call('recolour', { colour: RED });
  await bob.sees(gopher, RED);
  assert.equal((await bob.call('view')).remotes.gopher.sid, before);
}

/** Go's packets are refused by the server's notice; a remote call by its error. */
export async function dataIsRefused({ gopher, bob }) {
  for (const reliable of [true, false]) {
    await gopher.call('data', { reliable, topic: 'chat' });
    const notice = await gopher.take('data_received', { participant: null, topic: NOTICE });
    assert.match(notice.text, /VIA-0101/);
    assert.match(notice.text, /VIA-\d{4}/);
  }
  await gopher.call('text', { topic: 'words' });
  await gopher.take('data_received', { participant: null, topic: NOTICE });
  await assert.rejects(gopher.call('rpc', { to: 'bob', payload: 'hello' }), (error) => {
    assert.equal(error.code, 1403, error.message);
    return true;
  });
  assert.ok(!bob.has('data_received'));
}

export async function unpublishes({ bob, gopher, ofGopher }) {
  await gopher.call('unpublish', { sid: ofGopher.audio });
  await bob.take('track_unpublished', { participant: 'gopher', track: ofGopher.audio });
}

export async function isRemoved({ bob, gopher, backend, room }) {
  await backend.removeParticipant(room, 'gopher');
  await gopher.take('disconnected', { values: ['removed by server'] });
  await bob.take('participant_disconnected', { participant: 'gopher' });
}

function asks({ gopher, server }) {
  return (method, request) => gopher.call(method, { url: server.http, key: LIVEKIT_KEY, secret: LIVEKIT_SECRET, request });
}

async function refusedAs(promise, status, code) {
  await assert.rejects(promise, (error) => {
    assert.deepEqual([error.status, error.code], [status, code], error.message);
    return true;
  });
}

/** Every method of Go's RoomServiceClient, with participants in the room. */
export async function backendAsks(stage) {
  const { alice, room } = stage;
  const ask = asks(stage);
  const made = await ask('CreateRoom', { name: `${room}-by-go`, emptyTimeout: 60, metadata: 'first' });
  assert.deepEqual([made.name, made.emptyTimeout, made.metadata], [`${room}-by-go`, 60, 'first']);
  assert.equal((await ask('ListRooms', { names: [`${room}-by-go`] })).rooms[0].sid, made.sid);
  assert.equal((await ask('UpdateRoomMetadata', { room: `${room}-by-go`, metadata: 'second' })).metadata, 'second');
  await ask('DeleteRoom', { room: `${room}-by-go` });
  assert.deepEqual(await ask('ListRooms', { names: [`${room}-by-go`] }), {});
  const there = (await ask('ListParticipants', { room })).participants.map(({ identity }) => identity);
  assert.deepEqual(there.sort(), ['alice', 'bob']);
  const one = await ask('GetParticipant', { room, identity: 'alice' });
  assert.deepEqual([one.identity, one.state, one.tracks.length], ['alice', 'ACTIVE', 2]);
  const muted = await ask('MutePublishedTrack', { room, identity: 'alice', trackSid: stage.ofAlice.video, muted: true });
  assert.equal(muted.track.muted, true);
  await alice.take('track_muted', { track: stage.ofAlice.video });
  assert.equal((await ask('UpdateParticipant', { room, identity: 'alice', metadata: 'by go' })).metadata, 'by go');
  await alice.take('participant_metadata_changed', { participant: 'alice' });
  await ask('UpdateSubscriptions', { room, identity: 'bob', trackSids: [stage.ofAlice.video], subscribe: false });
  await refusedAs(ask('GetParticipant', { room, identity: 'nobody' }), 404, 'not_found');
  await ask('RemoveParticipant', { room, identity: 'alice' });
  await alice.take('disconnected');
}

/** What no open-source server does, and what is not built, is refused in words that Go shows. */
export async function backendIsRefused(stage) {
  const ask = asks(stage);
  const { room } = stage;
  const unbuilt = {
    SendData: { room, data: 'aGVsbG8=', kind: 'RELIABLE' }, ListEgress: {}, ListIngress: {}, CreateIngress: { name: 'in', roomName: room },
    ListSIPDispatchRule: {}, CreateDispatch: { room, agentName: 'a' }, ListDispatch: { room },
    ForwardParticipant: { room, identity: 'bob', destinationRoom: 'x' },
  };
  for (const [method, request] of Object.entries(unbuilt)) {
    await refusedAs(ask(method, request), 501, 'unimplemented').catch((error) => {
      throw new Error(`${method}: ${error.message}`);
    });
  }
}
