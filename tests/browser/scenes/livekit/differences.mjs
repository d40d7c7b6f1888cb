// What is done otherwise than livekit-server does it: on purpose, with the value that is expected here; and what is not yet done,
// where any other value than livekit-server's counts as open.

/** How a scenario ends after which the one who asked is there anew. */
const RECONNECTED = {
  outcome: { resolved: null }, heard: { reconnecting: true }, ended: [], state: 'connected', samePresence: false, disconnected: false,
  published: ['camera'], media: 'flows', there: { media: 'flows' },
};

/** What a backend is told by clients that it calls. */
const CALLED = {
  answered: { status: 200, payload: 'A WORD' }, long: 9000, failed: { status: 500, code: 'internal', msg: 'RpcError 1234: as wanted: with data' },
  unknown: { status: 400, code: 'invalid_argument', msg: 'RpcError 1400: Method not supported at destination' },
  absent: { status: 404, code: 'not_found', msg: 'participant does not exist' },
};

export const DIFFERENCES = [
  {
    row: 'simulateScenario: leave-full-reconnect', step: 'endings: simulated: leave-full-reconnect', value: RECONNECTED,
    why: 'livekit-server 1.13.5 takes this and does nothing; here the client is made to reconnect, as the SDK means it.',
  },
  {
    row: 'RoomService.PerformRpc', step: 'talking: a backend calls a method', value: CALLED, profile: 'full',
    why: 'what the client says of a failure comes without livekit-server\'s own words before it, and who is not there is not found rather than out of reach.',
  },
];

/** Rows not yet as with livekit-server, by step: the table shows them as open. */
export const OPEN = [];
