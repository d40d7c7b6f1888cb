// The life of a session as a v2 backend in Node sees it, by openvidu-node-client of several versions.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { statusOf } from './status.mjs';

const require = createRequire(import.meta.url);

export const VERSIONS = ['2.15', '2.20', 'newest'];

function load(release) {
  const name = `openvidu-node-client-${release}`;
  return { sdk: require(name), version: require(`${name}/package.json`).version };
}

/** Steps as `[name, function]`, to be run in order. `url` is the server's TLS address, as backends have it. */
export function openviduStory(release, url, secret) {
  const { sdk, version } = load(release);
  const openvidu = new sdk.OpenVidu(url, secret);
  const sessionId = `node-${release.replace('.', '-')}`;
  const hasConnections = release !== '2.15';
  let session;
  let connection;
  const steps = [
    ['creates a session', async () => {
      session = await openvidu.createSession({ customSessionId: sessionId });
      assert.equal(session.sessionId, sessionId);
    }],
    ['takes the same session again', async () => {
      const again = await openvidu.createSession({ customSessionId: sessionId });
      assert.equal(again.sessionId, sessionId);
    }],
    ['generates a token', async () => {
      const token = await session.generateToken({ role: 'PUBLISHER', data: 'from the backend' });
      assert.match(token, new RegExp(`^wss://127\\.0\\.0\\.1:\\d+/?\\?sessionId=${sessionId}&token=tok_[A-Z][A-Za-z0-9]{15}`));
    }],
    ['fetches the session', async () => {
      await session.fetch();
      const known = hasConnections ? session.connections : session.activeConnections;
      assert.equal(known.length, hasConnections ? 1 : 0);
    }],
    ['lists sessions', async () => {
      await openvidu.fetch();
      assert.ok(openvidu.activeSessions.some((one) => one.sessionId === sessionId));
    }],
    ['is refused a recording while recording is off', async () => {
      assert.equal(await statusOf(openvidu.startRecording(sessionId)), '501');
    }],
    ['is told of an unknown connection', async () => {
      assert.equal(await statusOf(session.forceDisconnect('con_Aaaaaaaaaa')), '404');
    }],
    ['closes the session', async () => {
      await session.close();
      assert.equal(await statusOf(session.fetch()), '404');
    }],
    ['is refused with a wrong secret', async () => {
      assert.equal(await statusOf(new sdk.OpenVidu(url, 'WRONG').createSession()), '401');
    }],
  ];
  const connectionSteps = [
    ['creates a connection', async () => {
      connection = await session.createConnection({ role: 'MODERATOR', data: 'of a moderator' });
      assert.match(connection.connectionId, /^con_[A-Z][A-Za-z0-9]{9}$/);
      const { status, role, serverData, token } = connection;
      const values = { status, role: role ?? connection.connectionProperties.role, data: serverData ?? connection.connectionProperties.data };
      assert.deepEqual(values, { status: 'pending', role: 'MODERATOR', data: 'of a moderator' });
      assert.match(token, /^wss:\/\//);
    }],
    ['takes a pending connection back', async () => {
      await session.forceDisconnect(connection);
      await session.fetch();
      assert.ok(!session.connections.some(({ connectionId }) => connectionId === connection.connectionId));
    }],
  ];
  if (hasConnections) {
    steps.splice(5, 0, ...connectionSteps);
  }
  return { name: `openvidu-node-client ${version}`, steps };
}
