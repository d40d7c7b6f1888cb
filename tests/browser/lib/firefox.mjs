// Debian's Firefox ESR over WebDriver BiDi: a small client of the few commands the scenes need. Stock Firefox, new profile.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';

const START_LIMIT_MS = 60000;
const COMMAND_LIMIT_MS = 60000;

/** Fake devices without a prompt, and loopback candidates: without these a page gathers no usable address here. */
const PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'permissions.default.camera': 1,
  'permissions.default.microphone': 1,
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'app.update.enabled': false,
  'app.normandy.enabled': false,
  'toolkit.telemetry.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'remote.active-protocols': 1,
};

function writeProfile() {
  const profile = mkdtempSync(join(tmpdir(), 'viaduct-firefox-'));
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
  writeFileSync(join(profile, 'user.js'), `${lines.join('\n')}\n`);
  return profile;
}

/** Resolves to the address Firefox prints once its remote agent listens. */
function listening(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`Firefox did not start: ${text.slice(-500)}`)), START_LIMIT_MS);
    child.once('exit', (code) => reject(new Error(`Firefox ended with ${code}: ${text.slice(-500)}`)));
    child.once('error', reject);
    child.stderr.on('data', (part) => {
      text += part;
      const found = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(text);
      if (found) {
        clearTimeout(timer);
        resolve(found[1]);
      }
    });
  });
}

class Bidi {
  static async connect(url) {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new Bidi(socket);
  }

  constructor(socket) {
    this.socket = socket;
    this.lastId = 0;
    this.waiting = new Map();
    this.onEvent = () => {};
    socket.on('message', (text) => this.receive(JSON.parse(text)));
    socket.on('close', () => this.waiting.forEach(({ reject }) => reject(new Error('Firefox closed the connection'))));
  }

  receive(message) {
    const waiting = this.waiting.get(message.id);
    if (!waiting) {
      if (message.type === 'event') {
        this.onEvent(message);
      }
      return;
    }
    this.waiting.delete(message.id);
    clearTimeout(waiting.timer);
    if (message.type === 'error') {
      waiting.reject(new Error(`${waiting.method}: ${message.error}: ${message.message}`));
    } else {
      waiting.resolve(message.result);
    }
  }

  call(method, params = {}) {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method}: no answer`)), COMMAND_LIMIT_MS);
      this.waiting.set(id, { method, resolve, reject, timer });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }
}

export class Firefox {
  static async launch() {
    const profile = writeProfile();
    const path = process.env.FIREFOX_BIN ?? '/usr/bin/firefox-esr';
    const flags = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'];
    const child = spawn(path, flags, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: profile, MOZ_HEADLESS: '1' } });
    try {
      const address = await listening(child);
      const bidi = await Bidi.connect(`${address}/session`);
      const { capabilities } = await bidi.call('session.new', { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } });
      return new Firefox(child, profile, bidi, capabilities.browserVersion);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  constructor(child, profile, bidi, version) {
    Object.assign(this, { child, profile, bidi, version });
    this.name = 'firefox';
    this.consoles = new Map();
    bidi.onEvent = ({ method, params }) => {
      if (method === 'log.entryAdded') {
        this.consoles.get(params.source?.context)?.push(`${params.level}: ${params.text}`);
      }
    };
  }

  /** A tab in a user context of its own, in its own window: a hidden tab's pictures are throttled. */
  async open(url) {
    const { bidi } = this;
    if (this.consoles.size === 0) {
      await bidi.call('session.subscribe', { events: ['log.entryAdded'] });
    }
    const { userContext } = await bidi.call('browser.createUserContext');
    const { context } = await bidi.call('browsingContext.create', { type: 'window', userContext });
    const lines = [];
    this.consoles.set(context, lines);
    await bidi.call('browsingContext.navigate', { context, url, wait: 'complete' });
    return {
      console: lines,
      evaluate: (expression) => this.evaluate(context, expression),
      reload: () => bidi.call('browsingContext.reload', { context, wait: 'complete' }),
      screenshot: async (path) => {
        const { data } = await bidi.call('browsingContext.captureScreenshot', { context });
        writeFileSync(path, Buffer.from(data, 'base64'));
      },
      close: () => bidi.call('browser.removeUserContext', { userContext }),
    };
  }

  /** Strings only come back, which is all that a driver's call returns. */
  async evaluate(context, expression) {
    const answer = await this.bidi.call('script.evaluate', { expression, target: { context }, awaitPromise: true, resultOwnership: 'none' });
    if (answer.type === 'exception') {
      throw new Error(answer.exceptionDetails.text);
    }
    return answer.result.value;
  }

  async close() {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10000);
    await this.bidi.call('browser.close').catch(() => this.child.kill('SIGTERM'));
    await ended;
    clearTimeout(timer);
    rmSync(this.profile, { recursive: true, force: true });
  }
}
