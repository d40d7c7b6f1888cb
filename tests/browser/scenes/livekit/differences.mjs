// What is done otherwise than livekit-server does it, on purpose: the value that is expected here, and why.

export const DIFFERENCES = [];
