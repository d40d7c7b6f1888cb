// What the SDK does with the browser's devices, elements and statistics while it is in a room: the server's part is to stay
// out of it, and to carry on with the media.

export async function switchesDevices({ alice }) {
  return alice.run(async (lab) => {
    const { alice } = lab.actors;
    const { room } = alice;
    alice.forget();
    const rows = { 'Room.switchActiveDevice()': {}, 'Room.getActiveDevice()': {} };
    for (const kind of ['audioinput', 'videoinput', 'audiooutput']) {
      const devices = await lab.sdk.Room.getLocalDevices(kind);
      const wanted = devices.at(-1).deviceId;
      rows['Room.switchActiveDevice()'][kind] = await lab.outcome(room.switchActiveDevice(kind, wanted));
      rows['Room.getActiveDevice()'][kind] = room.getActiveDevice(kind) === wanted;
    }
    const changed = async (wanted) => (await alice.event('room', 'activeDeviceChanged', (kind) => kind === wanted))[0];
    rows['Room@activeDeviceChanged'] = [await changed('audioinput'), await changed('audiooutput')];
    if (room.getActiveAudioOutputDevice) {
      rows['Room.getActiveAudioOutputDevice()'] = typeof room.getActiveAudioOutputDevice();
    }
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
    rows['Room@mediaDevicesChanged'] = await alice.event('room', 'mediaDevicesChanged');
    return rows;
  });
}

export async function devicesFail({ alice, room }) {
  await alice.join('jane', room);
  const rows = await alice.run(async (lab) => {
    const { jane } = lab.actors;
    const refuses = async () => {
      throw new DOMException('the user says no', 'NotAllowedError');
    };
    const outcome = await lab.playing(navigator.mediaDevices, 'getUserMedia', refuses, () => lab.outcome(jane.local.setCameraEnabled(true)));
    const event = await jane.event('room', 'mediaDevicesError');
    return { 'Room@mediaDevicesError': event, 'LocalParticipant.setCameraEnabled()': { outcome, lastCameraError: lab.describe(jane.local.lastCameraError) } };
  });
  await alice.leave('jane');
  return rows;
}

/** A browser that plays nothing until it is asked to by its user. */
export async function playbackIsBlocked({ alice }) {
  return alice.run(async (lab) => {
    const { alice } = lab.actors;
    const { room } = alice;
    alice.forget();
    const refuses = () => Promise.reject(new DOMException('the user has not touched the page', 'NotAllowedError'));
    const { track: sound } = alice.publication('bob', 'microphone');
    const { track: picture } = alice.publication('bob', 'camera');
    const blocked = await lab.playing(HTMLMediaElement.prototype, 'play', refuses, async () => {
      sound.attach();
      picture.attach();
      return [await alice.event('room', 'audioPlaybackChanged'), room.canPlaybackAudio, await alice.event('room', 'videoPlaybackChanged'), room.canPlaybackVideo];
    });
    const audio = await lab.outcome(room.startAudio());
    const played = [await alice.event('room', 'audioPlaybackChanged'), room.canPlaybackAudio];
    const video = await lab.outcome(room.startVideo());
    const shown = [await alice.event('room', 'videoPlaybackChanged'), room.canPlaybackVideo];
    const rows = {
      'Room@audioPlaybackChanged': [blocked.slice(0, 2), played], 'Room@videoPlaybackChanged': [blocked.slice(2), shown],
      'Room.startAudio()': audio, 'Room.startVideo()': video,
    };
    [...sound.detach(), ...picture.detach()].forEach((element) => element.remove());
    return rows;
  });
}

export async function playsAtAVolume({ alice }) {
  return alice.run(async (lab) => {
    const { alice } = lab.actors;
    const bob = alice.remote('bob');
    const { track } = alice.publication('bob', 'microphone');
    const element = track.attach();
    bob.setVolume(0.25);
    const ofBob = [bob.getVolume(), element.volume];
    track.setVolume(0.5);
    const rows = {
      'RemoteParticipant.setVolume()': ofBob,
      'RemoteParticipant.getVolume()': bob.getVolume(),
      'RemoteAudioTrack.setVolume()': element.volume,
      'RemoteAudioTrack.getVolume()': track.getVolume(),
      'RemoteAudioTrack.setSinkId()': await lab.outcome(track.setSinkId('default')),
      'RemoteTrack.attach()': lab.describe(element),
      'RemoteTrack.detach()': track.detach().map(lab.describe),
    };
    if (lab.later) {
      track.setPlayoutDelay(0.2);
      rows['RemoteTrack.setPlayoutDelay()'] = track.getPlayoutDelay();
      rows['RemoteTrack.getPlayoutDelay()'] = track.getPlayoutDelay();
      track.setPlayoutDelay(0);
    }
    element.remove();
    return rows;
  });
}

