// Small HTTP client of the tests: JSON bodies, self-signed certificates of a server under test allowed.
import http from 'node:http';
import https from 'node:https';

const LIMIT_MS = 10000;

/** Sends one request; resolves to `{ status, headers, text, json }` whatever the status is. */
export function request(method, url, { headers = {}, body, rawBody } = {}) {
  const payload = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const client = url.startsWith('https:') ? https : http;
  const allHeaders = { ...headers };
  if (body !== undefined) {
    allHeaders['content-type'] ??= 'application/json';
  }
  if (payload !== undefined) {
    allHeaders['content-length'] = Buffer.byteLength(payload);
  }
  return new Promise((resolve, reject) => {
    const options = { method, headers: allHeaders, rejectUnauthorized: false, agent: false, timeout: LIMIT_MS };
    const call = client.request(url, options, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => resolve(readAnswer(answer, Buffer.concat(parts).toString('utf8'))));
    });
    call.on('timeout', () => call.destroy(new Error(`${method} ${url}: no answer in ${LIMIT_MS} ms`)));
    call.on('error', reject);
    call.end(payload);
  });
}

function readAnswer(answer, text) {
  let json = null;
  try {
    json = JSON.parse(text);
  } catch {
    json = null;
  }
  return { status: answer.statusCode, headers: answer.headers, text, json };
}
