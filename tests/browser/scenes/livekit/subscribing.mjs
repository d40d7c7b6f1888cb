// Subscribing: tracks that come and go, what a subscriber asks of them, and what a publisher allows.

export async function aTrackComesAndGoes({ alice, bob }) {
  await alice.run((lab) => lab.actors.alice.forget());
  await bob.run((lab) => lab.actors.bob.publishDrawn({ source: 'screen_share', name: 'slides' }));
  const came = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    return {
      'Room@trackPublished': await alice.event('room', 'trackPublished'),
      'Participant@trackPublished': await alice.event('participant', 'trackPublished'),
      'Room@trackSubscribed': await alice.event('room', 'trackSubscribed'),
      'Participant@trackSubscribed': await alice.event('participant', 'trackSubscribed'),
      'Room@trackSubscriptionStatusChanged': await alice.event('room', 'trackSubscriptionStatusChanged'),
      'Participant@trackSubscriptionStatusChanged': await alice.event('participant', 'trackSubscriptionStatusChanged'),
      'RemoteParticipant.getTrackPublication()': { media: await alice.flows('bob', 'screen_share'), isScreenShareEnabled: alice.remote('bob').isScreenShareEnabled },
    };
  });
  await bob.run((lab) => {
    const { bob } = lab.actors;
    return bob.local.unpublishTrack(bob.publication('bob', 'screen_share').track);
  });
  const went = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    return {
      'Room@trackUnpublished': await alice.event('room', 'trackUnpublished'),
      'Participant@trackUnpublished': await alice.event('participant', 'trackUnpublished'),
      'Room@trackUnsubscribed': await alice.event('room', 'trackUnsubscribed'),
      'Participant@trackUnsubscribed': await alice.event('participant', 'trackUnsubscribed'),
      'Track@ended': await alice.event('track', 'ended'),
    };
  });
  return { ...came, ...went };
}

export async function unsubscribesAndSubscribes({ alice, bob }) {
  await bob.run((lab) => lab.actors.bob.forget());
  const rows = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    const publication = alice.publication('bob', 'camera');
    const state = () => ({ isSubscribed: publication.isSubscribed, isDesired: publication.isDesired, status: publication.subscriptionStatus });
    const rows = { 'RemoteTrackPublication.setSubscribed()': [] };
    for (const wanted of [false, true]) {
      alice.forget();
      publication.setSubscribed(wanted);
      const type = wanted ? 'subscribed' : 'unsubscribed';
      const name = wanted ? 'trackSubscribed' : 'trackUnsubscribed';
      rows[`Publication@${type}`] = await alice.event('publication', type);
      rows[`Room@${name}`] = await alice.event('room', name);
      rows[`Participant@${name}`] = await alice.event('participant', name);
      rows[`Publication@subscriptionStatusChanged`] = await alice.event('publication', 'subscriptionStatusChanged', (status) => status === type);
      rows['RemoteTrackPublication.setSubscribed()'].push({ state: state(), media: wanted ? await alice.flows('bob', 'camera') : null });
    }
    return rows;
  });
  return rows;
}

/** An actor who subscribes to what it wants only. */
export async function choosesItsTracks({ alice, room }) {
  await alice.join('erin', room, { connect: { autoSubscribe: false } });
  const rows = await alice.run(async (lab) => {
    const { erin } = lab.actors;
    const camera = erin.publication('bob', 'camera');
    const state = () => ({ isSubscribed: camera.isSubscribed, isDesired: camera.isDesired, status: camera.subscriptionStatus });
    const before = state();
    await lab.pause(1000);
    const alone = { before, later: state(), subscribed: erin.has('room', 'trackSubscribed') };
    camera.setSubscribed(true);
    const event = await erin.event('room', 'trackSubscribed');
    return { 'RemoteTrackPublication.setSubscribed()': { alone, event, after: state(), media: await erin.flows('bob', 'camera') } };
  });
  await alice.leave('erin');
  return rows;
}

