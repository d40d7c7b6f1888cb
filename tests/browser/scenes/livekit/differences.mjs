// What is done otherwise than livekit-server does it: on purpose, with the value that is expected here; and what is not yet done,
// where any other value than livekit-server's counts as open.

/** How a scenario ends after which the one who asked is there anew. */
const RECONNECTED = {
  outcome: { resolved: null }, heard: { reconnecting: true }, ended: [], state: 'connected', samePresence: false, disconnected: false,
  published: ['camera'], media: 'flows', there: { media: 'flows' },
};

export const DIFFERENCES = [
  {
    row: 'simulateScenario: leave-full-reconnect', step: 'endings: simulated: leave-full-reconnect', value: RECONNECTED,
    why: 'livekit-server 1.13.5 takes this and does nothing; here the client is made to reconnect, as the SDK means it.',
  },
];

const PERMISSION = 'the subscriber is not told that it may (not) subscribe any more, and goes on receiving.';
const SIMULATION = 'the scenario is taken, but does not do this.';
const DATA = 'data messages are not passed on.';
const QUITTER = 'who leaves before the media path stands is kept for a while, as if it could come back.';
const MOMENT = 'where the media path ends a moment before the goodbye arrives, the reason told is CONNECTION_TIMEOUT.';

/** Rows not yet as with livekit-server, by step: the table shows them as open. */
export const OPEN = [
  { step: 'meeting: another comes and goes', row: 'Room@participantDisconnected', why: QUITTER },
  { step: 'meeting: who is hidden stays so', row: 'Room@participantConnected', why: QUITTER },
  { step: 'subscribing: permission to subscribe is taken', why: PERMISSION },
  { step: 'subscribing: permission to subscribe is given', why: PERMISSION },
  { step: 'subscribing: less is asked for', row: 'RemoteTrackPublication.setVideoFPS()', why: 'the temporal layers of VP8 are not left out.' },
  { step: 'talking: a recorder comes', why: 'a room with a recorder in it does not say that it is recorded.' },
  { step: 'talking: a picture is held back', why: SIMULATION },
  { step: 'talking: quality is told', why: 'ConnectionQualityUpdate is not sent to LiveKit clients.' },
  { step: 'endings: simulated: node-failure', why: SIMULATION },
  { step: 'endings: simulated: migration', why: SIMULATION },
  { step: 'endings: the server leaves', why: SIMULATION },
  { step: 'endings: one leaves', row: 'Room@participantDisconnected', why: MOMENT },
  { step: 'endings: another leaves', row: 'Room@participantDisconnected', why: MOMENT },
  ...[
    'data is sent', 'data arrives', 'the buffer fills up', 'text is sent', 'bytes are sent', 'methods are called', 'chat is sent', 'tones are sent',
    'speech is transcribed', 'data tracks are published', 'who may not send data',
  ].map((name) => ({ step: `talking: ${name}`, profile: 'full', why: DATA })),
  { step: 'talking: who speaks is told', profile: 'full', why: 'SpeakersChanged is not sent.' },
  { step: 'talking: a speaker is simulated', profile: 'full', why: SIMULATION },
];
