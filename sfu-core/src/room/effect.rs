//! What a room wants done outside: written down, never waited for.
use super::entry::Reservation;
use super::record::RoomRecord;
use super::{LeaveReason, RoomSettings};
use crate::id::{ParticipantId, RoomId};

/// Something to do outside of the room.
#[derive(Clone, Debug)]
pub enum Effect {
    /// A room was made.
    RoomMade {
        /// Its id.
        room: RoomId,
        /// Its name.
        name: String,
        /// Its settings.
        settings: Box<RoomSettings>,
        /// When, ms since 1970.
        created_ms: u64,
        /// By an API (durable), or by a first join.
        by_api: bool,
    },
    /// What a room was made with changed: its metadata, limits or timeouts.
    RoomDescribed {
        /// Its id.
        room: RoomId,
        /// Its settings now.
        settings: Box<RoomSettings>,
    },
    /// A room ended.
    RoomEnded {
        /// Its id.
        room: RoomId,
        /// Why.
        reason: LeaveReason,
        /// By a call of an API (durable), or by itself.
        by_api: bool,
    },
    /// A seat was reserved.
    SeatReserved {
        /// In which room.
        room: RoomId,
        /// The seat.
        reservation: Box<Reservation>,
    },
    /// A seat was taken or given up: its token opens nothing any more.
    SeatGone {
        /// In which room.
        room: RoomId,
        /// The seat.
        participant: ParticipantId,
        /// By a call of an API (durable), or by the one who took it.
        by_api: bool,
    },
    /// Something happened that belongs into the room's record. Only of rooms that keep one
    /// ([`super::Room::keep_record`]).
    Happened(Box<RoomRecord>),
}

impl Effect {
    /// True where the answer to the API call that caused it waits until it is stored.
    pub const fn is_durable(&self) -> bool {
        match self {
            Self::RoomMade { by_api, .. } | Self::RoomEnded { by_api, .. } | Self::SeatGone { by_api, .. } => *by_api,
            Self::RoomDescribed { .. } | Self::SeatReserved { .. } => true,
            Self::Happened(record) => record.by_api,
        }
    }
}
