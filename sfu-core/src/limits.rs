//! Every limit of the core, with its unit and the reason for its value.
use std::time::Duration;

/// Bytes of one session description that are looked at; browsers' own stay below 30 kB with 30 sections.
pub const SDP_BYTES_MAX: usize = 256 * 1024;
/// Lines of one session description: caps what a hostile description costs to parse.
pub const SDP_LINES_MAX: usize = 8_000;
/// Media sections of one session description.
pub const SDP_SECTIONS_MAX: usize = 256;
/// Characters of a room's name; LiveKit's `limit.max_room_name_length`.
pub const ROOM_NAME_CHARS_MAX: usize = 256;
/// Characters of a participant's identity; LiveKit's `limit.max_participant_identity_length`.
pub const IDENTITY_CHARS_MAX: usize = 256;
/// Bytes of room or participant metadata; LiveKit's `limit.max_metadata_size`.
pub const METADATA_BYTES_MAX: usize = 512 * 1024;
/// Bytes of all attributes of a participant; LiveKit's `limit.max_attributes_size`.
pub const ATTRIBUTES_BYTES_MAX: usize = 64 * 1024;
/// Tracks that one participant may publish at the same time.
pub const TRACKS_PER_PARTICIPANT_MAX: usize = 64;
/// How long a participant may take from joining to its first working Transport before a LiveKit client is removed.
pub const JOIN_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the others are not told of somebody whose media path does not stand and who publishes nothing: most who leave
/// by then came by mistake. LiveKit gathers such news for as long.
pub const SHOWN_AFTER: Duration = Duration::from_secs(3);
/// How long a room keeps reliable data messages for participants that come back: longer than any client's signalling
/// is waited for.
pub const DATA_KEPT_FOR: Duration = Duration::from_secs(30);
/// Bytes of reliable data messages that a room keeps for that, and that wait for one participant's first Transport.
pub const DATA_KEPT_BYTES_MAX: usize = 1024 * 1024;
/// Marks of data messages that a room remembers, so that none is sent twice.
pub const DATA_NONCES_MAX: usize = 256;
