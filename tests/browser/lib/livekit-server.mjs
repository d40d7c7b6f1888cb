// Starts a livekit-server, with which results are compared, on free ports, and ends it by its own pid.
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './ports.mjs';
import { LIVEKIT_KEY, LIVEKIT_SECRET, Server } from './server.mjs';

export class LiveKitServer extends Server {
  /** `nodeIp`: where clients are told to send media to. */
  static async start(path, logFile, { nodeIp = '127.0.0.1' } = {}) {
    if (!path || !existsSync(path)) {
      throw new Error(`no livekit-server at ${path}: give its path with --livekit`);
    }
    const [httpPort, tcpPort, udpPort] = await freePorts(3);
    const dataDir = mkdtempSync(join(tmpdir(), 'livekit-test-'));
    const isLoopback = nodeIp.startsWith('127.');
    const config = [
      `port: ${httpPort}`, 'rtc:', `  tcp_port: ${tcpPort}`, `  udp_port: ${udpPort}`, '  use_external_ip: false',
      `  enable_loopback_candidate: ${isLoopback}`, '  congestion_control:', '    allow_pause: true', 'logging:', '  level: warn', 'keys:', `  ${LIVEKIT_KEY}: ${LIVEKIT_SECRET}`,
    ].join('\n');
    const log = createWriteStream(logFile);
    const bind = isLoopback ? [] : ['--bind', '0.0.0.0'];
    const child = spawn(path, ['--dev', '--node-ip', nodeIp, ...bind, '--config-body', config], { cwd: dataDir, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    const server = new LiveKitServer(child, { httpPort, tcpPort, udpPorts: [udpPort], dataDir, logFile });
    await server.ready();
    return server;
  }

  get readyUrl() {
    return `${this.http}/`;
  }
}
