"""One room of the SDK with what it sends and receives, its events, and how it looks as plain data."""

import enum

from livekit import rtc
from livekit.rtc import room as sdk_room

from .media import Ear, Eye


class Participant:
    def __init__(self, on_event):
        self.on_event = on_event
        self.room = None
        #: What is published: a Tone or Picture with its track, by the track's sid.
        self.sources = {}
        self.senses = {}
        self.data_tracks = {}
        self.interceptor = None

    async def connect(self, url, token, options):
        await self.close()
        self.room = rtc.Room()
        for name in sdk_room.EventTypes.__args__:
            self.room.on(name, lambda *args, name=name: self.happened(name, args))
        await self.room.connect(url, token, options)

    def happened(self, name, args):
        if name == "track_subscribed":
            track = args[0]
            self.senses[track.sid] = Ear(track) if track.kind == rtc.TrackKind.KIND_AUDIO else Eye(track)
        if name == "data_track_published":
            self.data_tracks[args[0].info.name] = args[0]
        event = {"type": name, "values": []}
        for arg in args:
            merge(event, arg)
        self.on_event(event)

    def local(self):
        return self.room.local_participant

    async def close(self):
        """Ends what this participant holds. Events still come while it waits, and may bring more: so each is taken out
        before it is closed."""
        while self.senses:
            await self.senses.popitem()[1].close()
        if self.room is not None:
            await self.room.disconnect()
        while self.senses:
            await self.senses.popitem()[1].close()
        while self.sources:
            await self.sources.popitem()[1].close()
        self.room = None

    def source(self, kind):
        return next(source for source in self.sources.values() if isinstance(source, kind))

    async def view(self):
        room = self.room
        return {
            "connected": room.isconnected(),
            "state": room.connection_state,
            "room": {
                "sid": await room.sid,
                "name": room.name,
                "metadata": room.metadata,
                "participants": room.num_participants,
                "publishers": room.num_publishers,
                "emptyTimeout": room.empty_timeout,
                "departureTimeout": room.departure_timeout,
                "recording": room.is_recording,
                "createdAt": room.creation_time.timestamp(),
            },
            "me": self.person(room.local_participant),
            "remotes": {identity: self.person(one) for identity, one in list(room.remote_participants.items())},
        }

    def person(self, one):
        return {
            "sid": one.sid,
            "identity": one.identity,
            "name": one.name,
            "metadata": one.metadata,
            "attributes": one.attributes,
            "kind": one.kind,
            "kindDetails": list(one.kind_details),
            "state": one.state,
            "joinedAt": one.joined_at.timestamp() if one.joined_at else None,
            "canPublish": one.permissions.can_publish,
            "quality": int(one.connection_quality),
            "disconnectReason": one.disconnect_reason,
            "tracks": {sid: self.publication(it) for sid, it in one.track_publications.items()},
        }

    def publication(self, it):
        sense = self.senses.get(it.sid)
        return {
            "sid": it.sid,
            "name": it.name,
            "kind": it.kind,
            "source": it.source,
            "muted": it.muted,
            "simulcasted": it.simulcasted,
            "width": it.width,
            "height": it.height,
            "mime": it.mime_type,
            "encryption": it.encryption_type,
            "audioFeatures": list(it.audio_features),
            "frameFeatures": list(it.frame_metadata_features),
            "subscribed": it.subscribed if isinstance(it, rtc.RemoteTrackPublication) else None,
            "track": track_of(it.track),
            "heard": sense.heard if isinstance(sense, Ear) else None,
            "seen": sense.seen if isinstance(sense, Eye) else None,
        }


def track_of(track):
    if track is None:
        return None
    return {"sid": track.sid, "name": track.name, "kind": track.kind, "muted": track.muted, "state": track.stream_state}


def merge(event, arg):
    """Puts an event's argument into it as plain data: participants and tracks by name, whatever the order."""
    if isinstance(arg, rtc.Participant):
        event["participant"] = arg.identity
    elif isinstance(arg, (rtc.TrackPublication, rtc.Track)):
        event["track"] = arg.sid
    elif isinstance(arg, rtc.DataPacket):
        sender = arg.participant.identity if arg.participant else None
        event.update(text=arg.data.decode(), topic=arg.topic or "", kind=arg.kind, participant=sender)
    elif isinstance(arg, rtc.SipDTMF):
        event.update(code=arg.code, digit=arg.digit, participant=arg.participant.identity if arg.participant else None)
    elif isinstance(arg, rtc.RemoteDataTrack):
        event.update(name=arg.info.name, participant=arg.publisher_identity)
    elif isinstance(arg, list):
        event["values"].append([plain(one) for one in arg])
    else:
        event["values"].append(plain(arg))


def plain(value):
    if isinstance(value, rtc.Participant):
        return value.identity
    if isinstance(value, rtc.TranscriptionSegment):
        return {"id": value.id, "text": value.text, "final": value.final, "language": value.language}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (str, int, float, bool, dict)) or value is None:
        return value
    return str(value)
