//! The LiveKit face from outside: clients that speak bytes to their peers, peers that share a real room, and server
//! API calls over HTTP to a port that is that room.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::wildcard_enum_match_arm, missing_docs)]

mod answers;
mod backup;
mod call;
mod document;
mod frames;
mod harness;
mod hostile;
mod hostile_calls;
mod hostile_messages;
mod join;
mod moving;
mod permission;
mod port;
mod publish;
mod refusals;
mod resume;
mod settings;
mod simulate;
mod text;
mod token;
mod tracks;
mod twirp;
mod webhook;
mod wishes;
