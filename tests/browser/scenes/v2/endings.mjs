// Every way in which a stream, a connection and a session end, and what each SDK is told of it. All actors live in one page:
// a watcher who moderates, and for each ending one who publishes and is hit by it.
import { v2Kick, v2Rest } from '../../lib/apis.mjs';
import { Cutter } from '../../lib/cutter.mjs';

/** A lost socket may be resumed for 10 s; then its owner is out. */
const EVICTION_LIMIT_MS = 20000;

/** An actor joins and publishes; resolves to its ids once the watcher knows its stream. */
async function comes({ page, room }, name, options) {
  const id = await page.join(name, room, options);
  const streamId = await page.run((lab, name) => lab.actors[name].publishDrawn(), name);
  await page.take('watcher', 'session', 'streamCreated', { connection: id });
  return { name, id, streamId };
}

/** What the one who is put out, and the others, are told. */
async function isOut({ page }, { name, id }, reason, limitMs) {
  await page.run(async (lab, { name, id, reason, limitMs }) => {
    const { watcher, [name]: victim } = lab.actors;
    await watcher.take('session', 'streamDestroyed', { connection: id, reason }, limitMs);
    await watcher.take('session', 'connectionDestroyed', { connection: id, reason }, limitMs);
    await victim.take('session', 'sessionDisconnected', { reason }, limitMs);
    await victim.take('publisher', 'streamDestroyed', { reason }, limitMs);
  }, { name, id, reason, limitMs });
}

export async function watcherComes(scene) {
  scene.watcherId = await scene.page.join('watcher', scene.room, { role: 'MODERATOR' });
}

export async function leaves(scene) {
  const gone = await comes(scene, 'leaver');
  await scene.page.run((lab) => lab.actors.leaver.session.disconnect());
  await isOut(scene, gone, 'disconnect');
}

export async function isForcedToUnpublish(scene) {
  const { page, room } = scene;
  scene.still = await comes(scene, 'still');
  await page.run(async (lab, { id, streamId }) => {
    const { watcher, still } = lab.actors;
    await watcher.session.forceUnpublish(watcher.streams.get(id));
    await watcher.take('session', 'streamDestroyed', { connection: id, streamId, reason: 'forceUnpublishByUser' });
    await still.take('publisher', 'streamDestroyed', { reason: 'forceUnpublishByUser' });
    await still.publishDrawn();
  }, scene.still);
  const { streamId } = await page.take('watcher', 'session', 'streamCreated', { connection: scene.still.id });
  await page.run(async (lab, { answer, id, streamId }) => {
    const { watcher, still } = lab.actors;
    lab.equal(answer, 204, 'answer to the backend');
    await watcher.take('session', 'streamDestroyed', { connection: id, streamId, reason: 'forceUnpublishByServer' });
    await still.take('publisher', 'streamDestroyed', { reason: 'forceUnpublishByServer' });
    lab.ok(!still.has('session', 'sessionDisconnected'), 'who lost the stream stays in the session');
  }, { ...scene.still, streamId, answer: (await v2Rest(page.base(), 'DELETE', `/openvidu/api/sessions/${room}/stream/${streamId}`)).status });
}

/** Only a moderator may touch others: the SDK tells so with an error of its own. */
export async function mayNotForce({ page, watcherId, still }) {
  const streamId = await page.run((lab) => lab.actors.watcher.publishDrawn());
  await page.take('still', 'session', 'streamCreated', { connection: watcherId, streamId });
  await page.run(async (lab, watcherId) => {
    const { session, connections, streams } = lab.actors.still;
    const denied = { name: 'OPENVIDU_PERMISSION_DENIED' };
    await lab.rejects(session.forceUnpublish(streams.get(watcherId)), denied, 'forceUnpublish');
    await lab.rejects(session.forceDisconnect(connections.get(watcherId)), denied, 'forceDisconnect');
    await lab.actors.watcher.session.signal({ type: 'still-here', data: '', to: [] });
    await lab.actors.still.take('session', 'signal', { named: 'signal:still-here', from: watcherId });
  }, watcherId, still);
}

export async function isForcedOutByUser(scene) {
  const gone = await comes(scene, 'kicked');
  await scene.page.run((lab, id) => lab.actors.watcher.session.forceDisconnect(lab.actors.watcher.connections.get(id)), gone.id);
  await isOut(scene, gone, 'forceDisconnectByUser');
}

export async function isForcedOutByServer(scene) {
  const gone = await comes(scene, 'removed');
  await v2Kick(scene.page.base(), scene.room, gone.id);
  await isOut(scene, gone, 'forceDisconnectByServer');
}

/** The network is cut; resolves to a function that waits for the end of it, so that other things can happen meanwhile. */
export async function losesItsNetwork(scene) {
  const { page } = scene;
  const cutter = await Cutter.open(page.sdk.secureOnly ? page.server.tlsPort : page.server.httpPort);
  const gone = await comes(scene, 'lost', { port: cutter.port });
  cutter.refusing = true;
  if (cutter.cut() === 0) {
    throw new Error('the relay carried no connection');
  }
  await page.take('lost', 'session', 'reconnecting');
  scene.afterTheNetworkIsLost = async () => {
    await page.run(async (lab, { id, limitMs }) => {
      const { watcher } = lab.actors;
      await watcher.take('session', 'streamDestroyed', { connection: id, reason: 'networkDisconnect' }, limitMs);
      await watcher.take('session', 'connectionDestroyed', { connection: id, reason: 'networkDisconnect' }, limitMs);
    }, { id: gone.id, limitMs: EVICTION_LIMIT_MS });
    cutter.refusing = false;
    await page.take('lost', 'session', 'sessionDisconnected', { reason: 'networkDisconnect' }, EVICTION_LIMIT_MS);
    await page.take('lost', 'publisher', 'streamDestroyed', { reason: 'networkDisconnect' });
    await page.run((lab) => lab.ok(!lab.actors.lost.has('session', 'reconnected'), 'not told that it came back'));
    await cutter.close();
  };
}

export async function isLostForGood(scene) {
  await scene.afterTheNetworkIsLost();
}

/** The backend closes the session: one is put out after the other, so whoever is last has seen the others go. */
export async function sessionIsClosed({ page, room, watcherId, still }) {
  await page.run((lab) => lab.actors.still.publishDrawn());
  await page.take('watcher', 'session', 'streamCreated', { connection: still.id });
  const { status } = await v2Rest(page.base(), 'DELETE', `/openvidu/api/sessions/${room}`);
  await page.run(async (lab, { ids, status }) => {
    const reason = 'sessionClosedByServer';
    lab.equal(status, 204, 'answer to the backend');
    const actors = [lab.actors.watcher, lab.actors.still];
    for (const actor of actors) {
      await actor.take('session', 'sessionDisconnected', { reason });
      await actor.take('publisher', 'streamDestroyed', { reason });
    }
    const seen = (type) => actors.some((actor) => ids.some((connection) => connection !== actor.id && actor.has('session', type, { connection, reason })));
    lab.ok(seen('streamDestroyed'), 'one was told of the end of the other\'s stream');
    lab.ok(seen('connectionDestroyed'), 'one was told of the end of the other\'s connection');
  }, { ids: [watcherId, still.id], status });
}
