//! Rooms, participants and tracks as LiveKit prints them: one printer for signalling and the server API.
mod data_track;
mod participant;
mod quality;
mod room;
mod track;

pub use data_track::data_track;
pub use participant::{participant, participant_left};
pub use quality::quality;
pub use room::{Counts, is_counted, publish_codecs, room, room_of, settings_from_config, timeouts};
pub use track::{LiveKitStreamData, track};
pub(crate) use track::{is_layered, mime};

use sfu_core::room::ProtocolName;

/// The protocol name of this face's participants and rooms.
pub const PROTOCOL: ProtocolName = ProtocolName("livekit");

/// Milliseconds as LiveKit's signed seconds.
fn seconds(ms: u64) -> i64 {
    millis(ms) / 1000
}

/// Milliseconds as LiveKit's signed ones.
fn millis(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
