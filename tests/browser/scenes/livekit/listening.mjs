// What the server tells of itself while a call goes on: who speaks, how good a path is, that a picture is held back, that a
// recorder is there.

/** Bob's tone starts and ends. */
export async function whoSpeaks({ alice, bob }) {
  await bob.run((lab) => lab.actors.bob.tone.set(0));
  await alice.run((lab) => lab.settles(() => lab.actors.alice.room.activeSpeakers.map(({ identity }) => identity).includes('bob'), false));
  await alice.run((lab) => lab.actors.alice.forget());
  await bob.run((lab) => lab.actors.bob.tone.set(0.5));
  const speaks = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    const event = await alice.event('room', 'activeSpeakersChanged', (speakers) => speakers.includes('bob'));
    const participant = await alice.event('participant', 'isSpeakingChanged', (speaking, who) => speaking && who === 'bob');
    const bob = alice.remote('bob');
    return { event: event === lab.MISSING ? event : event[0].includes('bob'), participant, isSpeaking: bob.isSpeaking, loud: bob.audioLevel > 0.01, list: alice.room.activeSpeakers.includes(bob) };
  });
  await bob.run((lab) => lab.actors.bob.tone.set(0));
  const silent = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    const event = await alice.event('room', 'activeSpeakersChanged', (speakers) => !speakers.includes('bob'));
    const participant = await alice.event('participant', 'isSpeakingChanged', (speaking, who) => !speaking && who === 'bob');
    return { event: event === lab.MISSING ? event : event[0].includes('bob'), participant, isSpeaking: alice.remote('bob').isSpeaking };
  });
  const { participant: started, ...room } = speaks;
  const { participant: ended, ...after } = silent;
  return { 'Room@activeSpeakersChanged': [room, after], 'Participant@isSpeakingChanged': [started, ended] };
}

/** How good the paths are is told of everybody; on a machine under load good may be less than excellent. */
export async function qualityIsTold({ alice, room }) {
  await alice.join('nina', room);
  const rows = await alice.run(async (lab) => {
    const { nina } = lab.actors;
    const isQuality = (quality) => ['excellent', 'good', 'poor'].includes(quality);
    const of = async (wanted) => {
      const event = await nina.event('room', 'connectionQualityChanged', (quality, who) => who === wanted, 20000);
      return event === lab.MISSING ? event : isQuality(event[0]);
    };
    const participant = await nina.event('participant', 'connectionQualityChanged', undefined, 20000);
    return {
      'Room@connectionQualityChanged': { own: await of('nina'), bob: await of('bob'), now: isQuality(nina.remote('bob').connectionQuality) },
      'Participant@connectionQualityChanged': participant === lab.MISSING ? participant : isQuality(participant.args[0]),
    };
  });
  await alice.leave('nina');
  return rows;
}

/** The server is told that a path is narrow: pictures are held back, sound is not, and later they come again. */
export async function pictureIsHeldBack({ alice, room }) {
  // livekit-server 1.13.5 tells nobody who has a single peer connection.
  await alice.join('lena', room, alice.sdk.release === '1.15' ? {} : { options: { singlePeerConnection: false }, connect: { subscriberAllowPause: true } });
  const rows = await alice.run(async (lab) => {
    const { lena } = lab.actors;
    await lab.until('media', async () => (await lena.flows('bob', 'camera')) === 'flows');
    const outcome = await lab.outcome(lena.room.simulateScenario('subscriber-bandwidth', 1000));
    const room = await lena.event('room', 'trackStreamStateChanged', (publication, state) => state === 'paused', 20000);
    const participant = await lena.event('participant', 'trackStreamStateChanged', (publication, state) => state === 'paused');
    const picture = await lena.stops('bob', 'camera');
    const sound = await lena.flows('bob', 'microphone');
    await lab.outcome(lena.room.simulateScenario('subscriber-bandwidth', 10000000));
    const again = await lena.event('room', 'trackStreamStateChanged', (publication, state) => state === 'active', 25000);
    return {
      'Room@trackStreamStateChanged': [room, again], 'Participant@trackStreamStateChanged': participant,
      'simulateScenario: subscriber-bandwidth': { outcome, picture, sound, again: await lena.flows('bob', 'camera') },
    };
  });
  await alice.leave('lena');
  return rows;
}

export async function aRecorderComes({ alice, bob, room }) {
  await alice.run((lab) => lab.actors.alice.forget());
  await bob.join('recorder', room, { grants: { recorder: true, hidden: true, canPublish: false } });
  const on = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    return { event: await alice.event('room', 'recordingStatusChanged'), isRecording: alice.room.isRecording };
  });
  await bob.leave('recorder');
  const off = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    return { event: await alice.event('room', 'recordingStatusChanged'), isRecording: alice.room.isRecording };
  });
  return { 'Room@recordingStatusChanged': [on, off] };
}

/** The test tool of the SDK that makes the server say that somebody speaks. */
export async function simulatesASpeaker({ alice, room }) {
  await alice.join('mona', room);
  const rows = await alice.run(async (lab) => {
    const { mona } = lab.actors;
    const outcome = await lab.outcome(mona.room.simulateScenario('speaker'));
    const event = await mona.event('room', 'activeSpeakersChanged', (speakers) => speakers.includes('mona'));
    return { 'simulateScenario: speaker': { outcome, event } };
  });
  await alice.leave('mona');
  return rows;
}
