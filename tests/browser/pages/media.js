// What both drivers need to look at media: an event log, the moment of a first frame, the figures of a receiver.

export class EventLog {
  constructor() {
    this.entries = [];
  }

  add(type, detail = {}) {
    this.entries.push({ at: Math.round(wallClockMs()), type, ...detail });
  }
}

/** Wall clock with the page's own resolution, comparable between pages of one machine. */
export function wallClockMs() {
  return performance.timeOrigin + performance.now();
}

/** Calls `seen(wallClockMs)` once, when the element presents its first picture wider than a placeholder. */
export function onFirstFrame(video, isReal, seen) {
  const look = () => {
    video.requestVideoFrameCallback(() => (isReal(video) ? seen(wallClockMs()) : look()));
  };
  look();
}

/** Sums up the inbound streams of several stats reports. */
export function inboundFigures(reports) {
  const figures = {
    framesDecoded: 0, frameWidth: 0, frameHeight: 0, keyFramesDecoded: 0, videoPackets: 0, videoCodec: null,
    audioEnergy: 0, audioPackets: 0, audioCodec: null,
  };
  for (const report of reports) {
    const codecs = new Map();
    report.forEach((entry) => entry.type === 'codec' && codecs.set(entry.id, entry.mimeType));
    report.forEach((entry) => {
      if (entry.type !== 'inbound-rtp') {
        return;
      }
      if (entry.kind === 'video') {
        figures.framesDecoded += entry.framesDecoded ?? 0;
        figures.keyFramesDecoded += entry.keyFramesDecoded ?? 0;
        figures.frameWidth = entry.frameWidth ?? figures.frameWidth;
        figures.frameHeight = entry.frameHeight ?? figures.frameHeight;
        figures.videoPackets += entry.packetsReceived ?? 0;
        figures.videoCodec = codecs.get(entry.codecId) ?? figures.videoCodec;
      } else {
        figures.audioEnergy += entry.totalAudioEnergy ?? 0;
        figures.audioPackets += entry.packetsReceived ?? 0;
        figures.audioCodec = codecs.get(entry.codecId) ?? figures.audioCodec;
      }
    });
  }
  return figures;
}

export function elementFigures(element) {
  if (!element) {
    return null;
  }
  return {
    readyState: element.readyState,
    currentTime: element.currentTime,
    paused: element.paused,
    width: element.videoWidth ?? 0,
    height: element.videoHeight ?? 0,
    tracks: element.srcObject ? element.srcObject.getTracks().map((track) => track.kind).sort() : [],
  };
}

/** One flag for a kind of media: absent, switched off by its owner, or running. */
export function activity(present, active) {
  if (!present) {
    return 'none';
  }
  return active ? 'on' : 'muted';
}

const DRAWN_FPS = 15;

/** A video track of a picture that changes with every frame. */
export function drawnPicture(width, height) {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  let count = 0;
  const paint = () => {
    count += 1;
    context.fillStyle = `hsl(${count % 360} 70% 50%)`;
    context.fillRect(0, 0, width, height);
    context.fillStyle = '#fff';
    context.fillRect((count * 4) % width, height / 3, width / 8, height / 3);
  };
  paint();
  setInterval(paint, 1000 / DRAWN_FPS);
  return canvas.captureStream(DRAWN_FPS).getVideoTracks()[0];
}

/** A sine tone: silent until the scene says otherwise. */
export function tone() {
  const context = new AudioContext();
  const gain = new GainNode(context, { gain: 0 });
  const end = context.createMediaStreamDestination();
  const source = new OscillatorNode(context, { frequency: 440 });
  source.connect(gain).connect(end);
  source.start();
  const set = (value) => {
    gain.gain.value = value;
  };
  return { track: end.stream.getAudioTracks()[0], set };
}

const LISTEN_EVERY_MS = 20;

/** Sums up the energy of a received sound (full scale squared, times seconds), as `totalAudioEnergy` does. */
export class Listener {
  constructor(track) {
    this.energy = 0;
    this.context = new AudioContext();
    const analyser = new AnalyserNode(this.context, { fftSize: 1024 });
    new MediaStreamAudioSourceNode(this.context, { mediaStream: new MediaStream([track]) }).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const squares = samples.reduce((sum, sample) => sum + sample * sample, 0);
      this.energy += (squares / samples.length) * (LISTEN_EVERY_MS / 1000);
    }, LISTEN_EVERY_MS);
  }

  stop() {
    clearInterval(this.timer);
    this.context.close();
  }
}
