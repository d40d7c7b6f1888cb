// The first scene of each kind in Firefox: both worlds alone, and mixed.
import { after, before, test } from 'node:test';
import { Firefox } from '../lib/firefox.mjs';
import { Record } from '../lib/record.mjs';
import { newest } from '../lib/sdks.mjs';
import { Stage } from '../lib/stage.mjs';
import { meet } from './meeting.mjs';

const PAIRS = [
  [newest.v2, newest.v2],
  [newest.livekit, newest.livekit],
  [newest.v2, newest.livekit],
];

const record = new Record('firefox');
let stage;

before(async () => {
  stage = await Stage.set(Firefox, 'firefox-server');
  record.facts.browser = `Firefox ${stage.browser.version}`;
});

after(async () => {
  record.write();
  await stage?.strike();
});

for (const [firstSdk, secondSdk] of PAIRS) {
  test(`${firstSdk.id} and ${secondSdk.id} see and hear each other`, { timeout: 120000 }, () => stage.scene(async (room) => {
    const [first, second] = await meet(room, firstSdk, secondSdk);
    await record.firstFrames('Firefox', first, second);
  }));
}
