// The one list of what the LiveKit scenes show: stories of steps in their order. Which rows a step shows is what it returns;
// what no step can show stands below with its reason. `later`: 1.15 does not have it. `feature`: a profile may refuse it, and
// then `refused` is played instead. `silent`: something does not come with
// livekit-server, and that is its result.
import * as codecs from './codecs.mjs';
import * as data from './data.mjs';
import * as describing from './describing.mjs';
import * as encrypting from './encrypting.mjs';
import * as endings from './endings.mjs';
import * as joining from './joining.mjs';
import * as listening from './listening.mjs';
import * as local from './local.mjs';
import * as muting from './muting.mjs';
import * as publishing from './publishing.mjs';
import { SCENARIOS, scenario } from './reconnecting.mjs';
import * as refusals from './refusals.mjs';
import * as subscribing from './subscribing.mjs';

const DATA = { feature: 'dataMessages' };
const DYNACAST = { feature: 'dynacast' };
const SPEAKERS = { feature: 'speakerDetection' };

const MEETING = [
  { name: 'the browser is asked', run: joining.asksTheBrowser },
  { name: 'a room is joined', run: joining.joins },
  { name: 'what was there before is seen', run: joining.seesATrack },
  { name: 'a join is refused', run: joining.isRefused },
  { name: 'a room is joined the old way', run: joining.joinsTheOldWay, later: true },
  { name: 'a join is given up', run: joining.givesUp },
  { name: 'another comes and goes', run: joining.anotherComesAndGoes },
  { name: 'who is hidden stays so', run: joining.hiddenStaysHidden },
  { name: 'the camera is published', run: publishing.enablesTheCamera },
  { name: 'the microphone is published', run: publishing.enablesTheMicrophone },
  { name: 'mute is told', run: muting.mutesItself },
  { name: 'the switch mutes', run: muting.mutesByItsSwitch },
  { name: 'a track is muted and paused', run: muting.mutesTheTrack },
  { name: 'upstream is paused', run: muting.pausesUpstream },
  { name: 'another mutes', run: muting.anotherMutes },
  { name: 'the backend mutes', run: muting.theBackendMutes },
  { name: 'the screen is shared', run: publishing.sharesTheScreen },
  { name: 'a share ends in the browser', run: publishing.shareEndsInTheBrowser },
  { name: 'tracks are published by hand', run: publishing.publishesByHand },
  { name: 'a track is taken back', run: publishing.unpublishes },
  { name: 'tracks are published anew and end', run: publishing.republishesAndEnds },
  { name: 'devices are switched', run: local.switchesDevices },
  { name: 'devices fail', run: local.devicesFail },
  { name: 'playback is blocked', run: local.playbackIsBlocked },
  { name: 'volume is set', run: local.playsAtAVolume },
  { name: 'statistics are there', run: local.statisticsAreThere },
  { name: 'the microphone is tuned', run: local.tunesTheMicrophone, later: true },
  { name: 'what is sent changes', run: local.changesWhatItSends },
  { name: 'a room is played', run: local.playsARoom },
];

const SUBSCRIBING = [
  { name: 'a room is joined', run: joining.joins },
  { name: 'the camera is published', run: publishing.enablesTheCamera },
  { name: 'a track comes and goes', run: subscribing.aTrackComesAndGoes },
  { name: 'a track is unsubscribed from', run: subscribing.unsubscribesAndSubscribes },
  { name: 'tracks are chosen', run: subscribing.choosesItsTracks },
  { name: 'permission to subscribe is taken', run: subscribing.permissionIsTaken },
  { name: 'permission to subscribe is given', run: subscribing.permissionIsGiven },
  { name: 'a participant describes itself', run: describing.describesItself },
  { name: 'another is described', run: describing.anotherIsDescribed },
  { name: 'who may not describe itself', run: describing.mayNotDescribeItself },
  { name: 'the room is described', run: describing.theRoomIsDescribed },
  { name: 'permissions change', run: describing.permissionsChange },
  { name: 'some sources may be published', run: describing.mayPublishSomeSources },
  { name: 'less is asked for', run: subscribing.asksForLess },
  { name: 'the element says what is wanted', run: subscribing.adaptsToItsElement },
];

