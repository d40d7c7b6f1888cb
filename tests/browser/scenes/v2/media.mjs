// What changes in a v2 stream while it runs: mute, other tracks, other sizes, speech; and what this server refuses.

/** Both objects of the owner's page, and both of the other's, are told of a change of `property`. */
async function changes({ alice, bob, aliceId }, call, { property, newValue, reason, oldValue }) {
  const wanted = { changedProperty: property, newValue, reason };
  await alice.run(async (lab, { call, wanted, oldValue }) => {
    const { alice } = lab.actors;
    await alice.publisher[call.method](...call.given);
    const { streamId } = alice.publisher.stream;
    await alice.take('publisher', 'streamPropertyChanged', { ...wanted, oldValue, streamId });
    await alice.take('session', 'streamPropertyChanged', { ...wanted, oldValue, streamId });
  }, { call, wanted, oldValue });
  await bob.take('bob', 'session', 'streamPropertyChanged', { ...wanted, connection: aliceId });
  await bob.take('bob', 'subscriber', 'streamPropertyChanged', { ...wanted, connection: aliceId });
}

export async function mutes(scene) {
  const { alice, bob, bobId } = scene;
  const steps = [['publishAudio', 'audioActive', false], ['publishAudio', 'audioActive', true], ['publishVideo', 'videoActive', false], ['publishVideo', 'videoActive', true]];
  for (const [method, property, newValue] of steps) {
    await changes(scene, { method, given: [newValue] }, { property, newValue, oldValue: !newValue, reason: method });
  }
  for (const newValue of [false, true]) {
    await bob.run((lab, enabled) => lab.actors.bob.publisher.publishAudio(enabled), newValue);
    const wanted = { changedProperty: 'audioActive', newValue, oldValue: !newValue, reason: 'publishAudio', connection: bobId };
    await alice.take('alice', 'session', 'streamPropertyChanged', wanted);
    await alice.take('alice', 'subscriber', 'streamPropertyChanged', wanted);
  }
}

/** Later SDKs free the camera when the picture is switched off, and take it again. */
export async function freesTheCamera(scene) {
  const { alice, bob } = scene;
  await changes(scene, { method: 'publishVideo', given: [false, true] }, { property: 'videoActive', newValue: false, oldValue: true, reason: 'publishVideo' });
  await alice.run((lab) => lab.equal(lab.actors.alice.publisher.stream.getMediaStream().getVideoTracks()[0].readyState, 'ended', 'the camera'));
  await changes(scene, { method: 'publishVideo', given: [true] }, { property: 'videoActive', newValue: true, oldValue: false, reason: 'publishVideo' });
  await bob.run((lab) => lab.actors.bob.receives(lab.actors.bob.subscriber.stream));
}

export async function replacesTracks({ alice, bob, aliceId, sdk }) {
  await alice.run(async (lab) => {
    const { alice } = lab.actors;
    alice.tone = lab.tone();
    await alice.publisher.replaceTrack(lab.drawnPicture(240, 180));
    await alice.publisher.replaceTrack(alice.tone.track);
    lab.ok(alice.publisher.stream.getMediaStream().getAudioTracks()[0] === alice.tone.track, 'the new track is in the stream');
    alice.tone.set(0.5);
  });
  await bob.run(async (lab) => {
    const { bob } = lab.actors;
    const { stream } = bob.subscriber;
    await lab.until('pictures of the new size', async () => (await bob.receives(stream)).frameWidth === 240);
    const first = await bob.receives(stream, { audio: true });
    await lab.until('the tone', async () => (await bob.receives(stream)).audioEnergy > first.audioEnergy + 1e-3);
  });
  await alice.run((lab) => lab.actors.alice.tone.set(0));
  if (sdk.release === '2.15') {
    return;
  }
  for (const changedProperty of ['videoTrack', 'audioTrack', 'videoDimensions']) {
    const wanted = { changedProperty, reason: 'trackReplaced' };
    await alice.take('alice', 'publisher', 'streamPropertyChanged', wanted);
    await alice.take('alice', 'session', 'streamPropertyChanged', wanted);
    const { newValue } = await bob.take('bob', 'session', 'streamPropertyChanged', { ...wanted, connection: aliceId });
    await bob.run((lab, { changedProperty, newValue }) => (changedProperty === 'videoDimensions'
      ? lab.equal(newValue, { width: 240, height: 180 }, 'the new size')
      : lab.ok(newValue.label.length > 0, `the label of the new ${changedProperty}`)), { changedProperty, newValue });
  }
}

const VOLUME = ['streamAudioVolumeChange'];

