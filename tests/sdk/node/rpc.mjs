// A participant that speaks v2's JSON-RPC by itself, so that sessions have somebody in them while a backend looks at them.
import WebSocket from 'ws';

const REQUEST_LIMIT_MS = 10000;
const FINGERPRINT = Array.from({ length: 32 }, (_, at) => (at + 16).toString(16).toUpperCase()).join(':');

function section(mid, kind, direction) {
  const payload = kind === 'audio' ? 111 : 96;
  const codec = kind === 'audio' ? 'opus/48000/2' : 'VP8/90000';
  const lines = [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${payload}`, 'c=IN IP4 0.0.0.0', 'a=rtcp:9 IN IP4 0.0.0.0', 'a=ice-ufrag:abcd',
    `a=ice-pwd:${'a'.repeat(24)}`, 'a=ice-options:trickle', `a=fingerprint:sha-256 ${FINGERPRINT}`, 'a=setup:actpass',
    `a=mid:${mid}`, `a=${direction}`, 'a=rtcp-mux', `a=rtpmap:${payload} ${codec}`,
  ];
  if (direction === 'sendonly') {
    lines.push(`a=msid:s ${kind}`, `a=ssrc:${1000 + mid} cname:c`);
  }
  return lines;
}

/** An offer of one sound and one picture; nothing is ever sent on it. */
export function offer(direction) {
  const head = ['v=0', 'o=- 4611731400430051336 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0 1', 'a=msid-semantic: WMS s'];
  return [...head, ...section(0, 'audio', direction), ...section(1, 'video', direction), ''].join('\r\n');
}

export class Participant {
  /** Joins; resolves to a participant with `joined`, the answer. */
  static async join(http, session, token, clientData) {
    const socket = new WebSocket(`${http.replace(/^http/, 'ws')}/openvidu?sessionId=${session}`);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', () => reject(new Error('no socket')), { once: true });
    });
    const participant = new Participant(socket);
    participant.joined = await participant.request('joinRoom', {
      token, session, platform: 'Node', sdkVersion: '2.32.1', metadata: JSON.stringify({ clientData }), secret: '', recorder: false, stt: false,
    });
    return participant;
  }

  constructor(socket) {
    this.socket = socket;
    this.lastId = 0;
    this.waiting = new Map();
    /** What came unasked. */
    this.notifications = [];
    socket.addEventListener('message', ({ data }) => this.take(JSON.parse(data)));
  }

  take(frame) {
    const waiting = this.waiting.get(frame.id);
    if (!waiting) {
      this.notifications.push(frame);
      return;
    }
    this.waiting.delete(frame.id);
    if (frame.error) {
      waiting.reject(new Error(`${frame.error.code}: ${frame.error.message}`));
    } else {
      waiting.resolve(frame.result);
    }
  }

  request(method, params) {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method} was not answered`)), REQUEST_LIMIT_MS);
      const settle = (done) => (value) => {
        clearTimeout(timer);
        done(value);
      };
      this.waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  /** Publishes a camera; resolves to the stream's id. */
  async publish() {
    const { id } = await this.request('publishVideo', {
      sdpOffer: offer('sendonly'), doLoopback: false, hasAudio: true, hasVideo: true, audioActive: true, videoActive: true,
      typeOfVideo: 'CAMERA', frameRate: 30, videoDimensions: '{"width":640,"height":480}',
    });
    return id;
  }

  subscribe(stream) {
    return this.request('receiveVideoFrom', { sender: stream, sdpOffer: offer('recvonly') });
  }

  close() {
    this.socket.close();
  }
}
