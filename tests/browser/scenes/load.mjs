// Scenes of the load tester's browser side: the program that it starts, its lines in and out, its end with its input.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { livekitToken, v2Token } from '../lib/apis.mjs';
import { outFolder } from '../lib/record.mjs';
import { Server } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';

const PROGRAM = fileURLToPath(new URL('../load.mjs', import.meta.url));
const SCENE = { timeout: 120000 };
const LIMIT_MS = 60000;

/** The program, and every line that it has said. */
class Program {
  constructor(world) {
    this.said = [];
    this.child = spawn(process.execPath, [PROGRAM, world], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
    createInterface({ input: this.child.stdout }).on('line', (line) => this.said.push(JSON.parse(line)));
  }

  order(order) {
    this.child.stdin.write(`${JSON.stringify(order)}\n`);
  }

  says(event, probe = () => true) {
    const last = () => JSON.stringify(this.said.slice(-5));
    return until(`${event} is said`, LIMIT_MS, () => this.said.find((fact) => fact.event === event && probe(fact)), last);
  }

  opens(participant) {
    this.order({ do: 'open', participant });
    return this.says('opened', (fact) => fact.participant === participant);
  }

  end() {
    this.child.stdin.end();
    return this.ended;
  }
}

const SIGNED_WRONG = 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA';

async function admission(server, world, room, number) {
  const name = `participant-${number}`;
  if (world === 'v2') {
    return { token: await v2Token(server.http, { room }), name };
  }
  const token = livekitToken({ identity: name, video: { room, roomJoin: true } });
  return { url: server.http.replace('http', 'ws'), token };
}

let server;

before(async () => {
  server = await Server.start(`${outFolder}load-server.log`);
});

after(() => server?.stop());

/** A token that is none is refused, and so is a line that is no order. */
async function refusalIsSaid(program, world) {
  const wrong = world === 'v2'
    ? { token: `${server.http.replace('http', 'ws')}?sessionId=load-${world}&token=tok_none`, name: 'nobody' }
    : { url: server.http.replace('http', 'ws'), token: SIGNED_WRONG };
  await program.opens(2);
  program.order({ do: 'join', participant: 2, join: wrong, publish: {}, alone: true });
  const { reason } = await program.says('failed', ({ participant }) => participant === 2);
  assert.match(reason, /join/);
  program.child.stdin.write('no JSON\n');
  await program.says('trouble');
}

for (const world of ['livekit', 'v2']) {
  test(`pages of ${world} come up, are counted, are told when refused, and end with the input`, SCENE, async () => {
    const program = new Program(world);
    try {
      await program.says('ready');
      for (const participant of [0, 1]) {
        await program.opens(participant);
        const join = await admission(server, world, `load-${world}`, participant);
        program.order({ do: 'join', participant, join, publish: { width: 320, height: 240, frameRate: 15 }, alone: false });
      }
      await program.says('up', ({ participant }) => participant === 0);
      await program.says('up', ({ participant }) => participant === 1);
      program.order({ do: 'look', number: 7 });
      await program.says('looked', ({ number }) => number === 7);
      for (const number of [0, 1]) {
        const { figures } = program.said.findLast(({ event, participant }) => event === 'figures' && participant === number);
        assert.ok(figures.received > 0 && figures.sent > 0 && figures.framesDecoded > 0, JSON.stringify(figures));
        assert.ok(figures.connectMs > 0, JSON.stringify(figures));
      }
      await refusalIsSaid(program, world);
      program.order({ do: 'leave', participant: 1 });
      await program.says('left', ({ participant }) => participant === 1);
    } finally {
      assert.equal(await program.end(), 0);
    }
  });
}
