// Joins one room from both halves of the page with what `POST /try/join` hands out (development servers only).
import { version as livekitVersion } from 'livekit-client';
import { version as openviduVersion } from 'openvidu-browser/package.json';
import { joinLiveKit } from './livekit-side.js';
import { Panel } from './panel.js';
import { fromCamera, fromTestPicture } from './source.js';
import { joinV2 } from './v2-side.js';

const byId = (id) => document.getElementById(id);
const panels = { v2: new Panel(byId('v2'), openviduVersion), livekit: new Panel(byId('livekit'), livekitVersion) };
let leaving = [];

function showTrouble(text) {
  byId('trouble').hidden = !text;
  byId('trouble').textContent = text ?? '';
}

/** Answer of `POST /try/join`: `{ v2Token, livekitUrl, livekitToken }`. */
async function askToJoin(room, name) {
  const answer = await fetch('/try/join', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ room, name }),
  });
  if (!answer.ok) {
    const text = (await answer.text()).slice(0, 500);
    const hint = answer.status === 404 ? 'Only a server started with --dev hands out tokens here.' : text;
    throw new Error(`the server refused to hand out tokens: ${answer.status}. ${hint}`);
  }
  return answer.json();
}

async function sources() {
  if (byId('source').value === 'test') {
    return { v2: fromTestPicture('OpenVidu v2', 20), livekit: fromTestPicture('LiveKit', 210) };
  }
  const camera = await fromCamera();
  const copy = () => ({ audio: camera.audio.clone(), video: camera.video.clone() });
  const stopper = (copied) => ({ ...copied, stop: () => [copied.audio, copied.video].forEach((track) => track.stop()) });
  const both = { v2: stopper(copy()), livekit: stopper(copy()) };
  camera.stop();
  return both;
}

async function joinBoth(room, name) {
  const media = await sources();
  leaving = [media.v2.stop, media.livekit.stop];
  const tokens = await askToJoin(room, name);
  Object.values(panels).forEach((panel) => panel.reset());
  const sides = [
    joinV2(panels.v2, tokens, `${name} (OpenVidu v2)`, media.v2),
    joinLiveKit(panels.livekit, tokens, name, media.livekit),
  ];
  const results = await Promise.allSettled(sides);
  // Whoever joined leaves before its source stops.
  leaving.unshift(...results.filter(({ status }) => status === 'fulfilled').map(({ value }) => value));
}

async function leaveBoth() {
  const steps = leaving;
  leaving = [];
  for (const step of steps) {
    await step();
  }
  Object.values(panels).forEach((panel) => panel.stop());
  byId('join').disabled = false;
  byId('leave').disabled = true;
}

byId('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  showTrouble(null);
  byId('join').disabled = true;
  byId('leave').disabled = false;
  try {
    await joinBoth(byId('room').value, byId('name').value);
  } catch (error) {
    showTrouble(error.message);
    await leaveBoth();
  }
});
byId('leave').addEventListener('click', leaveBoth);
window.addEventListener('pagehide', leaveBoth);

const query = new URLSearchParams(location.search);
byId('room').value = query.get('room') ?? byId('room').value;
