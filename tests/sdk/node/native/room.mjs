// One room of rtc-node with what it sends and receives, its events, and how it looks as plain data: the same data as the Python
// participant's, so that a step need not know whom it looks at.
import { LocalTrackPublication, Participant, Room, RoomEvent, Track, TrackKind, TrackPublication } from '@livekit/rtc-node';
import { Ear, Eye } from './media.mjs';

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
/** Events of which the SDKs have names of their own. */
const RENAMED = { dtmf_received: 'sip_dtmf_received' };

function plain(value) {
  if (value instanceof Participant) {
    return value.identity;
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  return typeof value === 'bigint' ? Number(value) : value ?? null;
}

function merge(event, value) {
  if (value instanceof Participant) {
    event.participant = value.identity;
  } else if (value instanceof TrackPublication || value instanceof Track) {
    event.track = value.sid;
  } else {
    event.values.push(plain(value));
  }
}

export class PlainRoom {
  constructor(onEvent) {
    this.onEvent = onEvent;
    this.room = new Room();
    /** What is published: a Tone or Picture, by its track's sid. */
    this.sources = new Map();
    this.senses = new Map();
    for (const name of Object.values(RoomEvent)) {
      this.room.on(name, (...args) => this.happened(name, args));
    }
  }

  get local() {
    return this.room.localParticipant;
  }

  happened(name, args) {
    if (name === RoomEvent.TrackSubscribed) {
      const [track] = args;
      this.senses.set(track.sid, track.kind === TrackKind.KIND_AUDIO ? new Ear(track) : new Eye(track));
    }
    const type = RENAMED[snake(name)] ?? snake(name);
    if (name === RoomEvent.DataReceived) {
      const [payload, participant, kind, topic] = args;
      this.onEvent({ type, text: new TextDecoder().decode(payload), participant: participant?.identity ?? null, kind, topic: topic ?? '' });
    } else if (name === RoomEvent.DtmfReceived) {
      const [code, digit, participant] = args;
      this.onEvent({ type, code, digit, participant: participant.identity });
    } else if (name === RoomEvent.ChatMessage) {
      const [{ message, editTimestamp }, participant] = args;
      this.onEvent({ type, text: message, edited: Boolean(Number(editTimestamp)), participant: participant?.identity ?? null });
    } else if (name === RoomEvent.RoomUpdated || name.startsWith('roomInfo')) {
      this.onEvent({ type, values: [] });
    } else {
      const event = { type, values: [] };
      args.forEach((value) => merge(event, value));
      this.onEvent(event);
    }
  }

  source(kind) {
    return [...this.sources.values()].find((source) => source instanceof kind);
  }

  async close() {
    await this.room.disconnect();
    await Promise.all([...this.sources.values()].map((source) => source.close()));
  }

  async view() {
    const { room } = this;
    return {
      connected: room.isConnected,
      state: room.connectionState,
      room: {
        sid: await room.getSid(),
        name: room.name,
        metadata: room.metadata,
        participants: room.numParticipants,
        publishers: room.numPublishers,
        emptyTimeout: room.emptyTimeout,
        departureTimeout: room.departureTimeout,
        recording: room.isRecording,
        createdAt: room.creationTime.getTime() / 1000,
      },
      me: this.person(room.localParticipant),
      remotes: Object.fromEntries([...room.remoteParticipants].map(([identity, one]) => [identity, this.person(one)])),
    };
  }

  person(one) {
    return {
      sid: one.sid,
      identity: one.identity,
      name: one.name,
      metadata: one.metadata,
      attributes: one.attributes,
      kind: one.kind,
      kindDetails: one.kindDetails,
      disconnectReason: one.disconnectReason ?? null,
      tracks: Object.fromEntries([...one.trackPublications].map(([sid, it]) => [sid, this.publication(it)])),
    };
  }

  publication(it) {
    const sense = this.senses.get(it.sid);
    const { track } = it;
    return {
      sid: it.sid,
      name: it.name,
      kind: it.kind,
      source: it.source,
      muted: it.muted,
      simulcasted: it.simulcasted,
      width: it.width,
      height: it.height,
      mime: it.mimeType,
      encryption: it.encryptionType,
      subscribed: it instanceof LocalTrackPublication ? null : it.subscribed,
      track: track ? { sid: track.sid, name: track.name, kind: track.kind, muted: track.muted, state: track.stream_state } : null,
      heard: sense instanceof Ear ? sense.heard : null,
      seen: sense instanceof Eye ? sense.seen : null,
    };
  }
}
