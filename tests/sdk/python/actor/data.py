"""Commands that send data in its many forms, and those that let it be received."""

import asyncio
import tempfile

from livekit import rtc

PAYLOAD = "is somebody there, who would hear this?"


async def data(participant, text=PAYLOAD, reliable=True, topic="", to=()):
    await participant.local().publish_data(text, reliable=reliable, topic=topic, destination_identities=list(to))


async def dtmf(participant, code, digit):
    await participant.local().publish_dtmf(code=code, digit=digit)


async def transcription(participant, sid, text=PAYLOAD):
    segment = rtc.TranscriptionSegment(id="s1", text=text, start_time=0, end_time=1, language="en", final=True)
    await participant.local().publish_transcription(
        rtc.Transcription(participant_identity=participant.local().identity, track_sid=sid, segments=[segment])
    )


async def text(participant, text=PAYLOAD, topic="words", to=()):
    await participant.local().send_text(text, topic=topic, destination_identities=list(to))


async def text_parts(participant, parts=(PAYLOAD,), topic="words"):
    writer = await participant.local().stream_text(topic=topic)
    for part in parts:
        await writer.write(part)
    await writer.aclose()
    return writer.info.topic


async def byte_parts(participant, parts=(PAYLOAD,), topic="bytes"):
    writer = await participant.local().stream_bytes("parts", topic=topic)
    for part in parts:
        await writer.write(part.encode())
    await writer.aclose()
    return writer.info.name


async def bytes_at_once(participant, text=PAYLOAD, topic="bytes"):
    await participant.local().send_bytes(text.encode(), topic=topic, name="once")


async def file(participant, text=PAYLOAD, topic="bytes"):
    with tempfile.NamedTemporaryFile(suffix=".txt") as named:
        named.write(text.encode())
        named.flush()
        await participant.local().send_file(named.name, topic=topic)


async def receive(participant, topic):
    """Whole streams of a topic become events."""

    def heard(kind):
        def handler(reader, identity):
            asyncio.get_running_loop().create_task(tell(kind, reader, identity))

        return handler

    async def tell(kind, reader, identity):
        if kind == "text":
            whole, name = await reader.read_all(), None
        else:
            whole, name = b"".join([part async for part in reader]).decode(), reader.info.name
        participant.on_event({"type": f"{kind}_stream", "text": whole, "topic": reader.info.topic, "name": name, "participant": identity})
        await reader.aclose()
        reader.close()

    participant.room.register_text_stream_handler(topic, heard("text"))
    participant.room.register_byte_stream_handler(topic, heard("byte"))


async def receive_no_more(participant, topic):
    participant.room.unregister_text_stream_handler(topic)
    participant.room.unregister_byte_stream_handler(topic)


class Interceptor(rtc.RpcInterceptor):
    """Counts the calls that pass it."""

    def __init__(self):
        self.passed = 0

    async def intercept_outgoing(self, call, next):
        self.passed += 1
        return await next(call)


async def rpc(participant, to, method="greet", payload="hello", timeout=5):
    return await participant.local().perform_rpc(destination_identity=to, method=method, payload=payload, response_timeout=timeout)


async def rpc_handle(participant, method="greet"):
    async def handler(invocation):
        if invocation.payload == "fail":
            raise rtc.RpcError(101, "as asked", "more")
        return f"{invocation.payload}, {invocation.caller_identity}"

    participant.local().register_rpc_method(method, handler)


async def rpc_handle_no_more(participant, method="greet"):
    participant.local().unregister_rpc_method(method)


async def rpc_intercept(participant):
    participant.interceptor = Interceptor()
    participant.local().add_rpc_interceptor(participant.interceptor)


async def rpc_intercepted(participant):
    participant.local().remove_rpc_interceptor(participant.interceptor)
    return participant.interceptor.passed


async def data_track(participant, name, text=PAYLOAD, frames=0):
    """Publishes a data track and pushes a frame each 50 ms, as often as said."""
    track = await participant.local().publish_data_track(name=name)
    for _ in range(frames):
        track.try_push(rtc.DataTrackFrame(payload=text.encode()))
        await asyncio.sleep(0.05)
    told = {"name": track.info.name, "published": track.is_published()}
    await track.unpublish()
    return told


async def data_track_read(participant, name):
    track = participant.data_tracks[name]
    track.set_pipeline_options(max_partial_frames=2)
    stream = track.subscribe()
    frame = await asyncio.wait_for(stream.__anext__(), 10)
    again = await asyncio.wait_for(stream.read(), 10)
    await stream.aclose()
    stream.close()
    return {"text": frame.payload.decode(), "again": again is not None, "of": track.publisher_identity, "published": track.is_published(), "name": track.info.name}


COMMANDS = [
    data, dtmf, transcription, text, text_parts, byte_parts, bytes_at_once, file, receive, receive_no_more, rpc, rpc_handle,
    rpc_handle_no_more, rpc_intercept, rpc_intercepted, data_track, data_track_read,
]  # fmt: skip
