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

const QUITTER = 'who leaves before the media path stands is kept for a while, as if it could come back.';
const MOMENT = 'where the media path ends a moment before the goodbye arrives, the reason told is CONNECTION_TIMEOUT.';

/** Rows not yet as with livekit-server, by step: the table shows them as open. */
export const OPEN = [
  { step: 'meeting: another comes and goes', row: 'Room@participantDisconnected', why: QUITTER },
  { step: 'meeting: who is hidden stays so', row: 'Room@participantConnected', why: QUITTER },
  { step: 'subscribing: less is asked for', row: 'RemoteTrackPublication.setVideoFPS()', why: 'the temporal layers of VP8 are not left out.' },
  { step: 'talking: a recorder comes', why: 'a room with a recorder in it does not say that it is recorded.' },
  {
    step: 'talking: speech is transcribed', row: 'RemoteParticipant: isAgent', profile: 'full',
    why: 'others see the agent that speaks here; livekit-server 1.13.5 has not shown it by then.',
  },
  { step: 'endings: one leaves', row: 'Room@participantDisconnected', why: MOMENT },
  { step: 'endings: another leaves', row: 'Room@participantDisconnected', why: MOMENT },
];
