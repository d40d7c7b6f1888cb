// A TCP relay between a page and the server that can cut every connection it carries, and refuse new ones for a while.
import net from 'node:net';

export class Cutter {
  /** `host`: the address of this machine to listen on. */
  static async open(targetPort, host = '127.0.0.1') {
    const cutter = new Cutter(targetPort);
    await new Promise((resolve, reject) => {
      cutter.listener.once('error', reject);
      cutter.listener.listen(0, host, resolve);
    });
    return cutter;
  }

  constructor(targetPort) {
    this.carried = new Set();
    this.refusing = false;
    this.listener = net.createServer((near) => this.carry(near, targetPort));
  }

  get port() {
    return this.listener.address().port;
  }

  carry(near, targetPort) {
    if (this.refusing) {
      near.destroy();
      return;
    }
    const far = net.connect(targetPort, '127.0.0.1');
    const pair = { near, far };
    this.carried.add(pair);
    const end = () => {
      this.carried.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    near.pipe(far);
    far.pipe(near);
  }

  /** Breaks what is open, as a lost network does for the page. Returns how many connections that were. */
  cut() {
    const count = this.carried.size;
    for (const { near, far } of [...this.carried]) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    return count;
  }

  close() {
    this.cut();
    return new Promise((resolve) => this.listener.close(resolve));
  }
}
