// What every file of scenes needs: one server, one page server, one browser; and a room with people for one scene.
import { Pages } from './pages.mjs';
import { Participant } from './participant.mjs';
import { outFolder } from './record.mjs';
import { Server } from './server.mjs';

export class Stage {
  static async set(browserKind, logName, env) {
    const stage = new Stage();
    stage.server = await Server.start(`${outFolder}${logName}.log`, [], env);
    stage.pages = await Pages.open();
    stage.browser = await browserKind.launch();
    return stage;
  }

  constructor() {
    this.rooms = 0;
  }

  newRoom() {
    this.rooms += 1;
    return `room-${this.rooms}`;
  }

  /**
   * Runs `scene({ room, open })`; every page it opened is closed afterwards, whatever happens. No path is narrow here, so
   * nobody's picture may have been held back, unless `narrow` says so.
   */
  async scene(scene, { narrow = false } = {}) {
    const opened = [];
    const open = async (sdk, name) => {
      const participant = await Participant.open(this.browser, this.pages, sdk, name);
      opened.push(participant);
      return participant;
    };
    try {
      await scene({ server: this.server, room: this.newRoom(), open });
      if (!narrow) {
        await Promise.all(opened.map((participant) => participant.wasNeverHeldBack()));
      }
    } finally {
      await Promise.all(opened.map((participant) => participant.close()));
    }
  }

  async strike() {
    await this.browser?.close();
    await this.pages?.close();
    return this.server?.stop();
  }
}
