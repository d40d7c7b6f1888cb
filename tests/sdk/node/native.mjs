// Native SDKs of LiveKit with real media against a real server: rtc-node and Python, in both directions. With LIVEKIT_SERVER, the
// path of a livekit-server, the same steps are played on that one, for comparison.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { dispose } from '@livekit/rtc-node';
import { LiveKitServer } from '../../browser/lib/livekit-server.mjs';
import { Server } from '../../browser/lib/server.mjs';
import * as data from './native/data.mjs';
import * as endings from './native/endings.mjs';
import * as gopher from './native/go.mjs';
import * as meeting from './native/meeting.mjs';
import { go, hasGo, python } from './native/program.mjs';
import * as refusals from './native/refusals.mjs';
import { rtcNode } from './native/rtc-node.mjs';
import { Stage } from './native/stage.mjs';
import { watchSurface } from './native/surface.mjs';
import { goSurface } from './native/surface-go.mjs';
import { UNSHOWN } from './native/unshown.mjs';
import * as v2 from './native/v2.mjs';

const out = fileURLToPath(new URL('../out/', import.meta.url));
const STEP_LIMIT_MS = 150000;

const MEETING = {
  'both join': meeting.joins,
  'sound and pictures pass both ways': meeting.bothPublish,
  'tone and colour change': meeting.toneAndColourChange,
  'statistics count': meeting.statisticsCount,
  'streams are read otherwise': meeting.streamsAreReadOtherwise,
  'mute is heard': meeting.mutes,
  'tracks are subscribed to and not': meeting.subscribesAndNot,
  'the backend subscribes': meeting.backendSubscribes,
  'a layer is chosen': meeting.choosesQuality,
  'a publisher says who may have its tracks': meeting.permits,
  'a participant describes itself': meeting.describesItself,
  'the backend describes participant and room': meeting.backendDescribes,
  'the backend mutes': meeting.backendMutes,
};
/** Takes the 10 s of the SDKs' own limit. */
const PERMISSION = { 'the backend takes a permission': meeting.backendTakesPermission };
const REFUSALS = {
  'data messages are refused': refusals.dataIsRefused,
  'data streams are refused': refusals.streamsAreRefused,
  'remote calls are refused': refusals.rpcIsRefused,
  'data tracks are refused': refusals.dataTracksAreRefused,
  'the backend is refused': refusals.backendIsRefused,
};
const COMES_BACK = {
  'tracks end': meeting.unpublishes,
  'a lost signal is resumed': endings.isResumed,
  'all is connected anew': endings.isReconnected,
};
const ENDINGS = {
  'one leaves': endings.goesByItself,
  'one is replaced by its own identity': endings.isReplaced,
  'one is removed': endings.isRemoved,
  'kinds are seen': endings.kindsAreSeen,
  'the room is deleted': endings.roomIsDeleted,
};
const DATA = {
  'all SDKs join': data.allJoin,
  'messages arrive': data.messagesArrive,
  'tones arrive': data.tonesArrive,
  'chat arrives': data.chatArrives,
  'transcriptions of agents arrive': data.transcriptionsArrive,
  'who speaks is said': data.whoSpeaksIsSaid,
  'streams arrive': data.streamsArrive,
  'calls are answered': data.callsAreAnswered,
  'calls to nobody end': data.callsToNobodyEnd,
  'data tracks arrive': data.dataTracksArrive,
  'the backend sends and calls': data.backendSends,
};
const ENCRYPTED = { 'encryption passes': endings.encryptionPasses };
const GO_MEDIA = {
  'what comes in goes out again': gopher.repeats,
  'Go looks at what it has': gopher.inspects,
  'Go mutes and describes itself': gopher.mutesAndDescribes,
  'Go chooses what it receives': gopher.choosesWhatItReceives,
  'Go says who may have its tracks': gopher.permits,
  'a lost signal of Go is resumed': gopher.signalIsResumed,
};
/**
 * Not with one PeerConnection: there the SDK puts the layers on a section on which it receives, and pion then takes what it receives
 * for layers too and gives it up, with any server.
 */
const GO_LAYERS = { 'Go publishes two layers': gopher.publishesLayers };
/** livekit-server does nothing at this scenario. */
const GO_ANEW = { 'all of Go is connected anew': gopher.isReconnected };
const GO_REFUSED = { 'data of Go is refused': gopher.dataIsRefused };
const GO_ENDS = {
  'Go publishes samples': gopher.publishesSamples,
  'a track of Go ends': gopher.unpublishes,
  'the backend takes a permission of Go': gopher.losesItsPermission,
  'Go is removed': gopher.isRemoved,
  'Go joins with a track': gopher.joinsWithATrack,
};
const GO_BACKEND = { 'a backend in Go asks everything': gopher.backendAsks, 'a backend in Go is refused': gopher.backendIsRefused };
const V2 = { 'a v2 client joins': v2.v2Joins, 'both worlds publish': v2.bothPublish, 'backends of both worlds put out': v2.backendsCross };

