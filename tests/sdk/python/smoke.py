"""The life of a room as a LiveKit backend in Python sees it. Prints a line per step, ends with 1 if one failed."""

import asyncio
import json
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


async def makes_a_room_with_every_option_or_says_why_not(server):
    room = await server.room.create_room(
        api.CreateRoomRequest(name=NAME, departure_timeout=30, max_participants=9, sync_streams=True)
    )
    assert (room.departure_timeout, room.max_participants, room.turn_password) == (30, 9, ""), room
    agents = [api.RoomAgentDispatch(agent_name="a")]
    for request, word in [
        (api.CreateRoomRequest(name=NAME, max_playout_delay=100), "VIA-0208"),
        (api.CreateRoomRequest(name=NAME, agents=agents), "VIA-0203"),
    ]:
        error = await refused_as(server.room.create_room(request), 501, "unimplemented")
        assert word in error.message, error.message
    await refused_as(server.room.create_room(api.CreateRoomRequest(name="")), 400, "invalid_argument")
    await refused_as(server.room.create_room(api.CreateRoomRequest(name=NAME, room_preset="x")), 400, "invalid_argument")


async def every_call_about_an_absent_participant_says_so(server):
    room, identity = NAME, "nobody"
    mute = api.MuteRoomTrackRequest(room=room, identity=identity, track_sid="TR_AMAAAAAAAAAA", muted=True)
    await refused_as(server.room.mute_published_track(mute), 404, "not_found")
    change = api.UpdateParticipantRequest(room=room, identity=identity, name="x")
    await refused_as(server.room.update_participant(change), 404, "not_found")
    wishes = api.UpdateSubscriptionsRequest(room=room, identity=identity, track_sids=["TR_x"], subscribe=True)
    await refused_as(server.room.update_subscriptions(wishes), 404, "not_found")
    move = api.MoveParticipantRequest(room=room, identity=identity, destination_room="annex")
    await refused_as(server.room.move_participant(move), 404, "not_found")
    forward = api.ForwardParticipantRequest(room=room, identity=identity, destination_room="annex")
    error = await refused_as(server.room.forward_participant(forward), 501, "unimplemented")
    assert "VIA-0206" in error.message, error.message


async def what_is_not_built_is_refused(server):
    egress, sip, agents = server.egress, server.sip, server.agent_dispatch
    calls = [
        (egress.list_egress(api.ListEgressRequest()), "VIA-0201"),
        (egress.stop_egress(api.StopEgressRequest(egress_id="EG_a")), "VIA-0201"),
        (egress.start_room_composite_egress(api.RoomCompositeEgressRequest(room_name=NAME)), "VIA-0201"),
        (egress.start_web_egress(api.WebEgressRequest(url="https://a.example")), "VIA-0201"),
        (egress.start_participant_egress(api.ParticipantEgressRequest(room_name=NAME, identity="a")), "VIA-0201"),
        (egress.start_track_composite_egress(api.TrackCompositeEgressRequest(room_name=NAME)), "VIA-0201"),
        (egress.start_track_egress(api.TrackEgressRequest(room_name=NAME, track_id="TR_a")), "VIA-0201"),
        (egress.update_layout(api.UpdateLayoutRequest(egress_id="EG_a", layout="grid")), "VIA-0201"),
        (egress.update_stream(api.UpdateStreamRequest(egress_id="EG_a")), "VIA-0201"),
        (sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest()), "VIA-0202"),
        (sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest()), "VIA-0202"),
        (sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest()), "VIA-0202"),
        (sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id="ST_a")), "VIA-0202"),
        (agents.list_dispatch(NAME), "VIA-0203"),
        (agents.create_dispatch(api.CreateAgentDispatchRequest(room=NAME, agent_name="a")), "VIA-0203"),
        (agents.delete_dispatch("AD_a", NAME), "VIA-0203"),
    ]
    for call, word in calls:
        error = await refused_as(call, 501, "unimplemented")
        assert word in error.message, error.message


async def webhooks_are_taken_by_the_receiver(_server):
    with open(os.environ["WEBHOOKS"], encoding="utf-8") as file:
        arrivals = json.load(file)
    verifier = api.TokenVerifier(os.environ["LIVEKIT_KEY"], os.environ["LIVEKIT_SECRET"])
    receiver = api.WebhookReceiver(verifier)
    names = {receiver.receive(one["body"], one["authorization"]).event for one in arrivals}
    assert {"room_started", "room_finished", "participant_connection_aborted"} <= names, names
    try:
        receiver.receive(arrivals[0]["body"] + " ", arrivals[0]["authorization"])
    except Exception:  # the SDK's own complaint about the hash
        return
    raise AssertionError("a changed body was taken")


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
    makes_a_room_with_every_option_or_says_why_not,
    every_call_about_an_absent_participant_says_so,
    what_is_not_built_is_refused,
    webhooks_are_taken_by_the_receiver,
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
