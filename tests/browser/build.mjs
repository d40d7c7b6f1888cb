// Bundles one page script per SDK version: the version's own package and the driver of its world, with one common face. An SDK
// that is gone through method by method gets a second page, where scenes work on the SDK itself.
import { build } from 'esbuild';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LABS, SDKS } from './lib/sdks.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));

/**
 * The npm build of openvidu-browser 2.32.2 asks its `mime` for a default export, which that has not: LocalRecorder's `download`
 * and `uploadAsMultipartfile` throw. The script build of the same release is made with one, and so are these pages.
 */
const mimeWithDefault = {
  name: 'mime-with-default',
  setup(builder) {
    builder.onResolve({ filter: /^mime$/ }, async ({ path, resolveDir, pluginData, kind }) => {
      if (pluginData === 'itself') {
        return undefined;
      }
      const { path: file } = await builder.resolve(path, { resolveDir, kind, pluginData: 'itself' });
      return { path: file, namespace: 'mime-with-default' };
    });
    builder.onLoad({ filter: /.*/, namespace: 'mime-with-default' }, ({ path }) => ({
      contents: `const mime = require(${JSON.stringify(path)}); module.exports = Object.assign(mime, { default: mime });`,
      resolveDir: root,
    }));
  },
};

function bundle(name, sdk, contents) {
  return build({
    stdin: { contents: `import * as sdk from '${sdk.npmName}';\n${contents}`, resolveDir: root },
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2020',
    define: { global: 'globalThis', 'process.env.NODE_ENV': '"production"' },
    outfile: `${root}dist/${name}.js`,
    logLevel: 'error',
    plugins: sdk.world === 'v2' ? [mimeWithDefault] : [],
  });
}

const driverPage = (sdk) => bundle(sdk.id, sdk, `
  import { createDriver } from './pages/${sdk.world}.js';
  import { expose } from './pages/expose.js';
  expose(createDriver(sdk, '${sdk.version}'));`);

const labPage = (sdk) => bundle(sdk.labId, sdk, sdk.world === 'v2' ? `
  import { openLab } from './pages/lab.js';
  openLab(sdk, '${sdk.version}');` : `
  import * as protocol from './node_modules/${sdk.ownProtocol ? `${sdk.npmName}/node_modules/` : ''}@livekit/protocol';
  import workerText from './node_modules/${sdk.npmName}/dist/livekit-client.e2ee.worker.js' with { type: 'text' };
  import { openLab } from './pages/livekit-lab.js';
  const encryptionWorker = () => new Worker(URL.createObjectURL(new Blob([workerText], { type: 'text/javascript' })));
  openLab(sdk, '${sdk.version}', { protocol, encryptionWorker });`);

/** Makes all pages anew. */
export async function buildPages() {
  rmSync(`${root}dist`, { recursive: true, force: true });
  mkdirSync(`${root}dist`);
  await Promise.all([...SDKS.map(driverPage), ...LABS.map(labPage)]);
}

/** Makes the one page of an SDK that its driver works; what else is there stays. */
export async function buildDriverPage(sdk) {
  mkdirSync(`${root}dist`, { recursive: true });
  await driverPage(sdk);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildPages();
}
