// livekit-client itself in the hands of a scene, nothing patched: what a scene runs in the page reaches everything through
// `window.lab`. An actor is one Room; a page may hold several. What an app can observe comes back as plain values in which
// people go by their identity, publications by their source, and ids of the server by their kind.
import { FrameWatch } from './frame-watch.js';
import { drawnPicture, inboundFigures, tone, wallClockMs } from './media.js';

const LIMIT_MS = 12000;
const LOOK_EVERY_MS = 25;
/** What stands in the place of an event or an answer that did not come. */
const MISSING = 'did not come';

const plain = (value) => JSON.stringify(value) ?? 'null';
const valuesOf = (names) => [...new Set(Object.values(names))];
const masked = (text) => text.replace(/\b(PA|TR|RM|DTR)_[A-Za-z0-9]{6,}\b/g, '$1_');

function describeError(error) {
  const { name, code, reason, reasonName, status } = error;
  return Object.fromEntries(Object.entries({ error: name, code, reason, reasonName, status }).filter(([, value]) => value !== undefined));
}

/** What is compared of a value that an SDK hands to its app. */
export function describe(value) {
  if (value === undefined || value === null) {
    return null;
  }
  if (typeof value === 'string') {
    return masked(value);
  }
  if (typeof value === 'bigint') {
    return Number(value);
  }
  if (typeof value !== 'object') {
    return typeof value === 'function' ? 'function' : value;
  }
  if (value instanceof Uint8Array) {
    return new TextDecoder().decode(value);
  }
  if (value instanceof Error) {
    return describeError(value);
  }
  if (Array.isArray(value)) {
    return value.map(describe);
  }
  return describeObject(value);
}

function describeObject(value) {
  if (value.identity !== undefined && value.sid !== undefined && value.connectionQuality !== undefined) {
    return value.identity;
  }
  if (value.trackSid !== undefined && value.trackName !== undefined) {
    return value.source === 'unknown' ? value.trackName : value.source;
  }
  if (value.mediaStreamTrack) {
    return `track ${value.source}`;
  }
  if (value.info?.usesE2ee !== undefined) {
    return `data track ${value.info.name}`;
  }
  if (value instanceof Element) {
    return value.tagName;
  }
  const own = typeof value.toJson === 'function' ? value.toJson() : value;
  const entries = Object.entries(own).filter(([, entry]) => entry !== undefined && typeof entry !== 'function');
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => [key, describe(entry)]));
}

class Actor {
  constructor(lab, name, options) {
    Object.assign(this, { lab, name, heard: [], listened: new WeakSet() });
    this.room = new lab.sdk.Room(options);
    this.listenTo('room', this.room, lab.sdk.RoomEvent);
    this.listenToParticipant(this.room.localParticipant);
    this.room.on('participantConnected', (participant) => this.listenToParticipant(participant));
    this.room.on('trackPublished', (publication) => this.listenToPublication(publication));
    this.room.on('localTrackPublished', (publication) => this.listenToPublication(publication));
    this.room.on('trackSubscribed', (track, publication) => {
      this.listenToPublication(publication);
      this.listenTo('track', track, lab.sdk.TrackEvent, publication);
    });
  }

  listenTo(source, target, names, owner = target) {
    if (!target || this.listened.has(target)) {
      return;
    }
    this.listened.add(target);
    for (const type of valuesOf(names)) {
      if (!(source === 'track' && this.lab.costly.has(type))) {
        target.on(type, (...given) => this.heard.push({ at: wallClockMs(), source, type, who: source === 'room' ? null : describe(owner), args: given.map(describe) }));
      }
    }
  }

  listenToParticipant(participant) {
    this.listenTo('participant', participant, this.lab.sdk.ParticipantEvent);
    this.publicationsOf(participant).forEach((publication) => this.listenToPublication(publication));
  }

  listenToPublication(publication) {
    this.listenTo('publication', publication, this.lab.sdk.TrackEvent);
    this.listenTo('track', publication.track, this.lab.sdk.TrackEvent, publication);
  }

  get local() {
    return this.room.localParticipant;
  }

  get others() {
    return [...(this.room.remoteParticipants ?? this.room.participants).values()];
  }

