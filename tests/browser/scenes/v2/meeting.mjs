// A v2 call of two: who joins, what is published and subscribed to, signals and listeners. `alice` has the version at test.
import { v2Rest } from '../../lib/apis.mjs';

/** A STUN server that nobody has: the peers of an actor must name it when its app says so. */
const OWN_ICE = { urls: 'stun:127.0.0.1:9' };

export async function connects(scene) {
  const { alice, bob, room } = scene;
  scene.bobId = await bob.join('bob', room);
  scene.aliceId = await alice.join('alice', room, { role: 'MODERATOR', data: 'of the backend', advanced: { iceServers: [OWN_ICE] } });
  await alice.run(async (lab, { room, bobId }) => {
    const { alice } = lab.actors;
    const { session } = alice;
    await alice.take('session', 'connectionCreated', { connection: alice.id });
    await alice.take('session', 'connectionCreated', { connection: bobId });
    lab.equal(session.sessionId, room, 'the session');
    lab.equal(session.connection.data, '{"clientData":"alice"}%/%of the backend', 'data of the connection');
    lab.ok(session.connection.creationTime > 1.6e12, 'a time of creation');
    lab.ok(session.capabilities.subscribe && session.capabilities.publish, 'may subscribe and publish');
    if (!lab.version.startsWith('2.15')) {
      lab.ok(session.capabilities.forceUnpublish && session.capabilities.forceDisconnect, 'may moderate');
      lab.equal(session.connection.role, 'MODERATOR', 'the role');
    }
    lab.equal(alice.connections.get(bobId).data, '{"clientData":"bob"}', 'data of the other');
  }, { room, bobId: scene.bobId });
  await bob.take('bob', 'session', 'connectionCreated', { connection: scene.aliceId });
}

export async function refusesAUsedToken({ alice, room }) {
  const token = await alice.token(room);
  await alice.run(async (lab, token) => {
    await lab.actor('twin').connect(token);
    await lab.rejects(lab.actor('twice').connect(token), { code: 401 }, 'a token used before');
    lab.actors.twin.session.disconnect();
    await lab.actors.twin.take('session', 'sessionDisconnected', { reason: 'disconnect' });
  }, token);
}

export async function publishes(scene) {
  const { alice, bob, aliceId } = scene;
  const streamId = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    const streamId = await alice.publish({ resolution: '320x240', frameRate: 15, mirror: false });
    await alice.take('publisher', 'accessAllowed');
    await alice.take('publisher', 'streamCreated', { streamId, connection: alice.id });
    await alice.take('publisher', 'videoElementCreated', { element: 'VIDEO' });
    await alice.take('publisher', 'streamPlaying');
    const { stream } = alice.publisher;
    lab.equal([stream.typeOfVideo, stream.videoDimensions], ['CAMERA', { width: 320, height: 240 }], 'what is published');
    lab.equal(alice.publisher.session.sessionId, alice.session.sessionId, 'the session of the publisher');
    lab.equal(stream.getMediaStream().getTracks().map(({ kind }) => kind).sort(), ['audio', 'video'], 'tracks of the own stream');
    lab.equal([].concat(stream.getRTCPeerConnection().getConfiguration().iceServers[0].urls), ['stun:127.0.0.1:9'], 'own ICE servers');
    return streamId;
  });
  await bob.run(async (lab, { aliceId, streamId }) => {
    const { bob } = lab.actors;
    await bob.take('session', 'streamCreated', { connection: aliceId, streamId });
    const { stream } = await bob.subscribe(aliceId);
    lab.equal([stream.typeOfVideo, stream.videoDimensions, stream.hasAudio, stream.hasVideo], ['CAMERA', { width: 320, height: 240 }, true, true], 'the stream');
    await bob.receives(stream, { audio: true });
  }, { aliceId, streamId });
}

export async function subscribes({ alice, bob, bobId }) {
  const streamId = await bob.run((lab) => lab.actors.bob.publishDrawn({ sound: true }));
  await alice.run(async (lab, { bobId, streamId }) => {
    const { alice } = lab.actors;
    const { event: { stream } } = await alice.take('session', 'streamCreated', { connection: bobId, streamId });
    await new Promise((resolve, reject) => {
      const handler = (error) => (error ? reject(error) : resolve());
      alice.subscriber = alice.session.subscribe(stream, lab.place(), { insertMode: 'APPEND' }, handler);
      alice.listen('first', alice.subscriber, ['videoElementCreated', 'videoElementDestroyed', 'streamPlaying']);
    });
    await alice.take('first', 'videoElementCreated', { element: 'VIDEO' });
    await alice.take('first', 'streamPlaying');
    await alice.receives(stream, { audio: true });
    lab.equal(stream.getMediaStream().getTracks().map(({ kind }) => kind).sort(), ['audio', 'video'], 'tracks received');
    const peer = stream.getRTCPeerConnection();
    await alice.session.unsubscribe(alice.subscriber);
    await alice.take('first', 'videoElementDestroyed', { element: 'VIDEO' });
    await lab.until('the peer is closed', () => peer.signalingState === 'closed');

    const again = await alice.subscribe(bobId, { insertMode: 'APPEND' });
    lab.ok(again.stream === stream && again.remote, 'a Subscriber of the same stream');
    await alice.take('subscriber', 'videoElementCreated', { element: 'VIDEO' });
    await alice.take('subscriber', 'streamPlaying');
    await alice.receives(stream, { audio: true });
  }, { bobId, streamId });
}

