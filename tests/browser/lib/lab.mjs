// A page with one v2 SDK in the hands of a scene: functions of the scene run in the page, with `lab` and one argument.
import { v2Token } from './apis.mjs';

export class LabPage {
  static async open({ browser, pages, server }, sdk, options) {
    return new LabPage(await browser.open(pages.labUrlOf(sdk), options), sdk, server, pages);
  }

  constructor(page, sdk, server, pages) {
    Object.assign(this, { page, sdk, server, pages });
  }

  /** Where a backend of this SDK's time reaches the server: the host in it is what the token names. */
  base(port) {
    const { sdk, server } = this;
    return sdk.secureOnly ? `https://127.0.0.1:${port ?? server.tlsPort}` : `http://127.0.0.1:${port ?? server.httpPort}`;
  }

  /** Runs `step(lab, argument)` in the page. What it throws is the failure, with the last lines of the page's console. */
  async run(step, argument) {
    try {
      return await this.page.evaluate(`window.lab.run(${step}, ${JSON.stringify(argument) ?? 'undefined'})`);
    } catch (error) {
      const lines = this.page.console.slice(-8).map((line) => line.slice(0, 300));
      throw new Error(`${this.sdk.id}: ${error.message.split('\n    at ')[0]}\nconsole: ${lines.join('\n         ')}`);
    }
  }

  token(room, options = {}) {
    const { port, ...wanted } = options;
    return v2Token(this.base(port), { room, legacyApi: this.sdk.legacyApi, ...wanted });
  }

  /** A new actor of this page joins; resolves to its connection id. */
  async join(name, room, { advanced, ...options } = {}) {
    const token = await this.token(room, options);
    return this.run((lab, given) => lab.actor(given.name, given.advanced).connect(given.token), { name, token, advanced });
  }

  /** Waits for an event at an actor of this page, and takes it. */
  take(name, source, type, wanted, limitMs) {
    return this.run(async (lab, given) => {
      const { event, ...entry } = await lab.actors[given.name].take(given.source, given.type, given.wanted, given.limitMs);
      return entry;
    }, { name, source, type, wanted, limitMs });
  }

  close() {
    return this.page.close();
  }
}
