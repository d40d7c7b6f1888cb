"""What of the SDK's public surface is used: every public method and property of its classes, and those used so far."""

import functools
import inspect

from livekit import rtc

CLASSES = [
    rtc.Room,
    rtc.Participant,
    rtc.LocalParticipant,
    rtc.RemoteParticipant,
    rtc.Track,
    rtc.LocalAudioTrack,
    rtc.LocalVideoTrack,
    rtc.RemoteAudioTrack,
    rtc.RemoteVideoTrack,
    rtc.TrackPublication,
    rtc.LocalTrackPublication,
    rtc.RemoteTrackPublication,
    rtc.AudioSource,
    rtc.AudioStream,
    rtc.VideoSource,
    rtc.VideoStream,
    rtc.TextStreamWriter,
    rtc.ByteStreamWriter,
    rtc.TextStreamReader,
    rtc.ByteStreamReader,
    rtc.LocalDataTrack,
    rtc.RemoteDataTrack,
    rtc.DataTrackStream,
    rtc.E2EEManager,
    rtc.KeyProvider,
    rtc.FrameCryptor,
]

USED = set()


def public(cls):
    """Own members of a class by name; those of its bases stand at the bases, unless these are private."""
    own = dict(vars(cls))
    for base in cls.__mro__[1:]:
        if base.__name__.startswith("_") or base.__name__.startswith("Base"):
            own = {**vars(base), **own}
    return {name: member for name, member in own.items() if not name.startswith("_")}


def row(cls, name):
    return f"{cls.__name__}.{name}"


def watched(member, key):
    """The member, but its use is noted."""
    if isinstance(member, property):
        return property(noted(member.fget, key), member.fset)
    if isinstance(member, (staticmethod, classmethod)):
        return type(member)(noted(member.__func__, key))
    if inspect.isfunction(member):
        return noted(member, key)
    return None


def noted(function, key):
    @functools.wraps(function)
    def call(*args, **kwargs):
        USED.add(key)
        return function(*args, **kwargs)

    return call


def watch():
    for cls in CLASSES:
        for name, member in public(cls).items():
            replacement = watched(member, row(cls, name))
            if replacement is not None:
                setattr(cls, name, replacement)


def rows():
    return [row(cls, name) for cls in CLASSES for name in public(cls)]
