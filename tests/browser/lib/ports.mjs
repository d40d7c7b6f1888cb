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
