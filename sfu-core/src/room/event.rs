//! What a room says: to a participant's signalling peer, or to the API call that asked. Past tense.
use super::command::{Origin, Signal};
use super::entry::Reservation;
use super::participant::{ParticipantChange, ParticipantInfo};
use super::{LeaveReason, RoomSettings, TransportRole};
use crate::capability::{Feature, Refusal};
use crate::id::WorkerId;
use crate::id::{ParticipantId, RequestId, RoomId, StreamId, TrackId, TransportId};
use crate::media::MediaCommand;
use crate::sdp::{Description, Mid};

/// What comes out of a room: drained after each input, in order.
#[derive(Clone, Debug)]
pub enum RoomOutput {
    /// Tell somebody.
    Event {
        /// Whom.
        to: Origin,
        /// What.
        event: RoomEvent,
    },
    /// Tell a worker.
    Media {
        /// Which.
        worker: WorkerId,
        /// What.
        command: MediaCommand,
    },
    /// Do something outside. Where [`super::Effect::is_durable`] holds, events that follow it in the same drain to an
    /// [`Origin::Api`] are kept back until it is done.
    Effect(super::Effect),
    /// The room has come to its end and may be dropped; nothing follows.
    Ended,
}

/// Something that a room says.
#[derive(Clone, Debug)]
pub enum RoomEvent {
    /// The answer to `Join`.
    Joined {
        /// Of which command.
        request: RequestId,
        /// The room as the newcomer finds it.
        joined: Box<Joined>,
    },
    /// Any command's negative answer: nothing was changed.
    Refused {
        /// Of which command.
        request: RequestId,
        /// Why.
        refusal: Refusal,
    },
    /// The answer of commands that have nothing to say.
    Done {
        /// Of which command.
        request: RequestId,
    },
    /// The answer to `Publish`.
    Published {
        /// Of which command.
        request: RequestId,
        /// The stream, with all its tracks.
        stream: Box<super::StreamInfo>,
        /// The tracks that this command published, in its order.
        tracks: Vec<TrackId>,
        /// The answer to the command's offer.
        answer: Option<Box<Description>>,
    },
    /// The answer to `Negotiate`, and to `Subscribe` with its own Transport: our answer to the client's offer, our
    /// offer, or `None` where the client's answer was taken.
    Negotiated {
        /// Of which command.
        request: RequestId,
        /// Which Transport.
        role: TransportRole,
        /// Our description.
        description: Option<Box<Description>>,
        /// What each section of ours carries: m-line to track, for sections that send.
        tracks: Vec<(Mid, TrackId)>,
    },
    /// An offer of ours for the client's common receiving Transport.
    OfferMade {
        /// Which Transport.
        role: TransportRole,
        /// Our offer.
        offer: Box<Description>,
    },
    /// The client's single Transport needs this many more receiving sections than its last offer had: it offers again.
    SectionsWanted {
        /// Audio sections missing.
        audio: u32,
        /// Video sections missing.
        video: u32,
    },
    /// The answer to `Describe`, `UpdateRoom`.
    Described {
        /// Of which command.
        request: RequestId,
        /// The room.
        room: Box<RoomSnapshot>,
    },
    /// The answer to `Reserve`.
    Reserved {
        /// Of which command.
        request: RequestId,
        /// The seat's (and later the participant's) id.
        participant: ParticipantId,
    },
    /// A participant changed; the receiver itself is told of its own changes too.
    ParticipantChanged {
        /// The participant as it is now.
        participant: Box<ParticipantInfo>,
        /// What changed.
        change: ParticipantChange,
        /// Who made it change, where it was neither the participant nor the room itself.
        by: Option<Origin>,
    },
    /// The room's own facts changed.
    RoomChanged {
        /// The room, without its participants' details.
        room: Box<RoomSnapshot>,
    },
    /// The receiver was muted or unmuted by somebody else.
    MutedByServer {
        /// Which of its tracks.
        track: TrackId,
        /// Muted or not.
        muted: bool,
    },
    /// Somebody receives this track of the receiver's for the first time.
    TrackSubscribed {
        /// Which of its tracks.
        track: TrackId,
    },
    /// The publisher of a track that the receiver would subscribe to keeps it from the receiver, or does so no longer.
    SubscriptionAllowed {
        /// Whose track.
        publisher: ParticipantId,
        /// Which track.
        track: TrackId,
        /// The receiver may have it.
        allowed: bool,
    },
    /// A picture that the receiver gets is left out because its path does not carry it, or sent again.
    StreamPaused {
        /// Whose.
        publisher: ParticipantId,
        /// Which track.
        track: TrackId,
        /// Left out, or not.
        paused: bool,
    },
    /// How good the path is on which a participant publishes: told to those who want it, the publisher among them, when
    /// it changed and once to each newcomer.
    QualityMeasured {
        /// Whose path.
        participant: ParticipantId,
        /// How good.
        quality: super::Quality,
    },
    /// Others whom the receiver hears, or it itself, began to speak, became louder or less loud, or fell silent.
    SpeakersChanged {
        /// Who, loudest first; those who fell silent last.
        speakers: Vec<super::Speaker>,
    },
    /// Which layers of a picture of the receiver's are wanted now: it need send no others.
    LayersWanted {
        /// Which of its tracks.
        track: TrackId,
        /// What is wanted of each codec that it sends the track in.
        codecs: Vec<super::CodecWanted>,
    },
    /// How good the connections are, both ways, of those whose grade changed: the receiver's own, and of whom it receives
    /// something from.
    Graded {
        /// Who, and how good.
        standings: Vec<(ParticipantId, super::Standing)>,
    },
    /// A signal of the v2 protocol.
    Signalled {
        /// From whom; `None`: from the server.
        from: Option<ParticipantId>,
        /// The signal.
        signal: Signal,
    },
    /// An application's message from a participant of the other protocol, or from that protocol's server API, for the
    /// receiver's face to put into its own words.
    DataReceived {
        /// From whom, with its identity; `None`: from the server.
        from: Option<(ParticipantId, String)>,
        /// What it says.
        text: super::DataText,
    },
    /// The answer to `PublishDataTrack`.
    DataTrackPublished {
        /// Of which command.
        request: RequestId,
        /// The track.
        track: Box<super::DataTrackInfo>,
    },
    /// The answer to `UnpublishDataTrack`.
    DataTrackUnpublished {
        /// Of which command.
        request: RequestId,
        /// The track as it was.
        track: Box<super::DataTrackInfo>,
    },
    /// The data tracks that the receiver receives now: all of them.
    DataTracksReceived {
        /// The tracks, by rising number.
        tracks: Vec<super::ReceivedDataTrack>,
    },
    /// The server API calls the receiver's client: what becomes of it is told the room by `AnswerRpc`.
    RpcAsked {
        /// The call's number.
        call: RequestId,
        /// The call.
        rpc: Box<super::RpcCall>,
    },
    /// The answer to `PerformRpc`.
    RpcAnswered {
        /// Of which command.
        request: RequestId,
        /// What became of it.
        outcome: super::RpcOutcome,
    },
    /// One of the receiver's Transports connected, lost its path, or ended.
    TransportChanged {
        /// Which.
        transport: TransportId,
        /// What it was for.
        role: TransportRole,
        /// How it is.
        state: TransportState,
    },
    /// A message on a data channel of the receiver's own.
    ChannelMessage(crate::signal::ChannelMessage),
    /// The receiver is sent to another room: it is to join there. `Closed` follows.
    Moved {
        /// The other room, as it is.
        destination: Box<RoomSnapshot>,
    },
    /// The receiver is out of the room; nothing follows.
    Closed {
        /// Why.
        reason: LeaveReason,
        /// Who did it, where it was a participant.
        by: Option<ParticipantId>,
    },
}

