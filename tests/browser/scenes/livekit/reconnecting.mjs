// Each way of losing the connection that the SDK can simulate, and what comes of it. One actor per scenario, in a room with
// bob who publishes: whoever comes back must see him, and be seen by him.

const USUAL = { events: ['reconnecting', 'reconnected'] };
/** What is watched of each scenario; `argument` goes to the SDK. */
export const SCENARIOS = {
  'signal-reconnect': { events: ['signalReconnecting', 'reconnected'] },
  'resume-reconnect': USUAL,
  'full-reconnect': USUAL,
  'node-failure': USUAL,
  migration: USUAL,
  'disconnect-signal-on-resume': USUAL,
  'disconnect-signal-on-resume-no-messages': USUAL,
  /** livekit-server 1.13.5 takes it and does nothing. */
  'leave-full-reconnect': { ...USUAL, limitMs: 6000 },
  'force-tcp': USUAL,
};

/** Runs a scenario with a publisher of its own. */
export const scenario = (kind) => async ({ alice, bob, room }) => {
  const who = `of ${kind}`;
  await alice.join(who, room);
  await alice.run(async (lab, who) => {
    const actor = lab.actors[who];
    await actor.publishDrawn();
    await lab.until('media of bob', async () => (await actor.flows('bob', 'camera', 500)) === 'flows');
  }, who);
  await bob.run(async (lab, who) => {
    const { bob } = lab.actors;
    await lab.until('media of the other', async () => (await bob.flows(who, 'camera', 500)) === 'flows');
    bob.forget();
  }, who);
  const own = await alice.run(async (lab, { who, kind, events, limitMs }) => {
    const actor = lab.actors[who];
    actor.forget();
    const before = actor.local.sid;
    const outcome = await lab.outcome(actor.room.simulateScenario(kind));
    const heard = {};
    const last = events.at(-1);
    const ended = await actor.event('room', last, undefined, limitMs);
    for (const event of events.slice(0, -1)) {
      heard[event] = actor.has('room', event) || (event === 'signalReconnecting' && !lab.later);
    }
    return {
      outcome, heard, ended, state: await lab.settles(() => actor.room.state, 'connected'), samePresence: actor.local.sid === before,
      disconnected: actor.has('room', 'disconnected'), published: actor.publicationsOf(actor.local).map(lab.describe), media: await actor.flows('bob', 'camera', 20000),
    };
  }, { who, kind, limitMs: 30000, ...SCENARIOS[kind] });
  const there = await bob.run(async (lab, who) => {
    const { bob } = lab.actors;
    const media = await lab.gives(async () => (await bob.flows(who, 'camera', 1000)) === 'flows', 25000);
    return { stayed: !bob.has('room', 'participantDisconnected', (given) => given === who), media: media ? 'flows' : lab.MISSING };
  }, who);
  if (!own.samePresence) {
    // Whether the other hears of the going or only of the coming is a matter of moments.
    delete there.stayed;
  }
  await alice.leave(who);
  const row = `simulateScenario: ${kind}`;
  const rows = { [row]: { ...own, there } };
  if (kind === 'resume-reconnect' || kind === 'full-reconnect') {
    rows['Room@reconnecting'] = own.heard.reconnecting;
    rows['Room@reconnected'] = own.ended;
  }
  if (kind === 'signal-reconnect' && own.heard.signalReconnecting !== undefined && alice.sdk.release !== '1.15') {
    rows['Room@signalReconnecting'] = own.heard.signalReconnecting;
  }
  return rows;
};
