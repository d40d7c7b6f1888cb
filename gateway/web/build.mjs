// Bundles each page into one self-contained HTML file in `dist/`: no page needs anything but itself and the server.
import { build } from 'esbuild';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));
const PAGES = ['try'];

async function bundle(page) {
  const { outputFiles } = await build({
    entryPoints: [`${root}${page}/main.js`],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2020',
    charset: 'utf8',
    legalComments: 'none',
    define: { global: 'globalThis', 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  const script = outputFiles[0].text.replaceAll('</script', '<\\/script');
  const style = readFileSync(`${root}${page}/style.css`, 'utf8');
  // Functions as replacements: a bundle is full of `$&`, which a plain replacement string would expand.
  return readFileSync(`${root}${page}/index.html`, 'utf8')
    .replace('/*style*/', () => style)
    .replace('/*script*/', () => script);
}

rmSync(`${root}dist`, { recursive: true, force: true });
for (const page of PAGES) {
  mkdirSync(`${root}dist/${page}`, { recursive: true });
  writeFileSync(`${root}dist/${page}/index.html`, await bundle(page));
}
