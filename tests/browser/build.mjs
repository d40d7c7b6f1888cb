// Bundles one page script per SDK version: the version's own package and the driver of its world, with one common face.
import { build } from 'esbuild';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SDKS } from './lib/sdks.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));

export async function buildPages() {
  rmSync(`${root}dist`, { recursive: true, force: true });
  mkdirSync(`${root}dist`);
  await Promise.all(SDKS.map((sdk) => build({
    stdin: {
      contents: `
        import * as sdk from '${sdk.npmName}';
        import { createDriver } from './pages/${sdk.world}.js';
        import { expose } from './pages/expose.js';
        expose(createDriver(sdk, '${sdk.version}'));`,
      resolveDir: root,
    },
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2020',
    define: { global: 'globalThis', 'process.env.NODE_ENV': '"production"' },
    outfile: `${root}dist/${sdk.id}.js`,
    logLevel: 'error',
  })));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildPages();
}
