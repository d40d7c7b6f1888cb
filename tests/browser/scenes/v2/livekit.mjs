// A v2 app in one room with a LiveKit app: what each method and event of the v2 SDK means there. `alice` has the v2 version at
// test, `bob` has livekit-client.
import assert from 'node:assert/strict';
import { livekitKick, livekitParticipants, twirp } from '../../lib/apis.mjs';

/** What bob's page knows of alice. */
function atBob({ bob }, what, probe) {
  return bob.until(`${what} of alice`, ({ remotes }) => {
    const remote = remotes.find(({ name }) => name === 'alice');
    return remote && probe(remote) && remote;
  });
}

export async function meets(scene) {
  const { alice, bob, server, room } = scene;
  scene.aliceId = await alice.join('alice', room, { role: 'MODERATOR', data: 'of the backend' });
  await bob.join(server, room);
  await bob.publish({ width: 320, height: 240 });
  scene.bobId = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    await alice.take('session', 'connectionCreated', { connection: alice.id });
    const { connection } = await alice.take('session', 'connectionCreated');
    lab.equal(JSON.parse(alice.connections.get(connection).data.split('%/%')[0]).clientData, 'bob', 'the name of the other');
    await alice.take('session', 'streamCreated', { connection });
    return connection;
  });
}

export async function subscribes({ alice, bobId }) {
  await alice.run(async (lab, bobId) => {
    const { alice } = lab.actors;
    const { stream } = await alice.subscribe(bobId, { insertMode: 'APPEND' });
    await alice.take('subscriber', 'videoElementCreated', { element: 'VIDEO' });
    await alice.take('subscriber', 'streamPlaying');
    await lab.until('picture and sound', async () => stream.hasAudio && stream.hasVideo);
    await alice.receives(stream, { audio: true });
    const peer = stream.getRTCPeerConnection();
    await alice.session.unsubscribe(alice.subscriber);
    await alice.take('subscriber', 'videoElementDestroyed', { element: 'VIDEO' });
    // 2.15 has no promise here, and would dispose of the next peer if that came first.
    await lab.until('the peer is closed', () => peer.signalingState === 'closed');
    await new Promise((resolve, reject) => {
      const handler = (error) => (error ? reject(error) : resolve());
      alice.subscriber = alice.session.subscribe(stream, lab.place(), handler);
    });
    alice.listen('subscriber', alice.subscriber, ['streamPlaying', 'streamPropertyChanged']);
    await alice.take('subscriber', 'streamPlaying');
    await alice.receives(stream, { audio: true });
    const own = document.createElement('video');
    own.muted = true;
    document.body.append(own);
    alice.subscriber.addVideoElement(own);
    const made = alice.subscriber.createVideoElement(lab.place(), 'APPEND');
    await lab.until('both play', () => [own, made].every((video) => video.videoWidth > 0));
  }, bobId);
}

export async function publishes(scene) {
  await scene.alice.run(async (lab) => {
    const { alice } = lab.actors;
    await alice.publish({ resolution: '320x240', frameRate: 15, mirror: false });
    await alice.take('publisher', 'streamCreated', { connection: alice.id });
  });
  await atBob(scene, 'picture and sound', ({ audio, video, media }) => (
    audio === 'on' && video === 'on' && media.framesDecoded > 5 && media.audioPackets > 10 && media.frameWidth === 320
  ));
}

export async function mutes(scene) {
  const { alice, bob, bobId } = scene;
  for (const [method, kind, property] of [['publishAudio', 'audio', 'audioActive'], ['publishVideo', 'video', 'videoActive']]) {
    for (const [enabled, state] of [[false, 'muted'], [true, 'on']]) {
      await alice.run(async (lab, { method, enabled, property }) => {
        const { alice } = lab.actors;
        await alice.publisher[method](enabled);
        await alice.take('publisher', 'streamPropertyChanged', { changedProperty: property, newValue: enabled, reason: method });
      }, { method, enabled, property });
      await atBob(scene, `${kind} ${state}`, (remote) => remote[kind] === state);
      await bob.call('mute', { [kind]: !enabled });
      const wanted = { connection: bobId, changedProperty: property, newValue: enabled, reason: method };
      await alice.take('alice', 'session', 'streamPropertyChanged', wanted);
      await alice.take('alice', 'subscriber', 'streamPropertyChanged', wanted);
    }
  }
}

export async function replacesTrack(scene) {
  await scene.alice.run((lab) => lab.actors.alice.publisher.replaceTrack(lab.drawnPicture(240, 180)));
  await atBob(scene, 'pictures of the new size', ({ media }) => media.frameWidth === 240);
}

/** The browser's fake microphone beeps, shortly: bob speaks and falls silent by himself. */
export async function hearsWhoSpeaks({ alice, bobId, sdk }) {
  await alice.run(async (lab, { bobId, old }) => {
    const { alice } = lab.actors;
    const { subscriber } = alice;
    subscriber.updatePublisherSpeakingEventsOptions({ interval: 8, threshold: -50 });
    const speech = ['publisherStartSpeaking', 'publisherStopSpeaking'];
    alice.listen('session', alice.session, speech);
    alice.listen('subscriber', subscriber, ['streamAudioVolumeChange', ...(old ? [] : speech)]);
    await alice.take('session', 'publisherStartSpeaking', { connection: bobId });
    await alice.take('session', 'publisherStopSpeaking', { connection: bobId });
    await alice.take('subscriber', 'streamAudioVolumeChange');
    if (!old) {
      await alice.take('subscriber', 'publisherStartSpeaking', { connection: bobId });
      await alice.take('subscriber', 'publisherStopSpeaking', { connection: bobId });
    }
    speech.forEach((type) => alice.session.off(type));
    subscriber.off('streamAudioVolumeChange');
  }, { bobId, old: sdk.release === '2.15' });
}

