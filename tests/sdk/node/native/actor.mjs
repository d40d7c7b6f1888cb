// A participant that a test steers, whatever SDK it is of: `call` runs one of its commands, its events wait until they are taken.
import { until } from '../../../browser/lib/until.mjs';

/** Enough for a machine that is busy with much else. */
const LIMIT_MS = 40000;

/** What is received, for the reason of a failure. */
function summary(view) {
  const tracks = Object.values(view?.remotes ?? {}).map(({ identity, tracks: all }) => [identity, ...Object.values(all).map(({ sid, muted, subscribed, heard, seen, received }) => (
    { sid, muted, subscribed, heard, seen, received }
  ))]);
  return JSON.stringify({ connected: view?.connected, room: view?.room, tracks });
}

export class Actor {
  constructor(sdk) {
    this.sdk = sdk;
    /** Events that no step has taken yet. */
    this.events = [];
  }

  /** Joins; resolves to the first view of the room. */
  async join(identity, url, token, options = {}) {
    this.identity = identity;
    this.events.length = 0;
    await this.call('connect', { url, token, ...options });
    return this.call('view');
  }

  /** Waits until `probe(view)` gives something, and resolves to that. */
  until(what, probe, limitMs = LIMIT_MS) {
    let view = null;
    const explain = () => `${summary(view)}\nevents: ${JSON.stringify(this.events.slice(-15))}`;
    return until(`${this.identity} (${this.sdk}): ${what}`, limitMs, async () => {
      view = await this.call('view');
      return probe(view);
    }, explain);
  }

  /** Waits for an event with these values, and takes it. */
  async take(type, wanted = {}, limitMs = LIMIT_MS) {
    const matches = (event) => event.type === type && Object.entries(wanted).every(([key, value]) => JSON.stringify(event[key]) === JSON.stringify(value));
    const explain = () => `events: ${JSON.stringify(this.events.slice(-15))}`;
    const at = await until(`${this.identity} (${this.sdk}): ${type} ${JSON.stringify(wanted)}`, limitMs, () => {
      const found = this.events.findIndex(matches);
      return found >= 0 && found + 1;
    }, explain);
    return this.events.splice(at - 1, 1)[0];
  }

  /** Whether such an event waits; it stays. */
  has(type, probe = () => true) {
    return this.events.some((event) => event.type === type && probe(event));
  }

  /** The tone of another's track, within 2 %. */
  hears(other, hz, limitMs) {
    return this.until(`${hz} Hz of ${other.identity}`, ({ remotes }) => (
      Object.values(remotes[other.identity]?.tracks ?? {}).some(({ heard }) => heard && (hz === 0 ? heard.level < 0.01 && heard.windows > 0 : Math.abs(heard.hz - hz) < hz * 0.02))
    ), limitMs);
  }

  /** The colour of another's track, each of Y, U and V within 14. */
  sees(other, colour, limitMs) {
    return this.until(`colour ${colour} of ${other.identity}`, ({ remotes }) => (
      Object.values(remotes[other.identity]?.tracks ?? {}).some(({ seen }) => seen?.colour && seen.colour.every((value, at) => Math.abs(value - colour[at]) < 14))
    ), limitMs);
  }
}
