// The list of behaviours of one meeting, in an order in which each leaves what the next needs. `alice` is there first.
import { livekitKick, livekitParticipants, v2Connections, v2Kick, v2Signal } from '../lib/apis.mjs';
import { Cutter } from '../lib/cutter.mjs';
import { newest } from '../lib/sdks.mjs';

/** A v2 SDK does not say goodbye when its page goes: the server notices after 10 to 25 s (openvidu-v2 section 2.1). */
const LOST_PAGE_LIMIT_MS = 40000;

async function changeAndSee(owner, viewer) {
  await owner.call('mute', { video: true });
  await viewer.untilRemote(owner, 'camera off', ({ video }) => video === 'muted');
  await owner.call('mute', { audio: true });
  await viewer.untilRemote(owner, 'microphone off', ({ audio }) => audio === 'muted');
  await owner.call('mute', { audio: false });
  await owner.call('mute', { video: false });
  await viewer.seesAndHears(owner);
}

export async function muteShowsAtTheOtherSide({ alice, bob }) {
  await changeAndSee(alice, bob);
  await changeAndSee(bob, alice);
}

export async function mutedMicrophoneIsSilent({ alice, bob }) {
  await alice.call('mute', { audio: true });
  let last = await bob.untilRemote(alice, 'microphone off', ({ audio }) => audio === 'muted');
  let quiet = 0;
  await bob.untilRemote(alice, 'no more sound', ({ media }) => {
    quiet = media.audioEnergy - last.media.audioEnergy < 1e-7 ? quiet + 1 : 0;
    last = { media };
    return quiet >= 15;
  });
  await alice.call('mute', { audio: false });
  await bob.hears(alice);
}

export async function unpublishedStreamEndsAndComesBack({ alice, bob }) {
  await bob.call('unpublish');
  await alice.untilRemote(bob, 'no media', ({ audio, video }) => audio === 'none' && video === 'none');
  await bob.publish();
  await alice.seesAndHears(bob);
}

export async function signalReachesEveryone({ alice, bob }) {
  await alice.call('signal', { type: 'chat', data: 'hello' });
  const isIt = ({ signal, data, from }) => signal === 'signal:chat' && data === 'hello' && from === 'alice';
  await Promise.all([bob.untilEvent('signal', isIt), alice.untilEvent('signal', isIt)]);
}

export async function signalOfTheBackendReachesEveryone({ server, room, alice, bob }) {
  await v2Signal(server.http, room, { type: 'signal:news', data: 'from the backend' });
  const isIt = ({ signal, data, from }) => signal === 'signal:news' && data === 'from the backend' && from === null;
  await Promise.all([bob.untilEvent('signal', isIt), alice.untilEvent('signal', isIt)]);
}

export async function lateJoinerSeesAllAndLeaves({ server, room, open, alice, bob }) {
  for (const sdk of [newest.v2, newest.livekit]) {
    const carol = await open(sdk, `carol-${sdk.world}`);
    await carol.join(server, room);
    await Promise.all([carol.seesAndHears(alice), carol.seesAndHears(bob)]);
    const [atAlice, atBob] = await Promise.all([alice.untilRemote(carol, 'presence'), bob.untilRemote(carol, 'presence')]);
    await carol.call('leave');
    await Promise.all([alice.untilGone(atAlice), bob.untilGone(atBob)]);
  }
}

/** Bob's socket runs through a relay; when that cuts it, his SDK resumes: nobody sees him go, media and commands go on. */
export async function droppedSocketIsResumed({ server, room, open, alice }, sdk) {
  const dave = await open(sdk, 'dave');
  const cutter = await Cutter.open(sdk.secureOnly ? server.tlsPort : server.httpPort);
  try {
    await dave.join(server, room, { port: cutter.port });
    await dave.publish();
    await Promise.all([alice.seesAndHears(dave), dave.seesAndHears(alice)]);
    const before = await alice.untilRemote(dave, 'presence');
    if (cutter.cut() === 0) {
      throw new Error('the relay carried no connection');
    }
    await dave.untilEvent('reconnecting');
    await dave.untilEvent('reconnected');
    await Promise.all([alice.seesAndHears(dave), dave.seesAndHears(alice)]);
    await changeAndSee(dave, alice);
    await changeAndSee(alice, dave);
    const after = await alice.untilRemote(dave, 'presence');
    if (after.id !== before.id) {
      throw new Error(`dave came back as another participant: ${before.id}, then ${after.id}`);
    }
    await dave.call('leave');
    await alice.untilGone(after);
  } finally {
    await cutter.close();
  }
}

export async function reloadedPageComesBack({ server, room, alice, bob }) {
  const old = await alice.untilRemote(bob, 'presence');
  await bob.reload();
  await bob.join(server, room);
  await bob.publish();
  await alice.untilRemote(bob, 'a new presence', ({ id }) => id !== old.id);
  await Promise.all([alice.seesAndHears(bob), bob.seesAndHears(alice)]);
  await alice.untilGone(old, LOST_PAGE_LIMIT_MS);
}

/** Who was removed, and why, as its SDK says it: by whichever API. */
const KICKED = { v2: 'forceDisconnectByServer', livekit: 'PARTICIPANT_REMOVED' };

function untilKicked(victim) {
  return victim.until('told to leave', ({ left }) => {
    if (left !== null && left !== KICKED[victim.sdk.world]) {
      throw new Error(`left for the reason ${left}`);
    }
    return left !== null;
  });
}

export async function kickedByV2Rest({ server, room, alice, bob }) {
  const there = await alice.untilRemote(bob, 'presence');
  const connections = await v2Connections(server.http, room);
  const connection = connections.find(({ clientData }) => String(clientData).includes('"bob"'));
  if (!connection) {
    throw new Error(`bob is not among the connections: ${JSON.stringify(connections).slice(0, 500)}`);
  }
  await v2Kick(server.http, room, connection.connectionId);
  await Promise.all([untilKicked(bob), alice.untilGone(there)]);
}

export async function comesBackAfterAKick({ server, room, alice, bob }) {
  await bob.reload();
  await bob.join(server, room);
  await bob.publish();
  await Promise.all([alice.seesAndHears(bob), bob.seesAndHears(alice)]);
}

export async function kickedByLiveKitApi({ server, room, alice, bob }) {
  const there = await bob.untilRemote(alice, 'presence');
  const participants = await livekitParticipants(server.http, room);
  const participant = participants.find(({ name }) => name === 'alice');
  if (!participant) {
    throw new Error(`alice is not among the participants: ${JSON.stringify(participants).slice(0, 500)}`);
  }
  await livekitKick(server.http, room, participant.identity);
  await Promise.all([untilKicked(alice), bob.untilGone(there)]);
}
