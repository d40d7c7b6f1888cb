// What an app sees where the profile in force refuses a feature: each call ends at once with an error, each message that slips
// through is answered by a notice, and everything else goes on. A step that does not find this fails.
import assert from 'node:assert/strict';
import { twirp } from '../../lib/apis.mjs';
import { carolJoins, publishes, sees, takesBack } from './codecs.mjs';
import { sends } from './data.mjs';

export const CODES = { dataMessages: 'VIA-0101', dynacast: 'VIA-0103', speakerDetection: 'VIA-0104' };

/** The call must be rejected, at once and as the SDK of this version does it for what is too large to send. */
function isRejected(outcome, sdk, what) {
  assert.ok(outcome.rejected, `${what}: ${JSON.stringify(outcome)}`);
  if (sdk.release !== '1.15') {
    assert.equal(outcome.rejected.code, 14, `${what}: ${JSON.stringify(outcome)}`);
  }
}

export async function dataIsRefused({ alice, bob, sdk }) {
  isRejected(await sends(alice, 'alice', 'a message that is not small', { topic: 'chat' }), sdk, 'reliable');
  isRejected(await sends(alice, 'alice', 'another message that is not small', { reliable: false }), sdk, 'lossy');
  const got = await bob.run((lab) => lab.actors.bob.has('room', 'dataReceived', (text) => text.includes('message that is not small')));
  assert.equal(got, false, 'nothing of it arrives');
}

/** A message so small that the SDK sends it: the server answers its sender, and the backend is refused too. */
export async function noDataArrives({ alice, bob, server, room }) {
  await alice.run((lab) => lab.actors.alice.forget());
  await bob.run((lab) => lab.actors.bob.forget());
  const outcome = await sends(alice, 'alice', '!');
  assert.deepEqual(outcome, { resolved: null }, 'a small message is sent');
  const [text, from] = await alice.run((lab) => lab.actors.alice.event('room', 'dataReceived'));
  assert.ok(text.includes(CODES.dataMessages) && from === null, `the notice: ${text} of ${from}`);
  const data = Buffer.from('from the backend').toString('base64');
  const answer = await twirp(server.http, 'RoomService', 'SendData', { room, data, kind: 'RELIABLE' }, { room });
  assert.deepEqual([answer.status, answer.json?.code], [501, 'unimplemented'], answer.text);
  assert.ok(answer.text.includes(CODES.dataMessages), answer.text);
  assert.equal(await bob.run((lab) => lab.actors.bob.has('room', 'dataReceived')), false, 'nothing arrives');
}

/** Each of these calls is made in the page. */
async function allAreRejected({ alice, sdk }, calls) {
  for (const [what, call] of Object.entries(calls)) {
    isRejected(await alice.run(call), sdk, what);
  }
}

export const textIsRefused = (scene) => allAreRejected(scene, {
  sendText: (lab) => lab.outcome(lab.actors.alice.local.sendText('some words', { topic: 'words' })),
});

export const bytesAreRefused = (scene) => allAreRejected(scene, {
  sendFile: (lab) => lab.outcome(lab.actors.alice.local.sendFile(new File([new Uint8Array(3000)], 'three'), { topic: 'files' })),
  sendBytes: (lab) => lab.outcome(lab.actors.alice.local.sendBytes(new Uint8Array(3000), { topic: 'files' })),
  streamBytes: (lab) => lab.outcome(lab.actors.alice.local.streamBytes({ topic: 'files', name: 'streamed' })),
});

export const chatIsRefused = (scene) => allAreRejected(scene, {
  sendChatMessage: (lab) => lab.outcome(lab.actors.alice.local.sendChatMessage('a word')),
  editChatMessage: (lab) => lab.outcome(lab.actors.alice.local.editChatMessage('another', { id: 'x', timestamp: 1, message: 'a word' })),
});

