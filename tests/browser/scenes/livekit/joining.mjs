// Joining a room, being refused, and others who come and go. `alice` has the version at test, `bob` the newest. What a step
// returns is what the version at test could observe, by row of the table.
import { livekitToken } from '../../lib/apis.mjs';

export async function asksTheBrowser({ alice }) {
  return alice.run(async (lab, url) => {
    const { Room } = lab.sdk;
    const kinds = async (kind) => [...new Set((await Room.getLocalDevices(kind)).map((device) => device.kind))];
    const room = new Room();
    return {
      'Room.getLocalDevices()': [await kinds('videoinput'), await kinds('audioinput')],
      'Room.prepareConnection()': await lab.outcome(room.prepareConnection(url)),
      'Room.getActiveDevice()': lab.direct(() => typeof room.getActiveDevice('audioinput')),
    };
  }, alice.url());
}

/** Bob is there already, with a camera. */
export async function joins({ alice, bob, room }) {
  await bob.join('bob', room, { name: 'Bob', metadata: 'of bob', attributes: { side: 'other' } });
  await bob.run((lab) => lab.actors.bob.publishDrawn({ name: 'view' }));
  const token = alice.token(room, { identity: 'alice', name: 'Alice', metadata: 'of alice', attributes: { side: 'own' } });
  return alice.run(async (lab, { url, token, wanted }) => {
    const alice = lab.actor('alice');
    const { room } = alice;
    const outcome = await lab.outcome(alice.connect(url, token));
    const { local } = alice;
    const bob = room.getParticipantByIdentity?.('bob') ?? alice.remote('bob');
    const { canPublish, canSubscribe, hidden } = local.permissions ?? {};
    const sid = lab.later ? await room.getSid() : room.sid;
    const own = { name: local.name, metadata: local.metadata, side: local.attributes?.side, isLocal: local.isLocal };
    return {
      'LocalParticipant.waitUntilActive()': lab.later ? await lab.outcome(local.waitUntilActive()) : undefined,
      'Room.connect()': { outcome, state: room.state, name: room.name === wanted, metadata: lab.describe(room.metadata), own, may: { canPublish, canSubscribe, hidden } },
      'Room.getSid()': lab.later ? lab.describe(sid) : undefined,
      'Room@connected': await alice.event('room', 'connected'),
      'Room@signalConnected': await alice.event('room', 'signalConnected'),
      'Room@connectionStateChanged': [await alice.event('room', 'connectionStateChanged'), await alice.event('room', 'connectionStateChanged')],
      'Room.getParticipantByIdentity()': {
        found: lab.describe(bob), name: bob?.name, metadata: bob?.metadata, side: bob?.attributes?.side, sid: lab.describe(bob?.sid ?? ''), isLocal: bob?.isLocal,
        isAgent: bob?.isAgent, kind: bob?.kind, isEncrypted: bob?.isEncrypted, joined: Math.abs(Date.now() - (bob?.joinedAt ?? 0)) < 60000,
      },
    };
  }, { url: alice.url(), token, wanted: room });
}

/** Where the newest way of joining is not there, an older one is taken. */
export async function joinsTheOldWay({ alice, room }) {
  const token = alice.token(room, { identity: 'quentin' });
  const rows = await alice.run(async (lab, { url, token }) => {
    const quentin = lab.actor('quentin');
    const outcome = await lab.outcome(quentin.room.simulateScenario('fail-on-v1-path'));
    const connect = await lab.outcome(quentin.connect(url, token));
    await lab.until('the camera of bob', () => quentin.publication('bob', 'camera')?.isSubscribed);
    return { 'simulateScenario: fail-on-v1-path': { outcome, connect, media: await quentin.flows('bob', 'camera') } };
  }, { url: alice.url(), token });
  await alice.leave('quentin');
  return rows;
}

