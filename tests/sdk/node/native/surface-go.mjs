// What of the Go SDK's public surface is used: the Go participant is built with coverage of the SDK, which says of each of its
// functions whether it ran. Read once the program has ended: then the counts are on disk.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const COVERAGE = fileURLToPath(new URL('../../out/go-coverage', import.meta.url));

/** The types whose public methods count. Those with a small letter are what public ones are made of. */
const TYPES = [
  'Room', 'LocalParticipant', 'RemoteParticipant', 'baseParticipant', 'trackPublicationBase', 'LocalTrackPublication', 'RemoteTrackPublication',
  'LocalTrack', 'RoomServiceClient', 'RpcError', 'UserDataPacket', 'baseStreamWriter', 'baseStreamReader', 'TextStreamReader', 'ByteStreamReader',
];
/** A line of `covdata func`: place, receiver and method, share. */
const LINE = /\.go:\d+:\s+\(?\*?(\w+)(?:\[[^\]]*\])?\)?\.([A-Z]\w*)\s+([\d.]+)%/;

/** Every public method, and those that ran. */
export function goSurface() {
  const text = execFileSync('go', ['tool', 'covdata', 'func', `-i=${COVERAGE}`], { encoding: 'utf8', cwd: fileURLToPath(new URL('../../go', import.meta.url)) });
  const found = text.split('\n').map((line) => LINE.exec(line)).filter((line) => line && TYPES.includes(line[1]));
  const rows = found.map(([, type, method]) => `${type}.${method}`);
  const used = found.filter(([, , , share]) => Number(share) > 0).map(([, type, method]) => `${type}.${method}`);
  return { rows: [...new Set(rows)], used: new Set(used) };
}
