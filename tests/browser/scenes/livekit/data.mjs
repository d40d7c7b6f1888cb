// Data messages and what the SDK builds on them. `bob` has the newest SDK and answers; where the profile refuses data messages
// the steps of refusals.mjs take the place of these.
import { twirp } from '../../lib/apis.mjs';

export const sends = (page, name, text, options) => page.run((lab, { name, text, options }) => (
  lab.outcome(lab.actors[name].sendData(text, options))
), { name, text, options });

const receives = (page, name, wanted) => page.run((lab, { name, wanted }) => lab.actors[name].event('room', 'dataReceived', (text) => text === wanted), { name, wanted });

export async function dataIsSent({ alice, bob, room }) {
  await bob.join('otto', room);
  const to = async (text, options) => ({ outcome: await sends(alice, 'alice', text, options), bob: await receives(bob, 'bob', text) });
  const sent = {
    reliable: await to('a reliable message', { topic: 'chat' }),
    lossy: await to('a lossy message', { reliable: false }),
    toOne: await to('only for bob', { topic: 'secret', to: ['bob'] }),
  };
  sent.toOne.another = await bob.run((lab) => lab.actors.otto.has('room', 'dataReceived', (text) => text === 'only for bob'));
  const large = 'x'.repeat(14000);
  sent.large = { outcome: await sends(alice, 'alice', large), bob: (await receives(bob, 'bob', large)) !== 'did not come' };
  await bob.leave('otto');
  return { 'LocalParticipant.publishData()': sent };
}

export async function dataArrives({ alice, bob, server, room }) {
  await alice.run((lab) => lab.actors.alice.forget());
  await sends(bob, 'bob', 'from bob', { topic: 'chat' });
  const fromBob = await receives(alice, 'alice', 'from bob');
  const participant = await alice.run((lab) => lab.actors.alice.event('participant', 'dataReceived'));
  const data = Buffer.from('from the backend').toString('base64');
  const answer = await twirp(server.http, 'RoomService', 'SendData', { room, data, kind: 'RELIABLE', topic: 'news', nonce: Buffer.from('0123456789abcdef').toString('base64') }, { room });
  const fromBackend = await receives(alice, 'alice', 'from the backend');
  return { 'Room@dataReceived': { fromBob, fromBackend, status: answer.status }, 'Participant@dataReceived': participant };
}

/** Alice's token says that she may not send. */
export async function mayNotSendData({ alice, bob, room }) {
  await alice.join('paul', room, { grants: { canPublishData: false } });
  const outcome = await sends(alice, 'paul', 'from paul');
  await sends(bob, 'bob', 'after paul');
  await receives(alice, 'alice', 'after paul');
  const there = await bob.run((lab) => lab.actors.bob.has('room', 'dataReceived', (text) => text === 'from paul'));
  await alice.leave('paul');
  return { 'LocalParticipant.publishData()': { outcome, there } };
}

/** So much at once that the browser's buffer is full for a while. */
export async function bufferFillsUp({ alice }) {
  return alice.run(async (lab) => {
    const { alice } = lab.actors;
    alice.forget();
    const text = 'y'.repeat(14000);
    const sending = Array.from({ length: 40 }, () => alice.sendData(text));
    const outcomes = await Promise.all(sending.map((promise) => lab.outcome(promise)));
    const status = await alice.event('room', 'dcBufferStatusChanged', (isLow) => isLow === true);
    return { 'Room@dcBufferStatusChanged': { sent: outcomes.filter(({ resolved }) => resolved === null).length, status } };
  });
}

