// Driver of an OpenVidu v2 app: openvidu-browser as any app would use it, nothing patched.
import { EventLog, activity, elementFigures, inboundFigures, onFirstFrame, wallClockMs } from './media.js';
import { Books } from './books.js';

const CONNECTION_EVENTS = ['connectionCreated', 'connectionDestroyed'];

/** The name a v2 app shows: `clientData` of the client's part of the connection's data. */
function nameIn(data) {
  const clientPart = String(data ?? '').split('%/%')[0];
  try {
    return JSON.parse(clientPart).clientData ?? clientPart;
  } catch {
    return clientPart;
  }
}

function serverPartOf(data) {
  return String(data ?? '').split('%/%')[1] ?? null;
}

class V2Driver {
  constructor(sdk, version) {
    this.world = 'v2';
    this.version = version;
    this.log = new EventLog();
    this.openvidu = new sdk.OpenVidu();
    this.openvidu.enableProdMode();
    this.remotes = new Map();
    this.books = new Books();
    this.left = null;
  }

  check() {
    return { world: this.world, version: this.version, supported: Boolean(this.openvidu.checkSystemRequirements()) };
  }

  async join({ token, name }) {
    this.session = this.openvidu.initSession();
    this.listen(this.session);
    const startedAt = wallClockMs();
    await this.session.connect(token, { clientData: name });
    return { id: this.session.connection.connectionId, startedAt };
  }

  listen(session) {
    for (const type of CONNECTION_EVENTS) {
      session.on(type, ({ connection, reason }) => this.onConnection(type, connection, reason));
    }
    session.on('streamCreated', ({ stream }) => this.onStream(stream));
    session.on('streamDestroyed', ({ stream, reason }) => {
      this.log.add('streamDestroyed', { id: stream.connection.connectionId, reason });
      const remote = this.remotes.get(stream.connection.connectionId);
      if (remote) {
        remote.stream = null;
        remote.subscriber = null;
      }
    });
    session.on('streamPropertyChanged', ({ stream, changedProperty, newValue, reason }) => {
      this.log.add('streamPropertyChanged', { id: stream.connection.connectionId, changedProperty, newValue, reason });
    });
    session.on('signal', ({ type, data, from }) => {
      this.log.add('signal', { signal: type, data, from: from ? nameIn(from.data) : null });
    });
    session.on('sessionDisconnected', ({ reason }) => {
      this.left = reason;
      this.log.add('sessionDisconnected', { reason });
    });
    session.on('reconnecting', () => this.log.add('reconnecting'));
    session.on('reconnected', () => this.log.add('reconnected'));
    session.on('exception', ({ name, message }) => this.log.add('exception', { name, message }));
  }

  onConnection(type, connection, reason) {
    const id = connection.connectionId;
    this.log.add(type, { id, name: nameIn(connection.data), reason });
    if (id === this.session.connection.connectionId) {
      return;
    }
    if (type === 'connectionCreated') {
      this.remotes.set(id, { connection, stream: null, subscriber: null, element: null, firstFrameAt: null });
    } else {
      this.remotes.delete(id);
    }
  }

  onStream(stream) {
    const id = stream.connection.connectionId;
    this.log.add('streamCreated', { id, hasAudio: stream.hasAudio, hasVideo: stream.hasVideo, kind: stream.typeOfVideo });
    const remote = this.remotes.get(id);
    if (!remote) {
      this.log.add('streamWithoutConnection', { id });
      return;
    }
    remote.stream = stream;
    remote.firstFrameAt = null;
    const announcedAt = wallClockMs();
    remote.subscriber = this.session.subscribe(stream, document.getElementById('remote'));
    remote.subscriber.on('videoElementCreated', ({ element }) => {
      remote.element = element;
      const isReal = (video) => stream.videoActive !== false && video.videoWidth > 0;
      onFirstFrame(element, isReal, (at) => {
        remote.firstFrameAt = at;
        this.books.firstFramesMs.push(at - announcedAt);
      });
    });
    remote.subscriber.on('streamPlaying', () => this.log.add('streamPlaying', { id }));
  }

  async publish({ audio = true, video = true, width = 320, height = 240, frameRate = 15 } = {}) {
    const startedAt = wallClockMs();
    this.publisher = await this.openvidu.initPublisherAsync(document.getElementById('local'), {
      audioSource: audio ? undefined : false,
      videoSource: video ? undefined : false,
      publishAudio: audio,
      publishVideo: video,
      resolution: `${width}x${height}`,
      frameRate,
      mirror: false,
    });
    await this.session.publish(this.publisher);
    return { startedAt };
  }

  /** Shares a screen by the SDK's own means: the browser picks what is shared. */
  async shareScreen() {
    const own = document.createElement('div');
    document.getElementById('local').append(own);
    this.publisher = await this.openvidu.initPublisherAsync(own, {
      audioSource: false,
      videoSource: 'screen',
      publishAudio: false,
      publishVideo: true,
      mirror: false,
    });
    await this.session.publish(this.publisher);
  }

  async unpublish() {
    await this.session.unpublish(this.publisher);
    this.publisher = null;
  }

  async mute({ audio, video }) {
    if (audio !== undefined) {
      await this.publisher.publishAudio(!audio);
    }
    if (video !== undefined) {
      await this.publisher.publishVideo(!video);
    }
  }

  async signal({ data, type }) {
    await this.session.signal({ data, type, to: [] });
  }

  async forceDisconnect({ id }) {
    await this.session.forceDisconnect(this.remotes.get(id).connection);
  }

  leave() {
    this.session.disconnect();
  }

  async snapshot() {
    const remotes = await Promise.all([...this.remotes.values()].map((remote) => this.describe(remote)));
    const self = this.session?.connection;
    return {
      world: this.world,
      id: self?.connectionId ?? null,
      left: this.left,
      camera: this.cameraSize(),
      remotes,
      events: this.log.entries,
    };
  }

  /** The page's figures so far, over all streams. */
  async figures() {
    const own = await reportOf(this.publisher?.stream);
    const others = [...this.remotes.entries()].map(async ([id, { stream }]) => [id, await reportOf(stream)]);
    return { left: this.left, ...this.books.look([own], await Promise.all(others)) };
  }

  async describe({ connection, stream, element, firstFrameAt }) {
    const peer = peerOf(stream);
    return {
      id: connection.connectionId,
      name: nameIn(connection.data),
      serverData: serverPartOf(connection.data),
      kind: stream?.typeOfVideo ?? null,
      audio: activity(stream?.hasAudio, stream?.audioActive),
      video: activity(stream?.hasVideo, stream?.videoActive),
      media: inboundFigures(peer ? [await peer.getStats()] : []),
      ice: peer?.iceConnectionState ?? null,
      element: elementFigures(element),
      firstFrameAt,
    };
  }

  cameraSize() {
    const track = this.publisher?.stream?.getMediaStream?.()?.getVideoTracks()[0];
    const settings = track?.getSettings();
    return settings ? { width: settings.width, height: settings.height } : null;
  }
}

/** Until the stream is negotiated there is no peer, and the SDK's own getter throws. */
function peerOf(stream) {
  return stream?.getWebRtcPeer?.() && stream.getRTCPeerConnection();
}

function reportOf(stream) {
  return peerOf(stream)?.getStats();
}

export function createDriver(sdk, version) {
  return new V2Driver(sdk, version);
}
