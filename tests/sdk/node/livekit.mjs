// The life of a room as a LiveKit backend in Node sees it, by livekit-server-sdk.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DataPacket_Kind, IngressClient, IngressInput, RoomServiceClient } from 'livekit-server-sdk';

const manifest = new URL('node_modules/livekit-server-sdk/package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8'));

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return { status: error.status, code: error.code, message: error.message };
  }
  throw new assert.AssertionError({ message: 'was not refused' });
}

/** The call is refused with this status and Twirp code, and its message carries `word` where one is given. */
export async function refusedAs(promise, status, code, word) {
  const refused = await refusal(promise);
  assert.deepEqual({ status: refused.status, code: refused.code }, { status, code }, refused.message);
  assert.ok(word === undefined || refused.message.includes(word), `${word} in ${refused.message}`);
  return refused;
}

export function livekitStory(url, key, secret) {
  const rooms = new RoomServiceClient(url, key, secret);
  const ingress = new IngressClient(url, key, secret);
  const name = 'node-livekit';
  const bytes = new TextEncoder().encode('hello');
  return {
    name: `livekit-server-sdk ${version}`,
    steps: [
      ['creates a room', async () => {
        const room = await rooms.createRoom({ name, emptyTimeout: 120, metadata: 'first' });
        assert.match(room.sid, /^RM_/);
        assert.deepEqual([room.name, room.emptyTimeout, room.metadata], [name, 120, 'first']);
      }],
      ['creating it again returns the same room', async () => {
        const [known] = await rooms.listRooms([name]);
        assert.equal((await rooms.createRoom({ name })).sid, known.sid);
      }],
      ['lists rooms', async () => {
        assert.ok((await rooms.listRooms()).some((room) => room.name === name));
        assert.deepEqual(await rooms.listRooms(['no-such-room']), []);
      }],
      ['lists no participants', async () => assert.deepEqual(await rooms.listParticipants(name), [])],
      ['an absent participant is not found', () => refusedAs(rooms.getParticipant(name, 'nobody'), 404, 'not_found')],
      ['an absent participant cannot be removed', () => refusedAs(rooms.removeParticipant(name, 'nobody'), 404, 'not_found')],
      ['updates metadata', async () => {
        assert.equal((await rooms.updateRoomMetadata(name, 'second')).metadata, 'second');
        assert.equal((await rooms.listRooms([name]))[0].metadata, 'second');
      }],
      ['metadata of an absent room is not found', () => refusedAs(rooms.updateRoomMetadata('no-such-room', 'x'), 404, 'not_found')],
      ['data messages are refused', async () => {
        const refused = await refusedAs(rooms.sendData(name, bytes, DataPacket_Kind.RELIABLE, {}), 501, 'unimplemented');
        assert.match(refused.message, /VIA-\d{4}/);
      }],
      ['ingress is refused', async () => {
        await refusedAs(ingress.listIngress(), 501, 'unimplemented');
        await refusedAs(ingress.createIngress(IngressInput.RTMP_INPUT, { name: 'in', roomName: name, participantIdentity: 'in' }), 501, 'unimplemented');
        await refusedAs(ingress.updateIngress('IN_none', { name: 'in' }), 501, 'unimplemented');
        await refusedAs(ingress.deleteIngress('IN_none'), 501, 'unimplemented');
      }],
      ['deletes the room', async () => {
        await rooms.deleteRoom(name);
        assert.deepEqual(await rooms.listRooms([name]), []);
        await refusedAs(rooms.deleteRoom(name), 404, 'not_found');
      }],
      // A bad signature is refused in front of Twirp, in plain text: the SDK finds no code in it.
      ['is refused with a wrong secret', () => refusedAs(new RoomServiceClient(url, key, 'wrong').listRooms(), 401, undefined)],
    ],
  };
}
