// A server that is gone from one moment to the next: the browser's own ICE notices, and later SDKs tell their app.
import { LabPage } from '../../lib/lab.mjs';
import { outFolder } from '../../lib/record.mjs';
import { Server } from '../../lib/server.mjs';

/** Chromium notices after some 5 s without an answer. */
const ICE_LIMIT_MS = 60000;

/**
 * A server of its own is killed while it has a publisher. Resolves to `{ disconnected, end }`: the first a promise of `null` or of
 * the error, for which other scenes need not wait.
 */
export async function serverVanishes({ browser, pages, sdk }) {
  const server = await Server.start(`${outFolder}v2-vanished-server.log`);
  const page = await LabPage.open({ browser, pages, server }, sdk);
  await page.join('erin', 'vanished');
  await page.run(async (lab) => {
    const { erin } = lab.actors;
    await erin.publishDrawn();
    const peer = erin.publisher.stream.getRTCPeerConnection();
    await lab.until('connected', () => ['connected', 'completed'].includes(peer.iceConnectionState));
  });
  server.child.kill('SIGKILL');
  const disconnected = page.run(async (lab, limitMs) => {
    const { erin } = lab.actors;
    const { event } = await erin.take('session', 'exception', { exception: 'ICE_CONNECTION_DISCONNECTED' }, limitMs);
    lab.ok(event.origin === erin.publisher.stream, 'the stream');
  }, ICE_LIMIT_MS).then(() => null, (error) => error);
  const end = async () => {
    await page.close();
    await server.stop();
  };
  return { disconnected, end };
}
