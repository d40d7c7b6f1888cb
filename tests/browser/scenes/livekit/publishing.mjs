// Publishing: each way that the SDK has to put a track into the room, and to take it back.

/** Bob's side: the track arrives there, with media. */
async function arrives(bob, who, what) {
  return bob.run(async (lab, { who, what }) => {
    const { bob } = lab.actors;
    const event = await bob.event('room', 'trackSubscribed', (track, publication, participant) => publication === what && participant === who);
    return { event, media: await bob.flows(who, what) };
  }, { who, what });
}

async function enables(alice, bob, method, what, options) {
  const published = await alice.run(async (lab, { method, options, what }) => {
    const { alice } = lab.actors;
    const outcome = await lab.outcome(alice.local[method](true, ...options));
    const publication = alice.publication('alice', what);
    const isIt = (given) => given === what;
    return {
      outcome,
      facts: lab.factsOf(publication),
      room: await alice.event('room', 'localTrackPublished', isIt),
      participant: await alice.event('participant', 'localTrackPublished', isIt),
    };
  }, { method, options, what });
  const there = await arrives(bob, 'alice', what);
  const heard = await alice.run(async (lab, what) => {
    const { alice } = lab.actors;
    const isIt = (given) => given === what;
    return lab.later ? { room: await alice.event('room', 'localTrackSubscribed', isIt), participant: await alice.event('participant', 'localTrackSubscribed', isIt) } : null;
  }, what);
  return {
    [`LocalParticipant.${method}()`]: { outcome: published.outcome, facts: published.facts, there },
    'Room@localTrackPublished': published.room,
    'Participant@localTrackPublished': published.participant,
    ...(heard && { 'Room@localTrackSubscribed': heard.room, 'Participant@localTrackSubscribed': heard.participant }),
  };
}

export async function enablesTheCamera({ alice, bob }) {
  return enables(alice, bob, 'setCameraEnabled', 'camera', [{ resolution: { width: 320, height: 240, frameRate: 15 } }, { simulcast: false }]);
}

export async function enablesTheMicrophone({ alice, bob }) {
  return enables(alice, bob, 'setMicrophoneEnabled', 'microphone', []);
}

export async function sharesTheScreen({ alice, bob }) {
  const shared = await enables(alice, bob, 'setScreenShareEnabled', 'screen_share', []);
  const ended = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    const outcome = await lab.outcome(alice.local.setScreenShareEnabled(false));
    return {
      'LocalParticipant.setScreenShareEnabled()': outcome,
      'Room@localTrackUnpublished': await alice.event('room', 'localTrackUnpublished', (given) => given === 'screen_share'),
      'Participant@localTrackUnpublished': await alice.event('participant', 'localTrackUnpublished', (given) => given === 'screen_share'),
    };
  });
  const row = 'LocalParticipant.setScreenShareEnabled()';
  return { ...shared, ...ended, [row]: [shared[row], ended[row]] };
}

/** The browser's own button ends a share: the SDK takes it back. */
export async function shareEndsInTheBrowser({ alice, bob }) {
  const rows = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    const { ScreenShare } = lab.sdk.Track.Source;
    await alice.publishDrawn({ source: ScreenShare });
    const { track } = alice.publication('alice', 'screen_share');
    alice.forget();
    track.mediaStreamTrack.dispatchEvent(new Event('ended'));
    return { 'Publication@ended': await alice.event('publication', 'ended'), 'Track@ended': await alice.event('track', 'ended'), 'Room@localTrackUnpublished': await alice.event('room', 'localTrackUnpublished') };
  });
  await bob.run((lab) => lab.until('no share', () => !lab.actors.bob.publication('alice', 'screen_share')));
  return rows;
}

