// A v2 session and a LiveKit room of one name are one: native LiveKit SDKs and a v2 client see each other.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Participant } from '../rpc.mjs';
import { until } from '../../../browser/lib/until.mjs';
import { OPENVIDU_SECRET } from '../../../browser/lib/server.mjs';
import { tracksOf } from './stage.mjs';

const { OpenVidu } = createRequire(import.meta.url)('openvidu-node-client-newest');
const LIMIT_MS = 10000;

function notified(person, method, probe = () => true) {
  return until(`v2: ${method}`, LIMIT_MS, () => person.notifications.find((one) => one.method === method && probe(one.params)), () => JSON.stringify(person.notifications).slice(0, 1000));
}

export async function v2Joins(stage) {
  const { server, room, alice, bob } = stage;
  const session = await new OpenVidu(server.https, OPENVIDU_SECRET).createSession({ customSessionId: room });
  const { token } = await session.createConnection({ data: 'of a v2 backend' });
  stage.session = session;
  stage.carol = await Participant.join(server.http, room, token, 'Carol');
  const { id, value } = stage.carol.joined;
  assert.equal(value.length, 2, JSON.stringify(value));
  for (const actor of [alice, bob]) {
    const carol = await actor.until('carol', ({ remotes }) => Object.values(remotes).find(({ name }) => name === 'Carol'));
    assert.deepEqual([carol.identity, carol.metadata, carol.kind], [id, 'of a v2 backend', 0]);
  }
  stage.carolIdentity = id;
  await session.fetch();
  assert.equal(session.activeConnections.length, 3);
  assert.ok(session.activeConnections.some(({ connectionId }) => connectionId === id));
}

/** What carol publishes is tracks for the others; what they publish is streams for carol. */
export async function bothPublish({ alice, bob, carol, carolIdentity, session }) {
  await carol.publish();
  for (const actor of [alice, bob]) {
    await actor.until('two tracks of carol', (view) => tracksOf(view, { identity: carolIdentity }).length === 2);
  }
  await bob.call('unpublish', { sid: Object.keys((await bob.call('view')).me.tracks)[0] });
  await alice.call('tone', { name: 'mic', hz: 440 });
  const { params } = await notified(carol, 'participantPublished', ({ id }) => id.includes('alice') || true);
  assert.ok(params.streams.length > 0);
  await bob.hears(alice, 440);
  await session.fetch();
  assert.ok(session.activeConnections.filter(({ publishers }) => publishers.length > 0).length >= 2);
}

/** A v2 backend puts a native participant out; a LiveKit backend puts the v2 client out. */
export async function backendsCross({ alice, bob, carol, carolIdentity, session, backend, room }) {
  await session.fetch();
  const connection = session.activeConnections.find(({ clientData, connectionId }) => `${clientData}${connectionId}`.includes('alice'));
  assert.ok(connection, JSON.stringify(session.activeConnections.map(({ clientData, connectionId }) => [clientData, connectionId])));
  await session.forceDisconnect(connection.connectionId);
  await alice.take('disconnected');
  await bob.take('participant_disconnected', { participant: 'alice' });
  await backend.removeParticipant(room, carolIdentity);
  await notified(carol, 'participantEvicted');
  await bob.take('participant_disconnected', { participant: carolIdentity });
  carol.close();
}
