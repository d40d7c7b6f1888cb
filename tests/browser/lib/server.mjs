// Starts the server under test on free ports with an empty data folder, waits until it answers, and ends it by its own pid.
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from './http.mjs';
import { freePorts, freeUdpRun } from './ports.mjs';
import { until } from './until.mjs';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const READY_LIMIT_MS = 10000;
const END_LIMIT_MS = 10000;

export const OPENVIDU_SECRET = 'MY_SECRET';
export const LIVEKIT_KEY = 'devkey';
export const LIVEKIT_SECRET = 'secret';

function binary() {
  const target = process.env.CARGO_TARGET_DIR ?? join(repository, 'target');
  const path = process.env.VIADUCT_BIN ?? join(target, 'debug', 'viaduct');
  if (!existsSync(path)) {
    throw new Error(`no server binary at ${path}: build it (cargo build) or set VIADUCT_BIN`);
  }
  return path;
}

export class Server {
  /** Starts `viaduct --dev`; its output goes to `logFile`. `env`: settings beside those of the flags. */
  static async start(logFile, extraFlags = [], env = {}) {
    const [httpPort, tlsPort, tcpPort] = await freePorts(3);
    const workers = availableParallelism();
    const udpPort = await freeUdpRun(workers);
    const udpPorts = Array.from({ length: workers }, (_, index) => udpPort + index);
    const dataDir = mkdtempSync(join(tmpdir(), 'viaduct-test-'));
    mkdirSync(dirname(logFile), { recursive: true });
    const log = createWriteStream(logFile);
    const flags = [
      '--dev', '--port', `${httpPort}`, '--tls-port', `${tlsPort}`, '--udp-port', `${udpPort}`, '--tcp-port', `${tcpPort}`,
      '--data-dir', dataDir, ...extraFlags,
    ];
    const child = spawn(binary(), flags, { cwd: dataDir, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    const server = new Server(child, { httpPort, tlsPort, tcpPort, udpPorts, dataDir, logFile });
    await server.ready();
    return server;
  }

  constructor(child, facts) {
    Object.assign(this, facts);
    this.child = child;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.once('error', (error) => resolve({ error }));
    });
    this.exit = null;
    this.ended.then((exit) => {
      this.exit = exit;
    });
  }

  get http() {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  get https() {
    return `https://127.0.0.1:${this.tlsPort}`;
  }

  /** What answers 200 once the server is there. */
  get readyUrl() {
    return `${this.http}/openvidu/api/config/openvidu-publicurl`;
  }

  async ready() {
    const startedAt = Date.now();
    try {
      await until('the server answers', READY_LIMIT_MS, async () => {
        if (this.exit) {
          return true;
        }
        return (await request('GET', this.readyUrl)).status === 200;
      });
    } catch (error) {
      await this.stop();
      throw error;
    }
    if (this.exit) {
      throw new Error(`the server ended before it was ready: ${JSON.stringify(this.exit)}; see ${this.logFile}`);
    }
    this.readyAfterMs = Date.now() - startedAt;
  }

  /** Ends the process as an operator would; kills it only if it does not obey. Returns how it ended. */
  async stop() {
    if (!this.exit) {
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.child.kill('SIGKILL'), END_LIMIT_MS);
      await this.ended;
      clearTimeout(timer);
    }
    rmSync(this.dataDir, { recursive: true, force: true });
    return this.exit;
  }
}
