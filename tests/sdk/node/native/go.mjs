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
  const view = await stage.join(gopher, 'gopher', { attributes: { team: 'go' } }, { single: stage.single, metadata: 'of gopher', attributes: { mood: 'new' } });
  assert.match(view.room.sid, /^RM_/);
  assert.deepEqual([view.connected, view.room.name, view.me.name, view.me.attributes.team], [true, stage.room, 'gopher by name', 'go']);
  // With two PeerConnections the SDK sends no metadata with its join; its attributes go either way.
  assert.deepEqual([view.me.metadata, view.me.attributes.mood], [stage.single ? 'of gopher' : '', 'new']);
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

/** One track of two layers: the smaller one repeats bob's picture, the larger one alice's; a viewer sees which one it gets. */
export async function publishesLayers({ alice, bob, gopher, ofAlice, ofGopher }) {
  await alice.call('recolour', { colour: BLUE });
  const low = await bob.call('picture', { name: 'low', colour: GREEN });
  await gopher.take('track_subscribed', { participant: 'bob', track: low });
  const sid = await gopher.call('echo_layers', { low: { identity: 'bob', sid: low }, high: { identity: 'alice', sid: ofAlice.video }, name: 'layers' });
  await bob.take('track_subscribed', { participant: 'gopher', track: sid });
  const sees = (colour) => bob.until(`colour ${colour} on the track of two layers`, (view) => {
    const seen = tracksOf(view, gopher).find((track) => track.sid === sid)?.seen?.colour;
    return seen?.every((value, at) => Math.abs(value - colour[at]) < 14);
  });
  for (const [quality, colour] of [[0, GREEN], [2, BLUE], [0, GREEN]]) {
    await bob.call('quality', { identity: 'gopher', sid, value: quality });
    await sees(colour);
  }
  const own = await gopher.call('inspect_own', { sid });
  assert.deepEqual([own.name, own.single, own.layers.sort(), own.high], ['layers', false, ['f', 'q'], true]);
  await gopher.call('unpublish', { sid });
  await bob.take('track_unpublished', { participant: 'gopher', track: sid });
  await bob.call('unpublish', { sid: low });
  await gopher.take('track_unpublished', { participant: 'bob', track: low });
  const audio = await gopher.call('inspect_own', { sid: ofGopher.audio });
  assert.deepEqual([audio.name, audio.single, audio.kind, audio.mime, audio.bound, audio.ssrc], ['mic again', true, 'audio', 'audio/opus', true, true]);
}

/** By packets that the SDK makes itself of samples: a silence, which is heard as one. */
export async function publishesSamples({ bob, gopher }) {
  const sid = await gopher.call('silence', { text: 'nothing' });
  await bob.take('track_subscribed', { participant: 'gopher', track: sid });
  await bob.until('a silence', (view) => tracksOf(view, gopher).some((track) => track.sid === sid && track.heard?.windows > 3 && track.heard.level < 0.01));
  await gopher.call('unpublish', { sid });
  await bob.take('track_unpublished', { participant: 'gopher', track: sid });
}

/** The SDK makes its token itself; with one PeerConnection a track goes with its join. */
export async function joinsWithATrack(stage) {
  const { bob, gopher, room, single } = stage;
  gopher.identity = 'by-key';
  await gopher.call('connect', { url: stage.server.http, key: LIVEKIT_KEY, secret: LIVEKIT_SECRET, room, identity: 'by-key', silence: single ? 'from the start' : '', single });
  await bob.take('participant_connected', { participant: 'by-key' });
  if (single) {
    const own = await gopher.until('its own track', ({ me }) => Object.values(me.tracks).find(({ name }) => name === 'from the start'));
    await bob.take('track_subscribed', { participant: 'by-key', track: own.sid });
    await bob.until('a silence', (view) => tracksOf(view, gopher).some((track) => track.heard?.windows > 3 && track.heard.level < 0.01));
  }
  await gopher.call('disconnect');
  await bob.take('participant_disconnected', { participant: 'by-key' });
}

/** Further ways to what is received. */
export async function inspects({ alice, gopher, ofAlice, single }) {
  await gopher.call('count_reports', { identity: 'alice', sid: ofAlice.audio });
  let told = null;
  await gopher.until('sender reports', async () => {
    told = await gopher.call('inspect', { identity: 'alice', sid: ofAlice.audio });
    return told.reports > 0;
  });
  assert.deepEqual(
    [told.sid, told.reason, told.ownReason, told.screenAudio, told.publisher, told.subscriber],
    [ofAlice.audio, 'UNKNOWN_REASON', 'UNKNOWN_REASON', false, true, !single],
  );
  assert.ok(told.trailer.length > 0 && alice.identity);
}

