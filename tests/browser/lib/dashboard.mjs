// The dashboard in a page of its own: signing in, the tabs, what stands there; looked at by axe-core and photographed.
import assert from 'node:assert/strict';
import { nothingSerious } from './axe.mjs';
import { outFolder } from './record.mjs';

const LIMIT_MS = 15000;

export class Dashboard {
  static async open(browser, url) {
    // The axe script is the test's own: the page's policy would not let it in.
    const context = await browser.browser.newContext({ viewport: { width: 1280, height: 800 }, bypassCSP: true });
    const page = await context.newPage();
    page.setDefaultTimeout(LIMIT_MS);
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== new URL(url).origin && !request.url().startsWith('data:')) {
        complaints.push(`asks for ${request.url()}`);
      }
    });
    await page.goto(`${url}/dashboard`);
    return Object.assign(new Dashboard(), { page, context, complaints });
  }

  async signIn(token) {
    await this.page.getByLabel('Token').fill(token);
    await this.page.getByLabel('Token').press('Enter');
  }

  /** Brings a tab to the front by keyboard; gives its panel. */
  async tab(title) {
    const chosen = () => this.page.getByRole('tab', { selected: true });
    await chosen().focus();
    for (let presses = 0; await chosen().innerText() !== title; presses += 1) {
      assert.ok(presses < 10, `no tab ${title}`);
      await this.page.keyboard.press('ArrowRight');
    }
    return this.page.getByRole('tabpanel');
  }

  /** Presses a button and says yes. */
  async order(name) {
    await this.page.getByRole('button', { name }).first().click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByRole('button').last().click();
    await dialog.waitFor({ state: 'hidden' });
  }

  /** Photographs the page in both schemes, and has axe look at each. */
  async look(name) {
    for (const colorScheme of ['light', 'dark']) {
      await this.page.emulateMedia({ colorScheme });
      await this.page.screenshot({ path: `${outFolder}dashboard-${name}-${colorScheme}.png`, fullPage: true });
      await nothingSerious(this.page, `${name}, ${colorScheme}`);
    }
  }

  close() {
    return this.context.close();
  }
}
