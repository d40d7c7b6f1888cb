// What is sent and what is heard and seen: a tone, a picture of one colour, and the measuring of both.
import { AudioFrame, AudioSource, AudioStream, VideoBufferType, VideoFrame, VideoSource, VideoStream } from '@livekit/rtc-node';

const RATE = 48000;
const FRAME = RATE / 100;
/** Large enough for a second layer of half the size. */
const WIDTH = 640;
const HEIGHT = 480;
const PICTURE_EVERY_MS = 100;
/** A measurement is made over this much sound. */
const WINDOW = RATE / 5;
/** A noise below this is silence: the level of a tone that is sent is 0.2. */
const SILENCE = 0.01;

/** A microphone that hums. */
export class Tone {
  constructor(hz) {
    this.hz = hz;
    this.volume = 0.2;
    this.phase = 0;
    this.source = new AudioSource(RATE, 1);
    this.ended = false;
    /** A promise while it is to be silent. */
    this.pause = null;
    this.run();
  }

  async run() {
    while (!this.ended) {
      await this.pause;
      const step = (2 * Math.PI * this.hz) / RATE;
      const wave = Int16Array.from({ length: FRAME }, (_, at) => this.volume * 32767 * Math.sin(this.phase + step * at));
      this.phase += step * FRAME;
      await this.source.captureFrame(new AudioFrame(wave, RATE, 1, FRAME));
    }
  }

  async close() {
    this.ended = true;
    await this.source.close();
  }
}

/** A camera in front of a wall of one colour, as Y, U and V. */
export class Picture {
  constructor(colour) {
    this.colour = colour;
    this.source = new VideoSource(WIDTH, HEIGHT);
    this.timer = setInterval(() => this.source.captureFrame(this.frame()), PICTURE_EVERY_MS);
  }

  frame() {
    const luma = WIDTH * HEIGHT;
    const data = new Uint8Array(luma * 1.5).fill(this.colour[0], 0, luma);
    data.fill(this.colour[1], luma, luma * 1.25).fill(this.colour[2], luma * 1.25);
    return new VideoFrame(data, WIDTH, HEIGHT, VideoBufferType.I420);
  }

  async close() {
    clearInterval(this.timer);
    await this.source.close();
  }
}

function frequency(wave) {
  let squares = 0;
  let crossings = 0;
  for (let at = 1; at < wave.length; at += 1) {
    squares += (wave[at] / 32767) ** 2;
    crossings += wave[at - 1] < 0 && wave[at] >= 0 ? 1 : 0;
  }
  const level = Math.sqrt(squares / wave.length);
  return { hz: level < SILENCE ? 0 : (crossings * RATE) / wave.length, level };
}

/** What is heard on a track: the tone's frequency and level in the last whole window. */
export class Ear {
  constructor(track) {
    this.heard = { hz: 0, level: 0, windows: 0 };
    this.run(new AudioStream(track, RATE, 1));
  }

  async run(stream) {
    let window = [];
    for await (const frame of stream) {
      window.push(...frame.data);
      if (window.length >= WINDOW) {
        this.heard = { ...frequency(window), windows: this.heard.windows + 1 };
        window = [];
      }
    }
  }
}

/** The mean of every 61st value: enough for a picture of one colour. */
function mean(plane) {
  let sum = 0;
  let count = 0;
  for (let at = 0; at < plane.length; at += 61) {
    sum += plane[at];
    count += 1;
  }
  return sum / count;
}

/** What is seen on a track: the mean colour of the last picture, its size, and how many there were. */
export class Eye {
  constructor(track) {
    this.seen = { colour: null, width: 0, height: 0, frames: 0 };
    this.run(new VideoStream(track));
  }

  async run(stream) {
    for await (const { frame } of stream) {
      const plain = frame.type === VideoBufferType.I420 ? frame : frame.convert(VideoBufferType.I420);
      const colour = [0, 1, 2].map((plane) => mean(plain.getPlane(plane)));
      this.seen = { colour, width: frame.width, height: frame.height, frames: this.seen.frames + 1 };
    }
  }
}
