//! What is asked of a room: by its participants' signalling peers and by the HTTP APIs. Verbs.
use super::audience::Admission;
use super::data::DataMessage;
use super::entry::{Join, Reservation};
use super::participant::Permissions;
use super::path::Path;
use super::rpc::{RpcCall, RpcOutcome};
use super::track::{LayerSpec, StreamChange, StreamKey, StreamSpec, TrackSpec};
use super::{LeaveReason, RoomSnapshot, TransportRole};
use crate::capability::Feature;
use crate::id::{ParticipantId, PeerId, RequestId, StreamId, TrackId};
use crate::sdp::{Candidate, Codec, Description};
use std::collections::BTreeMap;
use std::time::Duration;

/// Who asks; the answer goes back there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Origin {
    /// A signalling peer. Before its `Join` it is nobody yet; afterwards it is its participant.
    Peer(PeerId),
    /// A call of an HTTP API, already authorised by its face. The number is unique per call.
    Api(RequestId),
}

/// A command with its sender and number.
#[derive(Clone, Debug)]
pub struct CommandEnvelope {
    /// Who asks.
    pub origin: Origin,
    /// The number that the answering event carries.
    pub request: RequestId,
    /// What is asked.
    pub command: RoomCommand,
}

/// A command to a room. Each one is answered by exactly one event with its number: the one named here, or
/// [`super::RoomEvent::Refused`].
#[derive(Clone, Debug)]
pub enum RoomCommand {
    /// Enter the room. Peers only. → `Joined`.
    Join(Box<Join>),
    /// Leave it. → `Done`; nothing else comes to this peer afterwards.
    Leave {
        /// Why.
        reason: LeaveReason,
    },
    /// Publish a stream, or more tracks of one. → `Published`.
    Publish(Box<Publish>),
    /// Send an own track in its second codec too, for those who do not take the first; its media comes by a later offer,
    /// or has come already. Needs [`Feature::Dynacast`]. → `Published`.
    AddCodec {
        /// Which track: one that was published with a second codec.
        track: TrackId,
        /// The codec; `None`: the one that was announced.
        codec: Option<Codec>,
        /// How the client names it in its offer.
        client_id: String,
        /// Layers announced, lowest first; empty: as those of the first codec.
        layers: Vec<LayerSpec>,
    },
    /// Stop publishing a track or a whole stream of one's own. → `Done`.
    Unpublish(PublishedTarget),
    /// A session description from the client. → `Negotiated`.
    Negotiate {
        /// Which of the sender's Transports.
        role: TransportRole,
        /// The offer, or the answer to our offer.
        description: Box<Description>,
        /// The client starts over with a new PeerConnection under the same role (v2 `reconnectStream`): a new
        /// Transport takes the old one's place, Producers and Consumers are exchanged, nobody is told.
        renew: bool,
    },
    /// The client lost its signalling and came back, and starts ICE anew on a Transport on which the room offers: an
    /// offer that was open is made again. → `Done`, then `OfferMade`.
    RestartIce {
        /// Which of the sender's Transports.
        role: TransportRole,
    },
    /// Reach the workers by another kind of path from now on, in the room's later descriptions and after joining anew; ICE
    /// starts anew on a Transport on which the room offers. → `Done`.
    SwitchPath(Path),
    /// Send the sender no more than this over the Transport that it receives everything on, bits a second; `None`: what the
    /// path carries. → `Done`.
    CapReceiving(Option<u64>),
    /// A candidate of the client's. Needed for nothing, as the server is ICE-lite; checked and dropped. → `Done`.
    AddCandidate {
        /// Which of the sender's Transports.
        role: TransportRole,
        /// The candidate; `None`: no more will come.
        candidate: Option<Candidate>,
    },
    /// Change what is said about an own stream: mute, size, anything a protocol says to its own kind. → `Done`.
    ChangeStream {
        /// Which of the sender's streams.
        stream: StreamId,
        /// What changes.
        change: StreamChange,
    },
    /// Mute or unmute one track: an own one, or by an API or moderator anybody's. → `Done`.
    SetMuted {
        /// Whose track; `None`: the sender's.
        participant: Option<ParticipantId>,
        /// Which track.
        track: TrackId,
        /// Muted or not.
        muted: bool,
    },
    /// Ask for media. → `Negotiated` where the client negotiates each subscription, else `Done`.
    Subscribe(Box<Subscribe>),
    /// No longer ask for it. Idempotent. → `Done`.
    Unsubscribe(SubscriptionTarget),
    /// Subscribe somebody to tracks or end that, by an API: as if it had asked itself. Unknown tracks do no harm.
    /// → `Done`.
    SetSubscribed {
        /// Who.
        participant: ParticipantId,
        /// Which tracks.
        tracks: Vec<TrackId>,
        /// Subscribed or not.
        subscribed: bool,
    },
    /// Wishes about subscribed tracks. → `Done`.
    TuneSubscription {
        /// Which tracks.
        tracks: Vec<TrackId>,
        /// The wishes.
        wishes: SubscriptionWishes,
    },
    /// Who may subscribe to the sender's tracks, now and later; replaces what was said before. `None`: everybody.
    /// → `Done`.
    Admit(Option<Vec<Admission>>),
    /// A message of the OpenVidu v2 protocol to v2 participants; in every profile. Where the profile has data messages
    /// it goes to the others too. → `Done`.
    Signal(Signal),
    /// A data message between participants. Needs [`Feature::DataMessages`]. → `Done`.
    SendData(Box<DataMessage>),
    /// Send what the sender missed of the others' reliable messages once more. Needs [`Feature::DataMessages`]. → `Done`.
    ReplayData {
        /// The last number that it has of each of the others; of who is not named it has none.
        received: Vec<(ParticipantId, u32)>,
    },
    /// Publish a data track. Needs [`Feature::DataMessages`]. → `DataTrackPublished`.
    PublishDataTrack {
        /// The number that its frames will bear.
        handle: u16,
        /// Its name.
        name: String,
        /// What the publisher's face wants to find again.
        face_data: Vec<u8>,
    },
    /// Stop publishing one. Needs [`Feature::DataMessages`]. → `DataTrackUnpublished`.
    UnpublishDataTrack {
        /// The number that its frames bear.
        handle: u16,
    },
    /// Subscribe to data tracks (true) or end that. Needs [`Feature::DataMessages`]. → `Done`.
    SubscribeData {
        /// Which tracks.
        tracks: Vec<(TrackId, bool)>,
    },
    /// A frame of a data track. Needs [`Feature::DataMessages`]. → `Done`.
    SendFrame {
        /// The number of its track.
        handle: u16,
        /// Where in the frame that number stands, as two bytes in network order.
        handle_at: usize,
        /// The label of the data channel that it goes by.
        label: String,
        /// The whole frame.
        frame: Vec<u8>,
    },
    /// Call a participant's client and wait for what it says. APIs only. Needs [`Feature::DataMessages`]. →
    /// `RpcAnswered`, as the only answer not at once: the face of who is called sees to a timeout.
    PerformRpc(Box<RpcCall>),
    /// What became of a call to the sender's client. → `Done`.
    AnswerRpc {
        /// The number in `RpcAsked`.
        call: RequestId,
        /// The answer.
        outcome: RpcOutcome,
    },
    /// Have it seem for a while as if the sender spoke: a test tool of SDKs. Needs [`Feature::SpeakerDetection`].
    /// → `Done`.
    SimulateSpeaking {
        /// For how long.
        lasting: Duration,
    },
    /// A message to the sender's own client on one of its data channels: what its face has to say there (notices,
    /// errors of a protocol that runs over the channel). Never to others, so it needs no feature. → `Done`.
    SendChannel {
        /// Which of the sender's Transports.
        role: TransportRole,
        /// The channel's label.
        label: String,
        /// Binary, or text.
        binary: bool,
        /// The payload, at most 65,536 bytes.
        payload: Vec<u8>,
    },
    /// Make somebody leave: by a moderator or an API. → `Done`.
    Remove {
        /// Who.
        participant: ParticipantId,
        /// Why: a `Forced…` reason.
        reason: LeaveReason,
    },
    /// Send somebody to another room: it is told of that room and is out of this one. By an API. → `Done`.
    SendAway {
        /// Who.
        participant: ParticipantId,
        /// The other room, as it is.
        destination: Box<RoomSnapshot>,
    },
    /// Make somebody stop publishing: by a moderator or an API. → `Done`.
    ForceUnpublish {
        /// Whose.
        participant: ParticipantId,
        /// What.
        target: PublishedTarget,
    },
    /// Change what is known of a participant: oneself (with the permission for it) or, by an API, anybody, and who has a
    /// reserved seat too. → `Done`.
    UpdateParticipant {
        /// Who; `None`: the sender.
        participant: Option<ParticipantId>,
        /// What changes.
        update: Box<ParticipantUpdate>,
    },
    /// Reserve a seat that a token opens. APIs only. → `Reserved`.
    Reserve(Box<Reservation>),
    /// Give a reserved seat up. APIs only. → `Done`.
    CancelReservation(ParticipantId),
    /// Change what the room was made with. APIs only. → `Described`.
    UpdateRoom(Box<RoomUpdate>),
    /// Show the room as it is: to an API with all its seats, to a participant with what it may see. → `Described`.
    Describe,
    /// End the room: everybody leaves with this reason. APIs only. → `Done`.
    Close {
        /// Why.
        reason: LeaveReason,
    },
}

