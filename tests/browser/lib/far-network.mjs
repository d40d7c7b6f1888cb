// A network behind a link, for one browser alone: what crosses the link can be stopped, all of it or media alone, in silence
// as a radio does that is out of reach. It is made inside the network of this run (`run` makes that): nothing of the machine's
// own is touched.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHROMIUM } from './chromium.mjs';
import { Shaper } from './shaper.mjs';
import { until } from './until.mjs';

/** The link's two ends, as `run` names them, and their addresses. */
export const NEAR_ADDRESS = '10.77.0.1';
const FAR_ADDRESS = '10.77.0.2';
const TCP = 6;
const UDP = 17;
const EVERYTHING = '1:1';
const MEDIA = '1:2';

export class FarNetwork {
  /** `servers`: those whose media can be stopped. */
  static async open(servers) {
    if (Shaper.whyNot()) {
      return null;
    }
    const keeper = spawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' });
    const own = readlinkSync('/proc/self/ns/net');
    await until('a network of its own', 5000, () => readlinkSync(`/proc/${keeper.pid}/ns/net`) !== own);
    return new FarNetwork(keeper, servers);
  }

  constructor(keeper, servers) {
    this.keeper = keeper;
    this.folder = mkdtempSync(join(tmpdir(), 'far-network-'));
    execFileSync('ip', ['link', 'set', 'far', 'netns', `${keeper.pid}`]);
    this.inside('ip', 'link', 'set', 'lo', 'up');
    this.inside('ip', 'address', 'add', `${FAR_ADDRESS}/24`, 'dev', 'far');
    this.inside('ip', 'link', 'set', 'far', 'up');
    this.inside('ip', 'route', 'add', 'default', 'via', NEAR_ADDRESS);
    /** What is sent towards the browser, and what comes from it. */
    this.ends = [
      { device: 'near', field: 'sport', tc: (...words) => execFileSync('tc', words, { stdio: 'pipe' }) },
      { device: 'far', field: 'dport', tc: (...words) => this.inside('tc', ...words) },
    ];
    const ports = servers.flatMap(({ udpPorts, tcpPort }) => [...udpPorts.map((port) => [UDP, port]), [TCP, tcpPort]]);
    this.ends.forEach((end) => sort(end, ports));
  }

  /** Runs a program in the far network. */
  inside(...words) {
    return execFileSync('nsenter', ['-t', `${this.keeper.pid}`, '-n', ...words], { stdio: 'pipe' });
  }

  /** A program that runs the browser there. */
  browserProgram() {
    const program = join(this.folder, 'chromium');
    writeFileSync(program, `#!/bin/sh\nexec nsenter -t ${this.keeper.pid} -n ${CHROMIUM} "$@"\n`);
    chmodSync(program, 0o755);
    return program;
  }

  stopMedia() {
    this.stop([MEDIA]);
  }

  stopEverything() {
    this.stop([MEDIA, EVERYTHING]);
  }

  /** A queue without a place drops all that is put into it. */
  stop(classes) {
    for (const { device, tc } of this.ends) {
      classes.forEach((name) => tc('qdisc', 'replace', 'dev', device, 'parent', name, 'pfifo', 'limit', '0'));
    }
    this.stopped = classes;
  }

  letPass() {
    for (const { device, tc } of this.ends) {
      (this.stopped ?? []).forEach((name) => tc('qdisc', 'del', 'dev', device, 'parent', name));
    }
    this.stopped = null;
  }

  close() {
    this.keeper.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Media in a class of its own. */
function sort({ device, field, tc }, ports) {
  tc('qdisc', 'replace', 'dev', device, 'root', 'handle', '1:', 'htb', 'default', '1');
  for (const name of [EVERYTHING, MEDIA]) {
    tc('class', 'replace', 'dev', device, 'parent', '1:', 'classid', name, 'htb', 'rate', '10gbit', 'quantum', '60000');
  }
  for (const [protocol, port] of ports) {
    tc('filter', 'add', 'dev', device, 'parent', '1:', 'protocol', 'ip', 'u32',
      'match', 'ip', 'protocol', `${protocol}`, '0xff', 'match', 'ip', field, `${port}`, '0xffff', 'flowid', MEDIA);
  }
}
