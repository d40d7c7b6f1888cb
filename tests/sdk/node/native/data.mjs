// What the profile `full` adds for native SDKs: data in all its forms, sent by each SDK and received by each other one as it was
// sent. `stage.people` are in the room: alice (Node), bob (Python), carol (Node), dave (Python, an agent), gopher (Go, where built).
import assert from 'node:assert/strict';
import { DataPacket_Kind } from 'livekit-server-sdk';
import { twirp } from '../../../browser/lib/apis.mjs';

/** More than one chunk of a stream. */
const LONG = 'w'.repeat(40000);
const NOTICE = 'viaduct.error';
/** As the native SDKs number them; the protocol does it the other way round. */
const KINDS = { reliable: 1, lossy: 0 };

export async function allJoin(stage) {
  for (const [name, actor] of Object.entries(stage.people)) {
    await stage.join(actor, name, name === 'dave' ? { kind: 'agent' } : {});
  }
  const names = Object.keys(stage.people);
  await Promise.all(Object.values(stage.people).map((actor) => (
    actor.until('all the others', ({ remotes }) => names.every((name) => name === actor.identity || remotes[name]))
  )));
}

/** Each way between two SDKs, one after the other. */
async function eachWay(stage, run) {
  const { alice, bob, gopher } = stage.people;
  for (const [from, to] of [[alice, bob], [bob, alice], [alice, gopher], [gopher, alice], [bob, gopher], [gopher, bob]]) {
    if (from && to) {
      await run(from, to);
    }
  }
}

export function messagesArrive(stage) {
  const { dave } = stage.people;
  return eachWay(stage, async (from, to) => {
    for (const reliable of [true, false]) {
      const text = `${from.identity} to all, ${reliable ? 'for sure' : 'perhaps'}`;
      await from.call('data', { text, reliable, topic: 'news' });
      for (const actor of [to, dave]) {
        const { kind } = await actor.take('data_received', { text, topic: 'news', participant: from.identity });
        assert.ok(actor.sdk === 'go' || kind === (reliable ? KINDS.reliable : KINDS.lossy), `${actor.sdk}: ${kind}`);
      }
    }
    const text = `${from.identity} to ${to.identity} alone`;
    await from.call('data', { text, to: [to.identity] });
    await to.take('data_received', { text, topic: '', participant: from.identity });
    await from.call('data', { text: 'and to all' });
    await dave.take('data_received', { text: 'and to all', participant: from.identity });
    assert.ok(!dave.has('data_received', (event) => event.text === text), 'who is not named gets nothing');
  });
}

export function tonesArrive(stage) {
  return eachWay(stage, async (from, to) => {
    await from.call('dtmf', { code: 5, digit: '5' });
    await to.take('sip_dtmf_received', { code: 5, digit: '5', participant: from.identity });
  });
}

/** Chat messages of the old kind, which Python does not show. */
export async function chatArrives({ people: { alice, carol, gopher } }) {
  await alice.call('chat_edited', { text: 'a word', edited: 'another word' });
  await carol.take('chat_message', { text: 'a word', edited: false, participant: 'alice' });
  await carol.take('chat_message', { text: 'another word', edited: true, participant: 'alice' });
  if (gopher) {
    await gopher.take('chat_message', { text: 'a word', participant: 'alice' });
    await gopher.take('chat_message', { text: 'another word', participant: 'alice' });
    await gopher.call('chat', { text: 'a word of Go' });
    await alice.take('chat_message', { text: 'a word of Go', edited: false, participant: 'gopher' });
  }
}

/** Agents alone may transcribe; Node shows no event of it. */
export async function transcriptionsArrive({ profile, oracle, people: { alice, bob, dave, gopher } }) {
  const sid = await alice.call('tone', { name: 'mic', hz: 440 });
  await dave.call('transcription', { sid, text: 'spoken' });
  const { values } = await bob.take('transcription_received', { participant: 'dave' });
  assert.deepEqual(values[0].map(({ text, final, language }) => [text, final, language]), [['spoken', true, 'en']]);
  await gopher?.take('transcription_received', { text: 'spoken' });
  await bob.call('transcription', { sid, text: 'not for him to say' });
  if (!oracle) {
    const notice = await bob.take('data_received', { topic: NOTICE, participant: null });
    assert.match(notice.text, /agents/, profile);
  }
  await bob.call('data', { text: 'after the transcription' });
  await dave.take('data_received', { text: 'after the transcription' });
  assert.ok(!dave.has('transcription_received'));
}

const receivesFrom = (to, from, type, text, more) => to.take(type, { text, topic: 'stream', participant: from.identity, ...more });

