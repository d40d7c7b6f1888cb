//! What happened in a room, for those outside who keep its record (webhooks, call detail records): facts, past tense.
//!
//! Nothing here is told to a participant; `chronicle.rs` writes these down, and each face has its own words for them.
use super::command::Signal;
use super::participant::{ParticipantInfo, UnpublishReason};
use super::track::{StreamInfo, TrackInfo};
use super::{LeaveReason, ProtocolName, RoomSettings};
use crate::id::{ParticipantId, RoomId};

/// Something that happened in a room, with where and when.
#[derive(Clone, Debug)]
pub struct RoomRecord {
    /// The id of this life of the room.
    pub room: RoomId,
    /// Its name.
    pub name: String,
    /// When it was made, ms since 1970.
    pub created_ms: u64,
    /// Which face made it.
    pub made_by: ProtocolName,
    /// When this happened, ms since 1970.
    pub at_ms: u64,
    /// A call of an API made it happen: the call's answer waits until this is stored.
    pub by_api: bool,
    /// The room as it is then, for happenings that are about the room, a participant or a track.
    pub facts: Option<Box<RoomFacts>>,
    /// What happened.
    pub happening: Happening,
}

/// A room at one moment.
#[derive(Clone, PartialEq, Debug)]
pub struct RoomFacts {
    /// Its settings.
    pub settings: RoomSettings,
    /// Those in it that take a place and that the others see; whoever leaves by this happening not among them.
    pub participants: u32,
    /// Those in it that publish, likewise.
    pub publishers: u32,
}

/// What happened. Participants come without their streams, subscriptions and face data; streams that were published or
/// received as they were at the beginning, whatever changed since. Hidden participants are in the record too.
#[derive(Clone, Debug)]
pub enum Happening {
    /// The room was made.
    RoomMade,
    /// The room ended.
    RoomEnded {
        /// Why.
        reason: LeaveReason,
        /// Somebody had been in it, or it was taken up after a restart.
        was_used: bool,
    },
    /// Somebody joined.
    ParticipantJoined(Box<ParticipantInfo>),
    /// Somebody who had joined without media became active.
    ParticipantActivated(Box<ParticipantInfo>),
    /// Somebody left.
    ParticipantLeft {
        /// Who.
        participant: Box<ParticipantInfo>,
        /// Why.
        reason: LeaveReason,
    },
    /// A track's media was negotiated for the first time.
    TrackPublished {
        /// By whom.
        publisher: Box<ParticipantInfo>,
        /// The stream it belongs to, as it is now.
        stream: Box<StreamInfo>,
        /// Which.
        track: Box<TrackInfo>,
    },
    /// Such a track is published no longer.
    TrackUnpublished {
        /// By whom it was.
        publisher: Box<ParticipantInfo>,
        /// The stream it belonged to.
        stream: Box<StreamInfo>,
        /// Which.
        track: Box<TrackInfo>,
    },
    /// A stream was published.
    StreamPublished {
        /// By whom.
        publisher: Box<ParticipantInfo>,
        /// Which.
        stream: Box<StreamInfo>,
    },
    /// A stream is published no longer.
    StreamUnpublished {
        /// By whom it was.
        publisher: Box<ParticipantInfo>,
        /// Which.
        stream: Box<StreamInfo>,
        /// Why.
        cause: EndCause,
    },
    /// Somebody began to receive a stream.
    StreamReceived {
        /// Who.
        receiver: Box<ParticipantInfo>,
        /// From whom.
        publisher: Box<ParticipantInfo>,
        /// Which.
        stream: Box<StreamInfo>,
    },
    /// Somebody receives a stream no longer.
    ReceptionEnded {
        /// Who.
        receiver: Box<ParticipantInfo>,
        /// From whom.
        publisher: Box<ParticipantInfo>,
        /// Which.
        stream: Box<StreamInfo>,
        /// Since when, ms since 1970.
        since_ms: u64,
        /// Why.
        cause: EndCause,
    },
    /// A signal of the v2 protocol was sent.
    Signalled {
        /// By whom; `None`: by the server.
        from: Option<Correspondent>,
        /// To whom it went.
        to: Vec<Correspondent>,
        /// The signal.
        signal: Signal,
    },
}

/// Who sent a signal, or was sent one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Correspondent {
    /// Its id.
    pub id: ParticipantId,
    /// Its identity.
    pub identity: String,
}

/// Why a stream is published or received no longer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndCause {
    /// Its receiver asked for no more of it, or may not have it any more.
    Unsubscribed,
    /// It was unpublished.
    Unpublished(UnpublishReason),
    /// Its publisher or its receiver left.
    Left(LeaveReason),
}
