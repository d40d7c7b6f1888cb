// A backend that takes LiveKit webhooks, each checked by the SDK's own receiver.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { WebhookReceiver } from 'livekit-server-sdk';

const LIMIT_MS = 10000;

export class WebhookBackend {
  static async start(key, secret) {
    const backend = new WebhookBackend(new WebhookReceiver(key, secret));
    await new Promise((resolve) => backend.server.listen(0, '127.0.0.1', resolve));
    backend.url = `http://127.0.0.1:${backend.server.address().port}/hook`;
    return backend;
  }

  constructor(receiver) {
    this.receiver = receiver;
    this.raw = [];
    this.events = [];
    this.problems = [];
    this.server = createServer((request, response) => {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', async () => {
        const body = Buffer.concat(parts).toString();
        this.raw.push({ body, authorization: request.headers.authorization, type: request.headers['content-type'] });
        try {
          this.events.push(await this.receiver.receive(body, request.headers.authorization));
        } catch (error) {
          this.problems.push(error);
        }
        response.end();
      });
    });
  }

  /** The events of a room once `last` has come. */
  async of(room, last) {
    const until = Date.now() + LIMIT_MS;
    for (;;) {
      const events = this.events.filter((event) => event.room?.name === room);
      if (events.some((event) => event.event === last)) {
        return events;
      }
      assert.ok(Date.now() < until, `no ${last} of ${room}: ${events.map((event) => event.event)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

export function webhookStory(backend, room) {
  return {
    steps: [
      ['every webhook is taken by the SDK’s receiver', async () => {
        await backend.of(room, 'room_finished');
        assert.deepEqual(backend.problems, []);
        assert.ok(backend.raw.every(({ type }) => type === 'application/webhook+json'));
      }],
      ['a room is told of from its start to its end', async () => {
        const events = await backend.of(room, 'room_finished');
        const names = events.map((event) => event.event);
        assert.equal(names[0], 'room_started');
        assert.equal(names.at(-1), 'room_finished');
        assert.ok(names.includes('participant_connection_aborted'), `a client without media: ${names}`);
        assert.ok(events.every((event) => event.id.startsWith('EV_') && event.createdAt > 0n));
        assert.equal(new Set(events.map((event) => event.id)).size, events.length);
        assert.match(events[0].room.sid, /^RM_/);
      }],
      ['a body that was changed on its way is refused by the receiver', async () => {
        const { body, authorization } = backend.raw[0];
        await assert.rejects(backend.receiver.receive(body.replace('room_started', 'room_stopped'), authorization), /sha256/i);
        await assert.rejects(backend.receiver.receive(body, undefined));
      }],
    ],
  };
}
