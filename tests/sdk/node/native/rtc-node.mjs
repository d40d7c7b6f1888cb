// A participant of rtc-node, with the commands that the Python participant has too, where this SDK can do them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalAudioTrack, LocalVideoTrack, RpcError, SimulateScenarioKind, TrackPublishOptions, TrackSource } from '@livekit/rtc-node';
import { Actor } from './actor.mjs';
import { Picture, Tone } from './media.mjs';
import { PlainRoom } from './room.mjs';
import { ROWS, USED } from './surface.mjs';

const PAYLOAD = 'is somebody there, who would hear this?';
const bytes = (text) => new TextEncoder().encode(text);

async function publish({ plain }, source, track, from) {
  const publication = await plain.local.publishTrack(track, new TrackPublishOptions({ source: from, simulcast: from === TrackSource.SOURCE_CAMERA }));
  plain.sources.set(publication.sid, source);
  return publication.sid;
}

const MEDIA = {
  tone(actor, { name, hz }) {
    const tone = new Tone(hz);
    return publish(actor, tone, LocalAudioTrack.createAudioTrack(name, tone.source), TrackSource.SOURCE_MICROPHONE);
  },
  picture(actor, { name, colour }) {
    const picture = new Picture(colour);
    return publish(actor, picture, LocalVideoTrack.createVideoTrack(name, picture.source), TrackSource.SOURCE_CAMERA);
  },
  retone({ plain }, { hz }) {
    plain.source(Tone).hz = hz;
  },
  silence({ plain }) {
    plain.source(Tone).volume = 0;
  },
  recolour({ plain }, { colour }) {
    plain.source(Picture).colour = colour;
  },
  subscribed_to: ({ plain }, { sid }) => plain.local.trackPublications.get(sid).waitForSubscription(),
  async unpublish({ plain }, { sid }) {
    const { track } = plain.local.trackPublications.get(sid);
    await plain.local.unpublishTrack(sid);
    await plain.sources.get(sid).close();
    await track.close(false);
    plain.sources.delete(sid);
  },
  subscribe({ plain }, { identity, sid, subscribed }) {
    plain.room.remoteParticipants.get(identity).trackPublications.get(sid).setSubscribed(subscribed);
  },
  async measure({ plain }) {
    const { publisherStats } = await plain.room.getRtcStats();
    const own = publisherStats.filter(({ stats }) => stats.case === 'outboundRtp');
    return { sent: own.map(({ stats }) => Number(stats.value.sent.packetsSent)) };
  },
  async queue({ plain }) {
    const tone = plain.source(Tone);
    const { source } = tone;
    const told = { rate: source.sampleRate, channels: source.numChannels, queued: source.queuedDuration };
    let resume;
    tone.pause = new Promise((resolve) => {
      resume = resolve;
    });
    await source.waitForPlayout();
    source.clearQueue();
    tone.pause = null;
    resume();
    return told;
  },
  encryption({ plain }) {
    const manager = plain.room.e2eeManager;
    const cryptors = manager.frameCryptors();
    manager.setEnabled(true);
    return { enabled: manager.enabled, cryptors: cryptors.map(({ participantIdentity, enabled }) => ({ who: participantIdentity, enabled })) };
  },
};

const SELF = {
  metadata: ({ plain }, { value }) => plain.local.updateMetadata(value),
  rename: ({ plain }, { value }) => plain.local.updateName(value),
  attributes: ({ plain }, { values }) => plain.local.setAttributes(values),
  simulate: ({ plain }, { scenario }) => plain.room.simulateScenario(SimulateScenarioKind[scenario]),
};

function receiving(actor, topic) {
  const tell = (type, read) => async (reader, { identity }) => {
    const text = await read(reader);
    actor.events.push({ type, text, topic: reader.info.topic, name: reader.info.name ?? null, participant: identity });
    await reader.close();
  };
  actor.plain.room.registerTextStreamHandler(topic, tell('text_stream', (reader) => reader.readAll()));
  actor.plain.room.registerByteStreamHandler(topic, tell('byte_stream', async (reader) => Buffer.concat(await reader.readAll()).toString()));
}