/// How a Transport is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransportState {
    /// Media flows.
    Connected,
    /// The path is down; it may come back.
    Disconnected,
    /// The client has closed it.
    Closed,
    /// It broke, or its worker did: what came or went on it needs a new one.
    Failed,
}

/// What a newcomer is told.
#[derive(Clone, Debug)]
pub struct Joined {
    /// Itself.
    pub participant: ParticipantInfo,
    /// By which kind of path it is to reach the workers.
    pub path: super::Path,
    /// The room with the others (hidden ones left out, itself too).
    pub room: RoomSnapshot,
    /// The features that are refused under the profile in force.
    pub refused: Vec<Feature>,
}

/// A room as it is at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomSnapshot {
    /// The id of this life of the room.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// When it was made, ms since 1970.
    pub created_ms: u64,
    /// Somebody has joined it.
    pub active: bool,
    /// A recorder is in it.
    pub recorded: bool,
    /// Its settings.
    pub settings: RoomSettings,
    /// The participants, in the order in which they joined.
    pub participants: Vec<ParticipantInfo>,
    /// Seats not yet taken, with their tokens; filled only in answers to an API.
    pub reservations: Vec<ReservationInfo>,
}

/// A seat not yet taken.
#[derive(Clone, Debug)]
pub struct ReservationInfo(pub Reservation);

impl PartialEq for ReservationInfo {
    fn eq(&self, other: &Self) -> bool {
        self.0.token == other.0.token
    }
}

impl RoomSnapshot {
    /// The participant with this id.
    pub fn participant(&self, id: ParticipantId) -> Option<&ParticipantInfo> {
        self.participants.iter().find(|participant| participant.id == id)
    }

    /// The participant that has this stream.
    pub fn publisher_of(&self, participant: ParticipantId, stream: StreamId) -> Option<&super::StreamInfo> {
        self.participant(participant)?.streams.iter().find(|info| info.id == stream)
    }
}
