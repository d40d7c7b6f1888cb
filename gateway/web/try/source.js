// What is sent: the visitor's camera and microphone, or a moving picture with a soft tone that needs no permission.

const WIDTH = 640;
const HEIGHT = 360;
const RATE_FPS = 20;
const TONE_HZ = 330;
const TONE_GAIN = 0.05;

/** `{ audio, video, stop }` of the visitor's devices. Browsers give them to https and localhost pages only. */
export async function fromCamera() {
  if (!navigator.mediaDevices) {
    throw new Error('this browser gives camera and microphone only to pages on https or localhost: use the test picture');
  }
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: WIDTH, height: HEIGHT } });
  const [audio] = stream.getAudioTracks();
  const [video] = stream.getVideoTracks();
  return { audio, video, stop: () => stream.getTracks().forEach((track) => track.stop()) };
}

function paint(context, title, hue, startedAt) {
  const seconds = (performance.now() - startedAt) / 1000;
  context.fillStyle = `hsl(${hue} 45% 28%)`;
  context.fillRect(0, 0, WIDTH, HEIGHT);
  context.fillStyle = `hsl(${hue} 60% 60%)`;
  const x = WIDTH / 2 + Math.cos(seconds * 1.5) * WIDTH * 0.35;
  const y = HEIGHT / 2 + Math.sin(seconds * 2.1) * HEIGHT * 0.3;
  context.beginPath();
  context.arc(x, y, 36, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = '#fff';
  context.textAlign = 'center';
  context.font = 'bold 52px system-ui, sans-serif';
  context.fillText(title, WIDTH / 2, HEIGHT / 2);
  context.font = '26px ui-monospace, monospace';
  context.fillText(`${seconds.toFixed(1)} s`, WIDTH / 2, HEIGHT / 2 + 46);
}

/** `{ audio, video, stop }` of a drawn picture with `title` on it. To be called from a click, for the sound's sake. */
export function fromTestPicture(title, hue) {
  const canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext('2d');
  const startedAt = performance.now();
  const timer = setInterval(() => paint(context, title, hue, startedAt), 1000 / RATE_FPS);
  paint(context, title, hue, startedAt);
  const [video] = canvas.captureStream(RATE_FPS).getVideoTracks();

  const sound = new AudioContext();
  const tone = new OscillatorNode(sound, { frequency: TONE_HZ + hue });
  const gain = new GainNode(sound, { gain: TONE_GAIN });
  const out = new MediaStreamAudioDestinationNode(sound);
  tone.connect(gain).connect(out);
  tone.start();
  const [audio] = out.stream.getAudioTracks();
  const stop = () => {
    clearInterval(timer);
    [audio, video].forEach((track) => track.stop());
    sound.close();
  };
  return { audio, video, stop };
}
