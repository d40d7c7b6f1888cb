// The public surface of one openvidu-browser version, read from the type declarations of its package: every method, every
// event of every class, and the values that its events name (reasons, changed properties, kinds of exception).
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../node_modules/', import.meta.url));

const CLASSES = ['OpenVidu', 'Session', 'StreamManager', 'Publisher', 'Subscriber', 'Stream', 'Connection', 'Filter', 'LocalRecorder'];
/** Classes that take every event of another. */
const HEIRS = { StreamManager: ['Publisher', 'Subscriber'] };
/** Events whose declaration names the values they come with. */
const REASONS = { sessionDisconnected: 'SessionDisconnectedEvent', streamDestroyed: 'StreamEvent', connectionDestroyed: 'ConnectionEvent' };

/** A member of a class or interface with the comment before it: `    name(`, `    name<T>(`, `    abstract name(`, `    name: `. */
const METHOD = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?^ {4}(?:abstract )?(\w+)(?:<[^(]*>)?\(/gm;
const FIELD = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?^ {4}(\w+)\??: \w+;/gm;

function members(text, pattern) {
  const all = [...text.matchAll(pattern)].filter(([, comment = '']) => !comment.includes('@hidden'));
  return [...new Set(all.map(([, , name]) => name))].filter((name) => name !== 'constructor');
}

function readAt(sdk) {
  return (path) => {
    const file = `${root}${sdk.npmName}/lib/${path}.d.ts`;
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  };
}

/** Later versions declare a map of events per class; earlier ones list them in the comment before the class. */
function ownEvents(read, name) {
  const map = read(`OpenViduInternal/Events/EventMap/${name}EventMap`);
  if (map) {
    return members(map, FIELD);
  }
  const [, list = ''] = /Available event listeners([\s\S]*?)\*\/\s*export declare class/.exec(read(`OpenVidu/${name}`) ?? '') ?? [];
  return [...list.matchAll(/^ \* - ([a-z]\w+)/gm)].map(([, event]) => event);
}

function events(read) {
  return CLASSES.flatMap((name) => ownEvents(read, name).flatMap((event) => (
    (HEIRS[name] ?? [name]).map((owner) => `${owner}@${event}`)
  )));
}

function values(read) {
  const eventFile = (name) => read(`OpenViduInternal/Events/${name}`) ?? '';
  const reasons = Object.entries(REASONS).flatMap(([event, file]) => (
    [...eventFile(file).matchAll(/- "(\w+)":/g)].map(([, reason]) => `${event}: ${reason}`)
  ));
  const changes = [...eventFile('StreamPropertyChangedEvent').matchAll(/- For `(\w+)`: (.*)$/gm)].flatMap(([, property, list]) => (
    [...list.matchAll(/"(\w+)"/g)].map(([, reason]) => `streamPropertyChanged: ${property}, ${reason}`)
  ));
  const exceptions = [...eventFile('ExceptionEvent').matchAll(/^ {4}(\w+) = "/gm)].map(([, name]) => `exception: ${name}`);
  return [...reasons, ...changes, ...exceptions];
}

/** Every row that this version must have, in the order of its classes. */
export function surfaceOf(sdk) {
  const read = readAt(sdk);
  const methods = CLASSES.flatMap((name) => members(read(`OpenVidu/${name}`) ?? '', METHOD).map((method) => `${name}.${method}()`));
  const all = [...methods, ...events(read), ...values(read)];
  if (methods.length < 50 || all.length < 80) {
    throw new Error(`${sdk.id}: only ${methods.length} methods of ${all.length} rows found in its declarations`);
  }
  return [...new Set(all)];
}
