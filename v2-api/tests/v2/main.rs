//! The v2 face against real rooms, without sockets or clocks: recorded dialogues, stories of its own, and bad input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::wildcard_enum_match_arm, missing_docs)]

mod dialogues;
mod differences;
mod document;
mod door;
mod endings;
mod error_codes;
mod foreigner;
mod hostile;
mod lifecycle;
mod malformed;
mod mixed;
mod paths;
mod publishing;
mod rest_calls;
mod rest_change;
mod rest_hostile;
mod rest_table;
mod sdp_text;
mod stage;
mod stories;
mod transcript;
mod webhooks;
