// The two REST APIs as a backend would call them: sessions and tokens of OpenVidu v2, access tokens and Twirp of LiveKit.
import { createHmac, randomBytes } from 'node:crypto';
import { request } from './http.mjs';
import { LIVEKIT_KEY, LIVEKIT_SECRET, OPENVIDU_SECRET } from './server.mjs';

const basic = `Basic ${Buffer.from(`OPENVIDUAPP:${OPENVIDU_SECRET}`).toString('base64')}`;

function expectStatus(answer, allowed, what) {
  if (!allowed.includes(answer.status)) {
    throw new Error(`${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
  }
  return answer;
}

/** A call of the v2 REST API. `base` is where the backend reaches the server: its host is what tokens name. */
export function v2Rest(base, method, path, body) {
  return request(method, `${base}${path}`, { headers: { authorization: basic }, body });
}

/** Makes the session unless it is there, and a token for one connection to it. */
export async function v2Token(base, { room, role = 'PUBLISHER', data = '', legacyApi = false }) {
  const api = legacyApi ? '/api' : '/openvidu/api';
  const made = await v2Rest(base, 'POST', `${api}/sessions`, { customSessionId: room });
  expectStatus(made, [200, 409], 'create session');
  if (legacyApi) {
    const answer = await v2Rest(base, 'POST', `${api}/tokens`, { session: room, role, data });
    return expectStatus(answer, [200], 'create token').json.token;
  }
  const answer = await v2Rest(base, 'POST', `${api}/sessions/${room}/connection`, { role, data });
  return expectStatus(answer, [200], 'create connection').json.token;
}

/** Makes a session, which is a LiveKit room of that name too, with properties of its own. */
export async function v2Session(base, room, properties) {
  expectStatus(await v2Rest(base, 'POST', '/openvidu/api/sessions', { customSessionId: room, ...properties }), [200], 'create session');
}

export async function v2Connections(base, room) {
  const answer = await v2Rest(base, 'GET', `/openvidu/api/sessions/${room}/connection?pendingConnections=false`);
  return expectStatus(answer, [200], 'list connections').json.content;
}

export async function v2Kick(base, room, connectionId) {
  const answer = await v2Rest(base, 'DELETE', `/openvidu/api/sessions/${room}/connection/${connectionId}`);
  expectStatus(answer, [204], 'delete connection');
}

export async function v2Signal(base, room, { type, data }) {
  const answer = await v2Rest(base, 'POST', '/openvidu/api/signal', { session: room, to: [], type, data });
  expectStatus(answer, [200], 'signal');
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A LiveKit access token (JWT, HS256). `more`: claims beside the usual ones, or in their place. */
export function livekitToken({ identity, name = identity, metadata, video, ...more }, secret = LIVEKIT_SECRET) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: LIVEKIT_KEY, sub: identity, name, metadata, nbf: now - 10, exp: now + 3600, jti: randomBytes(8).toString('hex'), video, ...more };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** A call of LiveKit's RoomService (or another Twirp service) in JSON. */
export function twirp(base, service, method, body, video = {}) {
  const token = livekitToken({ identity: 'backend', video: { roomCreate: true, roomList: true, roomAdmin: true, ...video } });
  return request('POST', `${base}/twirp/livekit.${service}/${method}`, { headers: { authorization: `Bearer ${token}` }, body });
}

export async function livekitParticipants(base, room) {
  const answer = await twirp(base, 'RoomService', 'ListParticipants', { room }, { room });
  return expectStatus(answer, [200], 'ListParticipants').json.participants ?? [];
}

export async function livekitKick(base, room, identity) {
  const answer = await twirp(base, 'RoomService', 'RemoveParticipant', { room, identity }, { room });
  expectStatus(answer, [200], 'RemoveParticipant');
}
