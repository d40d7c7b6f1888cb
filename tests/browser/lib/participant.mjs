// One person of a scene: a page with one SDK version, and what can be asked of and done with it.
import assert from 'node:assert/strict';
import { livekitToken, v2Token } from './apis.mjs';
import { until } from './until.mjs';

const WAIT_LIMIT_MS = 15000;
/** Silence of a muted microphone gives (nearly) none; the fake devices' tone gives far more within a second. */
const ENERGY_ABOVE_SILENCE = 1e-4;

export class Participant {
  static async open(browser, pages, sdk, name) {
    const page = await browser.open(pages.urlOf(sdk));
    return new Participant(page, sdk, name);
  }

  constructor(page, sdk, name) {
    Object.assign(this, { page, sdk, name });
    this.id = null;
    this.times = {};
  }

  toString() {
    return `${this.name} (${this.sdk.id})`;
  }

  async call(method, argument) {
    const literal = argument === undefined ? '' : `, ${JSON.stringify(JSON.stringify(argument))}`;
    const answer = JSON.parse(await this.page.evaluate(`window.callDriver(${JSON.stringify(method)}${literal})`));
    if (answer.error) {
      const error = new Error(`${this} ${method}: ${answer.error.name}: ${answer.error.message}`);
      throw Object.assign(error, { answer: answer.error });
    }
    return answer.value;
  }

  snapshot() {
    return this.call('snapshot');
  }

  /** Joins by what its world's backend would hand out. `port` replaces the server's, to go through a relay. */
  async join(server, room, { role, data, port } = {}) {
    const { sdk, name } = this;
    let joined;
    if (sdk.world === 'v2') {
      const base = sdk.secureOnly ? `https://127.0.0.1:${port ?? server.tlsPort}` : `http://127.0.0.1:${port ?? server.httpPort}`;
      const token = await v2Token(base, { room, role, data, legacyApi: sdk.legacyApi });
      joined = await this.call('join', { token, name });
    } else {
      const url = `ws://127.0.0.1:${port ?? server.httpPort}`;
      const token = livekitToken({ identity: `${name}-identity`, name, metadata: data, video: { room, roomJoin: true } });
      joined = await this.call('join', { url, token });
    }
    this.id = joined.id;
    this.times.join = joined.startedAt;
    return this;
  }

  async publish(options) {
    const { startedAt } = await this.call('publish', options);
    this.times.publish = startedAt;
    return this;
  }

  /** Waits for a state of this page. */
  until(what, probe, limitMs = WAIT_LIMIT_MS) {
    return until(`${this}: ${what}`, limitMs, async () => probe(await this.snapshot()), () => this.explain());
  }

  /** Waits until `other` is there, and what is known of it satisfies `probe`. The worlds agree on names, not on ids. */
  untilRemote(other, what, probe = () => true, limitMs = WAIT_LIMIT_MS) {
    return this.until(`${what} of ${other}`, ({ remotes }) => {
      const remote = remotes.filter(({ name }) => name === other.name).at(-1);
      return remote && probe(remote) && remote;
    }, limitMs);
  }

  /** Waits until the participant with this page's own id `id` is gone. */
  untilGone({ id, name }, limitMs = WAIT_LIMIT_MS) {
    return this.until(`${name} (${id}) is gone`, ({ remotes }) => !remotes.some((remote) => remote.id === id), limitMs);
  }

  untilEvent(type, probe = () => true, limitMs = WAIT_LIMIT_MS) {
    return this.until(`event ${type}`, ({ events }) => events.find((event) => event.type === type && probe(event)), limitMs);
  }

  /** Waits for pictures: the right size, and frames that go on being decoded. */
  async sees(other, limitMs = WAIT_LIMIT_MS) {
    const { camera } = await other.snapshot();
    const first = await this.untilRemote(other, `pictures of ${camera.width}x${camera.height}`, ({ video, media }) => (
      video === 'on' && media.framesDecoded > 0 && media.frameWidth === camera.width && media.frameHeight === camera.height
    ), limitMs);
    return this.untilRemote(other, 'more frames', ({ media, element, firstFrameAt }) => (
      firstFrameAt && media.framesDecoded >= first.media.framesDecoded + 5 && element.width === camera.width
    ), limitMs);
  }

  /** Waits for sound: energy that grows beyond what silence gives. */
  async hears(other, limitMs = WAIT_LIMIT_MS) {
    const first = await this.untilRemote(other, 'audio packets', ({ audio, media }) => audio === 'on' && media.audioPackets > 0, limitMs);
    return this.untilRemote(other, 'sound', ({ media }) => (
      media.audioEnergy > first.media.audioEnergy + ENERGY_ABOVE_SILENCE
    ), limitMs);
  }

  async seesAndHears(other, limitMs = WAIT_LIMIT_MS) {
    await this.sees(other, limitMs);
    await this.hears(other, limitMs);
  }

  /** A page that is gone has nothing to say any more. */
  async wasNeverHeldBack() {
    const view = await this.snapshot().catch(() => null);
    const paused = view?.events.filter(({ type, state }) => type === 'streamState' && state === 'paused') ?? [];
    assert.equal(paused.length, 0, `${this}: pictures were held back: ${JSON.stringify(paused)}`);
  }

  async reload() {
    await this.page.reload();
    this.id = null;
  }

  close() {
    return this.page.close();
  }

  /** What a failure message should show: the page's view and its last events and console lines. */
  async explain() {
    let view;
    try {
      const { events, ...state } = await this.snapshot();
      view = `${JSON.stringify(state)}\nevents: ${events.slice(-25).map((event) => JSON.stringify(event)).join('\n        ')}`;
    } catch (error) {
      view = error.message;
    }
    const lines = this.page.console.slice(-15).map((line) => line.slice(0, 300));
    return `state: ${view}\nconsole: ${lines.join('\n         ')}`;
  }
}
