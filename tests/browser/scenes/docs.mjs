// The API's documentation as people see it: drawn offline under its policy, in light and dark; an operation tried from the page.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Chromium } from '../lib/chromium.mjs';
import { OPENVIDU_SECRET, Server } from '../lib/server.mjs';

const OUT = fileURLToPath(new URL('../out', import.meta.url));

/** A page in this scheme, with all that it complained of and asked for. */
async function open(browser, url, colorScheme) {
  const context = await browser.browser.newContext({ colorScheme, viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const seen = { complaints: [], hosts: new Set() };
  page.on('console', (message) => message.type() === 'error' && seen.complaints.push(message.text()));
  page.on('pageerror', (error) => seen.complaints.push(error.message));
  page.on('request', (request) => request.url().startsWith('http') && seen.hosts.add(new URL(request.url()).host));
  page.setDefaultTimeout(100000);
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  await page.waitForSelector('.opblock-tag');
  return { context, page, seen };
}

test('the documentation is drawn from this server alone, in light and dark, and tries an operation', async (t) => {
  mkdirSync(OUT, { recursive: true });
  const server = await Server.start(join(OUT, 'docs-server.log'));
  const browser = await Chromium.launch();
  try {
    for (const scheme of ['light', 'dark']) {
      await t.test(scheme, async () => {
        const { context, page, seen } = await open(browser, `${server.http}/docs/`, scheme);
        const tags = await page.$$eval('.opblock-tag', (found) => found.map((tag) => tag.dataset.tag));
        assert.deepEqual([...tags].sort(), ['admin', 'livekit', 'openvidu-v2', 'server']);
        const dark = await page.evaluate(() => document.documentElement.classList.contains('dark-mode'));
        assert.equal(dark, scheme === 'dark');
        await page.click('.opblock-tag[data-tag="admin"]');
        await page.click('#operations-admin-adminListRooms .opblock-summary');
        await page.waitForSelector('#operations-admin-adminListRooms .responses-table');
        await page.evaluate(() => window.scrollTo(0, 0));
        await page.screenshot({ path: join(OUT, `docs-${scheme}.png`) });
        assert.deepEqual(seen.complaints, []);
        assert.deepEqual([...seen.hosts], [`127.0.0.1:${server.httpPort}`]);
        await context.close();
      });
    }
    await t.test('an operation with credentials', async () => {
      const { context, page, seen } = await open(browser, `${server.http}/docs/`, 'light');
      await page.evaluate((secret) => window.ui.preauthorizeApiKey('adminToken', secret), OPENVIDU_SECRET);
      await page.click('.opblock-tag[data-tag="admin"]');
      await page.click('#operations-admin-adminListRooms .opblock-summary');
      await page.click('#operations-admin-adminListRooms .try-out__btn');
      const answered = page.waitForResponse((response) => response.url().includes('/admin/v1/rooms'));
      await page.click('#operations-admin-adminListRooms .execute');
      assert.equal((await answered).status(), 200);
      assert.deepEqual(seen.complaints, []);
      await context.close();
    });
  } finally {
    await browser.close();
    await server.stop();
  }
});
