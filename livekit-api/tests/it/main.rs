//! The LiveKit face from outside: clients that speak bytes to their peers, peers that share a real room, and server
//! API calls over HTTP to a port that is that room.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::wildcard_enum_match_arm, missing_docs)]

mod call;
mod document;
mod frames;
mod harness;
mod hostile;
mod hostile_calls;
mod join;
mod malformed;
mod moving;
mod port;
mod publish;
mod refusals;
mod resume;
mod text;
mod token;
mod twirp;
mod webhook;
mod wishes;
