// Driver of a LiveKit app: livekit-client as any app would use it, nothing patched.
import { EventLog, Listener, activity, drawnPicture, elementFigures, inboundFigures, onFirstFrame, wallClockMs } from './media.js';
import { Books } from './books.js';

class LiveKitDriver {
  constructor(sdk, version) {
    this.world = 'livekit';
    this.version = version;
    this.sdk = sdk;
    this.log = new EventLog();
    this.room = new sdk.Room();
    this.views = new Map();
    this.books = new Books();
    this.left = null;
    this.listen(this.room);
  }

  check() {
    return { world: this.world, version: this.version, supported: this.room.state === 'disconnected' };
  }

  async join({ url, token }) {
    const startedAt = wallClockMs();
    await this.room.connect(url, token);
    return { id: this.room.localParticipant.sid, startedAt };
  }

  listen(room) {
    const { RoomEvent, DisconnectReason } = this.sdk;
    const ids = (participant) => ({ id: participant.sid, name: participant.name });
    room.on(RoomEvent.ParticipantConnected, (p) => this.log.add('participantConnected', ids(p)));
    room.on(RoomEvent.ParticipantDisconnected, (p) => this.log.add('participantDisconnected', ids(p)));
    room.on(RoomEvent.TrackSubscribed, (track, publication, p) => this.onTrack(track, publication, p));
    room.on(RoomEvent.TrackUnsubscribed, (track, publication, p) => {
      this.log.add('trackUnsubscribed', { ...ids(p), kind: track.kind });
      track.detach().forEach((element) => element.remove());
      this.views.get(track.sid)?.listener?.stop();
      this.views.delete(track.sid);
    });
    room.on(RoomEvent.TrackSubscriptionFailed, (sid, p) => this.log.add('trackSubscriptionFailed', { ...ids(p), sid }));
    room.on(RoomEvent.TrackMuted, (publication, p) => this.log.add('trackMuted', { ...ids(p), kind: publication.kind }));
    room.on(RoomEvent.TrackUnmuted, (publication, p) => this.log.add('trackUnmuted', { ...ids(p), kind: publication.kind }));
    room.on(RoomEvent.TrackStreamStateChanged, (publication, state, p) => {
      this.log.add('streamState', { ...ids(p), kind: publication.kind, state });
    });
    room.on(RoomEvent.DataReceived, (payload, p, _kind, topic) => {
      this.log.add('dataReceived', { text: new TextDecoder().decode(payload), topic, name: p?.name ?? null });
    });
    room.on(RoomEvent.RoomMetadataChanged, (metadata) => this.log.add('roomMetadataChanged', { metadata }));
    room.on(RoomEvent.Reconnecting, () => this.log.add('reconnecting', { full: true }));
    if (RoomEvent.SignalReconnecting) {
      room.on(RoomEvent.SignalReconnecting, () => this.log.add('reconnecting', { full: false }));
    }
    room.on(RoomEvent.Reconnected, () => this.log.add('reconnected'));
    room.on(RoomEvent.Disconnected, (reason) => {
      this.left = DisconnectReason[reason] ?? String(reason);
      this.log.add('disconnected', { reason: this.left });
    });
  }

  onTrack(track, publication, participant) {
    this.log.add('trackSubscribed', { id: participant.sid, name: participant.name, kind: track.kind });
    const element = track.attach();
    document.getElementById('remote').append(element);
    const view = { track, element, firstFrameAt: null, listener: this.listenerFor(track) };
    this.views.set(track.sid, view);
    if (track.kind === 'video') {
      const announcedAt = wallClockMs();
      onFirstFrame(element, (video) => video.videoWidth > 0, (at) => {
        view.firstFrameAt = at;
        this.books.firstFramesMs.push(at - announcedAt);
      });
    }
  }

  /**
   * An SDK that mixes by Web Audio (2.0 does) turns its elements down, and the browser's figure of received sound is taken
   * after that: there the sound is listened to where the SDK takes it.
   */
  listenerFor(track) {
    return track.kind === 'audio' && this.room.options?.webAudioMix ? new Listener(track.mediaStreamTrack) : null;
  }

  /** Microphone first, camera after it: two publications at different times, as apps do. */
  async publish({ audio = true, video = true, width = 320, height = 240, frameRate = 15, encoding } = {}) {
    const startedAt = wallClockMs();
    const local = this.room.localParticipant;
    if (audio) {
      await local.setMicrophoneEnabled(true);
    }
    if (video) {
      await local.setCameraEnabled(true, { resolution: { width, height, frameRate } }, encoding);
    }
    return { startedAt };
  }

  /** Asks for a quality of a participant's camera, as an app does for a small tile. */
  wantQuality({ name, quality }) {
    const participants = [...(this.room.remoteParticipants ?? this.room.participants).values()];
    const owner = participants.find((participant) => participant.name === name);
    const camera = publicationsOf(owner).find(({ source }) => source === this.sdk.Track.Source.Camera);
    camera.setVideoQuality(this.sdk.VideoQuality[quality]);
  }

