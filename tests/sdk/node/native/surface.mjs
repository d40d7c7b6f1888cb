// What of rtc-node's public surface is used: every public method and property of its classes, and those used so far. What is
// public say the package's declarations; use is noted by wrappers around the classes' members.
import { readFileSync } from 'node:fs';
import * as rtc from '@livekit/rtc-node';

const CLASSES = [
  'Room', 'Participant', 'LocalParticipant', 'RemoteParticipant', 'Track', 'LocalAudioTrack', 'LocalVideoTrack', 'TrackPublication',
  'LocalTrackPublication', 'RemoteTrackPublication', 'AudioSource', 'VideoSource', 'E2EEManager', 'KeyProvider', 'FrameCryptor',
  'TextStreamWriter', 'ByteStreamWriter', 'TextStreamReader', 'ByteStreamReader',
];
/** Where a class is declared, unless in a file of its own name; `Base` classes of streams are not exported. */
const FILES = {
  LocalParticipant: 'participant', RemoteParticipant: 'participant', LocalAudioTrack: 'track', LocalVideoTrack: 'track',
  TrackPublication: 'track_publication', LocalTrackPublication: 'track_publication', RemoteTrackPublication: 'track_publication',
  AudioSource: 'audio_source', VideoSource: 'video_source', E2EEManager: 'e2ee', KeyProvider: 'e2ee', FrameCryptor: 'e2ee',
  Room: 'room', Participant: 'participant', Track: 'track', TextStreamWriter: 'data_streams/stream_writer',
  ByteStreamWriter: 'data_streams/stream_writer', TextStreamReader: 'data_streams/stream_reader', ByteStreamReader: 'data_streams/stream_reader',
};
const BASES = { TextStreamWriter: 'BaseStreamWriter', ByteStreamWriter: 'BaseStreamWriter', TextStreamReader: 'BaseStreamReader', ByteStreamReader: 'BaseStreamReader' };

const dist = new URL('../node_modules/@livekit/rtc-node/dist/', import.meta.url);
/** A method or accessor with the comment before it. Plain fields cannot be watched and are left out. */
const MEMBER = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?^ {4}((?:private|protected|abstract|static|get) )*(\w+)(?:<[^(]*>)?\(/gm;

function declared(file, name) {
  const text = readFileSync(new URL(`${file}.d.ts`, dist), 'utf8');
  const [, body] = new RegExp(`declare (?:abstract )?class ${name}[ <][^\\n]*\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(text) ?? [];
  if (body === undefined) {
    throw new Error(`${name} is not declared in ${file}`);
  }
  return [...body.matchAll(MEMBER)]
    .filter(([whole, comment = '']) => !comment.includes('@internal') && !/^ {4}(private|protected) /m.test(whole))
    .map(([, , , member]) => member)
    .filter((member) => member !== 'constructor');
}

function membersOf(name) {
  const own = declared(FILES[name], name);
  const ofBase = BASES[name] ? declared(FILES[name], BASES[name]) : [];
  return [...new Set([...own, ...ofBase])];
}

export const ROWS = CLASSES.flatMap((name) => membersOf(name).map((member) => `${name}.${member}`));
export const USED = new Set();

function noted(call, row) {
  return function watched(...args) {
    USED.add(row);
    return call.apply(this, args);
  };
}

function watch(owner, name, row) {
  const found = Object.getOwnPropertyDescriptor(owner, name);
  if (!found) {
    return false;
  }
  const part = found.get ? 'get' : 'value';
  Object.defineProperty(owner, name, { ...found, [part]: noted(found[part], row) });
  return true;
}

/** Puts the wrappers on; a declared member that is not there is an error. */
export function watchSurface() {
  for (const row of ROWS) {
    const [name, member] = row.split('.');
    // The prototype before the class, which has a `name` of its own.
    const all = [rtc[name].prototype, Object.getPrototypeOf(rtc[name].prototype), rtc[name]];
    if (!all.some((owner) => watch(owner, member, row))) {
      throw new Error(`${row} is declared but not there`);
    }
  }
}