const TALKING = [
  { name: 'a room is joined', run: joining.joins },
  { name: 'another mutes', run: muting.anotherMutes },
  { name: 'data is sent', run: data.dataIsSent, ...DATA, refused: refusals.dataIsRefused },
  { name: 'data arrives', run: data.dataArrives, ...DATA, refused: refusals.noDataArrives },
  { name: 'who may not send data', run: data.mayNotSendData, ...DATA, refused: refusals.dataIsRefused },
  { name: 'the buffer fills up', run: data.bufferFillsUp, ...DATA, refused: refusals.dataIsRefused },
  { name: 'text is sent', run: data.textIsSent, later: true, ...DATA, refused: refusals.textIsRefused },
  { name: 'bytes are sent', run: data.bytesAreSent, later: true, ...DATA, refused: refusals.bytesAreRefused },
  { name: 'methods are called', run: data.methodsAreCalled, later: true, ...DATA, refused: refusals.methodsAreRefused },
  { name: 'a backend calls a method', run: data.aBackendCalls, later: true, ...DATA, refused: refusals.callsOfABackendAreRefused },
  { name: 'chat is sent', run: data.chatIsSent, later: true, ...DATA, refused: refusals.chatIsRefused },
  { name: 'tones are sent', run: data.tonesAreSent, later: true, ...DATA, refused: refusals.tonesAreRefused },
  { name: 'speech is transcribed', run: data.speechIsTranscribed, later: true, ...DATA, refused: refusals.dataIsRefused },
  { name: 'data tracks are published', run: data.dataTracksArePublished, later: true, ...DATA, refused: refusals.dataTracksAreRefused },
  { name: 'who speaks is told', run: listening.whoSpeaks, ...SPEAKERS, refused: refusals.nobodySpeaks },
  { name: 'a speaker is simulated', run: listening.simulatesASpeaker, ...SPEAKERS, refused: refusals.noSpeakerIsSimulated },
  { name: 'a recorder comes', run: listening.aRecorderComes },
  { name: 'a picture is held back', run: listening.pictureIsHeldBack },
  { name: 'quality is told', run: listening.qualityIsTold },
];

const CODECS = [
  { name: 'a room is joined', run: joining.joins },
  { name: 'a second codec is added', run: codecs.bothCodecsAreSent, later: true, ...DYNACAST, refused: refusals.oneCodecIsSent },
  { name: 'a second codec takes over', run: codecs.allGoOver, ...DYNACAST, refused: refusals.oneCodecIsSent },
];

const ENDINGS = [
  { name: 'a room is joined', run: joining.joins },
  ...Object.keys(SCENARIOS).map((kind) => ({ name: `simulated: ${kind}`, run: scenario(kind), later: kind === 'leave-full-reconnect', silent: kind === 'leave-full-reconnect' })),
  { name: 'media is encrypted', run: encrypting.mediaIsEncrypted },
  { name: 'one leaves', run: endings.leaves },
  { name: 'another leaves', run: endings.anotherLeaves },
  { name: 'an identity is taken', run: endings.anotherTakesItsIdentity },
  { name: 'the backend removes', run: endings.theBackendRemoves },
  { name: 'the server leaves', run: endings.theServerLeaves },
  { name: 'a page goes', run: endings.thePageGoes },
  { name: 'the room is deleted', run: endings.theRoomIsDeleted },
];

/** Stories know nothing of each other: each has its own pages and room. */
export const STORIES = { meeting: MEETING, subscribing: SUBSCRIBING, talking: TALKING, codecs: CODECS, endings: ENDINGS };

/** Rows that no step shows, and why. */
const INNER = 'called by the SDK itself; it is not marked as internal, but an app has no use for it.';
const MONITOR = 'starts or ends a timer inside the SDK.';
const IN_THE_BROWSER = 'happens inside the browser alone; no server has a part in it.';
const CPU = 'the SDK\'s reading of the browser\'s own statistics of its load; no server has a part in it.';
const UNANSWERED = 'livekit-server 1.13.5 says nothing within 30 s of a track that it does not know, and Chromium receives every codec that it can be sent.';
const UNUSED = 'declared, but the SDK never emits it';

export const NOT_SHOWN = {
  'LocalTrackPublication.handleMuted()': INNER,
  'LocalTrackPublication.handleUnmuted()': INNER,
  'LocalTrackPublication.handleTrackEnded()': INNER,
  'LocalTrackPublication.setTrack()': INNER,
  'RemoteTrackPublication.handleMuted()': INNER,
  'RemoteTrackPublication.handleUnmuted()': INNER,
  'LocalTrack.startMonitor()': MONITOR,
  'LocalTrack.stopMonitor()': MONITOR,
  'RemoteTrack.startMonitor()': MONITOR,
  'RemoteTrack.stopMonitor()': MONITOR,
  'RemoteTrack.start()': IN_THE_BROWSER,
  'RemoteTrack.stop()': IN_THE_BROWSER,
  'LocalTrack.getPreConnectBufferMimeType()': 'of a recording that the SDK makes in the browser before it joins, for agents.',
  'LocalVideoTrack.addSimulcastTrack()': INNER,
  'LocalVideoTrack.setSimulcastTrackSender()': INNER,
  'RemoteVideoTrack.setStreamState()': INNER,
  'RemoteVideoTrack.lookupFrameMetadata()': 'of a trailer that publishers in native SDKs put behind a frame.',
  'Room@trackSubscriptionFailed': UNANSWERED,
  'Participant@trackSubscriptionFailed': UNANSWERED,
  'Publication@subscriptionFailed': UNANSWERED,
  'Room@stateChanged': `${UNUSED}: its name stands for connectionStateChanged.`,
  'Room@metricsReceived': 'livekit-server 1.13.5 passes on no figures of one client to another, whose token would let it have them.',
  'Room@moved': 'MoveParticipant is not implemented in livekit-server outside its cloud.',
  'Participant@localTrackCpuConstrained': CPU,
  'Publication@cpuConstrained': CPU,
  'Track@cpuConstrained': CPU,
  'Publication@timeSyncUpdate': `${UNUSED} of a publication: its track does.`,
  'Track@message': `${UNUSED}.`,
  'simulateScenario: force-tls': 'needs a TURN server over TLS beside both servers.',
};
