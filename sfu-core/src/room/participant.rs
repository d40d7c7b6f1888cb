//! Who is in a room: permissions, the right to enter, and what others see of a participant.
use super::LeaveReason;
use super::track::StreamInfo;
use crate::id::{ParticipantId, StreamId, TrackId};
use std::collections::BTreeMap;
use std::fmt;

/// What a participant may do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Permissions {
    /// Publish tracks.
    pub publish: bool,
    /// The sources that may be published; empty: all.
    pub publish_sources: Vec<super::TrackSource>,
    /// Subscribe to tracks.
    pub subscribe: bool,
    /// Send data messages.
    pub publish_data: bool,
    /// Make others leave or stop publishing.
    pub moderate: bool,
    /// Change own name, metadata and attributes.
    pub update_own_metadata: bool,
    /// Is invisible to the others.
    pub hidden: bool,
}

impl Permissions {
    /// Publishes, subscribes and sends data; the default of both protocols.
    pub fn publisher() -> Self {
        Self {
            publish: true,
            publish_sources: Vec::new(),
            subscribe: true,
            publish_data: true,
            moderate: false,
            update_own_metadata: false,
            hidden: false,
        }
    }
}

/// The kind of a participant, as LiveKit tells them apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ParticipantKind {
    /// A person.
    #[default]
    Standard,
    /// Brings media in.
    Ingress,
    /// Records or streams out.
    Egress,
    /// A telephone call.
    Sip,
    /// A program that takes part.
    Agent,
    /// A bridge to another service's calls.
    Connector,
    /// A bridge to another kind of media.
    Bridge,
}

impl ParticipantKind {
    /// True where it takes one of the places that a room's limit counts; programs that record or serve the others
    /// take none.
    pub const fn takes_a_place(self) -> bool {
        match self {
            Self::Standard | Self::Ingress | Self::Sip | Self::Connector | Self::Bridge => true,
            Self::Egress | Self::Agent => false,
        }
    }
}

/// Caps on the pictures of one participant, bits a second for each track; `None`: no cap.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BitrateCaps {
    /// On what it publishes.
    pub publish_bps: Option<u64>,
    /// On what it receives.
    pub receive_bps: Option<u64>,
}

/// What a joining participant is and may: from a token, a reserved seat or a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// The participant's id where the face has fixed it already (reserved seats), else the room draws one.
    pub id: Option<ParticipantId>,
    /// The identity: unique in a room; a second one of the same identity puts the first out.
    pub identity: String,
    /// The display name; may be empty.
    pub name: String,
    /// The server's metadata about it; may be empty.
    pub metadata: String,
    /// Attributes.
    pub attributes: BTreeMap<String, String>,
    /// Permissions.
    pub permissions: Permissions,
    /// Kind.
    pub kind: ParticipantKind,
    /// Caps on its pictures.
    pub caps: BitrateCaps,
    /// What the face that made the grant wants to find again, word for word; the room never looks inside. Empty for none.
    /// May hold secrets (a token, ICE credentials): never logged.
    pub face_data: String,
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("id", &self.id)
            .field("identity", &self.identity)
            .field("name", &self.name)
            .field("permissions", &self.permissions)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// How far a participant has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParticipantState {
    /// Signalling stands.
    Joined,
    /// Media has flowed (or the protocol knows no such step).
    Active,
    /// Gone.
    Disconnected,
}

/// What others see of a participant.
#[derive(Clone, PartialEq)]
pub struct ParticipantInfo {
    /// Its id.
    pub id: ParticipantId,
    /// Its identity.
    pub identity: String,
    /// Its display name.
    pub name: String,
    /// What the client said of itself; `None` where its protocol has no such thing (LiveKit).
    pub client_data: Option<String>,
    /// The server's metadata.
    pub metadata: String,
    /// Attributes.
    pub attributes: BTreeMap<String, String>,
    /// Kind.
    pub kind: ParticipantKind,
    /// Permissions.
    pub permissions: Permissions,
    /// State.
    pub state: ParticipantState,
    /// Rises with each change, from 1.
    pub version: u32,
    /// When its seat was reserved or, without one, when it joined; ms since 1970.
    pub created_ms: u64,
    /// When it joined, ms since 1970.
    pub joined_ms: u64,
    /// Its platform as the client described it.
    pub platform: String,
    /// Its address; empty where unknown.
    pub address: String,
    /// The signalling protocol it came by: for lists and badges only.
    pub protocol: super::ProtocolName,
    /// What its face put in its grant. May hold secrets: never logged.
    pub face_data: String,
    /// What it publishes.
    pub streams: Vec<StreamInfo>,
    /// The data tracks that it publishes.
    pub data_tracks: Vec<super::DataTrackInfo>,
    /// What it receives: streams, with the time of the subscription in ms since 1970.
    pub subscriptions: Vec<(super::StreamKey, u64)>,
}

impl fmt::Debug for ParticipantInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParticipantInfo")
            .field("id", &self.id)
            .field("identity", &self.identity)
            .field("name", &self.name)
            .field("state", &self.state)
            .field("version", &self.version)
            .field("protocol", &self.protocol)
            .field("streams", &self.streams)
            .finish_non_exhaustive()
    }
}

/// What changed about a participant. The whole of it as it is now comes along in the event.
#[derive(Clone, PartialEq, Debug)]
pub enum ParticipantChange {
    /// It joined.
    Joined,
    /// It became active: its first Transport connected.
    Activated,
    /// It began to publish a stream. Its tracks so far are in it; no `TrackPublished` follows for those.
    StreamPublished(StreamId),
    /// It publishes one more track of a stream that was there.
    TrackPublished {
        /// The stream.
        stream: StreamId,
        /// The track.
        track: TrackId,
    },
    /// One track went and its stream stays.
    TrackUnpublished {
        /// The stream.
        stream: StreamId,
        /// The track, as it was.
        track: Box<super::TrackInfo>,
        /// Why.
        reason: UnpublishReason,
    },
    /// A stream went with all its tracks. Not sent where the participant leaves (`Left` says it all).
    StreamUnpublished {
        /// The stream, as it was.
        stream: Box<StreamInfo>,
        /// Why.
        reason: UnpublishReason,
    },
    /// What is said about a stream changed (mute, size …).
    StreamChanged {
        /// The stream.
        stream: StreamId,
        /// What changed.
        change: super::StreamChange,
    },
    /// A track's facts became known (codec, layers, m-line); nothing a v2 client is told.
    TrackDetailed {
        /// The track.
        track: TrackId,
    },
    /// Name, metadata or attributes changed.
    Described,
    /// Permissions changed.
    Permitted,
    /// The data tracks that it publishes changed; nothing a v2 client is told.
    DataTracks,
    /// It left. Its streams, as they were, are still in the info that comes along.
    Left {
        /// Why.
        reason: LeaveReason,
    },
}

/// Why a track or stream is no longer published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnpublishReason {
    /// By its publisher.
    ByPublisher,
    /// By a moderator.
    ForcedByUser,
    /// By an API.
    ForcedByServer,
    /// Its publisher lost the permission.
    PermissionLost,
    /// Its Transport broke.
    MediaFailed,
}