/** What the SDK reads of its own senders and receivers: what it sends is received, and told as received by the server. */
export async function statisticsAreThere({ alice }) {
  return alice.run(async (lab) => {
    const { alice } = lab.actors;
    const kinds = async (track) => {
      const wanted = track.sender ? ['outbound-rtp', 'remote-inbound-rtp'] : ['inbound-rtp'];
      const has = async () => {
        const report = await track.getRTCStatsReport();
        return wanted.filter((type) => [...report.values()].some((entry) => entry.type === type));
      };
      return lab.settles(has, wanted);
    };
    const picture = alice.publication('bob', 'camera').track;
    const sound = alice.publication('bob', 'microphone').track;
    const camera = alice.publication('alice', 'camera').track;
    const microphone = alice.publication('alice', 'microphone').track;
    const rows = {
      'LocalTrack.getRTCStatsReport()': [await kinds(camera), await kinds(microphone)],
      'RemoteTrack.getRTCStatsReport()': [await kinds(picture), await kinds(sound)],
      'LocalVideoTrack.getSenderStats()': await lab.settles(async () => (await camera.getSenderStats()).map(({ framesSent, packetsSent }) => framesSent > 0 && packetsSent > 0), [true]),
      'LocalAudioTrack.getSenderStats()': await lab.settles(async () => (await microphone.getSenderStats()).packetsSent > 0, true),
    };
    if (lab.later) {
      rows['RemoteVideoTrack.getReceiverStats()'] = await lab.settles(async () => (await picture.getReceiverStats()).framesDecoded > 0, true);
      rows['RemoteAudioTrack.getReceiverStats()'] = await lab.settles(async () => (await sound.getReceiverStats()).bytesReceived > 0, true);
      picture.on('timeSyncUpdate', (update) => alice.heard.push({ source: 'track', type: 'timeSyncUpdate', who: 'camera', args: [typeof update.rtpTimestamp] }));
      picture.registerTimeSyncUpdate();
      rows['Track@timeSyncUpdate'] = await alice.event('track', 'timeSyncUpdate');
      rows['RemoteTrack.registerTimeSyncUpdate()'] = await alice.event('track', 'timeSyncUpdate');
    }
    return rows;
  });
}

/** The microphone is told what to do, and says what it does. */
export async function tunesTheMicrophone({ alice }) {
  return alice.run(async (lab) => {
    const publication = lab.actors.alice.publication('alice', 'microphone');
    const rows = { 'LocalTrackPublication.getTrackFeatures()': lab.describe(publication.getTrackFeatures()) };
    rows['LocalAudioTrack.applyConstraints()'] = await lab.outcome(publication.track.applyConstraints({ echoCancellation: false }));
    return rows;
  });
}

