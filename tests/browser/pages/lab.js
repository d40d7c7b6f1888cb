// The v2 SDK itself in the hands of a scene, nothing patched: what a scene runs in the page reaches everything through
// `window.lab`. An actor is one OpenVidu object with its Session; a page may hold several.
import { drawnPicture, inboundFigures, tone } from './media.js';

const LIMIT_MS = 15000;
const LOOK_EVERY_MS = 25;

/** Without the events of speech and volume: a listener to these starts an analysis of the sound, which only few want. */
const SESSION_EVENTS = [
  'connectionCreated', 'connectionDestroyed', 'connectionPropertyChanged', 'sessionDisconnected', 'streamCreated', 'streamDestroyed',
  'streamPropertyChanged', 'signal', 'networkQualityLevelChanged', 'reconnecting', 'reconnected', 'exception',
];
const STREAM_EVENTS = ['videoElementCreated', 'videoElementDestroyed', 'streamPlaying', 'streamPropertyChanged'];
const PUBLISHER_EVENTS = [
  ...STREAM_EVENTS, 'streamCreated', 'streamDestroyed', 'accessAllowed', 'accessDenied', 'accessDialogOpened', 'accessDialogClosed',
];

/** What a scene compares of an event, as plain values. */
function describe(event = {}) {
  const { reason, changedProperty, newValue, oldValue, data, message } = event;
  return {
    reason, changedProperty, newValue, oldValue, data, message,
    named: event.type,
    exception: event.name,
    connection: event.connection?.connectionId ?? event.stream?.connection?.connectionId ?? event.connectionId,
    streamId: event.stream?.streamId ?? event.streamId,
    from: event.from === undefined ? null : event.from.connectionId,
    element: event.element?.tagName,
    value: event.value,
    event,
  };
}

const plain = (value) => JSON.stringify(value) ?? 'undefined';

function fits(entry, wanted) {
  return Object.entries(wanted).every(([key, value]) => plain(entry[key]) === plain(value));
}

class Actor {
  constructor(lab, name, advanced) {
    Object.assign(this, { lab, name, heard: [], streams: new Map(), connections: new Map() });
    this.openvidu = new lab.sdk.OpenVidu();
    this.openvidu.enableProdMode();
    if (advanced) {
      this.openvidu.setAdvancedConfiguration(advanced);
    }
    this.session = this.openvidu.initSession();
    this.listen('session', this.session, SESSION_EVENTS);
    this.session.on('connectionCreated', ({ connection }) => this.connections.set(connection.connectionId, connection));
    this.session.on('streamCreated', ({ stream }) => this.streams.set(stream.connection.connectionId, stream));
  }

  get id() {
    return this.session.connection?.connectionId;
  }

  listen(source, target, types) {
    types.forEach((type) => target.on(type, (event) => this.heard.push({ source, type, ...describe(event) })));
  }

  /** Waits for an event that fits, and takes it out: each event is the proof of one thing only. */
  async take(source, type, wanted = {}, limitMs = LIMIT_MS) {
    const isIt = (entry) => entry.source === source && entry.type === type && fits(entry, wanted);
    return this.lab.until(() => `${this.name}: ${source} ${type} ${plain(wanted)}; heard: ${this.tale()}`, () => {
      const index = this.heard.findIndex(isIt);
      return index >= 0 && this.heard.splice(index, 1)[0];
    }, limitMs);
  }

  /** True when such an event waits to be taken. */
  has(source, type, wanted = {}) {
    return this.heard.some((entry) => entry.source === source && entry.type === type && fits(entry, wanted));
  }

  tale() {
    return this.heard.slice(-12).map(({ event, ...entry }) => plain(entry)).join('\n  ');
  }

  async connect(token) {
    await this.session.connect(token, { clientData: this.name });
    return this.id;
  }