export async function mutesAndDescribes({ bob, gopher, ofGopher, backend, room }) {
  await backend.mutePublishedTrack(room, 'gopher', ofGopher.audio, true);
  for (const actor of [gopher, bob]) {
    await actor.take('track_muted', { participant: 'gopher', track: ofGopher.audio });
  }
  await gopher.call('mute', { sid: ofGopher.audio, muted: false });
  await bob.take('track_unmuted', { participant: 'gopher', track: ofGopher.audio });
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

/** Waits until no packet of a track comes any more. */
function untilNothingComes(gopher, owner, track) {
  let last = -1;
  let still = 0;
  return gopher.until('no more packets', (view) => {
    const { packets } = tracksOf(view, owner).find(({ sid }) => sid === track).received;
    still = packets === last ? still + 1 : 0;
    last = packets;
    return still >= 10;
  });
}

/** The Go SDK tells no event of what it subscribes to no more: it is the packets that stop, and a new track that brings more. */
export async function choosesWhatItReceives({ alice, gopher, ofAlice }) {
  await gopher.call('subscribe', { identity: 'alice', sid: ofAlice.audio, subscribed: false });
  await untilNothingComes(gopher, alice, ofAlice.audio);
  await gopher.call('subscribe', { identity: 'alice', sid: ofAlice.audio, subscribed: true });
  await gopher.take('track_subscribed', { participant: 'alice', track: ofAlice.audio });
  await gopher.until('packets again', (view) => tracksOf(view, alice).some(({ sid, received }) => sid === ofAlice.audio && received.packets > 20));
  await gopher.call('enable', { identity: 'alice', sid: ofAlice.video, subscribed: false });
  await untilNothingComes(gopher, alice, ofAlice.video);
  await gopher.call('quality', { identity: 'alice', sid: ofAlice.video, value: 2 });
  const { packets } = tracksOf(await gopher.call('view'), alice).find(({ sid }) => sid === ofAlice.video).received;
  await gopher.until('pictures again', (view) => tracksOf(view, alice).some(({ sid, received }) => sid === ofAlice.video && received.packets > packets + 20));
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

/** The server orders a whole new connection: the SDK publishes its tracks again, under new names. */
export async function isReconnected({ alice, bob, gopher }) {
  await gopher.call('simulate', { scenario: 'SIMULATE_FULL_RECONNECT' });
  await gopher.take('reconnecting');
  await gopher.take('reconnected');
  await bob.take('participant_disconnected', { participant: 'gopher' });
  await bob.take('participant_connected', { participant: 'gopher' });
  await gopher.take('track_subscribed', { participant: 'alice' });
  await alice.call('retone', { hz: 440 });
  await alice.call('recolour', { colour: GREEN });
  await Promise.all([bob.hears(gopher, 440), bob.sees(gopher, GREEN)]);
}

/** The server's notice, which comes at most once a second: so the message is sent until it does. */
function refusedByNotice(gopher, method, params) {
  return gopher.until(`a notice about ${method}`, async () => {
    await gopher.call(method, params);
    return gopher.events.some(({ type, participant, topic, text }) => type === 'data_received' && participant === null && topic === NOTICE && /VIA-0101/.test(text));
  }).then(() => gopher.take('data_received', { topic: NOTICE }));
}

/** Go's packets are refused by the server's notice; a remote call by its error. */
export async function dataIsRefused({ gopher, bob }) {
  for (const [method, params] of [['data', { topic: 'chat' }], ['data', { reliable: false }], ['dtmf', { code: 1, digit: '1' }], ['chat', {}], ['text', { topic: 'words' }], ['byte_parts', { parts: ['one'], topic: 'words' }], ['file', { topic: 'words' }]]) {
    await refusedByNotice(gopher, method, params);
    gopher.events = gopher.events.filter(({ topic }) => topic !== NOTICE);
  }
  await assert.rejects(gopher.call('rpc', { to: 'bob', payload: 'hello' }), (error) => {
    assert.equal(error.code, 1403, error.message);
    return true;
  });
  assert.ok(!bob.has('data_received'));
}

export async function unpublishes({ bob, gopher }) {
  const [{ sid }] = Object.values((await gopher.call('view')).me.tracks);
  await gopher.call('unpublish', { sid });
  await gopher.take('local_track_unpublished', { track: sid });
  await bob.take('track_unpublished', { participant: 'gopher', track: sid });
}

/** What it publishes ends with its permission to. */
export async function losesItsPermission({ backend, room, bob, gopher }) {
  const [{ sid }] = Object.values((await gopher.call('view')).me.tracks);
  await backend.updateParticipant(room, 'gopher', { permission: { canPublish: false, canSubscribe: true, canPublishData: true } });
  await bob.take('track_unpublished', { participant: 'gopher', track: sid });
  await gopher.take('local_track_unpublished', { track: sid });
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
  const token = await stage.gopher.call('CreateToken', { key: LIVEKIT_KEY, secret: LIVEKIT_SECRET, room, identity: 'zoe' });
  await stage.gopher.join('zoe', stage.server.http, token);
  await ask('MoveParticipant', { room, identity: 'zoe', destinationRoom: `${room}-annex` });
  await stage.gopher.until('the annex', (view) => view.connected && view.room.name === `${room}-annex`);
  await ask('RemoveParticipant', { room: `${room}-annex`, identity: 'zoe' });
  await stage.gopher.take('disconnected', { values: ['removed by server'] });
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
