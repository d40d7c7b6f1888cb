// A v2 app whose network, devices or rights change under it: reconnection, exceptions, sizes, changed connections.
import { v2Rest } from '../../lib/apis.mjs';
import { Cutter } from '../../lib/cutter.mjs';

/** `carol` goes through a relay; `dave`, in the same page, is who she meets. */
export async function comesThroughARelay(scene) {
  const { page, room } = scene;
  scene.cutter = await Cutter.open(page.sdk.secureOnly ? page.server.tlsPort : page.server.httpPort);
  scene.carolId = await page.join('carol', room, { port: scene.cutter.port, advanced: { noStreamPlayingEventExceptionTimeout: 1 } });
  scene.daveId = await page.join('dave', room, { role: 'MODERATOR' });
  await page.run(async (lab, { carolId, daveId }) => {
    const { carol, dave } = lab.actors;
    await carol.publishDrawn({ sound: true });
    await dave.publishDrawn();
    await dave.receives((await dave.subscribe(carolId)).stream, { audio: true });
    await carol.receives((await carol.subscribe(daveId)).stream);
  }, scene);
}

export async function socketIsResumed({ page, cutter, carolId }) {
  if (cutter.cut() === 0) {
    throw new Error('the relay carried no connection');
  }
  await page.run(async (lab, carolId) => {
    const { carol, dave } = lab.actors;
    await carol.take('session', 'reconnecting');
    await carol.take('session', 'reconnected');
    await carol.receives(carol.subscriber.stream);
    await dave.receives(dave.subscriber.stream, { audio: true });
    await carol.session.signal({ type: 'back', data: '', to: [] });
    await dave.take('session', 'signal', { named: 'signal:back', from: carolId });
    lab.ok(!dave.has('session', 'connectionDestroyed', { connection: carolId }), 'nobody saw her go');
  }, carolId);
}

/** `Stream.reconnect()` of later SDKs: a new peer for a stream that goes on. */
export async function streamsReconnect({ page }) {
  await page.run(async (lab) => {
    const { carol, dave } = lab.actors;
    for (const stream of [carol.publisher.stream, carol.subscriber.stream]) {
      const { streamId } = stream;
      const peer = stream.getRTCPeerConnection();
      await stream.reconnect();
      lab.ok(stream.getRTCPeerConnection() !== peer && stream.streamId === streamId, 'a new peer, the same stream');
    }
    await carol.receives(carol.subscriber.stream);
    await dave.receives(dave.subscriber.stream, { audio: true });
    lab.ok(!dave.has('session', 'streamDestroyed'), 'nobody is told');
  });
}

/** The server refuses a candidate that names no media section; the SDK's own method sends it, no browser makes one. */
export async function candidateIsRefused({ page }) {
  await page.run(async (lab) => {
    const { carol } = lab.actors;
    carol.session.connection.sendIceCandidate({ candidate: 'candidate:1 1 udp 1 127.0.0.1 9 typ host', sdpMid: null, sdpMLineIndex: null });
    const { event } = await carol.take('session', 'exception', { exception: 'ICE_CANDIDATE_ERROR' });
    lab.ok(event.origin === carol.session && event.data?.code !== undefined, 'the session and the server\'s error');
  });
}

/** Carol's app waits 1 ms for a picture that takes longer. */
export async function pictureIsLate({ page }) {
  await page.run(async (lab) => {
    const { carol } = lab.actors;
    const { event } = await carol.take('session', 'exception', { exception: 'NO_STREAM_PLAYING_EVENT' });
    lab.ok(event.origin === carol.subscriber, 'the subscriber');
  });
}

/** Rights and recording change live: only the connection itself is told, once for each change. */
export async function connectionChanges({ page, room, daveId }) {
  const path = `/openvidu/api/sessions/${room}/connection/${daveId}`;
  for (const [change, changedProperty, newValue] of [[{ role: 'SUBSCRIBER' }, 'role', 'SUBSCRIBER'], [{ record: false }, 'record', false], [{ role: 'MODERATOR' }, 'role', 'MODERATOR']]) {
    const { status } = await v2Rest(page.base(), 'PATCH', path, change);
    await page.run(async (lab, { status, changedProperty, newValue }) => {
      const { carol, dave } = lab.actors;
      lab.equal(status, 200, 'answer to the backend');
      const { event } = await dave.take('session', 'connectionPropertyChanged', { changedProperty });
      lab.equal(`${event.newValue}`, `${newValue}`, 'new value');
      lab.equal(`${dave.session.connection[changedProperty]}`, `${newValue}`, 'the connection has it');
      lab.ok(!carol.has('session', 'connectionPropertyChanged'), 'nobody else is told');
    }, { status, changedProperty, newValue });
  }
}

/** Who publishes has a quality from 1 to 5, told to all; the first time there is no old value. */
export async function qualityIsTold({ page, carolId }) {
  await page.run(async (lab, connection) => {
    const { event } = await lab.actors.dave.take('session', 'networkQualityLevelChanged', { connection });
    lab.ok(Number.isInteger(event.newValue) && event.newValue >= 1 && event.newValue <= 5, `level ${event.newValue}`);
    lab.equal(event.oldValue ?? null, null, 'the old value of the first');
  }, carolId);
}

/** A window that is shared is drawn larger: the browser's picker is played, the track is real. */
export async function screenIsResized({ page, room }) {
  const id = await page.join('sharer', room);
  await page.run(async (lab) => {
    const { sharer } = lab.actors;
    const shown = lab.drawnPicture(320, 240);
    const pick = async () => new MediaStream([shown]);
    await lab.playing(navigator.mediaDevices, 'getDisplayMedia', pick, () => (
      sharer.publish({ audioSource: false, videoSource: 'screen', publishAudio: false, publishVideo: true, mirror: false })
    ));
    lab.equal(sharer.publisher.stream.typeOfVideo, 'SCREEN', 'type of video');
    shown.canvas.width = 400;
    const wanted = { changedProperty: 'videoDimensions', reason: 'screenResized', newValue: { width: 400, height: 240 } };
    await sharer.take('session', 'streamPropertyChanged', wanted);
    await sharer.take('publisher', 'streamPropertyChanged', wanted);
    sharer.publisher.stream.disposeMediaStream();
  });
  await page.take('dave', 'session', 'streamPropertyChanged', {
    connection: id, changedProperty: 'videoDimensions', reason: 'screenResized', newValue: { width: 400, height: 240 },
  });
}

/** A telephone is turned: its browser tells so, and the camera's picture has the other shape. */
export async function deviceIsRotated({ page, phone, room }) {
  const id = await phone.join('phone', room);
  await phone.run(async (lab) => {
    const { phone } = lab.actors;
    await phone.publishDrawn({ width: 160, height: 120 });
    const { canvas } = phone.publisher.stream.getMediaStream().getVideoTracks()[0];
    await phone.take('publisher', 'streamPlaying');
    window.dispatchEvent(new Event('orientationchange'));
    Object.assign(canvas, { width: 120, height: 160 });
    const wanted = { changedProperty: 'videoDimensions', reason: 'deviceRotated', newValue: { width: 120, height: 160 } };
    await phone.take('session', 'streamPropertyChanged', wanted);
    await phone.take('publisher', 'streamPropertyChanged', wanted);
  });
  await page.take('dave', 'session', 'streamPropertyChanged', {
    connection: id, changedProperty: 'videoDimensions', reason: 'deviceRotated', newValue: { width: 120, height: 160 },
  });
}
