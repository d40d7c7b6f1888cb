// Free ports of this machine, TCP and UDP alike.
import dgram from 'node:dgram';
import net from 'node:net';

function freeTcp() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function udpIsFree(port) {
  return new Promise((resolve) => {
    const socket = dgram.createSocket('udp4');
    socket.on('error', () => resolve(false));
    socket.bind(port, '0.0.0.0', () => socket.close(() => resolve(true)));
  });
}

/** The first of `count` neighbouring UDP ports that are all free: every media worker of a server takes one. */
export async function freeUdpRun(count) {
  for (;;) {
    const first = await freeTcp();
    const run = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all(run.map(udpIsFree));
    if (free.every(Boolean)) {
      return first;
    }
  }
}

/** `count` different ports, free for TCP and for UDP. */
export async function freePorts(count) {
  const ports = new Set();
  while (ports.size < count) {
    const port = await freeTcp();
    if (await udpIsFree(port)) {
      ports.add(port);
    }
  }
  return [...ports];
}