  remote(identity) {
    return this.others.find((participant) => participant.identity === identity);
  }

  publicationsOf(participant) {
    return [...(participant?.trackPublications ?? participant?.tracks ?? new Map()).values()];
  }

  /** A publication by its source, or by its name where it has no source that is known. */
  publication(identity, what) {
    const owner = identity === this.name ? this.local : this.remote(identity);
    return this.publicationsOf(owner).find((publication) => describe(publication) === what);
  }

  async connect(url, token, options) {
    await this.room.connect(url, token, options);
    this.others.forEach((participant) => this.listenToParticipant(participant));
  }

  /** Waits for an event of this kind for which `fits(...args)`, takes it out, and gives its arguments, or that it did not come. */
  async event(source, type, fits = () => true, limitMs = LIMIT_MS) {
    const entry = await this.lab.gives(() => {
      const index = this.heard.findIndex((entry) => entry.source === source && entry.type === type && fits(...entry.args, entry.who));
      return index >= 0 && this.heard.splice(index, 1)[0];
    }, limitMs);
    if (!entry) {
      return MISSING;
    }
    return source === 'room' ? entry.args : { of: entry.who, args: entry.args };
  }

  has(source, type, fits = () => true) {
    return this.heard.some((entry) => entry.source === source && entry.type === type && fits(...entry.args, entry.who));
  }

  /** From here on only what comes now counts. */
  forget() {
    this.heard.length = 0;
  }

  /** Publishes a drawn picture or a tone: nothing of the browser's devices. */
  async publishDrawn({ width = 160, height = 120, ...options } = {}) {
    const { Camera } = this.lab.sdk.Track.Source;
    return this.local.publishTrack(drawnPicture(width, height), { source: Camera, simulcast: false, ...options });
  }

  async publishTone(options = {}) {
    this.tone ??= tone();
    const { Microphone } = this.lab.sdk.Track.Source;
    return this.local.publishTrack(this.tone.track, { source: Microphone, ...options });
  }

  /** Sends as an app of this version does. */
  sendData(text, { reliable = true, topic, to } = {}) {
    const bytes = new TextEncoder().encode(text);
    if (this.lab.later) {
      return this.local.publishData(bytes, { reliable, topic, destinationIdentities: to });
    }
    return this.local.publishData(bytes, reliable ? 0 : 1, { topic, destination: to?.map((identity) => this.remote(identity).sid) });
  }

  /** From now on notes when pictures of another's camera come. */
  watchFrames(identity) {
    this.watch = new FrameWatch(this, identity);
    return this.watch;
  }

  async figures(identity, what) {
    const receiver = this.publication(identity, what)?.track?.receiver;
    return inboundFigures(receiver ? [await receiver.getStats()] : []);
  }

  /** Whether more pictures or sound than now come in. */
  async flows(identity, what, limitMs = LIMIT_MS) {
    let first = null;
    const found = await this.lab.gives(async () => {
      const now = await this.figures(identity, what);
      first ??= now;
      return now.framesDecoded > first.framesDecoded + 3 || now.audioPackets > first.audioPackets + 10;
    }, limitMs);
    return found ? 'flows' : MISSING;
  }

  /** Whether nothing comes in any more. */
  async stops(identity, what, limitMs = LIMIT_MS) {
    const count = async () => {
      const now = await this.figures(identity, what);
      return now.videoPackets + now.audioPackets;
    };
    let last = await count();
    let since = performance.now();
    const found = await this.lab.gives(async () => {
      const now = await count();
      if (now !== last) {
        [last, since] = [now, performance.now()];
      }
      return performance.now() - since > 1000;
    }, limitMs);
    return found ? 'stopped' : `${MISSING}: its end`;
  }

  /** Waits until pictures of this width come in, and gives the width. */
  async width(identity, what, wanted, limitMs = LIMIT_MS) {
    return this.lab.settles(async () => {
      const before = await this.figures(identity, what);
      await this.lab.pause(200);
      const now = await this.figures(identity, what);
      return now.framesDecoded > before.framesDecoded ? now.frameWidth : 0;
    }, wanted, limitMs);
  }
}