export async function managesVideos({ alice }) {
  await alice.run(async (lab) => {
    const { subscriber } = lab.actors.alice;
    const { stream } = subscriber;
    const before = subscriber.videos.length;
    const made = subscriber.createVideoElement(lab.place(), 'APPEND');
    await lab.actors.alice.take('subscriber', 'videoElementCreated', { element: 'VIDEO' });
    const own = document.createElement('video');
    own.muted = true;
    document.body.append(own);
    lab.equal(subscriber.addVideoElement(own), 1, 'a video not managed before');
    lab.equal(subscriber.addVideoElement(own), 0, 'the same video again');
    lab.equal(subscriber.videos.length, before + 2, 'videos of the stream');
    await lab.until('both play', () => [made, own].every((video) => video.srcObject === stream.getMediaStream() && video.videoWidth > 0));
    const track = (kind) => stream.getMediaStream().getTracks().find((one) => one.kind === kind);
    for (const [method, kind] of [['subscribeToAudio', 'audio'], ['subscribeToVideo', 'video']]) {
      lab.ok(subscriber[method](false) === subscriber && !track(kind).enabled, `${method}(false)`);
      lab.ok(subscriber[method](true) === subscriber && track(kind).enabled, `${method}(true)`);
    }
  });
}

export async function listens({ alice, bob, bobId }) {
  await bob.run((lab) => {
    const { bob } = lab.actors;
    bob.session.on('signal:toggle', () => bob.publisher.publishAudio(!bob.publisher.stream.audioActive));
  });
  await alice.run(async (lab, bobId) => {
    const { alice } = lab.actors;
    const heard = [];
    const always = () => heard.push('on');
    const once = () => heard.push('once');
    /** `cause` makes the event happen, and waits until it has. */
    const exercise = async (what, target, type, cause) => {
      heard.length = 0;
      lab.ok(target.on(type, always) === target, `${what}.on gives the object itself`);
      target.once(type, once);
      await cause();
      await cause();
      lab.equal([...heard].sort(), ['on', 'on', 'once'], `${what}: heard after two events`);
      target.off(type, always);
      await cause();
      lab.equal(heard.length, 3, `${what}: heard after off`);
      target.on(type, always);
      target.off(type);
      await cause();
      lab.equal(heard.length, 3, `${what}: heard after off of the type`);
    };
    let count = 0;
    await exercise('session', alice.session, 'signal:count', async () => {
      count += 1;
      await alice.session.signal({ type: 'count', data: `${count}`, to: [] });
      await alice.take('session', 'signal', { named: 'signal:count', data: `${count}` });
    });
    // `off` of a whole type takes the actor's own listener with it.
    const { subscriber, publisher } = alice;
    await exercise('subscriber', subscriber, 'streamPropertyChanged', async () => {
      const newValue = !subscriber.stream.audioActive;
      await alice.session.signal({ type: 'toggle', data: '', to: [subscriber.stream.connection] });
      await alice.take('session', 'streamPropertyChanged', { connection: bobId, changedProperty: 'audioActive', newValue });
    });
    alice.listen('subscriber', subscriber, ['streamPropertyChanged']);
    await exercise('publisher', publisher, 'streamPropertyChanged', async () => {
      const enabled = !publisher.stream.audioActive;
      publisher.publishAudio(enabled);
      await alice.take('session', 'streamPropertyChanged', { changedProperty: 'audioActive', newValue: enabled });
    });
    alice.listen('publisher', publisher, ['streamPropertyChanged']);
  }, bobId);
}

export async function signals({ alice, bob, aliceId, bobId, room }) {
  await alice.run(async (lab, bobId) => {
    const { alice } = lab.actors;
    alice.listen('typed', alice.session, ['signal:chat']);
    await alice.session.signal({ type: 'chat', data: 'to all', to: [] });
    await alice.take('session', 'signal', { named: 'signal:chat', data: 'to all', from: alice.id });
    await alice.take('typed', 'signal:chat', { data: 'to all', from: alice.id });
    await alice.session.signal({ type: 'signal:chat', data: 'to bob', to: [alice.connections.get(bobId)] });
  }, bobId);
  await bob.take('bob', 'session', 'signal', { named: 'signal:chat', data: 'to all', from: aliceId });
  await bob.take('bob', 'session', 'signal', { named: 'signal:chat', data: 'to bob', from: aliceId });
  await bob.run(async (lab, aliceId) => {
    const { bob } = lab.actors;
    await bob.session.signal({ data: 'no type', to: [bob.connections.get(aliceId)] });
  }, aliceId);
  await alice.take('alice', 'session', 'signal', { data: 'no type', from: bobId });
  const answer = await v2Rest(alice.base(), 'POST', '/openvidu/api/signal', { session: room, type: 'news', data: 'of the backend' });
  await alice.take('alice', 'session', 'signal', { named: 'signal:news', data: 'of the backend', from: null });
  await alice.run((lab, status) => {
    lab.equal(status, 200, 'answer to the backend');
    lab.ok(!lab.actors.alice.has('session', 'signal', { data: 'to bob' }), 'a signal to one reaches nobody else');
  }, answer.status);
}