/** Pictures in two sizes: the subscriber says which it wants, and whether it wants any. */
export async function asksForLess({ alice, bob }) {
  await bob.run(async (lab) => {
    const { bob } = lab.actors;
    await bob.local.unpublishTrack(bob.publication('bob', 'camera').track);
    await bob.publishDrawn({ width: 640, height: 360, simulcast: true, videoEncoding: { maxBitrate: 400000, maxFramerate: 15 }, videoSimulcastLayers: [{ width: 320, height: 180, encoding: { maxBitrate: 120000, maxFramerate: 15 }, resolution: { width: 320, height: 180, frameRate: 15 } }] });
  });
  return alice.run(async (lab) => {
    const { alice } = lab.actors;
    const { VideoQuality } = lab.sdk;
    const width = (wanted) => alice.width('bob', 'camera', wanted, 20000);
    const rows = {};
    await lab.until('the new camera of bob', () => {
      const camera = alice.publication('bob', 'camera');
      return camera?.isSubscribed && camera.dimensions?.width === 640;
    });
    const publication = alice.publication('bob', 'camera');
    const start = await width(640);
    publication.setVideoQuality(VideoQuality.LOW);
    const low = await width(320);
    publication.setVideoQuality(VideoQuality.HIGH);
    const high = await width(640);
    rows['RemoteTrackPublication.setVideoQuality()'] = { start, low, high, simulcasted: publication.simulcasted, dimensions: publication.dimensions, wish: publication.videoQuality };
    publication.setVideoDimensions({ width: 300, height: 160 });
    const small = await width(320);
    publication.setVideoDimensions({ width: 640, height: 360 });
    rows['RemoteTrackPublication.setVideoDimensions()'] = { small, large: await width(640) };
    publication.setEnabled(false);
    const off = await alice.stops('bob', 'camera');
    const isEnabled = publication.isEnabled;
    publication.setEnabled(true);
    rows['RemoteTrackPublication.setEnabled()'] = { off, isEnabled, on: await alice.flows('bob', 'camera'), isEnabledAgain: publication.isEnabled };
    publication.setVideoFPS(4);
    const slow = await lab.gives(async () => {
      const before = await alice.figures('bob', 'camera');
      await lab.pause(2000);
      const now = await alice.figures('bob', 'camera');
      const frames = now.framesDecoded - before.framesDecoded;
      return frames > 0 && frames <= 20;
    });
    publication.setVideoFPS(15);
    rows['RemoteTrackPublication.setVideoFPS()'] = { slow: slow ? 'slower' : lab.MISSING, again: await alice.flows('bob', 'camera') };
    publication.emitTrackUpdate();
    rows['RemoteTrackPublication.emitTrackUpdate()'] = await alice.flows('bob', 'camera');
    return rows;
  });
}

/** The size and the sight of the element say what is wanted. */
export async function adaptsToItsElement({ alice, room }) {
  await alice.join('fred', room, { options: { adaptiveStream: true } });
  const rows = await alice.run(async (lab) => {
    const { fred } = lab.actors;
    await lab.until('a camera of bob', () => fred.publication('bob', 'camera')?.track);
    const { track } = fred.publication('bob', 'camera');
    const element = lab.place(200, 112);
    track.attach(element);
    const small = await fred.width('bob', 'camera', 320, 20000);
    Object.assign(element.style, { width: '640px', height: '360px' });
    const large = await fred.width('bob', 'camera', 640, 20000);
    element.style.display = 'none';
    const hidden = await fred.stops('bob', 'camera', 20000);
    element.style.display = '';
    const shown = await fred.flows('bob', 'camera', 20000);
    const detached = track.detach().map(lab.describe);
    return { 'RemoteVideoTrack.attach()': { small, large, hidden, shown }, 'RemoteVideoTrack.detach()': { detached, stops: await fred.stops('bob', 'camera', 20000) } };
  });
  await alice.leave('fred');
  return rows;
}

/** Bob allows and forbids; then alice does. */
export async function permissionIsTaken({ alice, bob }) {
  const rows = {};
  for (const [allowed, status] of [[false, 'not_allowed'], [true, 'allowed']]) {
    await alice.run((lab) => lab.actors.alice.forget());
    await bob.run((lab, allowed) => lab.actors.bob.local.setTrackSubscriptionPermissions(allowed, []), allowed);
    rows[status] = await alice.run(async (lab, status) => {
      const { alice } = lab.actors;
      const isIt = (publication, given) => publication === 'camera' && given === status;
      const room = await alice.event('room', 'trackSubscriptionPermissionChanged', isIt);
      const participant = await alice.event('participant', 'trackSubscriptionPermissionChanged', isIt);
      const subscribed = await lab.settles(() => alice.publication('bob', 'camera').isSubscribed, status === 'allowed');
      const { permissionStatus, subscriptionStatus } = alice.publication('bob', 'camera');
      return { room, participant, state: { subscribed, permissionStatus, subscriptionStatus }, media: status === 'allowed' ? await alice.flows('bob', 'camera') : null };
    }, status);
  }
  const of = (key) => [rows.not_allowed[key], rows.allowed[key]];
  return {
    'Room@trackSubscriptionPermissionChanged': of('room'),
    'Participant@trackSubscriptionPermissionChanged': of('participant'),
    'Room@trackSubscriptionStatusChanged': [of('state'), rows.allowed.media],
  };
}

export async function permissionIsGiven({ alice, bob }) {
  const seen = (allowed) => bob.run(async (lab, allowed) => {
    const { bob } = lab.actors;
    const status = allowed ? 'allowed' : 'not_allowed';
    const event = await bob.event('room', 'trackSubscriptionPermissionChanged', (publication, given, who) => publication === 'camera' && given === status && who === 'alice');
    return { event, subscribed: await lab.settles(() => bob.publication('alice', 'camera').isSubscribed, allowed) };
  }, allowed);
  const set = (...given) => alice.run((lab, given) => lab.direct(() => lab.actors.alice.local.setTrackSubscriptionPermissions(...given)), given);
  const steps = [];
  steps.push({ nobody: await set(false), seen: await seen(false) });
  steps.push({ bob: await set(false, [{ participantIdentity: 'bob', allowAll: true }]), seen: await seen(true) });
  steps.push({ another: await set(false, [{ participantIdentity: 'somebody', allowAll: true }]), seen: await seen(false) });
  steps.push({ everybody: await set(true), seen: await seen(true) });
  return { 'LocalParticipant.setTrackSubscriptionPermissions()': steps };
}
