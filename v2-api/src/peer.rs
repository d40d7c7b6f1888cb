//! The protocol state of one v2 client, from its first frame to its end across resumed sockets.
//!
//! Requests of a client are carried out one after the other, each after the room has answered the one before; `ping`,
//! `connect` and `closeSession` do not wait. The methods themselves are in `rpc`, what the room says unasked in `events`.
mod parting;
mod renewal;
mod requests;

use crate::config::{Origin, V2Config};
use crate::events::{measured, signalled, told};
use crate::liveness::{Expired, Liveness};
use crate::membership::Membership;
use crate::refusal::RECONNECTION;
use crate::rpc::{Method, Reply, Waiting};
use crate::wire::{Incoming, Notification, Request, RpcError, leave_reason, result_text};
use sfu_core::capability::Refusal;
use sfu_core::id::RequestId;
use sfu_core::random::Random;
use sfu_core::room::{LeaveReason, RoomCommand, RoomEvent, StreamKey, TransportRole, TransportState};
use sfu_core::signal::{ChannelMessage, Frame, PeerOutput, SignalPeer, SocketEnd};
use sfu_core::time::Now;
use sfu_core::usage::{Used, UsedLog};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

/// The methods that are the peer's own: they do not wait for others and need no session.
pub(crate) const OWN_METHODS: &[&str] = &["ping", "connect", "closeSession"];

/// What a new peer is given.
pub struct V2PeerParams {
    /// The face's configuration.
    pub config: Arc<V2Config>,
    /// A generator of its own.
    pub random: Random,
    /// How the client reached the server: scheme and host of the WebSocket request.
    pub origin: Origin,
    /// The client's address as the server sees it (behind a trusted proxy: as the proxy says it); empty where unknown.
    pub address: String,
}

/// One v2 client: text frames of JSON-RPC and room events in, frames and room commands out.
pub struct V2Peer {
    config: Arc<V2Config>,
    random: Random,
    origin: Origin,
    address: String,
    /// The RPC session's id, from the first request that is not `ping`.
    session: Option<String>,
    /// The id of a `connect` that claims another RPC session.
    claiming: Option<i64>,
    place: Place,
    queue: VecDeque<Request>,
    pending: Option<Pending>,
    commands: u64,
    /// Offers of ours that the room was asked for of itself.
    renewals: BTreeMap<RequestId, StreamKey>,
    liveness: Liveness,
    outputs: VecDeque<PeerOutput>,
    used: UsedLog,
    finished: bool,
}

/// Where the client is.
enum Place {
    /// It has not joined.
    Outside,
    /// In a session.
    Inside(Box<Membership>),
    /// It has left or was put out.
    Out,
}

/// The request that is being carried out.
struct Pending {
    id: i64,
    method: Option<Method>,
    command: RequestId,
    waiting: Waiting,
    /// What is told after the reply.
    held: Vec<Notification>,
}

impl V2Peer {
    /// A peer for a socket that was just opened.
    pub fn new(params: V2PeerParams) -> Self {
        Self {
            config: params.config,
            random: params.random,
            origin: params.origin,
            address: params.address,
            session: None,
            claiming: None,
            place: Place::Outside,
            queue: VecDeque::new(),
            pending: None,
            commands: 0,
            renewals: BTreeMap::new(),
            liveness: Liveness::default(),
            outputs: VecDeque::new(),
            used: UsedLog::default(),
            finished: false,
        }
    }

    fn say(&mut self, text: String) {
        self.outputs.push_back(PeerOutput::Frame(Frame::Text(text)));
    }

    fn reply(&mut self, id: i64, reply: Reply) {
        let text = result_text(id, reply, self.session.as_deref());
        self.say(text);
    }

    fn notify(&mut self, notifications: impl IntoIterator<Item = Notification>) {
        for notification in notifications {
            let (name, text) = notification.to_text();
            self.used.note(Used::Notice(name));
            self.say(text);
        }
    }

    fn send(&mut self, room: String, command: RoomCommand) -> RequestId {
        self.commands += 1;
        let request = RequestId(self.commands);
        self.outputs.push_back(PeerOutput::Command { room, request, command: Box::new(command) });
        request
    }

    fn finish(&mut self) {
        if !self.finished {
            self.finished = true;
            self.queue.clear();
            self.outputs.push_back(PeerOutput::Finished);
        }
    }
}

impl SignalPeer for V2Peer {
    fn handle_frame(&mut self, frame: Frame, now: Now) {
        if self.finished {
            return;
        }
        let Frame::Text(text) = frame else {
            self.say(RpcError::new(-32600, "A request is a text frame.").to_text(None));
            return;
        };
        match Incoming::parse(&text) {
            Incoming::Request(request) => self.take(request, &text, now),
            Incoming::Wrong(reply) => self.say(reply),
            Incoming::Ignored => {}
        }
    }