impl RoomCommand {
    /// The feature that the command needs: asked before anything else is done with it.
    pub const fn feature(&self) -> Option<Feature> {
        match self {
            Self::SendData(_)
            | Self::ReplayData { .. }
            | Self::PublishDataTrack { .. }
            | Self::UnpublishDataTrack { .. }
            | Self::SubscribeData { .. }
            | Self::SendFrame { .. }
            | Self::PerformRpc(_)
            | Self::AnswerRpc { .. } => Some(Feature::DataMessages),
            Self::AddCodec { .. } => Some(Feature::Dynacast),
            Self::SimulateSpeaking { .. } => Some(Feature::SpeakerDetection),
            Self::Join(_)
            | Self::Leave { .. }
            | Self::Publish(_)
            | Self::Unpublish(_)
            | Self::Negotiate { .. }
            | Self::RestartIce { .. }
            | Self::SwitchPath(_)
            | Self::CapReceiving(_)
            | Self::AddCandidate { .. }
            | Self::ChangeStream { .. }
            | Self::SetMuted { .. }
            | Self::Subscribe(_)
            | Self::Unsubscribe(_)
            | Self::SetSubscribed { .. }
            | Self::TuneSubscription { .. }
            | Self::Admit(_)
            | Self::Signal(_)
            | Self::SendChannel { .. }
            | Self::Remove { .. }
            | Self::SendAway { .. }
            | Self::ForceUnpublish { .. }
            | Self::UpdateParticipant { .. }
            | Self::Reserve(_)
            | Self::CancelReservation(_)
            | Self::UpdateRoom(_)
            | Self::Describe
            | Self::Close { .. } => None,
        }
    }
}

