//! One LiveKit client as a state machine: signalling frames and room events in, frames and room commands out.
//!
//! The requests' own rules are in `signal`; here is what they share: the phases of a client's life, the commands that
//! wait for the room's answer, and everything that the room says ([`SignalPeer`] is implemented in `driver.rs`).
mod channel;
pub(crate) mod data;
mod data_tracks;
mod driver;
mod events;
mod flow;
mod joining;
mod offers;
mod output;
mod own;
mod presence;
mod resume;
mod rpc;

use crate::config::LiveKitConfig;
use crate::dialect::Labels;
use crate::join::{LiveKitJoin, SignalVersion};
use crate::sound::Sound;
use crate::usage;
use crate::wire::Encoding;
use livekit_protocol as proto;
use proto::request_response::Request as Echo;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use sfu_core::id::RequestId;
use sfu_core::room::{ParticipantInfo, Path, RoomSnapshot, TransportRole};
use sfu_core::sdp::Mid;
use sfu_core::signal::PeerOutput;
use sfu_core::time::Now;
use sfu_core::usage::UsedLog;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Time between two fresh tokens (livekit.md §2.7).
const REFRESH_INTERVAL: Duration = Duration::from_secs(300);
/// Room updates that only count participants are gathered this long (livekit.md §2.5).
const ROOM_UPDATE_INTERVAL: Duration = Duration::from_secs(5);
/// A client that sends pings, and none for this long, is not at the other end of its socket any more. Clients ping every
/// 5 s; browsers let the timers of a hidden page run once a minute.
const PING_PATIENCE: Duration = Duration::from_secs(90);
/// Clients say goodbye and end their media at one moment: the one may be here before the other.
const GOODBYE_PATIENCE: Duration = Duration::from_secs(1);
/// Requests that may come before the join is answered.
const EARLY_REQUESTS_MAX: usize = 64;
/// Responses that are kept for a client whose socket is lost.
const HELD_RESPONSES_MAX: usize = 256;

/// What a new peer is made of.
pub struct LiveKitPeerParams {
    /// The authorised client.
    pub join: LiveKitJoin,
    /// The configuration in force.
    pub config: Arc<LiveKitConfig>,
    /// The client's address as the server sees it; empty where unknown.
    pub address: String,
}

/// The protocol state of one LiveKit client.
pub struct LiveKitPeer {
    pub(crate) join: LiveKitJoin,
    pub(crate) config: Arc<LiveKitConfig>,
    pub(crate) own: own::Own,
    pub(crate) offers: offers::Offers,
    out: VecDeque<PeerOutput>,
    encoding: Encoding,
    phase: Phase,
    last_request: u64,
    pending: HashMap<RequestId, Pending>,
    labels: Labels,
    presence: presence::Presence,
    me: Option<ParticipantInfo>,
    room: Option<RoomSnapshot>,
    /// The room kept tracks of one stream together when the client joined.
    sync_streams: bool,
    /// Requests that came before the join was answered.
    early: VecDeque<Request>,
    /// A socket is there.
    socket: bool,
    /// Responses that wait for a socket.
    held: VecDeque<Response>,
    /// Who left while there was no socket.
    gone: Vec<proto::ParticipantInfo>,
    lost_until: Option<Instant>,
    /// Until when a client whose media ended may still say goodbye.
    goodbye_until: Option<Instant>,
    /// When a client that sends pings has been silent for too long.
    silent_at: Option<Instant>,
    media: MediaPath,
    refresh_at: Option<Instant>,
    room_update_at: Option<Instant>,
    notice_from: Option<Instant>,
    /// The number of the last reliable message that came from the client.
    last_sequence: u32,
    /// Since when data messages are counted, and how many came.
    data_count: Option<(Instant, u32)>,
    /// Calls of the server API that wait for the client.
    calls: rpc::Calls,
    /// By which kind of path the client is to reach the server.
    pub(crate) path: Path,
    /// What a simulation is to do to the next resume, where that comes in time.
    resume_fault: Option<(ResumeFault, Instant)>,
    /// The offer that came with the join, and when it is taken up, where that is not at once.
    late_offer: Option<(proto::SessionDescription, Instant)>,
    /// What was used, to be counted.
    used: UsedLog,
}

