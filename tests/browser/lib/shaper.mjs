// Makes what a server sends over UDP pass a narrow link, in a network of this run's own (`run` makes it): nothing of the
// machine's own network is touched, and nothing of it is needed in the server.
import { execFileSync } from 'node:child_process';

/** What fits the link's queue, as time. */
const QUEUE_MS = 300;
/** Set by `run`. */
const OWN_NETWORK = 'OWN_NETWORK';

const tc = (...words) => execFileSync('tc', words, { stdio: 'pipe' });

export class Shaper {
  /** Whether this run has a network of its own, which may be made narrow; else why not. */
  static whyNot() {
    return process.env[OWN_NETWORK] ? false : 'no network of its own: `unshare` or `tc` is missing here';
  }

  /** `ports`: those the server sends from. */
  constructor(ports) {
    tc('qdisc', 'replace', 'dev', 'lo', 'root', 'handle', '1:', 'htb', 'default', '1');
    tc('class', 'replace', 'dev', 'lo', 'parent', '1:', 'classid', '1:1', 'htb', 'rate', '10gbit', 'quantum', '60000');
    tc('class', 'replace', 'dev', 'lo', 'parent', '1:', 'classid', '1:2', 'htb', 'rate', '10gbit', 'quantum', '60000');
    for (const port of ports) {
      tc('filter', 'add', 'dev', 'lo', 'parent', '1:', 'protocol', 'ip', 'u32',
        'match', 'ip', 'protocol', '17', '0xff', 'match', 'ip', 'sport', `${port}`, '0xffff', 'flowid', '1:2');
    }
  }

  /** From now on no more than this passes. */
  narrow(kbps) {
    tc('qdisc', 'replace', 'dev', 'lo', 'parent', '1:2', 'handle', '20:', 'tbf', 'rate', `${kbps}kbit`,
      'burst', '3000', 'latency', `${QUEUE_MS}ms`);
  }

  widen() {
    tc('qdisc', 'del', 'dev', 'lo', 'parent', '1:2');
  }

  /** Bytes that passed so far. */
  passed() {
    const figures = tc('-s', 'class', 'show', 'dev', 'lo', 'classid', '1:2').toString();
    return Number(/Sent (\d+) bytes/.exec(figures)[1]);
  }
}
