// Runs what the guide tells people to run: each block of `sh` and of `js` in migration-guides/src, as it stands there but for the
// ports and, where the guide says what an app has installed, the package's name here. What is marked `ignore` is not run.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const pages = fileURLToPath(new URL('../../../migration-guides/src', import.meta.url));
const LIMIT_MS = 20000;

/** The blocks to be run, in the order of their pages: language, text, where it stands. */
export function blocks(folder = pages) {
  const found = [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.name.endsWith('.md'));
  for (const path of files.map(({ parentPath, name }) => join(parentPath, name)).sort()) {
    let open;
    readFileSync(path, 'utf8').split('\n').forEach((line, index) => {
      if (!line.startsWith('```')) {
        open?.lines.push(line);
      } else if (open) {
        found.push({ language: open.language, at: open.at, text: open.lines.join('\n') });
        open = undefined;
      } else {
        open = { language: line.slice(3).trim(), at: `${relative(folder, path)}:${index + 1}`, lines: [] };
      }
    });
  }
  return found.filter(({ language }) => language === 'sh' || language === 'js');
}

function forServer(text, server) {
  const [http, https] = [server.http, server.https].map((url) => new URL(url).host);
  return text.replaceAll('localhost:7880', http).replaceAll('localhost:4443', https).replaceAll("'openvidu-node-client'", "'openvidu-node-client-newest'");
}

function run(command, args) {
  const env = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: here, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS, killSignal: 'SIGKILL' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (part) => {
        output += part;
      });
    }
    child.once('error', reject);
    child.once('close', (code, signal) => (code === 0 ? resolve(output) : reject(new Error(`ended with ${code ?? signal}\n${output.slice(-2000)}`))));
  });
}

/** Steps as `[name, function]`, to be run in order. */
export function guideStory(server) {
  const steps = blocks().map(({ language, at, text }) => [`${language} of ${at}`, async () => {
    const source = forServer(text, server);
    if (language === 'sh') {
      await run('bash', ['-eu', '-o', 'pipefail', '-c', source]);
      return;
    }
    // Within this folder, where the packages are found.
    const folder = mkdtempSync(join(here, '.guide-'));
    try {
      const file = join(folder, 'block.mjs');
      writeFileSync(file, source);
      await run(process.execPath, [file]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }]);
  return { steps };
}