/** What an app sees of somebody else's track that was there before. */
export async function seesATrack({ alice }) {
  return alice.run(async (lab) => {
    const { alice } = lab.actors;
    const media = await alice.flows('bob', 'camera');
    const bob = alice.remote('bob');
    const { Camera } = lab.sdk.Track.Source;
    const found = lab.later ? bob.getTrackPublication(Camera) : bob.getTrack(Camera);
    const named = lab.later ? bob.getTrackPublicationByName('view') : bob.getTrackByName('view');
    const { kind, source, trackName, mimeType, simulcasted, dimensions, isMuted, isSubscribed, isDesired, isEnabled, isEncrypted, subscriptionStatus, permissionStatus } = found;
    const facts = {
      kind, source, trackName, mimeType, simulcasted, dimensions, isMuted, isSubscribed, isDesired, isEnabled, isEncrypted, subscriptionStatus, permissionStatus,
      sid: lab.describe(found.trackSid), same: named === found, media,
    };
    const list = (lab.later ? bob.getTrackPublications() : bob.getTracks()).map(lab.describe);
    return lab.later
      ? { 'RemoteParticipant.getTrackPublication()': facts, 'RemoteParticipant.getTrackPublicationByName()': named === found, 'RemoteParticipant.getTrackPublications()': list }
      : { 'RemoteParticipant.getTrack()': facts, 'RemoteParticipant.getTrackByName()': named === found, 'RemoteParticipant.getTracks()': list };
  });
}

/** Each token that is not good, and what the SDK's app is told. */
export async function isRefused({ alice, room }) {
  const now = Math.floor(Date.now() / 1000);
  const who = { identity: 'nobody', video: { room, roomJoin: true } };
  const tokens = {
    'signed with another secret': livekitToken(who, 'another secret than that of the server'),
    expired: livekitToken({ ...who, nbf: now - 200, exp: now - 100 }),
    'may not join': livekitToken({ ...who, video: { room, roomList: true } }),
    'names no room': livekitToken({ ...who, video: { roomJoin: true } }),
    'no token at all': 'this is no token',
  };
  return alice.run(async (lab, { url, tokens }) => {
    const refused = {};
    for (const [why, token] of Object.entries(tokens)) {
      refused[why] = await lab.outcome(new lab.sdk.Room().connect(url, token, { maxRetries: 0 }));
    }
    return { 'Room.connect()': refused };
  }, { url: alice.url(), tokens });
}

/** An attempt that its own app gives up. */
export async function givesUp({ alice, room }) {
  const token = alice.token(room, { identity: 'quitter' });
  return alice.run(async (lab, { url, token }) => {
    const room = new lab.sdk.Room();
    const joining = lab.outcome(room.connect(url, token));
    await room.disconnect();
    return { 'Room.disconnect()': { connect: await joining, state: room.state } };
  }, { url: alice.url(), token });
}

export async function anotherComesAndGoes({ alice, bob, room }) {
  await alice.run((lab) => lab.actors.alice.forget());
  await bob.join('carl', room, { name: 'Carl', metadata: 'of carl', attributes: { late: 'yes' } });
  const came = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    const event = await alice.event('room', 'participantConnected');
    const carl = alice.remote('carl');
    const facts = { name: carl?.name, metadata: carl?.metadata, late: carl?.attributes?.late };
    return {
      'Room@participantConnected': { event, facts },
      ...(lab.later && {
        'RemoteParticipant.waitUntilActive()': await lab.outcome(carl.waitUntilActive()),
        'Room@participantActive': await alice.event('room', 'participantActive'),
        'Participant@active': await alice.event('participant', 'active'),
      }),
    };
  });
  await bob.leave('carl');
  const went = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    return {
      'Room@participantDisconnected': { event: await alice.event('room', 'participantDisconnected'), left: alice.others.map(lab.describe) },
    };
  });
  return { ...came, ...went };
}

/** A participant that nobody sees, and one whose token names a kind of its own. */
export async function hiddenStaysHidden({ alice, bob, room }) {
  await bob.join('ghost', room, { grants: { hidden: true } });
  await bob.join('carla', room, {});
  const seen = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    return { 'Room@participantConnected': { event: await alice.event('room', 'participantConnected'), others: alice.others.map(lab.describe).sort() } };
  });
  await Promise.all([bob.leave('ghost'), bob.leave('carla')]);
  return seen;
}