export async function streamsArrive(stage) {
  const all = Object.values(stage.people).filter(Boolean);
  await Promise.all(all.map((actor) => actor.call('receive', { topic: 'stream' })));
  await eachWay(stage, async (from, to) => {
    for (const text of [`a text of ${from.identity}`, LONG]) {
      await from.call('text', { text, topic: 'stream' });
      await receivesFrom(to, from, 'text_stream', text);
    }
    assert.equal(await from.call('text_parts', { parts: ['one ', 'and ', 'two'], topic: 'stream' }), 'stream');
    await receivesFrom(to, from, 'text_stream', 'one and two');
    assert.equal(await from.call('byte_parts', { parts: ['three ', LONG], topic: 'stream' }), 'parts');
    await receivesFrom(to, from, 'byte_stream', `three ${LONG}`, { name: 'parts' });
    await from.call('file', { text: `a file of ${from.identity}`, topic: 'stream' });
    await receivesFrom(to, from, 'byte_stream', `a file of ${from.identity}`);
    if (from.sdk === 'python') {
      await from.call('bytes_at_once', { text: 'at once', topic: 'stream' });
      await receivesFrom(to, from, 'byte_stream', 'at once', { name: 'once' });
    }
  });
  await streamsForOne(stage);
  await Promise.all(all.map((actor) => actor.call('receive_no_more', { topic: 'stream' })));
}

async function streamsForOne({ people: { alice, bob, dave } }) {
  await alice.call('text', { text: 'for bob alone', topic: 'stream', to: ['bob'] });
  await receivesFrom(bob, alice, 'text_stream', 'for bob alone');
  await alice.call('text', { text: 'for all', topic: 'stream' });
  await receivesFrom(dave, alice, 'text_stream', 'for all');
  assert.ok(!dave.has('text_stream', ({ text }) => text === 'for bob alone'));
}

async function failsWith(promise, code, message = /./) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}

export function callsAreAnswered(stage) {
  return eachWay(stage, async (from, to) => {
    await to.call('rpc_handle');
    assert.equal(await from.call('rpc', { to: to.identity, payload: 'hello' }), `hello, ${from.identity}`);
    const long = 'p'.repeat(12000);
    assert.equal(await from.call('rpc', { to: to.identity, payload: long }), `${long}, ${from.identity}`);
    await failsWith(from.call('rpc', { to: to.identity, payload: 'fail' }), 101, /as asked/);
    await to.call('rpc_handle_no_more');
    await failsWith(from.call('rpc', { to: to.identity }), 1400);
  });
}

/** Nobody acknowledges a call to somebody who is not there. */
export async function callsToNobodyEnd({ people: { alice } }) {
  await failsWith(alice.call('rpc', { to: 'nobody', timeout: 10 }), 1501);
}

/** Only the Python SDK has data tracks. */
export async function dataTracksArrive({ people: { bob, dave } }) {
  const sending = bob.call('data_track', { name: 'numbers', text: 'one, two, three', frames: 100 });
  const { name } = await dave.take('data_track_published', { name: 'numbers', participant: 'bob' });
  const read = await dave.call('data_track_read', { name });
  assert.deepEqual(read, { text: 'one, two, three', again: true, of: 'bob', published: true, name: 'numbers' });
  assert.deepEqual(await sending, { name: 'numbers', published: true });
  await dave.take('data_track_unpublished');
}

/** The backend's messages, to all and to one, and its call of a client's method. */
export async function backendSends({ backend, server, room, people }) {
  const all = Object.values(people).filter(Boolean);
  const { bob, dave } = people;
  await backend.sendData(room, new TextEncoder().encode('to all'), DataPacket_Kind.RELIABLE, { topic: 'backend' });
  await Promise.all(all.map((actor) => actor.take('data_received', { text: 'to all', topic: 'backend', participant: null })));
  await backend.sendData(room, new TextEncoder().encode('to bob'), DataPacket_Kind.RELIABLE, { topic: 'backend', destinationIdentities: ['bob'] });
  await bob.take('data_received', { text: 'to bob', topic: 'backend', participant: null });
  await backend.sendData(room, new TextEncoder().encode('to all again'), DataPacket_Kind.LOSSY, { topic: 'backend' });
  await dave.take('data_received', { text: 'to all again' });
  assert.ok(!dave.has('data_received', ({ text }) => text === 'to bob'));
  const call = (identity, payload) => (
    twirp(server.http, 'RoomService', 'PerformRpc', { room, destination_identity: identity, method: 'greet', payload, response_timeout_ms: 8000 }, { room })
  );
  for (const actor of all) {
    await actor.call('rpc_handle');
    const answer = await call(actor.identity, 'hello');
    assert.equal(answer.status, 200, `${actor.sdk}: ${answer.text}`);
    assert.match(answer.json.payload, /^hello, /, actor.sdk);
    await actor.call('rpc_handle_no_more');
  }
}

/** Who makes himself heard is named to the others, and no longer when silent. */
export async function whoSpeaksIsSaid({ people: { alice, bob, gopher } }) {
  for (const actor of [bob, gopher].filter(Boolean)) {
    await actor.take('active_speakers_changed', { values: [['alice']] });
  }
  await alice.call('silence');
  for (const actor of [bob, gopher].filter(Boolean)) {
    await actor.take('active_speakers_changed', { values: [[]] });
  }
}
