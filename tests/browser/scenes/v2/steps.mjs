// The one list of what the v2 scenes show: the steps of each scene in their order, and for each the methods, events and values
// of openvidu-browser that it exercises. What no step can show stands below with its reason.
import * as devices from './devices.mjs';
import * as endings from './endings.mjs';
import * as livekit from './livekit.mjs';
import * as media from './media.mjs';
import * as meeting from './meeting.mjs';
import * as recorder from './recorder.mjs';
import * as trouble from './trouble.mjs';

const of = (owner, ...names) => names.map((name) => `${owner}.${name}()`);
const at = (owner, ...names) => names.map((name) => `${owner}@${name}`);
const changed = (property, ...reasons) => reasons.map((reason) => `streamPropertyChanged: ${property}, ${reason}`);
/** The three events that name this reason when a connection ends. */
const out = (reason) => ['sessionDisconnected', 'connectionDestroyed', 'streamDestroyed'].map((event) => `${event}: ${reason}`);

const RECORDER = of('LocalRecorder', 'record', 'stop', 'pause', 'resume', 'preview', 'clean', 'download', 'getBlob', 'uploadAsBinary', 'uploadAsMultipartfile');
const SPEECH = [
  ...of('StreamManager', 'updatePublisherSpeakingEventsOptions'),
  ...at('Session', 'publisherStartSpeaking', 'publisherStopSpeaking'),
  ...at('Subscriber', 'publisherStartSpeaking', 'publisherStopSpeaking', 'streamAudioVolumeChange'),
];

/** `later`: a step of what 2.15 does not have. */
export const MEETING = [
  { name: 'the browser is asked', run: devices.asksTheBrowser, shows: of('OpenVidu', 'initSession', 'checkSystemRequirements', 'checkScreenSharingCapabilities', 'getDevices', 'getUserMedia', 'enableProdMode') },
  { name: 'devices are allowed, refused, asked for', run: devices.asksForPermission, shows: [...of('OpenVidu', 'initPublisher', 'initPublisherAsync'), ...at('Publisher', 'accessAllowed', 'accessDenied', 'accessDialogOpened', 'accessDialogClosed')] },
  { name: 'a session is joined', run: meeting.connects, shows: [...of('Session', 'connect'), ...at('Session', 'connectionCreated')] },
  { name: 'a used token is refused', run: meeting.refusesAUsedToken, shows: of('Session', 'connect') },
  { name: 'a stream is published', run: meeting.publishes, shows: [...of('Session', 'publish'), ...of('OpenVidu', 'initPublisherAsync', 'setAdvancedConfiguration'), ...of('Stream', 'getRTCPeerConnection', 'getMediaStream'), ...at('Publisher', 'streamCreated', 'videoElementCreated', 'streamPlaying', 'accessAllowed')] },
  { name: 'a stream is subscribed to', run: meeting.subscribes, shows: [...of('Session', 'subscribe', 'subscribeAsync', 'unsubscribe'), ...of('Stream', 'getRTCPeerConnection', 'getMediaStream'), ...at('Session', 'streamCreated'), ...at('Subscriber', 'videoElementCreated', 'videoElementDestroyed', 'streamPlaying')] },
  { name: 'videos are managed', run: meeting.managesVideos, shows: [...of('StreamManager', 'addVideoElement', 'createVideoElement'), ...of('Subscriber', 'subscribeToAudio', 'subscribeToVideo')] },
  { name: 'signals arrive', run: meeting.signals, shows: [...of('Session', 'signal'), ...at('Session', 'signal')] },
  { name: 'mute is told', run: media.mutes, shows: [...of('Publisher', 'publishAudio', 'publishVideo'), ...at('Session', 'streamPropertyChanged'), ...at('Publisher', 'streamPropertyChanged'), ...at('Subscriber', 'streamPropertyChanged'), ...changed('audioActive', 'publishAudio'), ...changed('videoActive', 'publishVideo')] },
  { name: 'the camera is freed and taken again', run: media.freesTheCamera, later: true, shows: of('Publisher', 'publishVideo') },
  { name: 'tracks are replaced', run: media.replacesTracks, shows: [...of('Publisher', 'replaceTrack'), ...changed('videoTrack', 'trackReplaced'), ...changed('audioTrack', 'trackReplaced'), ...changed('videoDimensions', 'trackReplaced')] },
  { name: 'who speaks is told', run: media.speaks, shows: [...SPEECH, ...at('Publisher', 'publisherStartSpeaking', 'publisherStopSpeaking', 'streamAudioVolumeChange')] },
  { name: 'listeners come and go', run: meeting.listens, shows: ['Session', 'Publisher', 'StreamManager'].flatMap((owner) => of(owner, 'on', 'once', 'off')) },
  { name: 'a stream is recorded locally', run: recorder.recordsLocally, shows: [...of('OpenVidu', 'initLocalRecorder'), ...RECORDER] },
  { name: 'filters are refused', run: media.filtersAreRefused, shows: [...of('Stream', 'applyFilter', 'removeFilter'), ...of('Filter', 'execMethod', 'addEventListener', 'removeEventListener')] },
  { name: 'transcription is refused', run: media.transcriptionIsRefused, later: true, shows: of('Session', 'subscribeToSpeechToText', 'unsubscribeFromSpeechToText') },
  { name: 'a stream ends and comes back, in a loop', run: media.unpublishesAndComesBack, shows: [...of('Session', 'unpublish', 'publish'), ...of('Publisher', 'subscribeToRemote'), ...of('Stream', 'on', 'once', 'off'), ...at('Session', 'streamDestroyed'), ...at('Publisher', 'streamDestroyed', 'videoElementDestroyed'), ...at('Subscriber', 'videoElementDestroyed'), 'streamDestroyed: unpublish'] },
];

