// Where the profile has no data messages, every call of the native SDKs that would send some fails at once, in the SDK's words.
import assert from 'node:assert/strict';

const AT_ONCE_MS = 2000;
/** What the SDKs say: the size that the server allows is that of no message. */
const SIZE = /exceeds the negotiated maximum message size \(23 bytes\)/;
const UNSENT = /unable to send|exceeds the negotiated maximum message size/i;

async function refusedAtOnce(actor, method, params, expected) {
  const from = Date.now();
  await assert.rejects(actor.call(method, params), expected, `${actor.sdk}: ${method}`);
  assert.ok(Date.now() - from < AT_ONCE_MS, `${actor.sdk}: ${method} took ${Date.now() - from} ms`);
}

export function dataIsRefused(stage) {
  return stage.each(['node', 'python'], async (one, other) => {
    for (const reliable of [true, false]) {
      await refusedAtOnce(one, 'data', { reliable }, SIZE);
    }
    await refusedAtOnce(one, 'data', { topic: 'chat', to: [other.identity] }, SIZE);
    await refusedAtOnce(one, 'dtmf', { code: 1, digit: '1' }, SIZE);
    await refusedAtOnce(one, 'transcription', { sid: 'TR_x' }, SIZE);
  });
}

export function streamsAreRefused(stage) {
  return stage.each(['node', 'python'], async (one, other) => {
    for (const method of ['text', 'text_parts', 'byte_parts', 'file', ...(one.sdk === 'python' ? ['bytes_at_once'] : [])]) {
      await refusedAtOnce(one, method, {}, UNSENT);
    }
    if (one.sdk === 'node') {
      await refusedAtOnce(one, 'chat', {}, SIZE);
    }
    assert.ok(!other.has('data_received'));
  });
}

export function rpcIsRefused(stage) {
  return stage.each(['node', 'python'], async (one, other) => {
    await other.call('rpc_handle');
    await one.call('rpc_intercept');
    await refusedAtOnce(one, 'rpc', { to: other.identity }, (error) => {
      assert.equal(error.code, 1505, error.message);
      return true;
    });
    assert.equal(await one.call('rpc_intercepted'), 1);
    await other.call('rpc_handle_no_more');
  });
}

/** Only the Python SDK has data tracks. */
export function dataTracksAreRefused(stage) {
  return stage.each(['python'], (one) => refusedAtOnce(one, 'data_track', { name: 'numbers' }, /permission|not allowed|refused|unauthor/i));
}

export async function backendIsRefused({ backend, room, bob }) {
  const bytes = new TextEncoder().encode('hello');
  await assert.rejects(backend.sendData(room, bytes, 0, { topic: 'x' }), (error) => {
    assert.deepEqual([error.status, error.code], [501, 'unimplemented']);
    assert.match(error.message, /VIA-\d{4}/);
    return true;
  });
  assert.ok(!bob.has('data_received'));
}