  /** Publishes drawn pictures, and a tone whose loudness is the scene's: nothing of the browser's devices. */
  async publishDrawn({ width = 160, height = 120, sound = false } = {}) {
    this.tone = sound ? tone() : null;
    const properties = { audioSource: sound ? this.tone.track : false, videoSource: drawnPicture(width, height) };
    return this.publish({ ...properties, publishAudio: sound, publishVideo: true, mirror: false });
  }

  async publish(properties) {
    this.publisher = await this.openvidu.initPublisherAsync(this.lab.place(), properties);
    this.listen('publisher', this.publisher, PUBLISHER_EVENTS);
    await this.session.publish(this.publisher);
    return this.publisher.stream.streamId;
  }

  /** Waits until that connection has a stream, subscribes to it, and listens to the subscriber. */
  async subscribe(connection, properties) {
    const stream = await this.lab.until(`${this.name}: a stream of ${connection}`, () => this.streams.get(connection));
    this.subscriber = await this.session.subscribeAsync(stream, this.lab.place(), properties);
    this.listen('subscriber', this.subscriber, STREAM_EVENTS);
    return this.subscriber;
  }

  /** Waits until more pictures and sound than now have come in over this stream. */
  async receives(stream, { video = true, audio = false } = {}) {
    const figures = async () => inboundFigures([await stream.getRTCPeerConnection().getStats()]);
    const first = await figures();
    return this.lab.until(`${this.name}: media of ${stream.streamId}`, async () => {
      const now = await figures();
      const seen = !video || now.framesDecoded > first.framesDecoded + 3;
      const heard = !audio || now.audioPackets > first.audioPackets + 10;
      return seen && heard && now;
    });
  }
}

class Lab {
  constructor(sdk, version) {
    Object.assign(this, { sdk, version, actors: {}, drawnPicture, tone });
  }

  actor(name, advanced) {
    this.actors[name] ??= new Actor(this, name, advanced);
    return this.actors[name];
  }

  /** Runs a step of a scene. An SDK rejects with plain objects too: these would not come through to the scene as they are. */
  async run(step, argument) {
    try {
      return await step(this, argument);
    } catch (error) {
      throw error instanceof Error ? error : new Error(plain(error));
    }
  }

  /** A new element to put a video into. */
  place() {
    const element = document.createElement('div');
    element.id = `place-${document.querySelectorAll('div').length}`;
    document.body.append(element);
    return element;
  }

  async until(what, probe, limitMs = LIMIT_MS) {
    const end = performance.now() + limitMs;
    for (;;) {
      const found = await probe();
      if (found) {
        return found;
      }
      if (performance.now() > end) {
        throw new Error(`not within ${limitMs} ms: ${typeof what === 'function' ? what() : what}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  ok(value, what) {
    if (!value) {
      throw new Error(`not so: ${what}`);
    }
  }

  equal(actual, expected, what) {
    if (plain(actual) !== plain(expected)) {
      throw new Error(`${what}: ${plain(actual)} instead of ${plain(expected)}`);
    }
  }

  /** The promise must be rejected with an object that has these values. */
  async rejects(promise, wanted, what) {
    let value;
    try {
      value = await promise;
    } catch (error) {
      Object.entries(wanted).forEach(([key, expected]) => this.equal(error?.[key], expected, `${what}: ${key} of "${error?.message ?? error}"`));
      return error;
    }
    throw new Error(`${what}: not rejected, gave ${plain(value)}`);
  }

  /** Runs with another function in the place of a browser's method: the user who answers (or does not) is played by the scene. */
  async playing(target, method, played, run) {
    const own = Object.getOwnPropertyDescriptor(target, method);
    const original = target[method].bind(target);
    Object.defineProperty(target, method, { configurable: true, writable: true, value: (...given) => played(original, ...given) });
    try {
      return await run();
    } finally {
      delete target[method];
      if (own) {
        Object.defineProperty(target, method, own);
      }
    }
  }
}

export function openLab(sdk, version) {
  window.lab = new Lab(sdk, version);
}
