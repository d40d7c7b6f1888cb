// What a LiveKit backend does with somebody in a room: every method of RoomServiceClient about participants.
import assert from 'node:assert/strict';
import { RoomServiceClient, TrackSource } from 'livekit-server-sdk';
import { Guest } from './guest.mjs';
import { refusedAs } from './livekit.mjs';

export const PEOPLE_ROOM = 'node-people';

export function peopleStory(url, key, secret) {
  const rooms = new RoomServiceClient(url, key, secret);
  const room = PEOPLE_ROOM;
  let anna;
  let ben;
  let mic;
  return {
    steps: [
      ['a room is made with every option', async () => {
        const made = await rooms.createRoom({ name: room, emptyTimeout: 60, departureTimeout: 30, maxParticipants: 2, metadata: 'm', syncStreams: true, tags: { a: 'b' } });
        assert.deepEqual([made.emptyTimeout, made.departureTimeout, made.maxParticipants, made.metadata], [60, 30, 2, 'm']);
        assert.equal(made.turnPassword, '');
      }],
      ['what is not built is refused when a room is made', async () => {
        await refusedAs(rooms.createRoom({ name: room, maxPlayoutDelay: 100 }), 501, 'unimplemented', 'VIA-0208');
        await refusedAs(rooms.createRoom({ name: room, agents: [{ agentName: 'a' }] }), 501, 'unimplemented', 'VIA-0203');
        await refusedAs(rooms.createRoom({ name: '' }), 400, 'invalid_argument');
        await refusedAs(rooms.createRoom({ name: room, roomPreset: 'none' }), 400, 'invalid_argument');
      }],
      ['participants are listed', async () => {
        anna = await Guest.join(url, key, secret, room, 'anna');
        ben = await Guest.join(url, key, secret, room, 'ben');
        const listed = await rooms.listParticipants(room);
        assert.deepEqual(listed.map((participant) => participant.identity), ['anna', 'ben']);
        assert.equal((await rooms.listRooms([room]))[0].numParticipants, 2);
      }],
      ['a full room answers properly', async () => {
        await assert.rejects(Guest.join(url, key, secret, room, 'carl'), /429/);
      }],
      ['a participant is shown', async () => {
        mic = await anna.publish();
        const shown = await rooms.getParticipant(room, 'anna');
        // A track is shown once its media has come, and a guest has none.
        assert.deepEqual([shown.name, shown.tracks], ["anna's name", []]);
      }],
      ['a track is muted, and not unmuted', async () => {
        assert.equal((await rooms.mutePublishedTrack(room, 'anna', mic, true)).muted, true);
        assert.deepEqual(await anna.told('mute'), { sid: mic, muted: true });
        await refusedAs(rooms.mutePublishedTrack(room, 'anna', mic, false), 412, 'failed_precondition');
        await refusedAs(rooms.mutePublishedTrack(room, 'anna', 'TR_AMAAAAAAAAAB', true), 404, 'not_found');
        await refusedAs(rooms.mutePublishedTrack(room, 'nobody', mic, true), 404, 'not_found');
      }],
      ['a participant is changed, attributes set and deleted', async () => {
        const changed = await rooms.updateParticipant(room, 'anna', { name: 'Anna', metadata: 'host', attributes: { seat: '3', gone: 'soon' } });
        assert.deepEqual([changed.name, changed.metadata, changed.attributes.seat], ['Anna', 'host', '3']);
        const again = await rooms.updateParticipant(room, 'anna', { attributes: { gone: '' } });
        assert.deepEqual([again.attributes.seat, again.attributes.gone, again.name], ['3', undefined, 'Anna']);
        await anna.told('update', ({ participants }) => participants[0].name === 'Anna');
        await anna.told('refreshToken');
      }],
      ['a permission is set as a whole, and takes tracks away', async () => {
        const permission = { canSubscribe: true, canPublish: true, canPublishSources: [TrackSource.CAMERA], canUpdateMetadata: true, canSubscribeMetrics: true };
        const changed = await rooms.updateParticipant(room, 'anna', { permission });
        assert.deepEqual([changed.permission.canPublish, changed.permission.canPublishSources, changed.permission.canUpdateMetadata], [true, [TrackSource.CAMERA], true]);
        assert.equal(changed.permission.canSubscribeMetrics, true);
        assert.deepEqual((await rooms.getParticipant(room, 'anna')).tracks, []);
        assert.equal((await anna.told('trackUnpublished')).trackSid, mic);
        for (const hidden of [true, false]) {
          assert.equal((await rooms.updateParticipant(room, 'anna', { permission: { ...permission, hidden } })).permission.hidden, hidden);
        }
        await refusedAs(rooms.updateParticipant(room, 'nobody', { name: 'x' }), 404, 'not_found');
      }],
      ['subscriptions are changed', async () => {
        await rooms.updateSubscriptions(room, 'ben', [mic], true);
        await rooms.updateSubscriptions(room, 'ben', ['TR_none'], false);
        await refusedAs(rooms.updateSubscriptions(room, 'nobody', [mic], true), 404, 'not_found');
      }],
      ['a participant is moved: it is told where to, with a token for there', async () => {
        await rooms.moveParticipant(room, 'ben', 'node-annex');
        const moved = await ben.told('roomMoved');
        assert.equal(moved.room.name, 'node-annex');
        const { video } = JSON.parse(Buffer.from(moved.token.split('.')[1], 'base64url'));
        assert.equal(video.room, 'node-annex');
        assert.equal((await ben.told('leave')).action, 'RECONNECT');
        assert.deepEqual((await rooms.listParticipants(room)).map((one) => one.identity), ['anna']);
        await refusedAs(rooms.moveParticipant(room, 'nobody', 'node-annex'), 404, 'not_found');
        await refusedAs(rooms.moveParticipant(room, 'anna', room), 400, 'invalid_argument');
        await rooms.deleteRoom('node-annex');
      }],
      ['forwarding is refused', () => refusedAs(rooms.forwardParticipant(room, 'anna', 'node-annex'), 501, 'unimplemented', 'VIA-0206')],
      ['a participant is removed', async () => {
        await rooms.removeParticipant(room, 'anna');
        assert.equal((await anna.told('leave')).reason, 'PARTICIPANT_REMOVED');
        assert.deepEqual(await rooms.listParticipants(room), []);
      }],
      ['the room is deleted', () => rooms.deleteRoom(room)],
    ],
  };
}
