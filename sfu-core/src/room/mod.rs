//! The meeting: participants, what they publish and receive, and the negotiation of their Transports.
//!
//! [`Room`] is a state machine: [`Room::handle_command`], [`Room::handle_media`] and [`Room::handle_timeout`] take
//! input, [`Room::poll`] gives [`RoomOutput`]s. It knows participants of either protocol only by their
//! [`ClientFacts`]; it names of `media` only commands and events.
mod answer;
mod apply;
mod audience;
mod backup;
mod chronicle;
mod command;
mod data;
mod data_tracks;
mod describe;
mod downlink;
mod dynacast;
mod effect;
mod entry;
mod event;
mod grading;
mod join;
mod layers;
mod leave;
mod lifecycle;
mod link;
mod meeting;
mod message;
mod mute;
mod negotiate;
pub mod negotiation;
mod participant;
mod path;
mod permission;
mod pipes;
mod placement;
mod plan;
mod publication;
mod publish;
mod quality;
mod record;
mod report;
mod roster;
mod rpc;
mod score;
mod seat;
mod showing;
mod speakers;
mod subscribe;
mod subscription;
#[cfg(test)]
mod tests;
mod track;
mod traffic;
mod unpublish;
mod update;
mod uplink;

pub use audience::Admission;
pub use chronicle::Beginning;
pub use command::{
    CommandEnvelope, Origin, ParticipantUpdate, Publish, PublishedTarget, RoomCommand, RoomUpdate, Signal, Subscribe,
    SubscribeVia, SubscriptionTarget, SubscriptionWishes,
};
pub use data::{DataMessage, DataText};
pub use data_tracks::{DataTrackInfo, ReceivedDataTrack};
pub use describe::RoomCounts;
pub use dynacast::CodecWanted;
pub use effect::Effect;
pub use entry::{Credential, Join, Reservation};
pub use event::{Joined, ReservationInfo, RoomEvent, RoomOutput, RoomSnapshot, TransportState};
pub use meeting::{NativeConfig, Room, RoomConfig, StoredRoom};
pub use participant::{
    BitrateCaps, Grant, ParticipantChange, ParticipantInfo, ParticipantKind, ParticipantState, Permissions,
    UnpublishReason,
};
pub use path::Path;
pub use quality::Quality;
pub use record::{Correspondent, EndCause, Happening, RoomFacts, RoomRecord};
pub use rpc::{RpcCall, RpcFailure, RpcOutcome};
pub use score::{Grade, Standing};
pub use speakers::Speaker;
pub use track::{
    BackupInfo, BackupPolicy, LayerSpec, StreamChange, StreamInfo, StreamKey, StreamSource, StreamSpec, TrackInfo,
    TrackSource, TrackSpec,
};
pub use traffic::{Flow, PathTraffic, Traffic};

use crate::sdp::Codec;
use std::time::Duration;

/// What one of a participant's Transports is for. A participant has at most one Transport of each role.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TransportRole {
    /// Everything the participant publishes (LiveKit's publisher PeerConnection); the client offers.
    Publisher,
    /// Everything it receives (LiveKit's subscriber PeerConnection); the server offers.
    Subscriber,
    /// Both (LiveKit's single PeerConnection); the client offers.
    Single,
    /// One stream that it publishes (v2); the client offers.
    Up(crate::id::StreamId),
    /// One stream that it receives (v2); either side offers.
    Down(StreamKey),
}

/// The Transports that a client uses and who offers on them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Topology {
    /// One per stream and direction, made by each publish and subscribe (v2).
    PerStream,
    /// A publisher and a subscriber Transport (LiveKit signalling v0).
    PublisherSubscriber,
    /// A single one (LiveKit signalling v1).
    Single,
}

/// A signalling protocol's name: for lists and badges; no decision hangs on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ProtocolName(pub &'static str);