class Lab {
  constructor(sdk, version) {
    Object.assign(this, { sdk, version, actors: {}, drawnPicture, tone, describe, MISSING });
    this.later = !version.startsWith('1.');
    /** A listener to these makes the SDK work for each frame. */
    this.costly = new Set(['timeSyncUpdate']);
  }

  actor(name, options) {
    this.actors[name] ??= new Actor(this, name, options);
    return this.actors[name];
  }

  async run(step, argument) {
    try {
      return await step(this, argument);
    } catch (error) {
      throw error instanceof Error ? error : new Error(plain(error));
    }
  }

  pause(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** Asks until there is an answer; null when there is none in time. */
  async gives(probe, limitMs = LIMIT_MS) {
    const end = performance.now() + limitMs;
    for (;;) {
      const found = await probe();
      if (found) {
        return found;
      }
      if (performance.now() > end) {
        return null;
      }
      await this.pause(LOOK_EVERY_MS);
    }
  }

  async until(what, probe, limitMs = LIMIT_MS) {
    const found = await this.gives(probe, limitMs);
    if (!found) {
      throw new Error(`not within ${limitMs} ms: ${typeof what === 'function' ? what() : what}`);
    }
    return found;
  }

  /** Waits until the probe gives what is wanted, and gives that; or says that it did not come, and what there was instead. */
  async settles(probe, wanted, limitMs = LIMIT_MS) {
    let last;
    const found = await this.gives(async () => {
      last = describe(await probe());
      return plain(last) === plain(wanted);
    }, limitMs);
    return found ? last : `${MISSING}: ${plain(wanted)}, but ${plain(last)}`;
  }

  /** How a call of the SDK ended. */
  async outcome(promise, limitMs = 20000) {
    let timer;
    const limit = new Promise((resolve) => {
      timer = setTimeout(() => resolve('neither resolved nor rejected'), limitMs);
    });
    const ended = Promise.resolve(promise).then((value) => ({ resolved: describe(value) }), (error) => ({ rejected: describe(error) }));
    return Promise.race([ended, limit]).finally(() => clearTimeout(timer));
  }

  /** How a call ended that is made at once, not promised. */
  direct(call) {
    try {
      return { returned: describe(call()) };
    } catch (error) {
      return { thrown: describe(error) };
    }
  }

  /** What a publisher sees of its publication. */
  factsOf(publication) {
    const { kind, source, trackSid, isMuted, simulcasted = null, mimeType, isSubscribed, isEncrypted } = publication ?? {};
    return publication ? { kind, source, sid: describe(trackSid), isMuted, simulcasted, mimeType, isSubscribed, isEncrypted } : null;
  }

  /** A new element to put a picture into. */
  place(width = 160, height = 120) {
    const element = document.createElement('video');
    Object.assign(element.style, { width: `${width}px`, height: `${height}px` });
    element.muted = true;
    document.body.append(element);
    return element;
  }

  /** Connections that `run` makes are those of a browser that does not take this codec. */
  async withoutCodec(mimeType, run) {
    const Whole = window.RTCPeerConnection;
    const known = RTCRtpReceiver.getCapabilities('video').codecs.filter((codec) => codec.mimeType !== mimeType);
    const limit = (connection) => connection.getTransceivers()
      .filter(({ receiver }) => receiver.track.kind === 'video').forEach((transceiver) => transceiver.setCodecPreferences(known));
    window.RTCPeerConnection = class Limited extends Whole {
      createOffer(...given) {
        limit(this);
        return super.createOffer(...given);
      }

      createAnswer(...given) {
        limit(this);
        return super.createAnswer(...given);
      }
    };
    try {
      return await run();
    } finally {
      window.RTCPeerConnection = Whole;
    }
  }

  /** Runs with another function in the place of a browser's method. */
  async playing(target, method, played, run) {
    const original = target[method];
    target[method] = function stand(...given) {
      return played.call(this, original.bind(this), ...given);
    };
    try {
      return await run();
    } finally {
      target[method] = original;
    }
  }
}

export function openLab(sdk, version, more = {}) {
  window.lab = Object.assign(new Lab(sdk, version), more);
}
