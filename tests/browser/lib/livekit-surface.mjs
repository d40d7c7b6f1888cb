// The public surface of one livekit-client version, read from the type declarations of its package: every method of the room,
// its participants, publications and tracks, every event of theirs, and the values that say why a room ended and what may be
// simulated. What the SDK marks as internal is not public; what a kind of track does as all tracks do is one row.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../node_modules/', import.meta.url));

/** Declarations, and the classes whose rows take what is declared there: a base class has no rows of its own. */
const CLASSES = [
  ['Room', 'Room', ['Room']],
  ['participant/Participant', 'Participant', ['LocalParticipant', 'RemoteParticipant']],
  ['participant/LocalParticipant', 'LocalParticipant', ['LocalParticipant']],
  ['participant/RemoteParticipant', 'RemoteParticipant', ['RemoteParticipant']],
  ['track/TrackPublication', 'TrackPublication', ['LocalTrackPublication', 'RemoteTrackPublication']],
  ['track/LocalTrackPublication', 'LocalTrackPublication', ['LocalTrackPublication']],
  ['track/RemoteTrackPublication', 'RemoteTrackPublication', ['RemoteTrackPublication']],
  ['track/Track', 'Track', ['LocalTrack', 'RemoteTrack']],
  ['track/LocalTrack', 'LocalTrack', ['LocalTrack']],
  ['track/LocalAudioTrack', 'LocalAudioTrack', ['LocalAudioTrack']],
  ['track/LocalVideoTrack', 'LocalVideoTrack', ['LocalVideoTrack']],
  ['track/RemoteTrack', 'RemoteTrack', ['RemoteTrack']],
  ['track/RemoteAudioTrack', 'RemoteAudioTrack', ['RemoteAudioTrack']],
  ['track/RemoteVideoTrack', 'RemoteVideoTrack', ['RemoteVideoTrack']],
];
/** Types that map events to their handlers. */
const CALLBACKS = [
  ['Room', 'RoomEventCallbacks', 'Room'],
  ['participant/Participant', 'ParticipantEventCallbacks', 'Participant'],
  ['track/TrackPublication', 'PublicationEventCallbacks', 'Publication'],
  ['track/Track', 'TrackEventCallbacks', 'Track'],
];
const ENUMS = { RoomEventCallbacks: 'RoomEvent', ParticipantEventCallbacks: 'ParticipantEvent', PublicationEventCallbacks: 'TrackEvent', TrackEventCallbacks: 'TrackEvent' };

const MEMBER = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?^ {4}((?:(?:private|protected|static|abstract|readonly|get|set) )*)(\w+)\??(?:<[^(:]*>)?(\(|: (?:<[^(]*>)?\([^)]*\) =>)/gm;
const isInternal = (comment = '') => /@internal|@hidden/.test(comment);

function bodyOf(text, opening) {
  const start = text.search(opening);
  if (start < 0) {
    return null;
  }
  const end = text.indexOf('\n}', start);
  return text.slice(start, end);
}

function methods(body) {
  const all = [...body.matchAll(MEMBER)].filter(([, comment, modifiers, name]) => (
    !isInternal(comment) && !/private|protected|get |set /.test(modifiers) && name !== 'constructor' && name !== 'emit'
  ));
  return [...new Set(all.map(([, , , name]) => name))];
}

/** Names of events that the SDK's enumeration marks as internal. */
function internalEvents(read, name) {
  const body = bodyOf(read('events') ?? '', new RegExp(`enum ${name} \\{`)) ?? '';
  const entries = [...body.matchAll(/(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?^ {4}\w+ = "(\w+)"/gm)];
  return new Set(entries.filter(([, comment]) => isInternal(comment)).map(([, , value]) => value));
}

function events(read, [file, type, owner]) {
  const body = bodyOf(read(file) ?? '', new RegExp(`type ${type} = \\{`)) ?? '';
  const hidden = internalEvents(read, ENUMS[type]);
  const all = [...body.matchAll(/^ {4}(\w+): \(/gm)].map(([, name]) => name).filter((name) => !hidden.has(name));
  return all.map((name) => `${owner}@${name}`);
}

function scenarios(read) {
  const [, list = ''] = /type SimulationScenario = ([^;]*);/.exec(read('types') ?? '') ?? [];
  return [...list.matchAll(/'([\w-]+)'/g)].map(([, name]) => `simulateScenario: ${name}`);
}

/** Every row that this version must have. */
export function livekitSurfaceOf(sdk) {
  const read = (path) => {
    try {
      return readFileSync(`${root}${sdk.npmName}/dist/src/room/${path}.d.ts`, 'utf8');
    } catch {
      return null;
    }
  };
  const ofClasses = CLASSES.flatMap(([file, name, owners]) => {
    const body = bodyOf(read(file) ?? '', new RegExp(`^(?:export )?(?:default |declare |abstract )*class ${name}\\b`, 'm'));
    return owners.flatMap((owner) => methods(body ?? '').map((method) => `${owner}.${method}()`));
  });
  const ownRows = ofClasses.filter((row) => {
    const [, base, member] = /^(Local|Remote)(?:Audio|Video)Track\.(.*)$/.exec(row) ?? [];
    return !base || !ofClasses.includes(`${base}Track.${member}`);
  });
  const ofEvents = CALLBACKS.flatMap((entry) => events(read, entry));
  const all = [...ownRows, ...ofEvents, ...scenarios(read)];
  if (ofClasses.length < 60 || ofEvents.length < 50) {
    throw new Error(`${sdk.id}: only ${ofClasses.length} methods and ${ofEvents.length} events found in its declarations`);
  }
  return [...new Set(all)];
}