export async function textIsSent({ alice, bob }) {
  const register = (page, name) => page.run((lab, name) => lab.direct(() => {
    const actor = lab.actors[name];
    actor.texts = [];
    actor.room.registerTextStreamHandler('words', async (reader, { identity }) => actor.texts.push({ text: await reader.readAll(), topic: reader.info.topic, mood: reader.info.attributes?.mood, identity }));
  }), name);
  const registered = await register(alice, 'alice');
  await register(bob, 'bob');
  const outcome = await alice.run(async (lab) => {
    const { id, timestamp, ...info } = (await lab.outcome(lab.actors.alice.local.sendText('some words', { topic: 'words', attributes: { mood: 'good' } }))).resolved ?? {};
    return { id: typeof id, timestamp: typeof timestamp, topic: info.topic, size: info.size, mimeType: info.mimeType };
  });
  const there = await bob.run((lab) => lab.gives(() => lab.actors.bob.texts[0]));
  await bob.run((lab) => lab.actors.bob.local.sendText('w'.repeat(40000), { topic: 'words' }));
  const long = await alice.run((lab) => lab.gives(() => lab.actors.alice.texts[0]).then((text) => ({ ...text, text: text?.text.length })));
  const unregistered = await alice.run((lab) => lab.direct(() => lab.actors.alice.room.unregisterTextStreamHandler('words')));
  return { 'LocalParticipant.sendText()': { outcome, there }, 'Room.registerTextStreamHandler()': { registered, long }, 'Room.unregisterTextStreamHandler()': unregistered };
}

export async function bytesAreSent({ alice, bob }) {
  const register = (page, name) => page.run((lab, name) => lab.direct(() => {
    const actor = lab.actors[name];
    actor.files = [];
    actor.room.registerByteStreamHandler('files', async (reader, { identity }) => {
      const parts = await reader.readAll();
      const { mimeType, name } = reader.info;
      actor.files.push({ size: parts.reduce((sum, part) => sum + part.byteLength, 0), last: parts.at(-1).at(-1), mimeType, name, identity });
    });
  }), name);
  const registered = await register(alice, 'alice');
  await register(bob, 'bob');
  const rows = await alice.run(async (lab) => {
    const { local } = lab.actors.alice;
    const bytes = new Uint8Array(30000).fill(7);
    const file = await lab.outcome(local.sendFile(new File([bytes], 'seven.bin', { type: 'application/seven' }), { topic: 'files', mimeType: 'application/seven' }));
    const sent = await lab.outcome(local.sendBytes(bytes.subarray(0, 20000), { topic: 'files', name: 'bytes' }));
    const writer = await local.streamBytes({ topic: 'files', name: 'streamed', mimeType: 'application/x' });
    await writer.write(bytes.subarray(0, 10000));
    await writer.write(new Uint8Array([1, 2, 3]));
    const closed = await lab.outcome(writer.close());
    return {
      'LocalParticipant.sendFile()': { id: typeof file.resolved?.id, rejected: file.rejected },
      'LocalParticipant.sendBytes()': { size: sent.resolved?.size, rejected: sent.rejected },
      'LocalParticipant.streamBytes()': closed,
    };
  });
  const there = await bob.run((lab) => lab.gives(() => lab.actors.bob.files.length >= 3 && lab.actors.bob.files));
  ['sendFile', 'sendBytes', 'streamBytes'].forEach((method, index) => {
    rows[`LocalParticipant.${method}()`].there = there?.[index] ?? null;
  });
  await bob.run((lab) => lab.actors.bob.local.sendBytes(new Uint8Array(500).fill(9), { topic: 'files', name: 'of bob' }));
  const got = await alice.run((lab) => lab.gives(() => lab.actors.alice.files[0]));
  rows['Room.registerByteStreamHandler()'] = { registered, got };
  rows['Room.unregisterByteStreamHandler()'] = await alice.run((lab) => lab.direct(() => lab.actors.alice.room.unregisterByteStreamHandler('files')));
  return rows;
}

export async function methodsAreCalled({ alice, bob }) {
  await bob.run((lab) => {
    const { RpcError } = lab.sdk;
    lab.actors.bob.room.registerRpcMethod('greet', async ({ payload, callerIdentity }) => `hello ${payload}, says ${callerIdentity}`);
    lab.actors.bob.room.registerRpcMethod('fail', async () => {
      throw new RpcError(1234, 'as wanted', 'with data');
    });
  });
  const rows = await alice.run(async (lab) => {
    const { local, room } = lab.actors.alice;
    const call = (method, payload, destinationIdentity = 'bob') => lab.outcome(local.performRpc({ destinationIdentity, method, payload }));
    const rows = {
      'LocalParticipant.performRpc()': { answered: await call('greet', 'world'), long: (await call('greet', 'z'.repeat(9000))).resolved?.length, failed: await call('fail', ''), unknown: await call('nothing', ''), absent: await call('greet', '', 'nobody') },
      'Room.registerRpcMethod()': lab.direct(() => room.registerRpcMethod('double', async ({ payload }) => payload + payload)),
      'LocalParticipant.registerRpcMethod()': lab.direct(() => local.registerRpcMethod('triple', async ({ payload }) => payload + payload + payload)),
    };
    return rows;
  });
  const call = (method) => bob.run((lab, method) => lab.outcome(lab.actors.bob.local.performRpc({ destinationIdentity: 'alice', method, payload: 'ab' })), method);
  rows['Room.registerRpcMethod()'].called = await call('double');
  rows['LocalParticipant.registerRpcMethod()'].called = await call('triple');
  const without = await alice.run((lab) => {
    const { local, room } = lab.actors.alice;
    return { 'Room.unregisterRpcMethod()': lab.direct(() => room.unregisterRpcMethod('double')), 'LocalParticipant.unregisterRpcMethod()': lab.direct(() => local.unregisterRpcMethod('triple')) };
  });
  without['Room.unregisterRpcMethod()'].called = await call('double');
  without['LocalParticipant.unregisterRpcMethod()'].called = await call('triple');
  return { ...rows, ...without };
}