export const ENDINGS = [
  { name: 'a watcher comes', run: endings.watcherComes, shows: of('Session', 'connect') },
  { name: 'a network is lost', run: endings.losesItsNetwork, shows: at('Session', 'reconnecting') },
  { name: 'one leaves', run: endings.leaves, shows: [...of('Session', 'disconnect'), ...at('Session', 'connectionDestroyed', 'sessionDisconnected'), ...out('disconnect')] },
  { name: 'one is forced to unpublish', run: endings.isForcedToUnpublish, shows: [...of('Session', 'forceUnpublish'), 'streamDestroyed: forceUnpublishByUser', 'streamDestroyed: forceUnpublishByServer'] },
  { name: 'only a moderator may force', run: endings.mayNotForce, shows: of('Session', 'forceUnpublish', 'forceDisconnect') },
  { name: 'one is forced out by a user', run: endings.isForcedOutByUser, shows: [...of('Session', 'forceDisconnect'), ...out('forceDisconnectByUser')] },
  { name: 'one is forced out by the backend', run: endings.isForcedOutByServer, shows: out('forceDisconnectByServer') },
  { name: 'the lost one is out', run: endings.isLostForGood, shows: out('networkDisconnect') },
  { name: 'the backend closes the session', run: endings.sessionIsClosed, shows: out('sessionClosedByServer') },
];

export const TROUBLE = [
  { name: 'one comes through a relay', run: trouble.comesThroughARelay, shows: of('OpenVidu', 'setAdvancedConfiguration') },
  { name: 'a picture is late', run: trouble.pictureIsLate, later: true, shows: [...at('Session', 'exception'), 'exception: NO_STREAM_PLAYING_EVENT'] },
  { name: 'a lost socket is resumed', run: trouble.socketIsResumed, shows: at('Session', 'reconnecting', 'reconnected') },
  { name: 'streams reconnect', run: trouble.streamsReconnect, later: true, shows: of('Stream', 'reconnect') },
  { name: 'a candidate is refused', run: trouble.candidateIsRefused, later: true, shows: [...at('Session', 'exception'), 'exception: ICE_CANDIDATE_ERROR'] },
  { name: 'a connection is changed', run: trouble.connectionChanges, later: true, shows: at('Session', 'connectionPropertyChanged') },
  { name: 'a shared screen is resized', run: trouble.screenIsResized, shows: changed('videoDimensions', 'screenResized') },
  { name: 'a telephone is turned', run: trouble.deviceIsRotated, shows: changed('videoDimensions', 'deviceRotated') },
  { name: 'network quality is told', run: trouble.qualityIsTold, later: true, shows: at('Session', 'networkQualityLevelChanged') },
];

/** Runs beside the others: it waits for the browser's own timers. */
export const LOSS = [
  { name: 'the media path is disconnected', later: true, shows: [...at('Session', 'exception'), 'exception: ICE_CONNECTION_DISCONNECTED'] },
];