    fn handle_socket_lost(&mut self, _end: SocketEnd, now: Now) {
        match (&self.place, &self.session) {
            (Place::Out, _) | (_, None) => self.finish(),
            (Place::Outside | Place::Inside(_), Some(_)) => self.liveness.lost(now.instant),
        }
    }

    fn handle_attached(&mut self, intro: Frame, now: Now) {
        self.used.note(Used::Request("connect"));
        self.liveness.attached(now.instant);
        let Frame::Text(text) = intro else { return };
        if let Incoming::Request(request) = Incoming::parse(&text) {
            self.reconnected(request.id);
        }
    }

    fn handle_unknown_key(&mut self, _now: Now) {
        let id = self.claiming.take();
        self.say(RpcError::new(RECONNECTION, "reconnection error").to_text(id));
    }

    fn handle_event(&mut self, event: RoomEvent, now: Now) {
        if let RoomEvent::Refused { refusal: Refusal::NotSupported(feature), .. } = &event {
            self.outputs.push_back(PeerOutput::Refused(*feature));
        }
        match event {
            RoomEvent::Joined { request, .. }
            | RoomEvent::Refused { request, .. }
            | RoomEvent::Done { request }
            | RoomEvent::Published { request, .. }
            | RoomEvent::Negotiated { request, .. }
            | RoomEvent::Described { request, .. }
            | RoomEvent::Reserved { request, .. } => self.answered(request, event, now),
            RoomEvent::ParticipantChanged { participant, change, .. } => self.changed(*participant, &change),
            RoomEvent::Signalled { from, signal } => self.notify([signalled(from, signal)]),
            RoomEvent::DataReceived { from, text } => self.notify([told(from.map(|(id, _)| id), text)]),
            RoomEvent::QualityMeasured { participant, quality } => {
                let Place::Inside(membership) = &mut self.place else { return };
                let told = measured(membership, participant, quality);
                self.notify(told);
            }
            RoomEvent::TransportChanged { role: TransportRole::Down(key), state: TransportState::Failed, .. } => {
                self.renew(key);
            }
            RoomEvent::Closed { reason, .. } => self.closed(reason, now),
            // v2 tells nothing of these: a client sees its media itself, being muted comes as a change of its stream.
            RoomEvent::OfferMade { .. }
            | RoomEvent::SectionsWanted { .. }
            | RoomEvent::RoomChanged { .. }
            | RoomEvent::MutedByServer { .. }
            | RoomEvent::TrackSubscribed { .. }
            | RoomEvent::SubscriptionAllowed { .. }
            | RoomEvent::Graded { .. }
            | RoomEvent::StreamPaused { .. }
            | RoomEvent::Moved { .. }
            | RoomEvent::DataTrackPublished { .. }
            | RoomEvent::DataTrackUnpublished { .. }
            | RoomEvent::DataTracksReceived { .. }
            | RoomEvent::RpcAsked { .. }
            | RoomEvent::RpcAnswered { .. }
            | RoomEvent::SpeakersChanged { .. }
            | RoomEvent::LayersWanted { .. }
            | RoomEvent::TransportChanged { .. }
            | RoomEvent::ChannelMessage(_) => {}
        }
    }

    /// v2 clients open no data channel.
    fn handle_channel(&mut self, _message: ChannelMessage, _now: Now) {}

    fn handle_timeout(&mut self, now: Now) {
        while let Some(expired) = self.liveness.expired(now.instant) {
            match expired {
                Expired::Ping => {
                    let reason = "Close for not receive ping from client".to_owned();
                    self.outputs.push_back(PeerOutput::CloseSocket { code: 1000, reason });
                    self.liveness.lost(now.instant);
                }
                Expired::Reconnection => {
                    self.leave(LeaveReason::SignalLost);
                    self.finish();
                }
                Expired::Farewell => {
                    self.outputs.push_back(PeerOutput::CloseSocket { code: 1000, reason: String::new() });
                    self.finish();
                }
            }
        }
    }

    fn handle_shutdown(&mut self, _now: Now) {
        if let Place::Inside(membership) = &self.place {
            let connection_id = membership.own_name.clone();
            let reason = leave_reason(LeaveReason::ServerShutdown);
            self.notify([Notification::ParticipantEvicted { connection_id, reason }]);
        }
        self.leave(LeaveReason::ServerShutdown);
        self.outputs.push_back(PeerOutput::CloseSocket { code: 1000, reason: String::new() });
        self.finish();
    }

    fn poll(&mut self) -> Option<PeerOutput> {
        self.outputs.pop_front()
    }

    fn deadline(&self) -> Option<Instant> {
        if self.finished { None } else { self.liveness.deadline() }
    }

    fn poll_used(&mut self) -> Option<(Used, u32)> {
        self.used.pop()
    }
}
