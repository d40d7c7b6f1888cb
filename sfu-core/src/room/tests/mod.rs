//! Stories of the room: commands, media events and time in; what is said, told to the worker and wanted outside, out.
mod anything;
mod client;
mod ending;
mod forcing;
mod joining;
mod livekit_media;
mod messages;
mod mixed;
mod muting;
mod permissions;
mod scene;
mod single_media;
mod v2_media;
mod worker;
