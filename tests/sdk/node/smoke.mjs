// Runs every server SDK against one started server: those in Node here, Java's and Python's as programs of their own. The native
// SDKs have a server of their own (native.mjs).
import { after, before, test } from 'node:test';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LIVEKIT_KEY, LIVEKIT_SECRET, OPENVIDU_SECRET, Server } from '../../browser/lib/server.mjs';
import { guideStory } from './guide.mjs';
import { livekitStory } from './livekit.mjs';
import { PEOPLE_ROOM, peopleStory } from './livekit-people.mjs';
import { unbuiltStory } from './livekit-unbuilt.mjs';
import './native.mjs';
import { VERSIONS, openviduStory } from './openvidu.mjs';
import { completeStory } from './openvidu-complete.mjs';
import { WebhookBackend, webhookStory } from './webhooks.mjs';

const here = fileURLToPath(new URL('..', import.meta.url));
const STEP_LIMIT_MS = 20000;
const PROGRAM_LIMIT_MS = 180000;
const JAVA_VERSIONS = ['2.20.0', '2.32.1'];
const RESULT = /^(ok|FAILED) (.*)$/;
const COLOUR = /\x1b\[[0-9;]*m/g;

// The SDKs write what they do to the console; the report is to stay readable.
console.log = () => {};
console.error = () => {};

const WEBHOOKS = `${here}out/webhooks.json`;

let server;
let webhooks;
before(async () => {
  webhooks = await WebhookBackend.start(LIVEKIT_KEY, LIVEKIT_SECRET);
  const flags = ['--webhook.urls', webhooks.url, '--webhook.api_key', LIVEKIT_KEY];
  server = await Server.start(`${here}out/server.log`, flags);
});
after(async () => {
  await server?.stop();
  webhooks?.stop();
});

async function runStory(t, { steps }) {
  for (const [name, step] of steps) {
    await t.test(name, { timeout: STEP_LIMIT_MS }, step);
  }
}

/** Runs a program that prints `ok NAME` or `FAILED NAME: why` per step; resolves to its steps. */
function runProgram(command, args) {
  const env = {
    ...process.env,
    SERVER_HTTP: server.http,
    SERVER_HTTPS: server.https,
    OPENVIDU_SECRET,
    LIVEKIT_KEY,
    LIVEKIT_SECRET,
    WEBHOOKS,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: here, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    let errors = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), PROGRAM_LIMIT_MS);
    child.stdout.on('data', (part) => {
      text += part;
    });
    child.stderr.on('data', (part) => {
      errors += part;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const results = text.replace(COLOUR, '').split('\n').map((line) => RESULT.exec(line)).filter(Boolean).map(([, state, name]) => ({ state, name }));
      resolve({ code, signal, results, output: `${text}\n${errors}`.slice(-3000) });
    });
  });
}

async function runForeign(t, command, args) {
  const { code, signal, results, output } = await runProgram(command, args);
  for (const { state, name } of results) {
    await t.test(name, () => {
      if (state === 'FAILED') {
        throw new Error(name);
      }
    });
  }
  if (results.length === 0 || (code !== 0 && !results.some(({ state }) => state === 'FAILED'))) {
    throw new Error(`ended with ${code ?? signal}\n${output}`);
  }
}

for (const release of VERSIONS) {
  test(`openvidu-node-client ${release}`, (t) => runStory(t, openviduStory(release, server.https, OPENVIDU_SECRET)));
}

test('openvidu-node-client newest, every method', (t) => runStory(t, completeStory(server, OPENVIDU_SECRET)));

function java(version, story) {
  return ['-q', '-B', '-f', 'java/pom.xml', `-Dopenvidu.version=${version}`, `-Dstory=${story}`, 'compile', 'exec:java'];
}

for (const version of JAVA_VERSIONS) {
  test(`openvidu-java-client ${version}`, (t) => runForeign(t, 'mvn', java(version, 'smoke')));
}

test('openvidu-java-client newest, every method', (t) => runForeign(t, 'mvn', java(JAVA_VERSIONS.at(-1), 'complete')));

test('livekit-server-sdk', (t) => runStory(t, livekitStory(server.http, LIVEKIT_KEY, LIVEKIT_SECRET)));

test('livekit-server-sdk, participants', (t) => runStory(t, peopleStory(server.http, LIVEKIT_KEY, LIVEKIT_SECRET)));

test('livekit-server-sdk, what is not built', (t) => runStory(t, unbuiltStory(server.http, LIVEKIT_KEY, LIVEKIT_SECRET)));

test('livekit-server-sdk, webhooks', (t) => runStory(t, webhookStory(webhooks, PEOPLE_ROOM)));

test('what the guide tells people to run', (t) => runStory(t, guideStory(server)));

test('livekit-api (Python)', (t) => {
  writeFileSync(WEBHOOKS, JSON.stringify(webhooks.raw));
  return runForeign(t, 'venv/bin/python', ['python/smoke.py']);
});