/** A tone is small: it goes out, and the server answers. */
export async function tonesAreRefused({ alice }) {
  const notice = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    // One notice a second: that of another message may have been sent just now.
    await lab.pause(1100);
    alice.forget();
    await alice.local.publishDtmf(1, '1');
    return alice.event('room', 'dataReceived');
  });
  assert.ok(notice[0].includes(CODES.dataMessages), `the notice: ${notice}`);
}

export async function methodsAreRefused({ alice }) {
  const outcome = await alice.run((lab) => lab.outcome(lab.actors.alice.local.performRpc({ destinationIdentity: 'bob', method: 'greet', payload: 'world' })));
  assert.ok(outcome.rejected, JSON.stringify(outcome));
}

export async function callsOfABackendAreRefused({ server, room }) {
  const answer = await twirp(server.http, 'RoomService', 'PerformRpc', { room, destinationIdentity: 'alice', method: 'shout', payload: 'a word' }, { room });
  assert.equal(answer.status, 501, answer.text);
  assert.equal(answer.json.code, 'unimplemented', answer.text);
  assert.ok(answer.json.msg.includes(CODES.dataMessages), answer.text);
}

export async function dataTracksAreRefused({ alice }) {
  const outcome = await alice.run((lab) => lab.outcome(lab.actors.alice.local.publishDataTrack({ name: 'sensor' })));
  assert.equal(outcome.rejected?.error, 'DataTrackPublishError', JSON.stringify(outcome));
}

/** Where the app's developer can see it: an attribute of the own participant, and what the server says of itself. */
const told = (alice, feature) => alice.run((lab, feature) => {
  const { room, local } = lab.actors.alice;
  const { serverInfo } = room.engine.latestJoinResponse ?? {};
  return { attributes: JSON.stringify(local.attributes ?? {}).includes(feature), debugInfo: (serverInfo ?? room.serverInfo)?.debugInfo?.includes(feature) ?? false };
}, feature);

export async function nobodySpeaks({ alice, bob, sdk }) {
  await alice.run((lab) => lab.actors.alice.forget());
  await bob.run((lab) => lab.actors.bob.tone.set(0.5));
  const heard = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    await lab.until('sound', async () => (await alice.flows('bob', 'microphone')) === 'flows');
    await lab.pause(1500);
    return { room: alice.has('room', 'activeSpeakersChanged'), participant: alice.has('participant', 'isSpeakingChanged'), active: alice.room.activeSpeakers.length };
  });
  await bob.run((lab) => lab.actors.bob.tone.set(0));
  assert.deepEqual(heard, { room: false, participant: false, active: 0 });
  const { attributes, debugInfo } = await told(alice, 'speakerDetection');
  assert.ok(debugInfo && (attributes || sdk.release === '1.15'), `told of it: ${JSON.stringify({ attributes, debugInfo })}`);
}

export async function noSpeakerIsSimulated({ alice }) {
  const heard = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    alice.forget();
    const outcome = await lab.outcome(alice.room.simulateScenario('speaker'));
    await lab.pause(1000);
    return { outcome, event: alice.has('room', 'activeSpeakersChanged'), state: alice.room.state };
  });
  assert.deepEqual(heard, { outcome: { resolved: null }, event: false, state: 'connected' });
}

/** What is published is what everybody takes, whatever the app wishes. */
export async function oneCodecIsSent({ alice, bob, room, sdk }) {
  assert.deepEqual(await publishes(alice, { videoCodec: 'vp9', backupCodec: true }), { resolved: 'camera' });
  await carolJoins({ bob, room });
  const wanted = { bob: 'video/VP8', carol: 'video/VP8' };
  assert.deepEqual(await sees(bob, wanted), wanted);
  await bob.leave('carol');
  await takesBack(alice);
  const { attributes, debugInfo } = await told(alice, 'dynacast');
  assert.ok(debugInfo && (attributes || sdk.release === '1.15'), `told of it: ${JSON.stringify({ attributes, debugInfo })}`);
}
