// Serves the pages of each SDK version on localhost, which browsers treat as a secure context (camera and microphone need
// one), and takes what a page uploads.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { LABS, SDKS } from './sdks.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

/** The names of all pages; the script of a page has the same name. */
const SCRIPTS = new Set([...SDKS.map(({ id }) => id), ...LABS.map(({ labId }) => labId)]);

function html(id) {
  return `<!doctype html><meta charset="utf-8"><title>${id}</title><link rel="icon" href="data:,">
<style>video { width: 160px; height: 120px; background: #333 }</style>
<h1>${id}</h1><div id="local"></div><div id="remote"></div><script src="/${id}.js"></script>`;
}

export class Pages {
  /** `host`: the address of this machine to listen on. */
  static async open(host = '127.0.0.1') {
    const pages = new Pages();
    await new Promise((resolve, reject) => {
      pages.listener.once('error', reject);
      pages.listener.listen(0, host, resolve);
    });
    return pages;
  }

  constructor() {
    /** What pages have uploaded: `{ path, headers, body }`. */
    this.uploads = [];
    this.listener = http.createServer((call, answer) => (
      call.method === 'POST' ? this.keep(call, answer) : this.serve(call.url, answer)
    ));
  }

  serve(path, answer) {
    const id = path.slice(1).replace(/\.js$/, '');
    if (!SCRIPTS.has(id)) {
      answer.writeHead(404).end();
    } else if (path.endsWith('.js')) {
      answer.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(`${dist}${id}.js`));
    } else {
      answer.writeHead(200, { 'content-type': 'text/html' }).end(html(id));
    }
  }

  keep(call, answer) {
    const parts = [];
    call.on('data', (part) => parts.push(part));
    call.on('end', () => {
      const body = Buffer.concat(parts);
      this.uploads.push({ path: call.url, headers: call.headers, body });
      answer.writeHead(200, { 'content-type': 'text/plain' }).end(`kept ${body.length}`);
    });
  }

  /** What all pages have in common, under one of this machine's names. */
  originOf(host) {
    return `http://${host}:${this.listener.address().port}`;
  }

  urlOf(sdk) {
    return `http://localhost:${this.listener.address().port}/${sdk.id}`;
  }

  labUrlOf(sdk, host = 'localhost') {
    return `${this.originOf(host)}/${sdk.labId}`;
  }

  close() {
    this.listener.closeAllConnections();
    return new Promise((resolve) => this.listener.close(resolve));
  }
}
