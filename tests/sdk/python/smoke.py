"""The life of a room as a LiveKit backend in Python sees it. Prints a line per step, ends with 1 if one failed."""

import asyncio
import os
import re
import sys

from livekit import api

NAME = "python-livekit"


async def refused_as(call, status, code):
    try:
        await call
    except api.TwirpError as error:
        assert (error.status, error.code) == (status, code), (error.status, error.code, error.message)
        return error
    raise AssertionError("was not refused")


async def creates_a_room(server):
    room = await server.room.create_room(api.CreateRoomRequest(name=NAME, empty_timeout=120, metadata="first"))
    assert room.sid.startswith("RM_"), room.sid
    assert (room.name, room.empty_timeout, room.metadata) == (NAME, 120, "first"), room


async def lists_rooms(server):
    listed = await server.room.list_rooms(api.ListRoomsRequest(names=[NAME]))
    assert [room.name for room in listed.rooms] == [NAME], listed
    assert not (await server.room.list_rooms(api.ListRoomsRequest(names=["no-such-room"]))).rooms


async def lists_no_participants(server):
    listed = await server.room.list_participants(api.ListParticipantsRequest(room=NAME))
    assert len(listed.participants) == 0, listed


async def absent_participant_is_not_found(server):
    nobody = api.RoomParticipantIdentity(room=NAME, identity="nobody")
    await refused_as(server.room.get_participant(nobody), 404, "not_found")
    await refused_as(server.room.remove_participant(nobody), 404, "not_found")


async def updates_metadata(server):
    room = await server.room.update_room_metadata(api.UpdateRoomMetadataRequest(room=NAME, metadata="second"))
    assert room.metadata == "second", room


async def data_messages_are_refused(server):
    request = api.SendDataRequest(room=NAME, data=b"hello", kind=api.DataPacket.Kind.RELIABLE)
    error = await refused_as(server.room.send_data(request), 501, "unimplemented")
    assert re.search(r"VIA-\d{4}", error.message), error.message


async def ingress_is_refused(server):
    await refused_as(server.ingress.list_ingress(api.ListIngressRequest()), 501, "unimplemented")
    created = api.CreateIngressRequest(input_type=api.IngressInput.RTMP_INPUT, name="in", room_name=NAME)
    await refused_as(server.ingress.create_ingress(created), 501, "unimplemented")


async def deletes_the_room(server):
    await server.room.delete_room(api.DeleteRoomRequest(room=NAME))
    assert not (await server.room.list_rooms(api.ListRoomsRequest(names=[NAME]))).rooms
    await refused_as(server.room.delete_room(api.DeleteRoomRequest(room=NAME)), 404, "not_found")


async def is_refused_with_a_wrong_secret(server):
    # A bad signature is refused in front of Twirp, in plain text: the SDK finds no code in it.
    async with api.LiveKitAPI(os.environ["SERVER_HTTP"], os.environ["LIVEKIT_KEY"], "wrong" * 8) as stranger:
        await refused_as(stranger.room.list_rooms(api.ListRoomsRequest()), 401, "unknown")


STEPS = [
    creates_a_room,
    lists_rooms,
    lists_no_participants,
    absent_participant_is_not_found,
    updates_metadata,
    data_messages_are_refused,
    ingress_is_refused,
    deletes_the_room,
    is_refused_with_a_wrong_secret,
]


async def main():
    failed = False
    url, key, secret = (os.environ[name] for name in ("SERVER_HTTP", "LIVEKIT_KEY", "LIVEKIT_SECRET"))
    async with api.LiveKitAPI(url, key, secret) as server:
        for step in STEPS:
            name = step.__name__.replace("_", " ")
            try:
                await step(server)
                print(f"ok {name}")
            except Exception as error:  # each step reports its own failure
                failed = True
                print(f"FAILED {name}: {type(error).__name__}: {error}")
    return 1 if failed else 0


sys.exit(asyncio.run(main()))
