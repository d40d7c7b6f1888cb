"""What is sent and what is heard and seen: a tone, a picture of one colour, and the measuring of both."""

import asyncio
import math

import numpy
from livekit import rtc

RATE = 48000
FRAME = RATE // 100
#: Large enough for a second layer of half the size.
WIDTH, HEIGHT = 640, 480
PICTURES_PER_S = 10
#: A measurement is made over this much sound.
WINDOW = RATE // 5
#: A noise below this is silence: the level of a tone that is sent is 0.2.
SILENCE = 0.01


class Tone:
    """A microphone that hums."""

    def __init__(self, hz):
        self.hz = hz
        self.phase = 0.0
        self.sounding = asyncio.Event()
        self.sounding.set()
        self.source = rtc.AudioSource(RATE, 1)
        self.task = asyncio.create_task(self.run())

    async def run(self):
        while True:
            await self.sounding.wait()
            step = 2 * math.pi * self.hz / RATE
            wave = 0.2 * 32767 * numpy.sin(self.phase + step * numpy.arange(FRAME))
            self.phase += step * FRAME
            frame = rtc.AudioFrame(wave.astype(numpy.int16).tobytes(), RATE, 1, FRAME)
            await self.source.capture_frame(frame)

    async def close(self):
        self.task.cancel()
        await self.source.aclose()


class Picture:
    """A camera in front of a wall of one colour, as Y, U and V."""

    def __init__(self, colour):
        self.colour = colour
        self.source = rtc.VideoSource(WIDTH, HEIGHT)
        self.task = asyncio.create_task(self.run())

    async def run(self):
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            y, u, v = self.colour
            chroma = WIDTH * HEIGHT // 4
            data = bytes([y]) * (WIDTH * HEIGHT) + bytes([u]) * chroma + bytes([v]) * chroma
            self.source.capture_frame(rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.I420, data))
            due += 1 / PICTURES_PER_S
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def close(self):
        self.task.cancel()
        await self.source.aclose()


class Ear:
    """What is heard on a track: the tone's frequency and level in the last whole window."""

    def __init__(self, track):
        self.heard = {"hz": 0, "level": 0, "windows": 0}
        self.stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1)
        self.task = asyncio.create_task(self.run())

    async def run(self):
        window = numpy.empty(0, numpy.int16)
        async for event in self.stream:
            window = numpy.concatenate([window, numpy.frombuffer(event.frame.data, numpy.int16)])
            if len(window) >= WINDOW:
                self.heard = {**frequency(window / 32767), "windows": self.heard["windows"] + 1}
                window = numpy.empty(0, numpy.int16)

    async def close(self):
        self.task.cancel()
        await self.stream.aclose()


def frequency(wave):
    level = float(numpy.sqrt(numpy.mean(wave**2)))
    if level < SILENCE:
        return {"hz": 0, "level": level}
    crossings = int(numpy.sum((wave[:-1] < 0) & (wave[1:] >= 0)))
    return {"hz": crossings * RATE / len(wave), "level": level}


class Eye:
    """What is seen on a track: the mean colour of the last picture, its size, and how many there were."""

    def __init__(self, track):
        self.seen = {"colour": None, "width": 0, "height": 0, "frames": 0}
        self.stream = rtc.VideoStream(track, format=rtc.VideoBufferType.I420)
        self.task = asyncio.create_task(self.run())

    async def run(self):
        async for event in self.stream:
            frame = event.frame
            colour = [float(numpy.mean(numpy.frombuffer(frame.get_plane(plane), numpy.uint8)[::61])) for plane in range(3)]
            self.seen = {"colour": colour, "width": frame.width, "height": frame.height, "frames": self.seen["frames"] + 1}

    async def close(self):
        self.task.cancel()
        await self.stream.aclose()
