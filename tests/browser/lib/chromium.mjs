// Debian's Chromium, headless, with its fake camera and microphone: one process, one context per participant.
import { chromium } from 'playwright-core';

export const CHROMIUM = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--auto-accept-this-tab-capture',
  '--auto-select-desktop-capture-source=Entire screen',
  '--autoplay-policy=no-user-gesture-required',
  '--ignore-certificate-errors',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--disable-background-networking',
];

export class Chromium {
  /** `program`: what is run in the browser's place and runs it; `more`: arguments beside the usual ones. */
  static async launch({ program = CHROMIUM, more = [] } = {}) {
    const process_ = await chromium.launch({ executablePath: program, args: [...ARGUMENTS, ...more], headless: true });
    return new Chromium(process_);
  }

  constructor(browser) {
    this.browser = browser;
    this.name = 'chromium';
    const major = browser.version().split('.')[0];
    // Old SDKs look at the user agent's browser name and do not know "HeadlessChrome".
    this.userAgent = `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`;
  }

  get version() {
    return this.browser.version();
  }

  /** A page in a context of its own: `{ evaluate, reload, screenshot, close }`. */
  async open(url, { userAgent = this.userAgent } = {}) {
    const context = await this.browser.newContext({ userAgent, ignoreHTTPSErrors: true });
    const page = await context.newPage();
    const lines = [];
    page.on('console', (message) => lines.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => lines.push(`pageerror: ${error.message}`));
    await page.goto(url);
    return {
      console: lines,
      evaluate: (expression) => page.evaluate(expression),
      reload: () => page.reload(),
      screenshot: (path) => page.screenshot({ path, fullPage: true }),
      close: () => context.close(),
    };
  }

  close() {
    return this.browser.close();
  }
}
