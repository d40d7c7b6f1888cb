// Participants that are programs of their own, steered by lines of JSON: those of the Python and of the Go SDK.
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Actor } from './actor.mjs';
import { COVERAGE } from './surface-go.mjs';

const here = fileURLToPath(new URL('../../', import.meta.url));
const CALL_LIMIT_MS = 60000;
const END_LIMIT_MS = 5000;

export class Refusal extends Error {
  constructor({ type, message, code, status }) {
    super(message);
    Object.assign(this, { type, code, status });
  }
}

/** An actor that is a program: `command` reads commands and writes answers and events. */
export class Program extends Actor {
  constructor(sdk, command, args, options = {}) {
    super(sdk);
    this.lastId = 0;
    this.waiting = new Map();
    this.child = spawn(command, args, { cwd: here, stdio: ['pipe', 'pipe', 'pipe'], ...options });
    this.child.stderr.pipe(createWriteStream(`${here}out/${sdk}.log`, { flags: 'a' }));
    createInterface({ input: this.child.stdout }).on('line', (line) => this.takeLine(JSON.parse(line)));
    this.ended = new Promise((resolve) => this.child.once('exit', (code, signal) => {
      this.settleAll(new Error(`${sdk} ended with ${code ?? signal}`));
      resolve(code ?? signal);
    }));
  }

  takeLine({ id, result, error, event }) {
    if (event) {
      this.events.push(event);
      return;
    }
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) {
      waiting?.reject(new Refusal(error));
    } else {
      waiting?.resolve(result);
    }
  }

  settleAll(error) {
    for (const { reject } of this.waiting.values()) {
      reject(error);
    }
    this.waiting.clear();
  }

  call(method, params = {}) {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.sdk}: ${method} was not answered`)), CALL_LIMIT_MS);
      const settle = (done) => (value) => {
        clearTimeout(timer);
        done(value);
      };
      this.waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.child.stdin.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  async close() {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), END_LIMIT_MS);
    await this.ended;
    clearTimeout(timer);
  }
}

export function python() {
  return new Program('python', 'venv/bin/python', ['-m', 'actor'], { env: { ...process.env, PYTHONPATH: 'python' } });
}

const goActor = `${here}out/go-actor`;

/** Whether the Go participant was built (`run` does, where Go is). */
export const hasGo = existsSync(goActor);

export function go() {
  rmSync(COVERAGE, { recursive: true, force: true });
  mkdirSync(COVERAGE, { recursive: true });
  return new Program('go', goActor, [], { env: { ...process.env, GOCOVERDIR: COVERAGE } });
}
