// The API's documentation as people see it: drawn by this server alone, in light and dark, under its policy; an operation tried
// from the page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { nothingSerious } from '../lib/axe.mjs';
import { Chromium } from '../lib/chromium.mjs';
import { outFolder } from '../lib/record.mjs';
import { OPENVIDU_SECRET, Server } from '../lib/server.mjs';

const SCENE = { timeout: 120000 };
const LIST_ROOMS = '#operations-admin-adminListRooms';

let server;
let browser;

before(async () => {
  server = await Server.start(`${outFolder}docs-server.log`);
  browser = await Chromium.launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The page with what it complained of and whom it asked. `options`: of the browser's context. */
async function open(options) {
  const context = await browser.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const seen = { complaints: [], hosts: new Set() };
  page.on('console', (message) => message.type() === 'error' && seen.complaints.push(message.text()));
  page.on('pageerror', (error) => seen.complaints.push(error.message));
  page.on('request', (request) => request.url().startsWith('http') && seen.hosts.add(new URL(request.url()).host));
  page.setDefaultTimeout(40000);
  await page.goto(`${server.http}/docs/`, { waitUntil: 'domcontentloaded' });
  await page.waitForSelector('.opblock-tag');
  return { context, page, seen };
}

test('the documentation is drawn from this server alone and an operation is tried from it', SCENE, async () => {
  const { context, page, seen } = await open({});
  const tags = await page.$$eval('.opblock-tag', (found) => found.map((tag) => tag.dataset.tag));
  assert.deepEqual([...tags].sort(), ['admin', 'livekit', 'openvidu-v2', 'server']);
  await page.evaluate((secret) => window.ui.preauthorizeApiKey('adminToken', secret), OPENVIDU_SECRET);
  await page.click('.opblock-tag[data-tag="admin"]');
  await page.click(`${LIST_ROOMS} .opblock-summary`);
  await page.click(`${LIST_ROOMS} .try-out__btn`);
  const answered = page.waitForResponse((response) => response.url().includes('/admin/v1/rooms'));
  await page.click(`${LIST_ROOMS} .execute`);
  assert.equal((await answered).status(), 200);
  await page.waitForSelector(`${LIST_ROOMS} .live-responses-table`);
  assert.deepEqual(seen.complaints, []);
  assert.deepEqual([...seen.hosts], [`127.0.0.1:${server.httpPort}`]);
  await context.close();
});

test('it follows the system in light and dark, and can be read in either', SCENE, async () => {
  // The axe script is the test's own: the page's policy would not let it in.
  const { context, page, seen } = await open({ bypassCSP: true });
  const isDark = () => page.evaluate(() => document.documentElement.classList.contains('dark-mode'));
  await page.click('.opblock-tag[data-tag="admin"]');
  await page.waitForSelector(LIST_ROOMS);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    assert.equal(await isDark(), colorScheme === 'dark');
    await page.screenshot({ path: `${outFolder}docs-${colorScheme}.png` });
    // Swagger UI has buttons in buttons.
    await nothingSerious(page, colorScheme, ['nested-interactive']);
  }
  await page.click('#theme');
  assert.equal(await isDark(), false, 'what is chosen counts more than the system');
  assert.deepEqual(seen.complaints, []);
  await context.close();
});
