//! How a participant gets into a room: one file per protocol.
pub mod livekit;
mod token;
