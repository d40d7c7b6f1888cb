// Every public method of the newest openvidu-node-client, its results compared field by field, with participants in the
// session whom the test itself plays.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Participant } from './rpc.mjs';
import { statusOf } from './status.mjs';

const require = createRequire(import.meta.url);
const sdk = require('openvidu-node-client-newest');
const { version } = require('openvidu-node-client-newest/package.json');

const SESSION = 'node-complete';
const RECORDING_DEFAULTS = {
  name: '', hasAudio: true, hasVideo: true, outputMode: 'COMPOSED', recordingLayout: 'BEST_FIT', resolution: '1280x720', frameRate: 25, shmSize: 536870912,
};
const UNKNOWN_CONNECTION = 'con_Aaaaaaaaaa';

/** The defined fields of an object. */
function fields(object) {
  return JSON.parse(JSON.stringify(object));
}

function near(time, what) {
  assert.ok(Math.abs(Date.now() - time) < 60000, `${what}: ${time}`);
}

/** Steps as `[name, function]`, to be run in order. */
export function completeStory(server, secret) {
  const openvidu = new sdk.OpenVidu(server.https, secret);
  let session;
  let plain;
  let connection;
  let alice;
  let bob;
  let stream;
  const aliceConnection = () => session.connections.find(({ connectionId }) => connectionId === connection.connectionId);
  const bobConnection = () => session.activeConnections.find(({ connectionId }) => connectionId === bob.joined.id);

  const making = [
    ['knows its server', async () => {
      openvidu.enableProdMode();
      assert.equal(openvidu.host, server.https);
      assert.equal(openvidu.basicAuth, `Basic ${Buffer.from(`OPENVIDUAPP:${secret}`).toString('base64')}`);
      assert.equal(sdk.OpenVidu.API_SESSIONS, '/openvidu/api/sessions');
    }],
    ['OpenVidu.createSession without properties', async () => {
      plain = await openvidu.createSession();
      assert.match(plain.sessionId, /^ses_[A-Z][A-Za-z0-9]{9}$/);
      near(plain.createdAt, 'createdAt');
      const { recording, broadcasting, connections, activeConnections } = plain;
      assert.deepEqual({ recording, broadcasting, connections, activeConnections }, { recording: false, broadcasting: false, connections: [], activeConnections: [] });
      assert.deepEqual(fields(plain.properties), {
        mediaMode: 'ROUTED', recordingMode: 'MANUAL', defaultRecordingProperties: RECORDING_DEFAULTS, customSessionId: '',
        forcedVideoCodec: 'MEDIA_SERVER_PREFERRED', allowTranscoding: false,
      });
    }],
    ['OpenVidu.createSession with every property', async () => {
      const recording = { name: 'n', hasAudio: true, hasVideo: true, outputMode: 'COMPOSED', recordingLayout: 'CUSTOM', customLayout: 'mine', resolution: '640x480', frameRate: 30, shmSize: 268435456 };
      session = await openvidu.createSession({
        customSessionId: SESSION, mediaMode: 'ROUTED', recordingMode: 'MANUAL', forcedVideoCodec: 'VP8', allowTranscoding: true, defaultRecordingProperties: { ...recording }, mediaNode: { id: 'media_local' },
      });
      assert.equal(session.getSessionId(), SESSION);
      assert.deepEqual(fields(session.properties), {
        mediaMode: 'ROUTED', recordingMode: 'MANUAL', defaultRecordingProperties: recording, customSessionId: SESSION, mediaNode: { id: 'media_local' },
        forcedVideoCodec: 'VP8', allowTranscoding: true,
      });
    }],
    ['OpenVidu.createSession of a session that is there', async () => {
      // By another backend: this one would list it twice, which is the SDK's own doing.
      const again = await new sdk.OpenVidu(server.https, secret).createSession({ customSessionId: SESSION });
      assert.equal(again.sessionId, SESSION);
      assert.equal(again.createdAt, session.createdAt);
      assert.equal(again.properties.forcedVideoCodec, 'VP8', 'it is as it was made');
    }],
    ['Session.getSessionHttp', async () => {
      assert.equal(await session.getSessionHttp(), SESSION);
    }],
    ['OpenVidu.fetch sees no change where there is none', async () => {
      await openvidu.fetch();
      assert.equal(await openvidu.fetch(), false);
      assert.deepEqual(openvidu.activeSessions.map(({ sessionId }) => sessionId).filter((id) => [SESSION, plain.sessionId].includes(id)).sort(), [SESSION, plain.sessionId].sort());
      session = openvidu.activeSessions.find(({ sessionId }) => sessionId === SESSION);
    }],
    ['Session.generateToken', async () => {
      const token = await session.generateToken({ role: 'MODERATOR', data: 'of bob', kurentoOptions: { videoMaxRecvBandwidth: 700, allowedFilters: ['GStreamerFilter'] } });
      assert.match(token, new RegExp(`^wss://127\\.0\\.0\\.1:\\d+/?\\?sessionId=${SESSION}&token=tok_[A-Z][A-Za-z0-9]{15}$`));
      assert.equal(await session.fetch(), true, 'a pending connection more');
      const [made] = session.connections;
      assert.equal(made.token, token);
      assert.equal(made.connectionProperties.role, 'MODERATOR');
      assert.equal(made.connectionProperties.data, 'of bob');
      assert.deepEqual(made.connectionProperties.kurentoOptions, { videoMaxRecvBandwidth: 700, allowedFilters: ['GStreamerFilter'] });
      await session.generateToken();
      assert.equal(await session.fetch(), true);
      assert.equal(session.connections.length, 2);
      assert.equal(session.activeConnections.length, 0);
    }],
    ['Session.createConnection', async () => {
      // In the order of their URLs, into which the SDK sorts what it fetches.
      const customIceServers = [{ url: 'stun:stun.example.com' }, { url: 'turn:turn.example.com:443?transport=tcp', username: 'u', credential: 'c' }];
      const kurentoOptions = { videoMaxRecvBandwidth: 900, videoMinRecvBandwidth: 200, videoMaxSendBandwidth: 800, videoMinSendBandwidth: 100, allowedFilters: [] };
      connection = await session.createConnection({ type: 'WEBRTC', role: 'PUBLISHER', data: 'of alice', record: false, kurentoOptions, customIceServers });
      assert.match(connection.connectionId, /^con_[A-Z][A-Za-z0-9]{9}$/);
      near(connection.createdAt, 'createdAt');
      const { status, activeAt, location, ip, platform, clientData, publishers, subscribers } = connection;
      assert.deepEqual({ status, activeAt, location, ip, platform, clientData }, { status: 'pending', activeAt: null, location: null, ip: null, platform: null, clientData: null });
      assert.deepEqual([publishers ?? [], subscribers ?? []], [[], []]);
      assert.deepEqual(fields(connection.connectionProperties), {
        type: 'WEBRTC', data: 'of alice', record: false, role: 'PUBLISHER', kurentoOptions, customIceServers, rtspUri: null, adaptativeBitrate: null, onlyPlayWithSubscribers: null, networkCache: null,
      });
      assert.equal(session.connections.length, 3);
      assert.equal(await session.fetch(), false, 'the SDK knows it already');
    }],
    ['Session.createConnection of a camera is refused with 400 and 501', async () => {
      assert.equal(await statusOf(session.createConnection({ type: 'IPCAM' })), '400');
      assert.equal(await statusOf(session.createConnection({ type: 'IPCAM', rtspUri: 'rtsp://camera.example.com/live' })), '501');
      assert.equal(await statusOf(session.createConnection({ role: 'BOSS' })), '400');
    }],
  ];

  const living = [
    ['a client joins', async () => {
      alice = await Participant.join(server.http, SESSION, connection.token, 'Alice');
      assert.equal(alice.joined.id, connection.connectionId);
      assert.equal(await session.fetch(), true);
      assert.equal(await session.fetch(), false);
      assert.equal(session.activeConnections.length, 1);
      const { status, location, ip, platform, clientData, publishers, subscribers, token, createdAt, activeAt } = session.activeConnections[0];
      assert.deepEqual(
        { status, location, ip, platform, clientData, publishers, subscribers, token },
        { status: 'active', location: 'unknown', ip: '127.0.0.1', platform: 'Node', clientData: '{"clientData":"Alice"}', publishers: [], subscribers: [], token: connection.token },
      );
      assert.ok(activeAt >= createdAt, `${activeAt} ${createdAt}`);
      assert.equal(session.activeConnections[0].connectionProperties.record, false);
    }],
    ['it publishes', async () => {
      stream = await alice.publish();
      assert.equal(await session.fetch(), true);
      assert.equal(await session.fetch(), false);
      const [publisher] = aliceConnection().publishers;
      near(publisher.createdAt, 'createdAt');
      const { streamId, hasAudio, hasVideo, audioActive, videoActive, frameRate, typeOfVideo, videoDimensions } = publisher;
      assert.deepEqual(
        { streamId, hasAudio, hasVideo, audioActive, videoActive, frameRate, typeOfVideo, videoDimensions },
        { streamId: stream, hasAudio: true, hasVideo: true, audioActive: true, videoActive: true, frameRate: 30, typeOfVideo: 'CAMERA', videoDimensions: '{"width":640,"height":480}' },
      );
    }],
    ['another one receives it', async () => {
      const token = session.connections.find(({ status, connectionProperties }) => status === 'pending' && connectionProperties.role === 'MODERATOR').token;
      bob = await Participant.join(server.http, SESSION, token, 'Bob');
      await bob.subscribe(stream);
      assert.equal(await session.fetch(), true);
      assert.equal(await session.fetch(), false);
      assert.deepEqual(bobConnection().subscribers, [stream]);
      assert.equal(session.activeConnections.length, 2);
    }],
    ['OpenVidu.fetch sees what changes in a stream', async () => {
      await openvidu.fetch();
      assert.equal(await openvidu.fetch(), false);
      await alice.request('streamPropertyChanged', { streamId: stream, property: 'audioActive', newValue: false, reason: 'publishAudio' });
      assert.equal(await openvidu.fetch(), true);
      session = openvidu.activeSessions.find(({ sessionId }) => sessionId === SESSION);
      assert.equal(aliceConnection().publishers[0].audioActive, false);
      assert.equal(await openvidu.fetch(), false);
    }],
    ['OpenVidu.fetchWebRtc', async () => {
      const { changes, sessionChanges } = await openvidu.fetchWebRtc();
      assert.equal(typeof changes, 'boolean');
      assert.ok(SESSION in sessionChanges);
      session = openvidu.activeSessions.find(({ sessionId }) => sessionId === SESSION);
      assert.equal(aliceConnection().publishers[0].webRtc.kms.webrtcEndpointName, stream);
      await openvidu.fetch();
      session = openvidu.activeSessions.find(({ sessionId }) => sessionId === SESSION);
    }],
    ['Session.updateConnection of an active one', async () => {
      const updated = await session.updateConnection(connection.connectionId, { role: 'MODERATOR', record: true });
      assert.equal(updated.connectionId, connection.connectionId);
      assert.equal(updated.connectionProperties.role, 'MODERATOR');
      assert.equal(await openvidu.fetch(), false, 'the SDK knows it already');
      // The SDK leaves the older field `role` as it was, so the session's own comparison sees a change.
      await session.fetch();
      assert.equal(await session.fetch(), false);
      assert.equal(aliceConnection().connectionProperties.record, true);
      const told = alice.notifications.filter(({ method }) => method === 'connectionPropertyChanged').map(({ params }) => params);
      assert.deepEqual(told, [{ property: 'record', newValue: 'true' }, { property: 'role', newValue: 'MODERATOR' }]);
    }],
    ['Session.updateConnection of a pending one, and of none', async () => {
      const pending = session.connections.find(({ status }) => status === 'pending');
      const updated = await session.updateConnection(pending.connectionId, { role: 'SUBSCRIBER' });
      assert.deepEqual([updated.status, updated.connectionProperties.role], ['pending', 'SUBSCRIBER']);
      assert.equal(await openvidu.fetch(), false);
      await session.fetch();
      assert.equal(await statusOf(session.updateConnection(UNKNOWN_CONNECTION, { role: 'SUBSCRIBER' })), '404');
      assert.equal(await statusOf(session.updateConnection(pending.connectionId, { role: 'BOSS' })), '400');
    }],
  ];

  const ending = [
    ['Session.forceUnpublish', async () => {
      assert.equal(await statusOf(session.forceUnpublish('str_CAM_AAAA_con_Aaaaaaaaaa')), '404');
      await session.forceUnpublish(aliceConnection().publishers[0]);
      assert.deepEqual(aliceConnection().publishers, []);
      assert.equal(await session.fetch(), false, 'the SDK knows it already');
      const told = alice.notifications.find(({ method }) => method === 'participantUnpublished');
      assert.deepEqual(told.params, { connectionId: connection.connectionId, reason: 'forceUnpublishByServer' });
      await session.forceUnpublish(await alice.publish());
    }],
    ['Session.forceDisconnect', async () => {
      await session.fetch();
      assert.equal(await statusOf(session.forceDisconnect(UNKNOWN_CONNECTION)), '404');
      await session.forceDisconnect(bobConnection());
      assert.equal(await session.fetch(), false, 'the SDK knows it already');
      const told = bob.notifications.find(({ method }) => method === 'participantEvicted');
      assert.deepEqual(told.params, { connectionId: bob.joined.id, reason: 'forceDisconnectByServer' });
      const pending = session.connections.find(({ status }) => status === 'pending');
      await session.forceDisconnect(pending.connectionId);
      assert.equal(await session.fetch(), false);
      assert.deepEqual(session.connections.map(({ connectionId }) => connectionId), [connection.connectionId]);
    }],
    ['recordings are refused with 501 while they are switched off', async () => {
      const calls = [
        openvidu.startRecording(SESSION), openvidu.startRecording(SESSION, 'name'), openvidu.startRecording(SESSION, { outputMode: 'INDIVIDUAL' }),
        openvidu.stopRecording(SESSION), openvidu.getRecording(SESSION), openvidu.listRecordings(), openvidu.deleteRecording(SESSION),
      ];
      assert.deepEqual(await Promise.all(calls.map(statusOf)), Array(7).fill('501'));
    }],
    ['broadcasts are checked and refused', async () => {
      const url = 'rtmp://live.example.com/app/key';
      assert.equal(await statusOf(openvidu.startBroadcast(SESSION, url)), '501');
      assert.equal(await statusOf(openvidu.startBroadcast(SESSION, url, { resolution: '1x1' })), '422');
      assert.equal(await statusOf(openvidu.startBroadcast(SESSION, 'no url')), '400');
      assert.equal(await statusOf(openvidu.startBroadcast('none', url)), '404');
      assert.equal(await statusOf(openvidu.stopBroadcast(SESSION)), '409');
    }],
    ['Session.equalTo and resetWithJson', async () => {
      assert.equal(session.equalTo(session), true);
      assert.equal(session.equalTo(plain), false);
      const shown = await (await fetch(`${server.http}/openvidu/api/sessions/${SESSION}`, { headers: { Authorization: openvidu.basicAuth } })).json();
      assert.equal(session.resetWithJson(shown).sessionId, SESSION);
      assert.equal(session.activeConnections.length, 1);
    }],
    ['Session.close', async () => {
      await session.close();
      assert.ok(!openvidu.activeSessions.some(({ sessionId }) => sessionId === SESSION));
      assert.equal(await statusOf(session.fetch()), '404');
      assert.equal(await statusOf(session.close()), '404');
      assert.equal(await statusOf(session.createConnection()), '404');
      assert.equal(await openvidu.fetch(), false, 'the SDK knows it already');
      await plain.close();
      alice.close();
      bob.close();
    }],
  ];
  return { name: `openvidu-node-client ${version}, every method`, steps: [...making, ...living, ...ending] };
}