/** The same room has a LiveKit app. */
export const LIVEKIT = [
  { name: 'a room is joined', run: livekit.meets, shows: [...of('Session', 'connect'), ...at('Session', 'connectionCreated', 'streamCreated')] },
  { name: 'a LiveKit stream is subscribed to', run: livekit.subscribes, shows: [...of('Session', 'subscribe', 'subscribeAsync', 'unsubscribe'), ...of('Stream', 'getRTCPeerConnection'), ...of('StreamManager', 'addVideoElement', 'createVideoElement'), ...at('Subscriber', 'videoElementCreated', 'videoElementDestroyed', 'streamPlaying')] },
  { name: 'a stream is published to LiveKit', run: livekit.publishes, shows: [...of('Session', 'publish'), ...at('Publisher', 'streamCreated')] },
  { name: 'mute is told in both worlds', run: livekit.mutes, shows: [...of('Publisher', 'publishAudio', 'publishVideo'), ...at('Session', 'streamPropertyChanged'), ...at('Publisher', 'streamPropertyChanged'), ...at('Subscriber', 'streamPropertyChanged'), ...changed('audioActive', 'publishAudio'), ...changed('videoActive', 'publishVideo')] },
  { name: 'a replaced track goes to LiveKit', run: livekit.replacesTrack, shows: of('Publisher', 'replaceTrack') },
  { name: 'who speaks in LiveKit is told', run: livekit.hearsWhoSpeaks, shows: SPEECH },
  { name: 'a LiveKit stream is recorded locally', run: recorder.recordsLocally, shows: [...of('OpenVidu', 'initLocalRecorder'), ...RECORDER] },
  { name: 'streams to and from LiveKit reconnect', run: livekit.streamsReconnect, later: true, shows: of('Stream', 'reconnect') },
  { name: 'network quality of LiveKit is told', run: livekit.qualityIsTold, later: true, shows: at('Session', 'networkQualityLevelChanged') },
  { name: 'streams end in both worlds', run: livekit.unpublishes, shows: [...of('Session', 'unpublish'), ...at('Session', 'streamDestroyed'), ...at('Publisher', 'streamDestroyed'), 'streamDestroyed: unpublish'] },
  { name: 'a LiveKit app is forced to unpublish', run: livekit.isForcedToUnpublish, shows: [...of('Session', 'forceUnpublish'), 'streamDestroyed: forceUnpublishByUser'] },
  { name: 'a LiveKit app is forced out', run: livekit.isForcedOut, shows: [...of('Session', 'forceDisconnect'), ...at('Session', 'connectionDestroyed'), 'connectionDestroyed: forceDisconnectByUser'] },
  { name: 'a LiveKit app leaves', run: livekit.othersLeave, shows: [...at('Session', 'connectionDestroyed'), 'connectionDestroyed: disconnect'] },
  { name: 'a permission of LiveKit is a role', run: livekit.permissionIsARole, later: true, shows: at('Session', 'connectionPropertyChanged') },
  { name: 'the LiveKit backend puts one out', run: livekit.isPutOut, shows: [...at('Session', 'sessionDisconnected'), ...out('forceDisconnectByServer').filter((row) => !row.startsWith('stream'))] },
  { name: 'the LiveKit backend closes the room', run: livekit.roomIsClosed, shows: ['sessionDisconnected: sessionClosedByServer'] },
];

const ONE_PROCESS = 'the server and its media are one process: no second node is left to tell of a crash';
const NO_FILTERS = 'media is forwarded as it is: filters are refused with 405 and 406 (that is shown)';
const NO_RECORDING = 'recording is not built yet: its start is refused with 501';
const NO_BROADCAST = 'broadcast is not built yet';
const NEVER_FAILED = 'Chromium keeps a lost path at `disconnected`, seen for 90 s after a server was killed, and for a minute with addresses where nobody answers; the SDK does its work of reconnection there already';
const NO_TRANSCRIPTION = 'there is no transcription: subscribing to it is refused with 997 (that is shown)';

/** What no step can show in either world, and why. */
export const NOT_SHOWN = {
  'Session@recordingStarted': NO_RECORDING,
  'Session@recordingStopped': NO_RECORDING,
  'Session@broadcastStarted': NO_BROADCAST,
  'Session@broadcastStopped': NO_BROADCAST,
  'Session@speechToTextMessage': NO_TRANSCRIPTION,
  'exception: SPEECH_TO_TEXT_DISCONNECTED': NO_TRANSCRIPTION,
  'exception: ICE_CONNECTION_FAILED': NEVER_FAILED,
  'sessionDisconnected: nodeCrashed': ONE_PROCESS,
  'connectionDestroyed: nodeCrashed': ONE_PROCESS,
  'streamDestroyed: nodeCrashed': ONE_PROCESS,
  'streamDestroyed: mediaServerDisconnect': ONE_PROCESS,
  'streamPropertyChanged: filter, applyFilter': NO_FILTERS,
  'streamPropertyChanged: filter, execFilterMethod': NO_FILTERS,
  'streamPropertyChanged: filter, removeFilter': NO_FILTERS,
};