/** What an app has registered is called by a backend, over the server's API. */
export async function aBackendCalls({ alice, server, room }) {
  await alice.run((lab) => {
    const { RpcError } = lab.sdk;
    const { room } = lab.actors.alice;
    room.registerRpcMethod('shout', async ({ payload }) => payload.toUpperCase());
    room.registerRpcMethod('fail', async () => {
      throw new RpcError(1234, 'as wanted', 'with data');
    });
  });
  const call = async (method, payload, destinationIdentity = 'alice') => {
    const { status, json } = await twirp(server.http, 'RoomService', 'PerformRpc', { room, destinationIdentity, method, payload, responseTimeoutMs: 5000 }, { room });
    return { status, payload: json?.payload, code: json?.code, msg: json?.msg };
  };
  const row = {
    answered: await call('shout', 'a word'), long: (await call('shout', 'z'.repeat(9000))).payload?.length, failed: await call('fail', ''),
    unknown: await call('nothing', ''), absent: await call('shout', '', 'nobody'),
  };
  await alice.run((lab) => ['shout', 'fail'].forEach((method) => lab.actors.alice.room.unregisterRpcMethod(method)));
  return { 'RoomService.PerformRpc': row };
}

export async function chatIsSent({ alice, bob }) {
  await Promise.all([alice, bob].map((page) => page.run((lab) => Object.values(lab.actors).forEach((actor) => actor.forget()))));
  const chat = (page, name, own = false) => page.run(async (lab, { name, own }) => {
    const actor = lab.actors[name];
    const event = async (source) => {
      const event = await actor.event(source, 'chatMessage');
      const [message, who] = source === 'room' ? event : event.args ?? [];
      return message?.message ? { message: message.message, edited: Boolean(message.editTimestamp), who: who ?? null } : lab.MISSING;
    };
    return { room: await event('room'), participant: own ? await event('participant') : null };
  }, { name, own });
  const sent = await alice.run(async (lab) => {
    const { local } = lab.actors.alice;
    lab.message = await local.sendChatMessage('a word');
    return typeof lab.message.id;
  });
  const own = await chat(alice, 'alice', true);
  const there = await chat(bob, 'bob');
  const edited = await alice.run(async (lab) => {
    const { message } = await lab.actors.alice.local.editChatMessage('another word', lab.message);
    return message;
  });
  const thereAgain = await chat(bob, 'bob');
  await alice.run((lab) => lab.actors.alice.forget());
  await bob.run((lab) => lab.actors.bob.local.sendChatMessage('a word of bob'));
  const got = await chat(alice, 'alice');
  return {
    'LocalParticipant.sendChatMessage()': { sent, there: there.room }, 'LocalParticipant.editChatMessage()': { edited, there: thereAgain.room },
    'Room@chatMessage': [own.room, got.room], 'Participant@chatMessage': own.participant,
  };
}

export async function tonesAreSent({ alice, bob }) {
  const outcome = await alice.run((lab) => lab.outcome(lab.actors.alice.local.publishDtmf(1, '1')));
  const there = await bob.run((lab) => lab.actors.bob.event('room', 'sipDTMFReceived'));
  await bob.run((lab) => lab.actors.bob.local.publishDtmf(10, '*'));
  return alice.run(async (lab, { outcome, there }) => {
    const { alice } = lab.actors;
    return { 'LocalParticipant.publishDtmf()': { outcome, there }, 'Room@sipDTMFReceived': await alice.event('room', 'sipDTMFReceived'), 'Participant@sipDTMFReceived': await alice.event('participant', 'sipDTMFReceived') };
  }, { outcome, there });
}