/** Dora does the same by the SDK's other ways. */
export async function publishesByHand({ alice, bob, room }) {
  await alice.join('dora', room);
  const made = await alice.run(async (lab) => {
    const { dora } = lab.actors;
    const { local } = dora;
    const both = await lab.outcome(local.enableCameraAndMicrophone());
    const tracks = await local.createTracks({ audio: true, video: { resolution: { width: 160, height: 120 } } });
    const screens = await local.createScreenTracks({ audio: false });
    screens.forEach((track) => track.stop());
    dora.forget();
    const [own] = tracks.filter(({ kind }) => kind === 'video');
    const outcome = await lab.outcome(local.publishTrack(own, { name: 'by hand', simulcast: false }));
    const byName = lab.later ? local.getTrackPublicationByName('by hand') : local.getTrackByName('by hand');
    const { Camera } = lab.sdk.Track.Source;
    const bySource = lab.later ? local.getTrackPublication(Camera) : local.getTrack(Camera);
    const list = (lab.later ? local.getTrackPublications() : local.getTracks()).map(lab.describe).sort();
    Object.assign(dora, { own, tracks });
    const getters = lab.later ? ['getTrackPublicationByName', 'getTrackPublication', 'getTrackPublications'] : ['getTrackByName', 'getTrack', 'getTracks'];
    return {
      'LocalParticipant.enableCameraAndMicrophone()': both,
      'LocalParticipant.createTracks()': tracks.map(lab.describe).sort(),
      'LocalParticipant.createScreenTracks()': screens.map(lab.describe),
      'LocalParticipant.publishTrack()': { outcome, name: byName?.trackName },
      [`LocalParticipant.${getters[0]}()`]: lab.describe(byName),
      [`LocalParticipant.${getters[1]}()`]: lab.describe(bySource),
      [`LocalParticipant.${getters[2]}()`]: list,
    };
  });
  const seen = await bob.run(async (lab) => {
    const { bob } = lab.actors;
    const got = await lab.settles(() => bob.publicationsOf(bob.remote('dora')).map(({ trackName }) => trackName).filter((name) => name === 'by hand'), ['by hand']);
    return got;
  });
  made['LocalParticipant.publishTrack()'].seen = seen;
  return made;
}

export async function unpublishes({ alice, bob }) {
  const own = await alice.run(async (lab) => {
    const { dora } = lab.actors;
    const { local, own } = dora;
    dora.forget();
    const one = await lab.outcome(local.unpublishTrack(own, false));
    const twice = await lab.outcome(local.unpublishTrack(own, false));
    const event = await dora.event('room', 'localTrackUnpublished');
    const [named] = [...new Set([await dora.event('participant', 'localTrackUnpublished')])];
    const again = await lab.outcome(local.publishTrack(own, { name: 'by hand again', simulcast: false }));
    return {
      'LocalParticipant.unpublishTrack()': { one, twice },
      'Room@localTrackUnpublished': event,
      'Participant@localTrackUnpublished': named,
      'LocalParticipant.publishTrack()': again,
    };
  });
  const there = await bob.run(async (lab) => {
    const { bob } = lab.actors;
    const names = () => bob.publicationsOf(bob.remote('dora')).map(({ trackName }) => trackName).filter((name) => name.startsWith('by hand'));
    return lab.settles(names, ['by hand again']);
  });
  own['LocalParticipant.unpublishTrack()'].there = there;
  return own;
}

export async function republishesAndEnds({ alice, bob }) {
  const own = await alice.run(async (lab) => {
    const { dora } = lab.actors;
    const { local } = dora;
    const before = dora.publicationsOf(local).map(({ trackSid }) => trackSid);
    const outcome = await lab.outcome(local.republishAllTracks());
    const after = dora.publicationsOf(local).map(({ trackSid }) => trackSid);
    const anew = after.length === before.length && after.every((sid) => !before.includes(sid));
    return { 'LocalParticipant.republishAllTracks()': { outcome, anew, count: after.length } };
  });
  const seen = await bob.run(async (lab) => {
    const { bob } = lab.actors;
    return [await bob.flows('dora', 'camera'), await bob.flows('dora', 'microphone')];
  });
  own['LocalParticipant.republishAllTracks()'].seen = seen;
  const ended = await alice.run(async (lab) => {
    const { dora } = lab.actors;
    const tracks = dora.publicationsOf(dora.local).map(({ track }) => track);
    const outcome = await lab.outcome(dora.local.unpublishTracks(tracks));
    return { 'LocalParticipant.unpublishTracks()': { count: outcome.resolved?.length ?? outcome, left: dora.publicationsOf(dora.local).length } };
  });
  const gone = await bob.run((lab) => lab.settles(() => lab.actors.bob.publicationsOf(lab.actors.bob.remote('dora')).length, 0));
  ended['LocalParticipant.unpublishTracks()'].seen = gone;
  await alice.leave('dora');
  return { ...own, ...ended };
}