export async function speaks({ alice, bob, bobId, sdk }) {
  await alice.run((lab, { speech, volume }) => {
    const { alice } = lab.actors;
    alice.subscriber.updatePublisherSpeakingEventsOptions({ interval: 50, threshold: -50 });
    alice.publisher.updatePublisherSpeakingEventsOptions({ interval: 50, threshold: -50 });
    alice.listen('session', alice.session, ['publisherStartSpeaking', 'publisherStopSpeaking']);
    alice.listen('subscriber', alice.subscriber, [...speech, ...volume]);
    alice.listen('publisher', alice.publisher, [...speech, ...volume]);
  }, { speech: sdk.release === '2.15' ? [] : ['publisherStartSpeaking', 'publisherStopSpeaking'], volume: VOLUME });
  const told = (type) => alice.run(async (lab, { type, bobId, old }) => {
    const { alice } = lab.actors;
    await alice.take('session', type, { connection: bobId });
    if (!old) {
      // 2.15 tells only who else speaks, and only the session.
      await alice.take('session', type, { connection: alice.id });
      await alice.take('subscriber', type, { connection: bobId });
      await alice.take('publisher', type, { connection: alice.id });
    }
  }, { type, bobId, old: sdk.release === '2.15' });
  await alice.run((lab) => lab.actors.alice.tone.set(0.5));
  await bob.run((lab) => lab.actors.bob.tone.set(0.5));
  await told('publisherStartSpeaking');
  await alice.run(async (lab) => {
    const { alice } = lab.actors;
    for (const source of ['subscriber', 'publisher']) {
      await lab.until(`${source}: a volume above silence`, async () => {
        const { value } = await alice.take(source, 'streamAudioVolumeChange');
        return value.newValue > -50 && value.newValue <= 0;
      });
    }
  });
  await alice.run((lab) => lab.actors.alice.tone.set(0));
  await bob.run((lab) => lab.actors.bob.tone.set(0));
  await told('publisherStopSpeaking');
  await alice.run((lab, volume) => {
    const { alice } = lab.actors;
    ['publisherStartSpeaking', 'publisherStopSpeaking'].forEach((type) => alice.session.off(type));
    volume.forEach((type) => [alice.subscriber, alice.publisher].forEach((manager) => manager.off(type)));
    alice.heard = alice.heard.filter(({ type }) => !volume.includes(type));
  }, VOLUME);
}

/** Media is forwarded as it is: no filter can be applied (405), so none can be run, removed or listened to (406). */
export async function filtersAreRefused({ alice, bobId }) {
  await alice.run(async (lab, bobId) => {
    const { alice } = lab.actors;
    const { Filter } = lab.sdk;
    for (const stream of [alice.publisher.stream, alice.streams.get(bobId)]) {
      await lab.rejects(stream.applyFilter('GStreamerFilter', { command: 'videoflip method=vertical-flip' }), { code: 405 }, 'applyFilter');
      lab.equal(stream.filter?.type, undefined, 'the filter of the stream');
      // Later SDKs ask the server to remove only what they believe to be applied.
      const filter = new Filter('GStreamerFilter', {});
      filter.stream = stream;
      stream.filter = filter;
      await lab.rejects(stream.removeFilter(), { code: 406 }, 'removeFilter');
      await lab.rejects(filter.execMethod('setElementProperty', { propertyName: 'method', propertyValue: 'rotate-180' }), { code: 406 }, 'execMethod');
      await lab.rejects(filter.addEventListener('CodeFound', () => {}), { code: 406 }, 'addEventListener');
      await lab.rejects(filter.removeEventListener('CodeFound'), { code: 406 }, 'removeEventListener');
      delete stream.filter;
    }
  }, bobId);
}

export async function transcriptionIsRefused({ alice, bobId }) {
  await alice.run(async (lab, bobId) => {
    const { session, streams } = lab.actors.alice;
    await lab.rejects(session.subscribeToSpeechToText(streams.get(bobId), 'en-US'), { code: 997 }, 'subscribeToSpeechToText');
    await lab.rejects(session.unsubscribeFromSpeechToText(streams.get(bobId)), { code: 997 }, 'unsubscribeFromSpeechToText');
  }, bobId);
}

export async function unpublishesAndComesBack({ alice, bob, aliceId, sdk }) {
  await alice.run(async (lab) => {
    const { alice } = lab.actors;
    const { streamId } = alice.publisher.stream;
    await alice.session.unpublish(alice.publisher);
    await alice.take('publisher', 'streamDestroyed', { reason: 'unpublish', streamId });
    await alice.take('publisher', 'videoElementDestroyed', { element: 'VIDEO' });
  });
  await bob.take('bob', 'session', 'streamDestroyed', { reason: 'unpublish', connection: aliceId });
  await bob.take('bob', 'subscriber', 'videoElementDestroyed', { element: 'VIDEO' });
  await alice.run(async (lab, old) => {
    const { alice } = lab.actors;
    const heard = [];
    const publisher = await alice.openvidu.initPublisherAsync(lab.place(), { resolution: '320x240', frameRate: 15, mirror: false });
    const note = (name) => () => heard.push(name);
    if (old) {
      // 2.15 lets an app listen to a Stream; the one thing that it says there is that it was published.
      const type = 'stream-created-by-publisher';
      const removed = note('off');
      publisher.stream.on(type, note('on'));
      publisher.stream.once(type, note('once'));
      publisher.stream.on(type, removed);
      publisher.stream.off(type, removed);
    }
    publisher.subscribeToRemote();
    lab.ok(publisher.isSubscribedToRemote, 'subscribed to the own remote stream');
    alice.listen('loop', publisher, ['streamCreated', 'streamPlaying']);
    await alice.session.publish(publisher);
    await alice.take('loop', 'streamCreated', { connection: alice.id });
    await alice.take('loop', 'streamPlaying');
    await alice.receives(publisher.stream, { audio: true });
    lab.equal([...heard].sort(), old ? ['on', 'once'] : [], 'heard of the Stream');
    alice.publisher = publisher;
  }, sdk.release === '2.15');
  await bob.run(async (lab, aliceId) => {
    const { bob } = lab.actors;
    await bob.take('session', 'streamCreated', { connection: aliceId });
    await bob.receives((await bob.subscribe(aliceId)).stream, { audio: true });
  }, aliceId);
}
