"""What a test can have the participant do, by name. The Node participant knows the same names, where its SDK has them."""

import asyncio

from livekit import rtc
from livekit.rtc import stats

from . import data
from .media import Picture, Tone
from .surface import USED, rows


def encrypted(key):
    provider = rtc.KeyProviderOptions(shared_key=key.encode())
    return rtc.E2EEOptions(key_provider_options=provider)


async def connect(participant, url, token, key=None, auto_subscribe=True, single=None):
    options = rtc.RoomOptions(auto_subscribe=auto_subscribe, single_peer_connection=single)
    if key is not None:
        options.encryption = encrypted(key)
    await participant.connect(url, token, options)


async def disconnect(participant):
    await participant.room.disconnect()


async def view(participant):
    return await participant.view()


async def tone(participant, name, hz):
    return await publish(participant, name, Tone(hz), rtc.LocalAudioTrack.create_audio_track, rtc.TrackSource.SOURCE_MICROPHONE)


async def picture(participant, name, colour):
    return await publish(participant, name, Picture(colour), rtc.LocalVideoTrack.create_video_track, rtc.TrackSource.SOURCE_CAMERA)


async def publish(participant, name, source, create, kind):
    track = create(name, source.source)
    publication = await participant.local().publish_track(track, rtc.TrackPublishOptions(source=kind, simulcast=isinstance(source, Picture)))
    participant.sources[publication.sid] = source
    return publication.sid


async def retone(participant, hz):
    participant.source(Tone).hz = hz


async def recolour(participant, colour):
    participant.source(Picture).colour = colour


async def subscribed_to(participant, sid):
    await asyncio.wait_for(participant.local().track_publications[sid].wait_for_subscription(), 10)


async def mute(participant, sid, muted):
    track = participant.local().track_publications[sid].track
    (track.mute if muted else track.unmute)()


async def unpublish(participant, sid):
    await participant.local().unpublish_track(sid)
    await participant.sources.pop(sid).close()


async def subscribe(participant, identity, sid, subscribed):
    participant.room.remote_participants[identity].track_publications[sid].set_subscribed(subscribed)


async def quality(participant, identity, sid, value):
    participant.room.remote_participants[identity].track_publications[sid].set_video_quality(value)


async def permit(participant, everybody, identities):
    permissions = [rtc.ParticipantTrackPermission(participant_identity=identity, allow_all=True) for identity in identities]
    participant.local().set_track_subscription_permissions(allow_all_participants=everybody, participant_permissions=permissions)


async def metadata(participant, value):
    await participant.local().set_metadata(value)


async def rename(participant, value):
    await participant.local().set_name(value)


async def attributes(participant, values):
    await participant.local().set_attributes(values)


async def measure(participant):
    """Packets of the whole session and of one track, by the SDK's statistics."""
    session = await participant.room.get_rtc_stats()
    own = [one.outbound_rtp for one in session.publisher_stats if one.WhichOneof("stats") == "outbound_rtp"]
    tracks = [it.track for it in participant.local().track_publications.values() if it.track]
    of_tracks = [len(await track.get_stats()) for track in tracks]
    return {"sent": [one.sent.packets_sent for one in own], "ofTracks": of_tracks}


async def queue(participant):
    """What an AudioSource tells of itself, and how it is emptied."""
    tone = participant.source(Tone)
    source = tone.source
    told = {"rate": source.sample_rate, "channels": source.num_channels, "queued": source.queued_duration}
    tone.sounding.clear()
    await source.wait_for_playout()
    source.clear_queue()
    tone.sounding.set()
    return told


async def listen_otherwise(participant, identity):
    """The other ways to a stream of what somebody sends: by the participant and by the track."""
    one = participant.room.remote_participants[identity]
    tracks = [it.track for it in one.track_publications.values() if it.track]
    sound = next(track for track in tracks if track.kind == rtc.TrackKind.KIND_AUDIO)
    sight = next(track for track in tracks if track.kind == rtc.TrackKind.KIND_VIDEO)
    streams = [
        rtc.AudioStream.from_track(track=sound),
        rtc.AudioStream.from_participant(participant=one, track_source=rtc.TrackSource.SOURCE_MICROPHONE),
        rtc.VideoStream.from_track(track=sight),
        rtc.VideoStream.from_participant(participant=one, track_source=rtc.TrackSource.SOURCE_CAMERA),
    ]
    for stream in streams:
        await asyncio.wait_for(stream.__anext__(), 10)
    # A VideoStream that was made from a participant never ends its closing in this SDK: it goes with the program.
    for stream in streams[:3]:
        await stream.aclose()
    return len(streams)


async def simulate(participant, scenario):
    await participant.room.simulate_scenario(rtc.SimulateScenarioKind.Value(scenario))


async def encryption(participant):
    """Everything of the end-to-end encryption that can be asked and set, at places that are not in use."""
    manager = participant.room.e2ee_manager
    keys = manager.key_provider
    shared = keys.export_shared_key(0)
    keys.set_shared_key(b"another one", 1)
    other = keys.export_shared_key(1)
    ratcheted = keys.ratchet_shared_key(1)
    me = participant.local().identity
    keys.set_key(me, b"my own", 2)
    mine = keys.export_key(me, 2)
    ratcheted_mine = keys.ratchet_key(me, 2)
    cryptors = manager.frame_cryptors()
    for cryptor in cryptors:
        cryptor.set_key_index(cryptor.key_index)
        cryptor.set_enabled(True)
    manager.set_enabled(True)
    return {
        "enabled": manager.enabled,
        "window": keys.options.ratchet_window_size,
        "keys": [key.decode(errors="replace") for key in (shared, other, mine)],
        "ratchets": ratcheted != other and ratcheted_mine != mine,
        "cryptors": [{"who": one.participant_identity, "track": one.track_sid, "enabled": one.enabled} for one in cryptors],
    }


async def surface(participant):
    return {"rows": rows(), "used": sorted(USED)}


COMMANDS = {
    one.__name__: one
    for one in [
        connect, disconnect, view, tone, picture, retone, recolour, subscribed_to, mute, unpublish, subscribe, quality, permit,
        metadata, rename, attributes, measure, queue, listen_otherwise, simulate, encryption, surface, *data.COMMANDS,
    ]
}  # fmt: skip