/// All that a room knows of a client's SDK: plain values, no names and no versions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientFacts {
    /// Its protocol's name, for lists.
    pub protocol: ProtocolName,
    /// Its Transports.
    pub topology: Topology,
    /// Subscribes to everything by itself; else it asks for each stream or track.
    pub auto_subscribe: bool,
    /// Wants data channels opened by the server on its receiving Transport: labels with (ordered, max retransmits).
    pub channels: Vec<(&'static str, bool, Option<u16>)>,
    /// Plays a stream's sound and picture in one element, which waits for the first frame: it is sent a black one.
    pub one_element: bool,
    /// Is told when a picture is left out because its path does not carry it, and shows that: only then may it be.
    pub may_pause_video: bool,
    /// Takes signals of the v2 protocol.
    pub takes_signals: bool,
    /// Takes data messages, by the data channels of its common receiving Transport.
    pub takes_data: bool,
    /// Subscribes to every data track by itself.
    pub auto_subscribe_data: bool,
    /// Is told who speaks.
    pub takes_speakers: bool,
    /// Is told which layers of its pictures are wanted, and sends no others then.
    pub takes_layer_orders: bool,
    /// Becomes [`ParticipantState::Active`] by joining, without waiting for media.
    pub active_at_join: bool,
    /// Follows where it is sent to another room: it is told, and joins there by itself.
    pub may_move: bool,
    /// Wants to be told how good the publishers' paths are, measured this often; `None`: no. The most eager
    /// participant's interval holds for the room.
    pub quality_every: Option<Duration>,
    /// Wants to be told how good its own connection is, and those of whom it receives something from.
    pub wants_grades: bool,
    /// Bears another track on an m-line of its receiving Transport that carried one before.
    pub reuses_lines: bool,
}

/// When a room ends by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lifecycle {
    /// With its last participant; or, never joined, when it is older than `never_joined` at one of the checks every
    /// `check_interval` (OpenVidu v2; zero interval: never).
    WithLast {
        /// Time between two checks.
        check_interval: Duration,
        /// Age from which a room that nobody joined is collected.
        never_joined: Duration,
    },
    /// After a time without participants (LiveKit).
    Timeouts {
        /// Never joined.
        empty: Duration,
        /// After the last one left.
        departure: Duration,
    },
}

/// What a room was made with.
#[derive(Clone, PartialEq, Debug)]
pub struct RoomSettings {
    /// When it ends by itself.
    pub lifecycle: Lifecycle,
    /// Most participants at the same time; 0: no limit.
    pub max_participants: u32,
    /// The room's metadata.
    pub metadata: String,
    /// The only video codec that may be published, by family: compared without H.264 and VP9 profiles. `None`: any.
    pub forced_video_codec: Option<Codec>,
    /// The codecs that publishers may use, best first; empty: all that Viaduct routes.
    pub codecs: Vec<Codec>,
    /// Tracks of one stream reach clients under one name, for lip sync: on a Transport on which the room offers, an m-line
    /// then never carries another track (LiveKit's `sync_streams`).
    pub sync_streams: bool,
    /// What the face that made the room wants to find again (v2: the session's properties; LiveKit: the rest of
    /// CreateRoom); the room never looks inside. Empty for none.
    pub face_data: String,
    /// Which face made it: its [`ProtocolName`].
    pub made_by: ProtocolName,
}

/// Why a participant leaves or a room ends; each protocol has its own words for these.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LeaveReason {
    /// It left of its own will.
    ByClient,
    /// It left of its own will: the person who was called does not answer.
    Unavailable,
    /// It left of its own will: the person who was called does not want to.
    Rejected,
    /// It left of its own will: a program that takes part broke down.
    AgentFailed,
    /// Its signalling was lost and did not come back in time.
    SignalLost,
    /// Its media could not be set up or broke for good.
    MediaFailed,
    /// It never became active.
    JoinTimeout,
    /// A moderator put it out.
    ForcedByUser,
    /// An API put it out.
    ForcedByServer,
    /// The room was ended by an API.
    RoomClosedByApi,
    /// The room ended by its lifecycle: its last participant left, or nobody came.
    RoomEmpty,
    /// Another client came with the same identity.
    DuplicateIdentity,
    /// The client's picture of its session does not fit the server's any more.
    StateMismatch,
    /// An API sent it to another room.
    Moved,
    /// The server stops.
    ServerShutdown,
    /// The worker or the room broke down.
    ServerFailure,
}

impl LeaveReason {
    /// The participant itself wanted to go.
    pub const fn is_own_will(self) -> bool {
        match self {
            Self::ByClient | Self::Unavailable | Self::Rejected | Self::AgentFailed => true,
            Self::SignalLost
            | Self::MediaFailed
            | Self::JoinTimeout
            | Self::ForcedByUser
            | Self::ForcedByServer
            | Self::RoomClosedByApi
            | Self::RoomEmpty
            | Self::DuplicateIdentity
            | Self::StateMismatch
            | Self::Moved
            | Self::ServerShutdown
            | Self::ServerFailure => false,
        }
    }
}
