// Plays how a connection is hurt, and watches what becomes of it from both sides. Alice, whose connection it is, reaches the
// server through a relay, and where there is one over a link that can be stopped; bob does not.
import { Chromium } from './chromium.mjs';
import { Cutter } from './cutter.mjs';
import { FarNetwork, NEAR_ADDRESS } from './far-network.mjs';
import { LiveKitLabPage } from './livekit-lab.mjs';
import { Pages } from './pages.mjs';
import { newest } from './sdks.mjs';
import { until } from './until.mjs';

const FLOW_LIMIT_MS = 30000;
const END_LIMIT_MS = 75000;
/** Nothing has happened for so long after a change: it is over. */
const QUIET_MS = 2000;
/** Nothing has happened at all for so long after a connection was hurt: nothing will. */
const UNHURT_MS = 5000;
/** Of 15 pictures a second, on a busy machine. */
const FLOWING = 5;
/** Events of a room that tell of connections, participants and tracks. */
const WATCHED = [
  'connected', 'signalConnected', 'signalReconnecting', 'reconnecting', 'reconnected', 'disconnected',
  'participantConnected', 'participantDisconnected', 'trackPublished', 'trackUnpublished', 'trackSubscribed', 'trackUnsubscribed',
  'localTrackPublished', 'localTrackUnpublished', 'participantPermissionsChanged', 'trackMuted', 'trackUnmuted', 'trackStreamStateChanged', 'moved',
];

/** The address by which servers are to be reached: a loopback cannot be shared with a network behind a link. */
export const nodeIp = (hasLink) => (hasLink ? NEAR_ADDRESS : '127.0.0.1');

export class ReconnectionStage {
  static async set(servers) {
    const stage = new ReconnectionStage();
    stage.rooms = 0;
    stage.link = await FarNetwork.open(servers);
    stage.host = stage.link ? NEAR_ADDRESS : 'localhost';
    stage.pages = await Pages.open(stage.link ? '0.0.0.0' : '127.0.0.1');
    stage.near = await Chromium.launch();
    // A page has a secure context under a loopback's name only, unless a browser is told otherwise.
    const secure = [`--unsafely-treat-insecure-origin-as-secure=${stage.pages.originOf(NEAR_ADDRESS)}`];
    stage.far = stage.link ? await Chromium.launch({ program: stage.link.browserProgram(), more: secure }) : stage.near;
    return stage;
  }

  /** Plays a case against a server; what was seen. */
  async play(server, { before, hurt, claims }) {
    this.rooms += 1;
    const room = `room-${this.rooms}`;
    const cutter = await Cutter.open(server.httpPort, this.link ? '0.0.0.0' : '127.0.0.1');
    const { pages, link } = this;
    const alice = await LiveKitLabPage.open({ browser: this.far, pages, server, host: link ? NEAR_ADDRESS : undefined }, newest.livekit);
    const bob = await LiveKitLabPage.open({ browser: this.near, pages, server }, newest.livekit);
    try {
      const own = claims?.() ?? {};
      await bob.join('bob', room);
      await alice.join('alice', room, { port: cutter.port, ...own });
      await Promise.all([publishAndWatch(alice, 'alice', 'bob'), publishAndWatch(bob, 'bob', 'alice')]);
      const tools = { cutter, link, alice, room, claims: own };
      await before?.(tools);
      return await watched(tools, alice, bob, hurt);
    } finally {
      link?.letPass();
      await Promise.all([alice.close(), bob.close()]);
      await cutter.close();
    }
  }

  async strike() {
    await this.far?.close();
    await this.near?.close();
    await this.pages?.close();
    this.link?.close();
  }
}

async function publishAndWatch(page, name, other) {
  await page.run(async (lab, { name, other, FLOWING, FLOW_LIMIT_MS }) => {
    const actor = lab.actors[name];
    await actor.publishDrawn();
    await lab.until(`the camera of ${other}`, () => actor.publication(other, 'camera')?.track, FLOW_LIMIT_MS);
    const watch = actor.watchFrames(other);
    await lab.until(`pictures of ${other}`, () => watch.since(performance.timeOrigin + performance.now() - 1000) > FLOWING, FLOW_LIMIT_MS);
  }, { name, other, FLOWING, FLOW_LIMIT_MS });
}

async function watched(tools, alice, bob, hurt) {
  const before = await bob.run((lab) => {
    const { bob } = lab.actors;
    bob.forget();
    return { presence: bob.remote('alice').sid, track: bob.publication('alice', 'camera').trackSid };
  });
  await alice.run((lab) => lab.actors.alice.forget());
  const at = Date.now();
  const given = await hurt(tools);
  const healedAt = Date.now();
  let own;
  let there;
  await until('an end', END_LIMIT_MS, async () => {
    [own, there] = await Promise.all([look(alice, 'alice', at), look(bob, 'bob', at)]);
    const isOver = own.state === 'disconnected' || (own.state === 'connected' && own.flows && there.flows);
    const since = Math.max(own.lastAt, there.lastAt);
    return isOver && Date.now() - (since || healedAt) > (since ? QUIET_MS : UNHURT_MS);
  }, () => JSON.stringify({ own, there })).catch((error) => {
    own.state = `${own.state}, without an end: ${error.message.slice(0, 200)}`;
  });
  const after = await bob.run((lab) => {
    const { bob } = lab.actors;
    return { presence: bob.remote('alice')?.sid ?? null, track: bob.publication('alice', 'camera')?.trackSid ?? null };
  });
  return {
    given: given?.rejected ?? null, state: own.state, afterMs: own.lastAt ? Math.round(own.lastAt - at) : 0, events: own.events, others: there.events,
    gapMs: own.gapMs, gapThereMs: there.gapMs, samePresence: before.presence === after.presence, sameTrack: before.track === after.track,
  };
}

/** How it is with a participant, and what its app was told since `at`. */
function look(page, name, at) {
  return page.run((lab, { name, at, WATCHED, FLOWING }) => {
    const actor = lab.actors[name];
    const told = actor.heard.filter(({ source, type }) => source === 'room' && WATCHED.includes(type));
    const word = (type, argument) => (typeof argument === 'number' && type.endsWith('isconnected') ? lab.sdk.DisconnectReason[argument] : argument);
    const events = told.map(({ type, args }) => [type, ...args.filter((argument) => typeof argument !== 'object').map((argument) => word(type, argument))].join(' '));
    const connection = told.filter(({ type }) => !type.startsWith('track'));
    return {
      events, state: actor.room.state, lastAt: connection.at(-1)?.at ?? 0, gapMs: actor.watch.gapMs(at),
      flows: actor.watch.since(performance.timeOrigin + performance.now() - 1000) > FLOWING,
    };
  }, { name, at, WATCHED, FLOWING });
}