export async function streamsReconnect(scene) {
  await scene.alice.run(async (lab) => {
    const { alice } = lab.actors;
    await alice.publisher.stream.reconnect();
    await alice.subscriber.stream.reconnect();
    await alice.receives(alice.subscriber.stream, { audio: true });
  });
  const { media } = await atBob(scene, 'a picture', ({ video }) => video === 'on');
  await atBob(scene, 'more pictures', (remote) => remote.media.framesDecoded !== media.framesDecoded);
}

export async function unpublishes(scene) {
  const { alice, bob, bobId } = scene;
  await alice.run(async (lab) => {
    const { alice } = lab.actors;
    await alice.session.unpublish(alice.publisher);
    await alice.take('publisher', 'streamDestroyed', { reason: 'unpublish' });
  });
  await atBob(scene, 'no media', ({ audio, video }) => audio === 'none' && video === 'none');
  await bob.call('unpublish');
  await alice.take('alice', 'session', 'streamDestroyed', { connection: bobId, reason: 'unpublish' });
}

export async function isForcedToUnpublish({ alice, bob, bobId }) {
  await bob.publish({ width: 320, height: 240 });
  await alice.run(async (lab, bobId) => {
    const { alice } = lab.actors;
    await alice.take('session', 'streamCreated', { connection: bobId });
    await alice.session.forceUnpublish(alice.streams.get(bobId));
    await alice.take('session', 'streamDestroyed', { connection: bobId, reason: 'forceUnpublishByUser' });
    lab.ok(!alice.has('session', 'connectionDestroyed'), 'bob stays');
  }, bobId);
  assert.equal((await bob.snapshot()).left, null);
}

export async function isForcedOut({ alice, bob, bobId }) {
  await alice.run((lab, bobId) => lab.actors.alice.session.forceDisconnect(lab.actors.alice.connections.get(bobId)), bobId);
  await alice.take('alice', 'session', 'connectionDestroyed', { connection: bobId, reason: 'forceDisconnectByUser' });
  await bob.until('told to leave', ({ left }) => left === 'PARTICIPANT_REMOVED');
}

export async function qualityIsTold({ alice, bobId }) {
  await alice.run(async (lab, connection) => {
    const { event } = await lab.actors.alice.take('session', 'networkQualityLevelChanged', { connection });
    lab.ok(Number.isInteger(event.newValue) && event.newValue >= 1 && event.newValue <= 5, `level ${event.newValue}`);
  }, bobId);
}

export async function othersLeave({ alice, server, room, open, livekit }) {
  const carol = await open(livekit, 'carol');
  await carol.join(server, room);
  const { connection } = await alice.take('alice', 'session', 'connectionCreated');
  await carol.call('leave');
  await alice.take('alice', 'session', 'connectionDestroyed', { connection, reason: 'disconnect' });
}

/** The backend uses LiveKit's RoomService only: what a participant may do there is a role here. */
export async function permissionIsARole({ alice, server, room }) {
  await alice.join('erin', room);
  const participants = await livekitParticipants(server.http, room);
  const { identity } = participants.find(({ name }) => name === 'erin');
  for (const [canPublish, role] of [[false, 'SUBSCRIBER'], [true, 'PUBLISHER']]) {
    const permission = { canPublish, canSubscribe: true, canPublishData: true };
    const { status, text } = await twirp(server.http, 'RoomService', 'UpdateParticipant', { room, identity, permission }, { room });
    assert.equal(status, 200, text);
    await alice.run(async (lab, role) => {
      const { erin } = lab.actors;
      await erin.take('session', 'connectionPropertyChanged', { changedProperty: 'role', newValue: role });
      lab.equal(erin.session.connection.role, role, 'the role of the connection');
      lab.ok(!lab.actors.alice.has('session', 'connectionPropertyChanged'), 'nobody else is told');
    }, role);
  }
}

/** The same for who is put out, and for the whole room. */
export async function isPutOut(scene) {
  const { alice, server, room } = scene;
  scene.daveId = await alice.join('dave', room);
  const participants = await livekitParticipants(server.http, room);
  await livekitKick(server.http, room, participants.find(({ name }) => name === 'dave').identity);
  await alice.take('dave', 'session', 'sessionDisconnected', { reason: 'forceDisconnectByServer' });
  await alice.take('alice', 'session', 'connectionDestroyed', { connection: scene.daveId, reason: 'forceDisconnectByServer' });
}

export async function roomIsClosed({ alice, server, room }) {
  const { status } = await twirp(server.http, 'RoomService', 'DeleteRoom', { room }, { room });
  assert.equal(status, 200);
  await alice.take('alice', 'session', 'sessionDisconnected', { reason: 'sessionClosedByServer' });
}