/// Publishing.
#[derive(Clone, Debug)]
pub struct Publish {
    /// The stream that the tracks belong to; made where the participant has none of this source yet.
    pub stream: StreamSpec,
    /// The tracks.
    pub tracks: Vec<TrackSpec>,
    /// The offer of the stream's own Transport, where the client negotiates each stream by itself. Where it is
    /// refused, nothing is published.
    pub offer: Option<Box<Description>>,
    /// The publisher wants its own media back on the same Transport (v2 `doLoopback`).
    pub loopback: bool,
}

/// What is unpublished.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PublishedTarget {
    /// A whole stream.
    Stream(StreamId),
    /// One track.
    Track(TrackId),
}

/// Asking for media.
#[derive(Clone, Debug)]
pub struct Subscribe {
    /// What.
    pub target: SubscriptionTarget,
    /// How it is negotiated.
    pub via: SubscribeVia,
}

/// What a subscription is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SubscriptionTarget {
    /// A whole stream, whatever tracks come and go in it.
    Stream(StreamKey),
    /// One track.
    Track(TrackId),
}

/// How a subscription is negotiated.
#[derive(Clone, Debug)]
pub enum SubscribeVia {
    /// On the participant's common Transport; the room makes the offer or asks for sections when it sees fit.
    Common,
    /// On a Transport of its own for which the server makes the offer.
    ServerOffer {
        /// Replaces an earlier one (v2 `reconnect: true`).
        renew: bool,
    },
    /// On a Transport of its own for which the client made this offer.
    ClientOffer {
        /// The offer.
        offer: Box<Description>,
        /// Replaces an earlier one (v2 `reconnectStream`).
        renew: bool,
    },
}

/// Wishes about a subscribed track; the defaults ask for everything.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct SubscriptionWishes {
    /// Send nothing for the time being.
    pub disabled: bool,
    /// The highest layer, 0 the smallest.
    pub max_spatial: Option<u8>,
    /// Shown at this width, pixels.
    pub width: Option<u32>,
    /// Shown at this height, pixels.
    pub height: Option<u32>,
    /// Frames a second wanted.
    pub frames_per_second: Option<u32>,
    /// Weight beside others where the path does not carry all, from 1; none: by what it shows.
    pub priority: Option<u8>,
}

/// A signal of the OpenVidu v2 protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// To whom; empty: to all, the sender among them (v2's rule).
    pub to: Vec<ParticipantId>,
    /// Its type as the sender wrote it.
    pub kind: Option<String>,
    /// Its text.
    pub data: Option<String>,
}

/// Changes to a participant; `None` leaves a part as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParticipantUpdate {
    /// The display name.
    pub name: Option<String>,
    /// The metadata (the server's part).
    pub metadata: Option<String>,
    /// Attributes to set; an empty value removes one.
    pub attributes: BTreeMap<String, String>,
    /// The permissions, as a whole.
    pub permissions: Option<Permissions>,
    /// Where the new permissions do not allow publishing, what is published already stays (v2's change of role).
    pub keep_published: bool,
    /// What the face keeps with it, word for word.
    pub face_data: Option<String>,
}

/// Changes to a room; `None` leaves a part as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomUpdate {
    /// The metadata.
    pub metadata: Option<String>,
    /// Most participants at the same time; 0: no limit. Who is there already stays.
    pub max_participants: Option<u32>,
    /// Tracks of one stream keep together, for those who join from now on.
    pub sync_streams: Option<bool>,
    /// Life of the room while nobody has joined it. Of no effect on a room that ends with its last participant.
    pub empty_timeout: Option<Duration>,
    /// Life of the room after the last one left. Of no effect on a room that ends with its last participant.
    pub departure_timeout: Option<Duration>,
}
