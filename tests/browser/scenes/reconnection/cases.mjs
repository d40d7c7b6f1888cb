// The one list of how a connection is hurt, in its order in docs/livekit-reconnection.md. `hurt` does it to alice and resolves
// when nothing stands in the way any more. `link`: it needs a network behind a link. `brief`: it is played in every run, with
// Viaduct alone. `differs`: why Viaduct does otherwise on purpose. `mended`: what has been changed in Viaduct because of the kept
// rounds, which show how it was; the next comparison makes it needless.

import { twirp } from '../../lib/apis.mjs';

const SECOND_MS = 1000;
/** Servers accept a token for a minute after its end. */
const LEEWAY_S = 60;
const now = () => Math.floor(Date.now() / 1000);

const lasts = (ms) => new Promise((resolve) => {
  setTimeout(resolve, ms);
});

/** What carries the signalling breaks, and cannot be made anew for a while. */
const signalLost = (seconds) => async ({ cutter }) => {
  cutter.refusing = true;
  cutter.cut();
  await lasts(seconds * SECOND_MS);
  cutter.refusing = false;
};

/** Media is dropped in silence, over UDP and TCP. */
const mediaLost = (seconds) => async ({ link }) => {
  link.stopMedia();
  await lasts(seconds * SECOND_MS);
  link.letPass();
};

const bothLost = (seconds) => (tools) => Promise.all([signalLost(seconds)(tools), mediaLost(seconds)(tools)]);

/** Nothing breaks: all that is sent is dropped. */
const silence = (seconds) => async ({ link }) => {
  link.stopEverything();
  await lasts(seconds * SECOND_MS);
  link.letPass();
};

const scenario = (kind) => ({ alice }) => alice.run((lab, kind) => lab.outcome(lab.actors.alice.room.simulateScenario(kind)), kind);

/** The token that alice came with ends; servers have given fresh ones meanwhile. */
const tokenEnds = async ({ cutter, claims }) => {
  await lasts((claims.exp + LEEWAY_S + 2 - now()) * SECOND_MS);
  return Date.now();
};

/** As an app whose SDK has kept no fresh token. */
const withAnOldToken = (tools) => tools.alice.run((lab, token) => {
  lab.actors.alice.room.engine.token = token;
}, tools.alice.token(tools.room, { identity: 'alice', nbf: now() - 4 * LEEWAY_S, exp: now() - 2 * LEEWAY_S }));

/** The backend takes the right to publish while the signalling is away, and gives it back later; then the app publishes anew. */
const rightTaken = async (tools) => {
  const { alice, cutter, room } = tools;
  const may = (canPublish) => twirp(alice.server.http, 'RoomService', 'UpdateParticipant', {
    room, identity: 'alice', permission: { can_subscribe: true, can_publish: canPublish, can_publish_data: true },
  }, { room });
  const knows = (canPublish) => alice.run((lab, canPublish) => lab.until(`canPublish ${canPublish}`, () => lab.actors.alice.local.permissions?.canPublish === canPublish, 15000), canPublish);
  cutter.refusing = true;
  cutter.cut();
  await may(false);
  cutter.refusing = false;
  await knows(false);
  await alice.run((lab) => lab.until('nothing published', () => lab.actors.alice.publicationsOf(lab.actors.alice.local).length === 0, 15000));
  await may(true);
  await knows(true);
  await alice.run((lab) => lab.actors.alice.publishDrawn().then(() => true));
};

const ORDERED = {
  'resume-reconnect': {},
  'signal-reconnect': {},
  'full-reconnect': { brief: true, differs: 'the others are told that she has gone and come again; livekit-server shows the new one in the place of the old.' },
  'disconnect-signal-on-resume': {},
  'disconnect-signal-on-resume-no-messages': {},
  'node-failure': { brief: true },
  migration: {},
  'leave-full-reconnect': { differs: 'livekit-server 1.13.5 takes this and does nothing; here the client is made to join anew, as the SDK means it.' },
  'server-leave': { brief: true },
  'force-tcp': {},
};

export const CASES = [
  { name: 'signal lost for a moment', hurt: signalLost(0), brief: true },
  { name: 'signal lost for 4 s', hurt: signalLost(4) },
  { name: 'signal lost for 25 s', hurt: signalLost(25) },
  { name: 'media path lost for 3 s', hurt: mediaLost(3), link: true, brief: true },
  { name: 'media path lost for 8 s', hurt: mediaLost(8), link: true },
  { name: 'media path lost for 20 s', hurt: mediaLost(20), link: true },
  { name: 'both lost for 4 s', hurt: bothLost(4), link: true, brief: true },
  { name: 'both lost for 12 s', hurt: bothLost(12), link: true },
  { name: 'both lost for 30 s', hurt: bothLost(30), link: true },
  { name: 'the network silent for 8 s', hurt: silence(8), link: true },
  ...Object.entries(ORDERED).map(([kind, traits]) => ({ name: `ordered: ${kind}`, hurt: scenario(kind), ...traits })),
  { name: 'signal lost after the token\'s end', before: tokenEnds, hurt: signalLost(0), claims: () => ({ nbf: now() - 10, exp: now() + 3 }) },
  { name: 'signal lost, and the right to publish taken and given back', hurt: rightTaken },
  { name: 'signal lost, and no fresh token kept', before: withAnOldToken, hurt: signalLost(0), brief: true, differs: 'the others are told at once that she has gone; livekit-server keeps her for a while.' },
];