  /** What the camera is sent as. */
  async sentVideo() {
    const sent = { codec: null, scalabilityMode: null, streams: 0 };
    const report = await this.camera()?.track?.sender?.getStats();
    report?.forEach((entry) => {
      if (entry.type === 'outbound-rtp' && entry.framesSent > 0) {
        sent.streams += 1;
        sent.scalabilityMode = entry.scalabilityMode ?? sent.scalabilityMode;
        sent.codec = report.get(entry.codecId)?.mimeType ?? sent.codec;
      }
    });
    return sent;
  }

  /** Publishes a drawn picture as a screen: what a share is to the server, without a screen to share. */
  async shareScreen({ width, height }) {
    const track = drawnPicture(width, height);
    const { Source } = this.sdk.Track;
    this.screen = await this.room.localParticipant.publishTrack(track, { source: Source.ScreenShare, simulcast: false });
  }

  async stopScreen() {
    await this.room.localParticipant.unpublishTrack(this.screen.track);
  }

  async unpublish() {
    const local = this.room.localParticipant;
    for (const publication of publicationsOf(local)) {
      await local.unpublishTrack(publication.track);
    }
  }

  async mute({ audio, video }) {
    if (audio !== undefined) {
      await this.room.localParticipant.setMicrophoneEnabled(!audio);
    }
    if (video !== undefined) {
      await this.room.localParticipant.setCameraEnabled(!video);
    }
  }

  async sendData({ text }) {
    const bytes = new TextEncoder().encode(text);
    const { DataPacket_Kind: kinds } = this.sdk;
    const old = this.version.startsWith('1.');
    await this.room.localParticipant.publishData(bytes, old ? kinds.RELIABLE : { reliable: true });
  }

  async setMetadata({ metadata }) {
    await this.room.localParticipant.setMetadata(metadata);
  }

  async leave() {
    await this.room.disconnect();
  }

  async snapshot() {
    const participants = [...(this.room.remoteParticipants ?? this.room.participants).values()];
    const local = this.room.localParticipant;
    return {
      world: this.world,
      id: local.sid || null,
      identity: local.identity,
      left: this.left,
      camera: this.cameraSize(),
      simulcastLayers: await this.simulcastLayers(),
      remotes: await Promise.all(participants.map((participant) => this.describe(participant))),
      events: this.log.entries,
    };
  }

  /** The page's figures so far, over all streams. */
  async figures() {
    const participants = [...(this.room.remoteParticipants ?? this.room.participants).values()];
    const own = publicationsOf(this.room.localParticipant).map(({ track }) => track?.sender?.getStats());
    const others = participants.flatMap((participant) => publicationsOf(participant)
      .filter(({ track }) => track?.receiver)
      .map(async ({ track }) => [participant.identity, await track.receiver.getStats()]));
    return { left: this.left, ...this.books.look(await Promise.all(own), await Promise.all(others)) };
  }

  async describe(participant) {
    const { Source } = this.sdk.Track;
    const at = (source) => publicationsOf(participant).find((publication) => publication.source === source);
    const microphone = at(Source.Microphone);
    const screen = at(Source.ScreenShare);
    const camera = at(Source.Camera);
    const views = [microphone, camera].map((publication) => this.views.get(publication?.trackSid)).filter(Boolean);
    const reports = await Promise.all(views.map((view) => view.track.receiver?.getStats()));
    const picture = this.views.get(camera?.trackSid);
    const media = inboundFigures(reports.filter(Boolean));
    media.audioEnergy += views.reduce((sum, { listener }) => sum + (listener?.energy ?? 0), 0);
    return {
      id: participant.sid,
      identity: participant.identity,
      name: participant.name,
      metadata: participant.metadata ?? '',
      audio: activity(microphone, microphone && !microphone.isMuted),
      video: activity(camera, camera && !camera.isMuted),
      media,
      element: elementFigures(picture?.element),
      firstFrameAt: picture?.firstFrameAt ?? null,
      sources: publicationsOf(participant).map(({ source }) => source).sort(),
      screen: await this.describeScreen(screen),
    };
  }

  async describeScreen(publication) {
    const view = this.views.get(publication?.trackSid);
    const report = await view?.track.receiver?.getStats();
    return report ? inboundFigures([report]) : null;
  }

  /** How many layers of the camera have sent something. */
  async simulcastLayers() {
    let layers = 0;
    const report = await this.camera()?.track?.sender?.getStats();
    report?.forEach((entry) => {
      layers += entry.type === 'outbound-rtp' && entry.framesSent > 0 ? 1 : 0;
    });
    return layers;
  }

  camera() {
    const { Camera } = this.sdk.Track.Source;
    return publicationsOf(this.room.localParticipant).find((publication) => publication.source === Camera);
  }

  cameraSize() {
    const camera = this.camera();
    const settings = camera?.track?.mediaStreamTrack?.getSettings();
    return settings ? { width: settings.width, height: settings.height } : null;
  }
}

function publicationsOf(participant) {
  return [...(participant.trackPublications ?? participant.tracks).values()];
}

export function createDriver(sdk, version) {
  return new LiveKitDriver(sdk, version);
}
