// Bundles each page into one self-contained HTML file in `dist/`: no page needs anything but itself and the server.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));
const PAGES = ['try', 'dashboard'];

/** For pages that ask for it: nothing but this script and this style runs, and nothing but this server is talked to. */
function policy(script, style) {
  const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'`;
}

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
    .replace('/*policy*/', () => policy(script, style))
    .replace('/*style*/', () => style)
    .replace('/*script*/', () => script);
}

rmSync(`${root}dist`, { recursive: true, force: true });
for (const page of PAGES) {
  mkdirSync(`${root}dist/${page}`, { recursive: true });
  writeFileSync(`${root}dist/${page}/index.html`, await bundle(page));
}
