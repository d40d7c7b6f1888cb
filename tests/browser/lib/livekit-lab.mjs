// A page with one livekit-client in the hands of a scene: functions of the scene run in the page, with `lab` and one argument.
import { livekitToken } from './apis.mjs';
import { LabPage } from './lab.mjs';

/** What a participant may do who may do all that a client can. */
const GRANTS = { roomJoin: true, canUpdateOwnMetadata: true };

export class LiveKitLabPage extends LabPage {
  /** `host`: the name of this machine where the browser is. */
  static async open({ browser, pages, server, host }, sdk) {
    const page = new LiveKitLabPage(await browser.open(pages.labUrlOf(sdk, host)), sdk, server, pages);
    return Object.assign(page, { host });
  }

  /** Where clients reach the server, or a relay before it. */
  url(port) {
    return `ws://${this.host ?? '127.0.0.1'}:${port ?? this.server.httpPort}`;
  }

  token(room, { identity, grants, ...claims }) {
    return livekitToken({ identity, ...claims, video: { room, ...GRANTS, ...grants } });
  }

  /** A new actor of this page joins. */
  join(name, room, { port, options, connect, ...claims } = {}) {
    const token = this.token(room, { identity: name, ...claims });
    return this.run(async (lab, given) => {
      await lab.actor(given.name, given.options).connect(given.url, given.token, given.connect);
    }, { name, url: this.url(port), token, options, connect });
  }

  leave(name) {
    return this.run((lab, name) => lab.actors[name].room.disconnect(), name);
  }
}
