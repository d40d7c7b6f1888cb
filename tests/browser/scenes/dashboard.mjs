// The dashboard in Chromium, beside a room with a client of either protocol: each tab shows what it should, and what is
// ordered there happens to the real clients.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chromium } from '../lib/chromium.mjs';
import { Dashboard } from '../lib/dashboard.mjs';
import { newest } from '../lib/sdks.mjs';
import { OPENVIDU_SECRET } from '../lib/server.mjs';
import { Stage } from '../lib/stage.mjs';
import { meet } from './meeting.mjs';

const SCENE = { timeout: 120000 };

let stage;

before(async () => {
  stage = await Stage.set(Chromium, 'dashboard-server', {
    OPENVIDU_WEBHOOK: 'true', OPENVIDU_WEBHOOK_ENDPOINT: 'http://127.0.0.1:9/', VIADUCT_OUTBOX_DEAD_AFTER: '1', VIADUCT_OUTBOX_RETRY_MAX: '1',
  });
});

after(() => stage?.strike());

async function signedIn() {
  const dashboard = await Dashboard.open(stage.browser, stage.server.http);
  await dashboard.signIn(OPENVIDU_SECRET);
  return dashboard;
}

test('nobody sees anything without the token', SCENE, async () => {
  const dashboard = await Dashboard.open(stage.browser, stage.server.http);
  await dashboard.look('sign-in');
  await dashboard.signIn('a wrong one');
  await dashboard.page.getByText('The token is not the right one.').waitFor();
  assert.equal(await dashboard.page.getByRole('tab').count(), 0);
  await dashboard.signIn(OPENVIDU_SECRET);
  await dashboard.page.getByRole('tab', { name: 'Rooms' }).waitFor();
  await dashboard.page.reload();
  await dashboard.page.getByText('No rooms at the moment.').waitFor();
  await dashboard.page.getByRole('button', { name: 'Sign out' }).click();
  await dashboard.page.getByLabel('Token').waitFor();
  assert.deepEqual(dashboard.complaints, []);
  await dashboard.close();
});

test('a room of both worlds is shown, and what is ordered happens to its clients', SCENE, () => stage.scene(async (scene) => {
  const [alice, bob] = await meet(scene, newest.v2, newest.livekit);
  const dashboard = await signedIn();
  const panel = await dashboard.tab('Rooms');
  for (const [name, world] of [['alice', 'OpenVidu v2'], ['bob', 'LiveKit']]) {
    const row = panel.getByRole('row').filter({ hasText: name });
    await row.getByText(world, { exact: true }).waitFor();
    await row.getByText('camera').waitFor();
    await row.getByText('microphone').waitFor();
  }
  await panel.getByText(/bit\/s/).first().waitFor();
  await dashboard.look('rooms');

  await dashboard.order('Mute camera of bob');
  await alice.untilRemote(bob, 'camera off', ({ video }) => video === 'muted');
  await panel.getByRole('row').filter({ hasText: 'bob' }).getByText('muted').waitFor();
  await dashboard.order('Remove bob');
  await bob.until('put out by the server', ({ left }) => left);
  await alice.untilGone({ id: bob.id, name: 'bob' });
  await dashboard.order('End room');
  await alice.until('out, as the room is gone', ({ left }) => left);
  await panel.getByText('No rooms at the moment.').waitFor();
  assert.deepEqual(dashboard.complaints, []);
  await dashboard.close();
}));

test('each other tab shows what it should, in light and dark', SCENE, () => stage.scene(async (scene) => {
  await meet(scene, newest.v2, newest.livekit);
  const dashboard = await signedIn();
  const shows = [
    ['Load', ['Participants', 'Processors', 'Media workers']],
    ['Webhooks', ['openvidu-v2', 'Send again']],
    ['Capabilities', ['Engine profile mediasoup', 'VIA-0101']],
    ['Migration', ['What is used', 'of 100 ready', 'OVM-0101', 'RoomService.CreateRoom']],
    ['Settings', ['openvidu.webhook_endpoint', 'development']],
  ];
  for (const [title, texts] of shows) {
    const panel = await dashboard.tab(title);
    for (const text of texts) {
      await panel.getByText(text).first().waitFor();
    }
    if (title === 'Load') {
      await panel.locator('figcaption').filter({ hasText: 'Participants' }).getByText('2', { exact: true }).waitFor();
    }
    await dashboard.look(title.toLowerCase());
  }
  assert.ok(!(await dashboard.page.content()).includes(OPENVIDU_SECRET), 'the secret is masked');
  assert.deepEqual(dashboard.complaints, []);
  await dashboard.page.setViewportSize({ width: 380, height: 800 });
  await dashboard.tab('Rooms');
  await dashboard.look('narrow');
  const overflow = await dashboard.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  assert.equal(overflow, false, 'nothing is wider than a telephone');
  await dashboard.close();
}));