/** A silent microphone; another device, another picture in the same track. */
export async function changesWhatItSends({ alice, bob, room }) {
  await alice.join('kate', room);
  const rows = await alice.run(async (lab) => {
    const { kate } = lab.actors;
    const silent = lab.tone();
    await kate.local.publishTrack(silent.track, { source: lab.sdk.Track.Source.Microphone });
    const silence = await kate.event('room', 'localAudioSilenceDetected');
    const microphone = kate.publication('kate', 'microphone').track;
    const camera = (await kate.local.setCameraEnabled(true, { resolution: { width: 160, height: 120 } }, { simulcast: false })).track;
    const replaced = await lab.outcome(camera.replaceTrack(lab.drawnPicture(200, 152)));
    return {
      'Room@localAudioSilenceDetected': silence,
      'LocalAudioTrack.checkForSilence()': await lab.outcome(microphone.checkForSilence()),
      'LocalTrack.replaceTrack()': { replaced, isUserProvided: camera.isUserProvided },
      'LocalTrack.waitForDimensions()': lab.describe(await camera.waitForDimensions()),
      'LocalTrack.getDeviceId()': typeof (await camera.getDeviceId()),
    };
  });
  const width = (wanted) => bob.run(async (lab, wanted) => {
    await lab.until('the camera of kate', () => lab.actors.bob.publication('kate', 'camera')?.isSubscribed);
    return lab.actors.bob.width('kate', 'camera', wanted);
  }, wanted);
  rows['LocalTrack.replaceTrack()'].there = await width(200);
  const restarted = await alice.run(async (lab) => {
    const { kate } = lab.actors;
    const { track } = kate.publication('kate', 'camera');
    kate.forget();
    const outcome = await lab.outcome(track.restartTrack({ resolution: { width: 320, height: 240 } }));
    const rows = { 'Track@restarted': await kate.event('track', 'restarted') };
    const row = lab.later ? 'LocalTrack.restartTrack()' : 'LocalVideoTrack.restartTrack()';
    rows[row] = { outcome };
    track.setPublishingQuality(lab.sdk.VideoQuality.HIGH);
    rows['LocalVideoTrack.setPublishingQuality()'] = track.isSimulcast;
    const device = (await lab.sdk.Room.getLocalDevices('videoinput')).at(-1).deviceId;
    rows[lab.later ? 'LocalTrack.setDeviceId()' : 'LocalVideoTrack.setDeviceId()'] = await lab.outcome(track.setDeviceId(device));
    if (lab.later) {
      rows['LocalVideoTrack.setDegradationPreference()'] = await lab.outcome(track.setDegradationPreference('maintain-resolution'));
      rows['LocalVideoTrack.refreshSubscribedCodecs()'] = await lab.outcome(track.refreshSubscribedCodecs());
      rows['LocalVideoTrack.prioritizePerformance()'] = await lab.outcome(track.prioritizePerformance());
    } else {
      const microphone = (await lab.sdk.Room.getLocalDevices('audioinput')).at(-1).deviceId;
      await kate.local.unpublishTrack(kate.publication('kate', 'microphone').track);
      const { track: sound } = await kate.local.setMicrophoneEnabled(true);
      rows['LocalAudioTrack.setDeviceId()'] = await lab.outcome(sound.setDeviceId(microphone));
      rows['LocalAudioTrack.restartTrack()'] = await lab.outcome(sound.restartTrack());
    }
    return rows;
  });
  const row = Object.keys(restarted).find((name) => name.endsWith('.restartTrack()') && name !== 'LocalAudioTrack.restartTrack()');
  restarted[row].there = await width(320);
  const ended = await alice.run(async (lab) => {
    const { kate } = lab.actors;
    const { track } = kate.publication('kate', 'camera');
    const element = track.attach();
    const attached = lab.describe(element);
    const detached = track.detach().map(lab.describe);
    const processed = { name: 'drawn', init: async () => {}, restart: async () => {}, destroy: async () => {}, processedTrack: lab.drawnPicture(240, 180) };
    const set = await lab.outcome(track.setProcessor(processed));
    const got = track.getProcessor()?.name;
    lab.processed = { 'LocalTrack.setProcessor()': { set }, 'LocalTrack.getProcessor()': got };
    return { 'LocalTrack.attach()': attached, 'LocalTrack.detach()': detached };
  });
  const shown = await width(240);
  Object.assign(ended, await alice.run(async (lab) => {
    const { track } = lab.actors.kate.publication('kate', 'camera');
    const stopped = await lab.outcome(track.stopProcessor());
    track.stop();
    return { ...lab.processed, 'LocalTrack.stopProcessor()': stopped, 'LocalTrack.stop()': track.mediaStreamTrack.readyState };
  }));
  ended['LocalTrack.setProcessor()'].there = shown;
  await alice.leave('kate');
  return { ...rows, ...restarted, ...ended };
}

export async function playsARoom({ alice }) {
  return alice.run(async (lab) => {
    const puppets = lab.actor('puppets');
    const outcome = await lab.outcome(puppets.room.simulateParticipants({ publish: { video: true, audio: false }, participants: { count: 2, video: true, audio: false } }));
    return { 'Room.simulateParticipants()': { outcome, others: puppets.others.length } };
  });
}
