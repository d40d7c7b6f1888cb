// Each way of leaving a room, and the reason that the one who left and the others are given.
import { livekitKick, twirp } from '../../lib/apis.mjs';

/** Somebody joins, publishes and is seen by bob; what `ends` then does is watched from both sides. */
async function ending({ alice, bob, room }, who, ends, { fresh = true, claims = {} } = {}) {
  if (fresh) {
    await alice.join(who, room, claims);
    await alice.run((lab, who) => lab.actors[who].publishDrawn(), who);
    await bob.run((lab, who) => lab.until(`the camera of ${who}`, () => lab.actors.bob.publication(who, 'camera')?.isSubscribed), who);
  }
  await bob.run((lab) => lab.actors.bob.forget());
  const given = await ends();
  const own = await alice.run(async (lab, who) => {
    const actor = lab.actors[who];
    const event = await actor.event('room', 'disconnected', undefined, 20000);
    return { event: event === lab.MISSING ? event : (lab.sdk.DisconnectReason[event[0]] ?? event[0]), state: actor.room.state, others: actor.others.length };
  }, who);
  const there = await bob.run(async (lab, who) => {
    const { bob } = lab.actors;
    const event = await bob.event('room', 'participantDisconnected', (given) => given === who, 20000);
    const unpublished = await bob.event('room', 'trackUnpublished', (publication, given) => given === who, 2000);
    const unsubscribed = await bob.event('room', 'trackUnsubscribed', (track, publication, given) => given === who, 2000);
    return { event: event === lab.MISSING ? event : [event[0], lab.sdk.DisconnectReason[event[1]] ?? null], unpublished, unsubscribed };
  }, who);
  return { given, own, there };
}

export async function leaves(scene) {
  const ended = await ending(scene, 'leaver', () => scene.alice.run((lab) => lab.outcome(lab.actors.leaver.room.disconnect())));
  return { 'Room.disconnect()': ended.given, 'Room@disconnected': ended.own, 'Room@participantDisconnected': ended.there };
}

/** The actor at test is the one who watches. */
export async function anotherLeaves({ alice, bob, room }) {
  await alice.join('watcher', room);
  await bob.join('quick', room);
  await bob.run((lab) => lab.actors.quick.publishDrawn());
  await alice.run((lab) => lab.until('a camera', () => lab.actors.watcher.publication('quick', 'camera')?.isSubscribed));
  await bob.leave('quick');
  const rows = await alice.run(async (lab) => {
    const { watcher } = lab.actors;
    return {
      'Room@participantDisconnected': await watcher.event('room', 'participantDisconnected'),
      'Room@trackUnpublished': await watcher.event('room', 'trackUnpublished'),
      'Room@trackUnsubscribed': await watcher.event('room', 'trackUnsubscribed'),
    };
  });
  await alice.leave('watcher');
  return rows;
}

export async function anotherTakesItsIdentity(scene) {
  const { alice, bob, room } = scene;
  await alice.join('twin', room);
  await bob.join('twin', room);
  const own = await alice.run(async (lab) => {
    const event = await lab.actors.twin.event('room', 'disconnected', undefined, 20000);
    return event === lab.MISSING ? event : lab.sdk.DisconnectReason[event[0]];
  });
  const state = await bob.run((lab) => lab.actors.twin.room.state);
  await bob.leave('twin');
  return { 'Room@disconnected': { own, theOther: state } };
}

export async function theBackendRemoves(scene) {
  const ended = await ending(scene, 'victim', () => livekitKick(scene.server.http, scene.room, 'victim'));
  return { 'Room@disconnected': ended.own, 'Room@participantDisconnected': ended.there };
}

export async function theServerLeaves(scene) {
  const ended = await ending(scene, 'of server-leave', () => scene.alice.run((lab) => lab.outcome(lab.actors['of server-leave'].room.simulateScenario('server-leave'))));
  return { 'simulateScenario: server-leave': ended };
}

/** A page that goes without a word: the others are told at once, because it says goodbye by a beacon of its socket. */
export async function thePageGoes({ alice, bob, room }) {
  await alice.join('goner', room);
  await bob.run((lab) => lab.until('goner', () => lab.actors.bob.remote('goner')));
  await alice.run(() => window.dispatchEvent(new Event('beforeunload')));
  return {
    'Room@disconnected': await alice.run(async (lab) => {
      const event = await lab.actors.goner.event('room', 'disconnected');
      return event === lab.MISSING ? event : lab.sdk.DisconnectReason[event[0]];
    }),
    'Room@participantDisconnected': await bob.run((lab) => lab.actors.bob.event('room', 'participantDisconnected', (who) => who === 'goner')).then((event) => event[0]),
  };
}

export async function theRoomIsDeleted({ alice, server, room }) {
  const own = `${room}-to-delete`;
  await alice.join('last', own);
  const answer = await twirp(server.http, 'RoomService', 'DeleteRoom', { room: own }, { room: own });
  const event = await alice.run(async (lab) => {
    const event = await lab.actors.last.event('room', 'disconnected', undefined, 20000);
    return event === lab.MISSING ? event : lab.sdk.DisconnectReason[event[0]];
  });
  return { 'Room@disconnected': { event, status: answer.status } };
}