async function sendFile({ plain }, { text = PAYLOAD, topic = 'bytes' }) {
  const folder = await mkdtemp(join(tmpdir(), 'viaduct-file-'));
  await writeFile(join(folder, 'words.txt'), text);
  try {
    await plain.local.sendFile(join(folder, 'words.txt'), { topic });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function writeParts(writer, parts) {
  for (const part of parts) {
    await writer.write(part);
  }
  await writer.close();
  return writer.info;
}

const DATA = {
  data: ({ plain }, { text = PAYLOAD, reliable = true, topic = '', to = [] }) => (
    plain.local.publishData(bytes(text), { reliable, topic, destination_identities: to })
  ),
  dtmf: ({ plain }, { code, digit }) => plain.local.publishDtmf(code, digit),
  transcription: ({ plain }, { sid, text = PAYLOAD }) => plain.local.publishTranscription({
    participantIdentity: plain.local.identity, trackSid: sid, segments: [{ id: 's1', text, startTime: 0n, endTime: 1n, language: 'en', final: true }],
  }),
  chat: ({ plain }, { text = PAYLOAD }) => plain.local.sendChatMessage(text),
  async chat_edited({ plain }, { text = PAYLOAD, edited }) {
    const message = await plain.local.sendChatMessage(text);
    await plain.local.editChatMessage(edited, message);
  },
  text: ({ plain }, { text = PAYLOAD, topic = 'words', to = [] }) => plain.local.sendText(text, { topic, destinationIdentities: to }).then(() => undefined),
  text_parts: async ({ plain }, { parts = [PAYLOAD], topic = 'words' }) => (await writeParts(await plain.local.streamText({ topic }), parts)).topic,
  byte_parts: async ({ plain }, { parts = [PAYLOAD], topic = 'bytes' }) => (
    (await writeParts(await plain.local.streamBytes({ topic, name: 'parts' }), parts.map(bytes))).name
  ),
  file: sendFile,
  receive: (actor, { topic }) => receiving(actor, topic),
  receive_no_more({ plain }, { topic }) {
    plain.room.unregisterTextStreamHandler(topic);
    plain.room.unregisterByteStreamHandler(topic);
  },
  rpc: ({ plain }, { to, method = 'greet', payload = 'hello', timeout = 5 }) => (
    plain.local.performRpc({ destinationIdentity: to, method, payload, responseTimeout: timeout * 1000 })
  ),
  rpc_handle({ plain }, { method = 'greet' }) {
    plain.local.registerRpcMethod(method, async ({ payload, callerIdentity }) => {
      if (payload === 'fail') {
        throw new RpcError(101, 'as asked', 'more');
      }
      return `${payload}, ${callerIdentity}`;
    });
  },
  rpc_handle_no_more: ({ plain }, { method = 'greet' }) => plain.local.unregisterRpcMethod(method),
  rpc_intercept(actor) {
    actor.passed = 0;
    actor.interceptor = {
      interceptOutgoing(call, next) {
        actor.passed += 1;
        return next(call);
      },
    };
    actor.plain.local.addRpcInterceptor(actor.interceptor);
  },
  rpc_intercepted(actor) {
    actor.plain.local.removeRpcInterceptor(actor.interceptor);
    return actor.passed;
  },
};

const ROOM = {
  async connect(actor, { url, token, key, auto_subscribe = true }) {
    await actor.plain?.close();
    actor.plain = new PlainRoom((event) => actor.events.push(event));
    const encryption = key && { keyProviderOptions: { sharedKey: bytes(key) } };
    await actor.plain.room.connect(url, token, { autoSubscribe: auto_subscribe, dynacast: false, encryption });
  },
  disconnect: ({ plain }) => plain.room.disconnect(),
  view: ({ plain }) => plain.view(),
  surface: () => ({ rows: ROWS, used: [...USED] }),
};

const COMMANDS = { ...ROOM, ...MEDIA, ...SELF, ...DATA };

class RtcNode extends Actor {
  async call(method, params = {}) {
    return COMMANDS[method](this, params);
  }

  close() {
    return this.plain?.close();
  }
}

export function rtcNode() {
  return new RtcNode('node');
}