/** As an agent would send it: the SDK itself has no method for that. */
export async function speechIsTranscribed({ alice, bob, room }) {
  await bob.join('scribe', room, { kind: 'agent' });
  await bob.run(async (lab) => {
    const { bob, scribe } = lab.actors;
    const { DataPacket, DataPacket_Kind } = lab.protocol;
    const segment = { id: 'segment', text: 'spoken', language: 'en', startTime: 0n, endTime: 1n, final: true };
    const value = { transcribedParticipantIdentity: 'bob', trackId: bob.publication('bob', 'microphone').trackSid, segments: [segment] };
    await scribe.room.engine.sendDataPacket(new DataPacket({ kind: DataPacket_Kind.RELIABLE, value: { case: 'transcription', value } }), DataPacket_Kind.RELIABLE);
  });
  const rows = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    const words = (event) => (event === lab.MISSING ? event : (event.args ?? event)[0].map(({ text, final }) => ({ text, final })));
    const room = await alice.event('room', 'transcriptionReceived');
    return {
      'Room@transcriptionReceived': [words(room), room[1], room[2]],
      'Participant@transcriptionReceived': words(await alice.event('participant', 'transcriptionReceived')),
      'Publication@transcriptionReceived': words(await alice.event('publication', 'transcriptionReceived')),
      'RemoteParticipant: isAgent': [alice.remote('scribe')?.isAgent, alice.remote('scribe')?.kind],
    };
  });
  await bob.leave('scribe');
  return rows;
}

/** Tracks of data: each frame on its own. */
export async function dataTracksArePublished({ alice, bob }) {
  const own = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    alice.dataTrack = null;
    const outcome = await lab.outcome(alice.local.publishDataTrack({ name: 'sensor' }).then((track) => {
      alice.dataTrack = track;
      return track.info.name;
    }));
    return { outcome, event: await alice.event('room', 'localDataTrackPublished').then((event) => (event === lab.MISSING ? event : 'came')) };
  });
  const there = await bob.run(async (lab) => {
    const { bob } = lab.actors;
    const event = await bob.event('room', 'dataTrackPublished');
    bob.frames = [];
    const track = bob.remote('alice').dataTracks.get('sensor');
    const reader = track.subscribe().getReader();
    const read = () => reader.read().then(({ done, value }) => {
      if (!done) {
        bob.frames.push(lab.describe(value.payload));
        read();
      }
    });
    read();
    return event;
  });
  await alice.run((lab) => {
    const { alice } = lab.actors;
    alice.pushing = setInterval(() => alice.dataTrack.tryPush({ payload: new TextEncoder().encode('21 degrees') }).catch(() => {}), 100);
  });
  const frame = await bob.run((lab) => lab.gives(() => lab.actors.bob.frames[0]));
  const ended = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    clearInterval(alice.pushing);
    const outcome = await lab.outcome(alice.dataTrack.unpublish());
    return { outcome, event: await alice.event('room', 'localDataTrackUnpublished').then((event) => (event === lab.MISSING ? event : 'came')) };
  });
  const gone = await bob.run((lab) => lab.actors.bob.event('room', 'dataTrackUnpublished'));
  await bob.run(async (lab) => {
    lab.actors.bob.dataTrack = await lab.actors.bob.local.publishDataTrack({ name: 'of bob' });
  });
  const seen = await alice.run((lab) => lab.actors.alice.event('room', 'dataTrackPublished'));
  await bob.run((lab) => lab.actors.bob.dataTrack.unpublish());
  const unseen = await alice.run((lab) => lab.actors.alice.event('room', 'dataTrackUnpublished'));
  return {
    'LocalParticipant.publishDataTrack()': { outcome: own.outcome, there, frame, ended: ended.outcome, gone },
    'Room@localDataTrackPublished': own.event, 'Room@localDataTrackUnpublished': ended.event, 'Room@dataTrackPublished': seen, 'Room@dataTrackUnpublished': unseen,
  };
}
