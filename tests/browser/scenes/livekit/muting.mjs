// Mute and pause, by the client itself, by the other side, and by the server's API.
import { livekitParticipants, twirp } from '../../lib/apis.mjs';

/** What bob is told of a track of alice's. */
const toldAtBob = (bob, type) => bob.run((lab, type) => lab.actors.bob.event('room', type, (publication, participant) => publication === 'microphone' && participant === 'alice'), type);

export async function mutesItself({ alice, bob }) {
  const step = (method, type, event) => alice.run(async (lab, { method, type, event }) => {
    const { alice } = lab.actors;
    alice.forget();
    const publication = alice.publication('alice', 'microphone');
    const outcome = await lab.outcome(publication[method]());
    return {
      [`LocalTrackPublication.${method}()`]: { outcome, isMuted: publication.isMuted },
      [`Room@${type}`]: await alice.event('room', type),
      [`Participant@${type}`]: await alice.event('participant', type),
      [`Publication@${event}`]: await alice.event('publication', event),
      [`Track@${event}`]: await alice.event('track', event),
    };
  }, { method, type, event });
  const muted = await step('mute', 'trackMuted', 'muted');
  muted['LocalTrackPublication.mute()'].there = await toldAtBob(bob, 'trackMuted');
  const unmuted = await step('unmute', 'trackUnmuted', 'unmuted');
  unmuted['LocalTrackPublication.unmute()'].there = await toldAtBob(bob, 'trackUnmuted');
  unmuted['LocalTrackPublication.unmute()'].media = await bob.run((lab) => lab.actors.bob.flows('alice', 'microphone'));
  return { ...muted, ...unmuted };
}

export async function mutesByItsSwitch({ alice, bob }) {
  const off = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    const outcome = await lab.outcome(alice.local.setMicrophoneEnabled(false));
    return { outcome, enabled: alice.local.isMicrophoneEnabled };
  });
  const seen = await toldAtBob(bob, 'trackMuted');
  const on = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    const outcome = await lab.outcome(alice.local.setMicrophoneEnabled(true));
    return { outcome, enabled: alice.local.isMicrophoneEnabled };
  });
  const seenAgain = await toldAtBob(bob, 'trackUnmuted');
  return { 'LocalParticipant.setMicrophoneEnabled()': { off, seen, on, seenAgain } };
}

/** The track itself, not its publication. */
export async function mutesTheTrack({ alice, bob }) {
  const rows = {};
  for (const [method, type] of [['mute', 'trackMuted'], ['unmute', 'trackUnmuted'], ['pauseUpstream', 'trackMuted'], ['resumeUpstream', 'trackUnmuted']]) {
    const outcome = await alice.run((lab, method) => lab.outcome(lab.actors.alice.publication('alice', 'microphone').track[method]()), method);
    rows[`LocalTrack.${method}()`] = { outcome, there: await toldAtBob(bob, type) };
  }
  return rows;
}

export async function pausesUpstream({ alice, bob }) {
  const camera = (type) => bob.run((lab, type) => lab.actors.bob.event('room', type, (publication, participant) => publication === 'camera' && participant === 'alice'), type);
  const step = (method) => alice.run(async (lab, method) => {
    const publication = lab.actors.alice.publication('alice', 'camera');
    const outcome = await lab.outcome(publication[method]());
    return { outcome, isUpstreamPaused: publication.isUpstreamPaused, isMuted: publication.isMuted };
  }, method);
  const paused = { own: await step('pauseUpstream'), there: await camera('trackMuted') };
  paused.media = await bob.run((lab) => lab.actors.bob.stops('alice', 'camera'));
  const resumed = { own: await step('resumeUpstream'), there: await camera('trackUnmuted') };
  resumed.media = await bob.run((lab) => lab.actors.bob.flows('alice', 'camera'));
  return { 'LocalTrackPublication.pauseUpstream()': paused, 'LocalTrackPublication.resumeUpstream()': resumed };
}

/** Bob mutes: what alice is told. */
export async function anotherMutes({ alice, bob }) {
  const rows = {};
  await bob.run((lab) => lab.actors.bob.publishTone());
  await alice.run((lab) => lab.actors.alice.flows('bob', 'microphone'));
  for (const [method, type, event] of [['mute', 'trackMuted', 'muted'], ['unmute', 'trackUnmuted', 'unmuted']]) {
    await alice.run((lab) => lab.actors.alice.forget());
    await bob.run((lab, method) => lab.actors.bob.publication('bob', 'microphone')[method](), method);
    Object.assign(rows, await alice.run(async (lab, { type, event }) => {
      const { alice } = lab.actors;
      return {
        [`Room@${type}`]: await alice.event('room', type),
        [`Participant@${type}`]: await alice.event('participant', type),
        [`Publication@${event}`]: await alice.event('publication', event),
        [`Track@${event}`]: await alice.event('track', event),
        [`RemoteParticipant: isMicrophoneEnabled after ${event}`]: alice.remote('bob').isMicrophoneEnabled,
      };
    }, { type, event }));
  }
  return rows;
}

/** The backend mutes alice; it may not unmute, unless the server is told to allow that. */
export async function theBackendMutes({ alice, bob, server, room }) {
  const own = (await livekitParticipants(server.http, room)).find(({ identity }) => identity === 'alice');
  const sid = own.tracks.find(({ source }) => source === 'MICROPHONE').sid;
  await alice.run((lab) => lab.actors.alice.forget());
  const muting = await twirp(server.http, 'RoomService', 'MutePublishedTrack', { room, identity: 'alice', track_sid: sid, muted: true }, { room });
  const told = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    return {
      'Room@trackMuted': await alice.event('room', 'trackMuted'),
      'Participant@trackMuted': await alice.event('participant', 'trackMuted'),
      'Publication@muted': await alice.event('publication', 'muted'),
    };
  });
  const there = await toldAtBob(bob, 'trackMuted');
  const unmuting = await twirp(server.http, 'RoomService', 'MutePublishedTrack', { room, identity: 'alice', track_sid: sid, muted: false }, { room });
  await alice.run((lab) => lab.actors.alice.publication('alice', 'microphone').unmute());
  await toldAtBob(bob, 'trackUnmuted');
  told['Room@trackMuted'] = { event: told['Room@trackMuted'], there, muting: muting.status, unmuting: [unmuting.status, unmuting.json?.code] };
  return told;
}
