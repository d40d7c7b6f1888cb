//! The v2 face against real rooms, without sockets or clocks: recorded dialogues, stories of its own, and bad input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::wildcard_enum_match_arm, missing_docs)]

mod dialogues;
mod differences;
mod door;
mod error_codes;
mod foreigner;
mod hostile;
mod malformed;
mod mixed;
mod paths;
mod rest_calls;
mod sdp_text;
mod stage;
mod stories;
mod transcript;