/// How far a client's life has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Claims to be an earlier client; its socket waits to be handed over.
    Attaching,
    /// The room was asked to let it in.
    Joining,
    /// It is in the room.
    Joined,
    /// The room was told that it goes.
    Leaving,
    /// Over.
    Ended,
}

/// How the client's media is carried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum MediaPath {
    /// It never was.
    Never,
    /// It is.
    Up,
    /// It was.
    Lost,
}

/// How a simulation breaks a resume (livekit.md §2.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ResumeFault {
    /// The socket closes before the client is told anything.
    BeforeMessages,
    /// The socket closes when the client has been told what it missed.
    AfterMessages,
}

/// What waits for the room's answer to a command.
#[derive(Debug)]
pub(crate) enum Pending {
    /// The join.
    Join,
    /// The leave.
    Leave,
    /// The client's offer with this id.
    Offer {
        /// The offer's id, which its answer bears too.
        id: u32,
        /// What was asked of the sound that it sends.
        sounds: Vec<(Mid, Sound)>,
    },
    /// The client's answer.
    Answer {
        /// The number of our offer.
        offer: u32,
    },
    /// A publication.
    AddTrack(Box<proto::AddTrackRequest>),
    /// A subscription.
    Subscribe {
        /// The track as the client spelled it.
        sid: String,
    },
    /// A request whose refusal is a `RequestResponse`.
    Echo {
        /// The client's number; 0 where its request has none.
        request_id: u32,
        /// The request, to be echoed.
        echo: Option<Box<Echo>>,
        /// The client waits for a word also where all is well.
        confirm: bool,
    },
    /// A data message; the id of the RPC call that it makes.
    Data {
        /// The call's id; `None`: it makes none.
        rpc: Option<String>,
    },
    /// A data track, published or unpublished.
    DataTrack {
        /// The request, to be echoed.
        echo: Box<Echo>,
    },
    /// The room as it is after a resume.
    Resume,
    /// Nobody waits.
    Quiet,
}

impl LiveKitPeer {
    /// A new peer: its first output is the join, or the claim to an earlier peer where the client comes back.
    pub fn new(params: LiveKitPeerParams, now: Now) -> Self {
        let mut peer = Self {
            join: params.join,
            config: params.config,
            own: own::Own::default(),
            offers: offers::Offers::default(),
            out: VecDeque::new(),
            encoding: Encoding::default(),
            phase: Phase::Joining,
            last_request: 0,
            pending: HashMap::new(),
            labels: Labels::default(),
            presence: presence::Presence::default(),
            me: None,
            room: None,
            sync_streams: false,
            early: VecDeque::new(),
            socket: true,
            held: VecDeque::new(),
            gone: Vec::new(),
            lost_until: None,
            goodbye_until: None,
            silent_at: None,
            media: MediaPath::Never,
            refresh_at: None,
            room_update_at: None,
            notice_from: None,
            last_sequence: 0,
            data_count: None,
            calls: rpc::Calls::default(),
            path: Path::Any,
            resume_fault: None,
            late_offer: None,
            used: UsedLog::default(),
        };
        usage::note_join(&peer.join, &mut peer.used);
        match peer.join.reconnect_sid.clone() {
            Some(sid) => peer.claim(&sid, now),
            None => peer.ask_to_join(&params.address),
        }
        peer
    }

    /// A ping has come.
    pub(crate) fn note_ping(&mut self, now: Now) {
        self.silent_at = now.instant.checked_add(PING_PATIENCE);
    }

    /// The Transport that the client offers on.
    pub(crate) fn sending_role(&self) -> TransportRole {
        match self.join.version {
            SignalVersion::V0 => TransportRole::Publisher,
            SignalVersion::V1 => TransportRole::Single,
        }
    }

    /// The Transport that brings the client the others' media, and the server's messages.
    pub(crate) fn receiving_role(&self) -> TransportRole {
        match self.join.version {
            SignalVersion::V0 => TransportRole::Subscriber,
            SignalVersion::V1 => TransportRole::Single,
        }
    }
}
