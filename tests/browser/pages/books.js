// What a page has sent and received so far, by getStats: sums over all streams, those that have ended included.

export class Books {
  constructor() {
    this.inbound = new Map();
    this.outbound = new Map();
    this.firstFramesMs = [];
    this.looks = 0;
    this.ownConnected = false;
    this.otherConnected = false;
  }

  /** One look: `own` are reports on what is sent, `others` pairs of whose it is and a report on what is received. */
  look(own, others) {
    this.looks += 1;
    for (const report of own) {
      this.ownConnected ||= isConnected(report);
      entriesOf(report, 'outbound-rtp').forEach((entry) => this.outbound.set(entry.ssrc, { kind: entry.kind, packets: entry.packetsSent ?? 0 }));
    }
    for (const [owner, report] of others) {
      this.otherConnected ||= isConnected(report);
      entriesOf(report, 'inbound-rtp').forEach((entry) => this.inbound.set(entry.ssrc, this.receivedOf(owner, entry)));
    }
    return this.figures();
  }

  receivedOf(owner, entry) {
    return {
      owner,
      kind: entry.kind,
      look: this.looks,
      packets: entry.packetsReceived ?? 0,
      // Duplicates make it negative (RFC 3550, 6.4.1).
      lost: Math.max(0, entry.packetsLost ?? 0),
      bytes: (entry.bytesReceived ?? 0) + (entry.headerBytesReceived ?? 0),
      jitterMs: (entry.jitter ?? 0) * 1000,
      frames: entry.framesDecoded ?? 0,
    };
  }

  figures() {
    const inbound = [...this.inbound.values()];
    const outbound = [...this.outbound.values()];
    const sum = (list, name) => list.reduce((total, stream) => total + stream[name], 0);
    const present = inbound.filter(({ look }) => look === this.looks);
    return {
      received: sum(inbound, 'packets'),
      lost: sum(inbound, 'lost'),
      bytes: sum(inbound, 'bytes'),
      sent: sum(outbound, 'packets'),
      jitterMs: Math.max(0, ...present.map(({ jitterMs }) => jitterMs)),
      streams: present.length,
      framesDecoded: sum(inbound, 'frames'),
      firstFramesMs: this.firstFramesMs,
      connected: this.ownConnected && this.otherConnected,
      sends: ['audio', 'video'].every((wanted) => outbound.some(({ kind, packets }) => kind === wanted && packets > 0)),
      sees: hasBoth(present),
    };
  }
}

/** A decoded picture and packets of sound of one and the same participant. */
function hasBoth(streams) {
  const pictures = streams.filter(({ kind, frames }) => kind === 'video' && frames > 0);
  return pictures.some(({ owner }) => streams.some((stream) => stream.owner === owner && stream.kind === 'audio' && stream.packets > 0));
}

function entriesOf(report, type) {
  const entries = [];
  report?.forEach((entry) => entry.type === type && entries.push(entry));
  return entries;
}

function isConnected(report) {
  return entriesOf(report, 'transport').some(({ dtlsState }) => dtlsState === 'connected');
}
