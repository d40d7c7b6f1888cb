// Codec, size, rate and bitrate out of WebRTC statistics.

/** Sums up the streams of one direction over several stats reports. */
export async function readFigures(direction, reports) {
  const figures = { at: performance.now(), bytes: 0, audioBytes: 0, audio: null, video: null, size: null, rate: null, frames: 0, lost: 0 };
  for (const report of reports) {
    const byId = new Map();
    report?.forEach((entry) => byId.set(entry.id, entry));
    byId.forEach((entry) => {
      if (entry.type === direction) {
        add(figures, entry, byId.get(entry.codecId)?.mimeType.split('/')[1] ?? null);
      }
    });
  }
  return figures;
}

function add(figures, entry, codec) {
  const bytes = entry.bytesReceived ?? entry.bytesSent ?? 0;
  figures.lost += Math.max(0, entry.packetsLost ?? 0);
  if (entry.kind === 'audio') {
    figures.audioBytes += bytes;
    figures.audio = codec ?? figures.audio;
    return;
  }
  figures.bytes += bytes;
  figures.frames += entry.framesDecoded ?? entry.framesEncoded ?? 0;
  figures.video = codec ?? figures.video;
  // Of several simulcast layers the largest one counts.
  if (entry.frameWidth && entry.frameWidth >= (figures.size?.[0] ?? 0)) {
    figures.size = [entry.frameWidth, entry.frameHeight];
    figures.rate = entry.framesPerSecond ?? figures.rate;
  }
}

function kbps(now, before, key) {
  const seconds = (now.at - before.at) / 1000;
  return Math.max(0, Math.round(((now[key] - before[key]) * 8) / 1000 / seconds));
}

export function figuresText(now, before) {
  if (!before) {
    return 'waiting for figures …';
  }
  const parts = [];
  if (now.video) {
    parts.push(`${now.video} ${now.size ? now.size.join('×') : ''} ${Math.round(now.rate ?? 0)} fps ${kbps(now, before, 'bytes')} kbit/s`);
  }
  if (now.audio) {
    parts.push(`${now.audio} ${kbps(now, before, 'audioBytes')} kbit/s`);
  }
  if (now.lost > 0) {
    parts.push(`${now.lost} packets lost`);
  }
  return parts.length > 0 ? parts.join('  ·  ') : 'no media yet';
}
