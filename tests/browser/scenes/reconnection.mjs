// Reconnection, compared: each hurt of scenes/reconnection/cases.mjs with Viaduct and with a livekit-server, in turn, over the
// same link and with the same pages. Not part of the usual run: `./run reconnection --livekit PATH`. Writes
// docs/livekit-reconnection.md. `ONLY` (a pattern) plays some, `ROUNDS` says how often.
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { LiveKitServer } from '../lib/livekit-server.mjs';
import { report } from '../lib/reconnection-report.mjs';
import { ReconnectionStage, nodeIp } from '../lib/reconnection-stage.mjs';
import { outFolder } from '../lib/record.mjs';
import { Server } from '../lib/server.mjs';
import { Shaper } from '../lib/shaper.mjs';
import { CASES } from './reconnection/cases.mjs';

const CASE = { timeout: 240000 };
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const only = new RegExp(process.env.ONLY ?? '');

const path = process.env.LIVEKIT_SERVER;
const hasLink = !Shaper.whyNot();
const seen = {};
const servers = {};
let stage;

before(async () => {
  const address = nodeIp(hasLink);
  servers.viaduct = await Server.start(`${outFolder}reconnection-server.log`, ['--profile', 'full', '--node-ip', address, '--bind', '0.0.0.0']);
  servers.livekit = await LiveKitServer.start(path, `${outFolder}reconnection-livekit.log`, { nodeIp: address });
  stage = await ReconnectionStage.set(Object.values(servers));
});

after(async () => {
  report(execFileSync(path, ['--version']).toString().trim().split(' ').at(-1), CASES, seen);
  await stage?.strike();
  await Promise.all(Object.values(servers).map((server) => server.stop()));
});

for (const item of CASES.filter(({ name }) => only.test(name))) {
  test(item.name, { timeout: CASE.timeout * ROUNDS, skip: item.link && Shaper.whyNot() }, async (t) => {
    const rounds = { viaduct: [], livekit: [] };
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const name of Object.keys(rounds)) {
        await t.test(`${name}, round ${round}`, CASE, async (one) => {
          const found = await stage.play(servers[name], item);
          one.diagnostic(JSON.stringify(found));
          rounds[name].push(found);
        });
      }
    }
    seen[item.name] = rounds;
  });
}
