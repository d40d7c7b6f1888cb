// A LiveKit client's signalling and no more: what a backend needs somebody in a room for.
import { AccessToken } from 'livekit-server-sdk';
import WebSocket from 'ws';

const LIMIT_MS = 10000;

export class Guest {
  /** Joins `room`; from then on both sides speak JSON. */
  static async join(url, key, secret, room, identity) {
    const token = new AccessToken(key, secret, { identity, name: `${identity}'s name`, ttl: 600 });
    token.addGrant({ roomJoin: true, room });
    const query = `access_token=${await token.toJwt()}&protocol=16&sdk=js&version=2.23.0`;
    const socket = new WebSocket(`${url.replace('http', 'ws')}/rtc?${query}`);
    const guest = new Guest(socket);
    await new Promise((resolve, reject) => {
      socket.once('message', resolve);
      socket.once('error', reject);
    });
    guest.send({ pingReq: { timestamp: '1' } });
    await guest.told('pongResp');
    return guest;
  }

  constructor(socket) {
    this.socket = socket;
    this.messages = [];
    this.waiting = [];
    socket.on('message', (data, isBinary) => {
      if (!isBinary) {
        this.messages.push(JSON.parse(data.toString()));
        this.waiting.splice(0).forEach((look) => look());
      }
    });
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  /** The next message of this kind that `wanted` takes. */
  told(kind, wanted = () => true) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${kind} among ${JSON.stringify(this.messages).slice(0, 500)}`)), LIMIT_MS);
      const look = () => {
        const at = this.messages.findIndex((message) => message[kind] !== undefined && wanted(message[kind]));
        if (at < 0) {
          this.waiting.push(look);
          return;
        }
        clearTimeout(timer);
        resolve(this.messages.splice(at, 1)[0][kind]);
      };
      look();
    });
  }

  /** Announces a microphone; the track's sid. */
  async publish() {
    this.send({ addTrack: { cid: 'mic', name: 'mic', type: 'AUDIO', source: 'MICROPHONE' } });
    return (await this.told('trackPublished')).track.sid;
  }

  leave() {
    this.send({ leave: {} });
    this.socket.close();
  }
}