const ORACLE = process.env.LIVEKIT_SERVER;

watchSurface();
const actors = { node: rtcNode(), node2: rtcNode(), python: python(), python2: python(), ...(hasGo ? { go: go() } : {}) };
let server;
/** The one with the profile `full`. */
let full;
before(async () => {
  const log = `${out}native-server.log`;
  server = await (ORACLE ? LiveKitServer.start(ORACLE, log) : Server.start(log));
  full = ORACLE ? server : await Server.start(`${out}native-full-server.log`, ['--profile', 'full']);
});
after(async () => {
  await Promise.all(Object.values(actors).map((actor) => actor.close()));
  await Promise.all([...new Set([server, full])].map((one) => one?.stop()));
  await dispose();
});

/** Runs steps in order; each leaves what the next needs. */
async function play(t, stage, steps) {
  for (const [name, step] of Object.entries(steps)) {
    await t.test(name, { timeout: STEP_LIMIT_MS }, () => step(stage));
  }
}

for (const [first, second, third] of [['node', 'python', 'node2'], ['python', 'node', 'python2']]) {
  test(`${first} and ${second}`, async (t) => {
    const stage = (room) => Object.assign(new Stage({ server, room, alice: actors[first], bob: actors[second], profile: ORACLE ? 'full' : 'mediasoup' }), { third: actors[third] });
    await play(t, stage(`${first}-meets`), { ...MEETING, ...(ORACLE ? {} : REFUSALS), ...COMES_BACK, ...(first === 'node' ? PERMISSION : {}), ...ENDINGS });
    await play(t, stage(`${first}-encrypted`), ENCRYPTED);
    if (ORACLE) {
      return;
    }
    const both = stage(`${first}-v2`);
    await both.join(both.alice, 'alice');
    await both.join(both.bob, 'bob');
    await both.bob.call('tone', { name: 'mic', hz: 500 });
    await play(t, both, V2);
  });
}

test('data between all SDKs, profile full', async (t) => {
  const stage = new Stage({ server: full, room: 'all-data', profile: 'full', oracle: Boolean(ORACLE) });
  stage.people = { alice: actors.node, bob: actors.python, carol: actors.node2, dave: actors.python2, ...(hasGo ? { gopher: actors.go } : {}) };
  await play(t, stage, DATA);
});

/** The Go SDK has two PeerConnections unless told otherwise. */
for (const [name, single] of [['two PeerConnections', false], ['one PeerConnection', true]]) {
  test(`Go with ${name}`, { skip: hasGo ? false : 'no Go here' }, async (t) => {
    const stage = new Stage({ server, room: `go-${single}`, alice: actors.node, bob: actors.python, profile: ORACLE ? 'full' : 'mediasoup' });
    Object.assign(stage, { gopher: actors.go, single });
    await play(t, stage, { ...GO_MEDIA, ...(single ? {} : GO_LAYERS), ...(ORACLE ? {} : { ...GO_ANEW, ...GO_REFUSED }), ...GO_ENDS, ...(ORACLE ? {} : GO_BACKEND) });
  });
}

/** What the actors of one SDK have used so far, together. */
async function usedBy(of) {
  const all = await Promise.all(of.map((actor) => actor.call('surface')));
  return { rows: all[0].rows, used: new Set(all.flatMap(({ used }) => used)) };
}

async function usedByGo() {
  await actors.go.close();
  return goSurface();
}

const SURFACES = {
  node: () => usedBy([actors.node]),
  python: () => usedBy([actors.python, actors.python2]),
  ...(hasGo ? { go: usedByGo } : {}),
};
for (const [sdk, surface] of Object.entries(SURFACES)) {
  test(`every public method of ${sdk} is used, or a reason says why not`, { skip: ORACLE ? 'only where all is played' : false }, async () => {
    const { rows, used } = await surface();
    const reasons = UNSHOWN[sdk];
    assert.ok(rows.length > 0, 'a surface without methods');
    assert.deepEqual(rows.filter((row) => !used.has(row) && !reasons[row]), [], 'neither used nor with a reason');
    assert.deepEqual(Object.keys(reasons).filter((row) => !rows.includes(row) || used.has(row)), [], 'a reason that is none');
  });
}
