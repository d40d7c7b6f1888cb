// Serves one page per SDK version on localhost, which browsers treat as a secure context (camera and microphone need one).
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { SDKS } from './sdks.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

function html(sdk) {
  return `<!doctype html><meta charset="utf-8"><title>${sdk.id}</title><link rel="icon" href="data:,">
<style>video { width: 160px; height: 120px; background: #333 }</style>
<h1>${sdk.id}</h1><div id="local"></div><div id="remote"></div><script src="/${sdk.id}.js"></script>`;
}

export class Pages {
  static async open() {
    const pages = new Pages();
    await new Promise((resolve, reject) => {
      pages.listener.once('error', reject);
      pages.listener.listen(0, '127.0.0.1', resolve);
    });
    return pages;
  }

  constructor() {
    this.listener = http.createServer((call, answer) => this.serve(call.url, answer));
  }

  serve(path, answer) {
    const sdk = SDKS.find(({ id }) => path === `/${id}` || path === `/${id}.js`);
    if (!sdk) {
      answer.writeHead(404).end();
    } else if (path.endsWith('.js')) {
      answer.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(`${dist}${sdk.id}.js`));
    } else {
      answer.writeHead(200, { 'content-type': 'text/html' }).end(html(sdk));
    }
  }

  urlOf(sdk) {
    return `http://localhost:${this.listener.address().port}/${sdk.id}`;
  }

  close() {
    this.listener.closeAllConnections();
    return new Promise((resolve) => this.listener.close(resolve));
  }
}
