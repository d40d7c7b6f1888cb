//! Stories of the room: commands, media events and time in; what is said, told to the worker and wanted outside, out.
#![allow(
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    reason = "a test names the one event it is about, and its virtual time has to start somewhere"
)]
mod anything;
mod audience;
mod backup;
mod client;
mod ending;
mod forcing;
mod grading;
mod joining;
mod livekit_media;
mod messages;
mod mixed;
mod muting;
mod outcome;
mod permissions;
mod quality;
mod scene;
mod single_media;
mod spanning;
mod traffic;
mod v2_media;
mod words;
mod worker;
