// Reconnection, the short half: some of the hurts of scenes/reconnection/cases.mjs with Viaduct alone, measured by what
// livekit-server made of them when both were compared (oracle/reconnection.json).
import { after, before, test } from 'node:test';
import { measure } from '../lib/reconnection-report.mjs';
import { ReconnectionStage, nodeIp } from '../lib/reconnection-stage.mjs';
import { outFolder } from '../lib/record.mjs';
import { Server } from '../lib/server.mjs';
import { Shaper } from '../lib/shaper.mjs';
import { CASES } from './reconnection/cases.mjs';

const CASE = { timeout: 120000 };

let server;
let stage;

before(async () => {
  server = await Server.start(`${outFolder}recovery-server.log`, ['--node-ip', nodeIp(!Shaper.whyNot()), '--bind', '0.0.0.0']);
  stage = await ReconnectionStage.set([server]);
});

after(async () => {
  await stage?.strike();
  await server?.stop();
});

for (const item of CASES.filter(({ brief }) => brief)) {
  test(item.name, { ...CASE, skip: item.link && Shaper.whyNot() }, async (t) => {
    const seen = await stage.play(server, item);
    t.diagnostic(JSON.stringify(seen));
    measure(item, seen);
  });
}
