// Files that `lk room join --publish` takes: some seconds of silence as Ogg Opus, and of a black picture as IVF VP8.

/** One black VP8 key frame of 320 x 320. */
const BLACK = Buffer.from(
  'kBcAnQEqQAFAAQsHCIWFiIWEiDsCAAYWBPcGgWSfa9ubJzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jz' +
  'h7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7' +
  'Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7Jzh7JsgA/ulXAA==',
  'base64',
);
const PICTURES_PER_S = 10;
/** Opus for 20 ms of nothing. */
const SILENT = Buffer.from([0xf8, 0xff, 0xfe]);
const SAMPLES_PER_PACKET = 960;
const PACKETS_PER_PAGE = 50;

/** A picture that stays black. */
export function ivf(seconds) {
  const header = Buffer.alloc(32);
  header.write('DKIF', 0);
  header.writeUInt16LE(32, 6);
  header.write('VP80', 8);
  header.writeUInt16LE(320, 12);
  header.writeUInt16LE(320, 14);
  header.writeUInt32LE(PICTURES_PER_S, 16);
  header.writeUInt32LE(1, 20);
  header.writeUInt32LE(seconds * PICTURES_PER_S, 24);
  const frame = (number) => {
    const before = Buffer.alloc(12);
    before.writeUInt32LE(BLACK.length, 0);
    before.writeBigUInt64LE(BigInt(number), 4);
    return Buffer.concat([before, BLACK]);
  };
  return Buffer.concat([header, ...Array.from({ length: seconds * PICTURES_PER_S }, (_, number) => frame(number))]);
}

/** Ogg's checksum: polynomial 0x04c11db7, highest bit first (RFC 3533, section 6). */
function checksum(bytes) {
  let sum = 0;
  for (const byte of bytes) {
    sum = (sum ^ (byte << 24)) >>> 0;
    for (let bit = 0; bit < 8; bit += 1) {
      sum = (sum & 0x80000000 ? (sum << 1) ^ 0x04c11db7 : sum << 1) >>> 0;
    }
  }
  return sum;
}

function oggPage(packets, number, granule, flags) {
  const header = Buffer.alloc(27);
  header.write('OggS', 0);
  header[5] = flags;
  header.writeBigUInt64LE(BigInt(granule), 6);
  header.writeUInt32LE(1, 14);
  header.writeUInt32LE(number, 18);
  header[26] = packets.length;
  const page = Buffer.concat([header, Buffer.from(packets.map(({ length }) => length)), ...packets]);
  page.writeUInt32LE(checksum(page), 22);
  return page;
}

/** Sound in which nothing is heard. */
export function ogg(seconds) {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 0);
  head[8] = 1;
  head[9] = 2;
  head.writeUInt32LE(48000, 12);
  const tags = Buffer.alloc(16);
  tags.write('OpusTags', 0);
  const sound = Array.from({ length: seconds }, (_, second) => (
    oggPage(Array(PACKETS_PER_PAGE).fill(SILENT), second + 2, (second + 1) * PACKETS_PER_PAGE * SAMPLES_PER_PACKET, second === seconds - 1 ? 4 : 0)
  ));
  return Buffer.concat([oggPage([head], 0, 0, 2), oggPage([tags], 1, 0, 0), ...sound]);
}
