//! The protocol state of one v2 client, from its first frame to its end across resumed sockets.
//!
//! Requests of a client are carried out one after the other, each after the room has answered the one before; `ping`,
//! `connect` and `closeSession` do not wait. The methods themselves are in `rpc`, what the room says unasked in `events`.
use crate::config::{Origin, V2Config};
use crate::events::{participant_changed, signalled};
use crate::ids::{RECORDER, new_rpc_session};
use crate::liveness::{Expired, Liveness};
use crate::membership::Membership;
use crate::refusal::{RECONNECTION, code};
use crate::rpc::{self, Context, Method, Outcome, Params, Reply, Step, Waiting};
use crate::wire::{Incoming, Notification, Request, RpcError, leave_reason, result_text};
use serde_json::json;
use sfu_core::id::RequestId;
use sfu_core::random::Random;
use sfu_core::room::{LeaveReason, ParticipantChange, RoomCommand, RoomEvent};
use sfu_core::signal::{ChannelMessage, Frame, PeerOutput, ResumeKey, SignalPeer, SocketEnd};
use sfu_core::time::Now;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Requests that may wait for the one before them; SDKs send a few dozen candidates at once.
const QUEUE_MAX: usize = 512;

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
    liveness: Liveness,
    outputs: VecDeque<PeerOutput>,
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
            liveness: Liveness::default(),
            outputs: VecDeque::new(),
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
            self.say(notification.to_text());
        }
    }

    fn take(&mut self, request: Request, text: &str, now: Now) {
        match request.method.as_str() {
            "ping" => self.ping(&request, now),
            "connect" => self.connect(request, text),
            "closeSession" => self.close_session(request.id),
            _ => {
                self.open_session();
                if self.queue.len() >= QUEUE_MAX {
                    self.say(RpcError::new(code::GENERIC, "Too many requests at once.").to_text(Some(request.id)));
                    return;
                }
                self.queue.push_back(request);
                self.work(now);
            }
        }
    }

    /// The answer to `ping` is the one result without the RPC session's id.
    fn ping(&mut self, request: &Request, now: Now) {
        let interval = Params::new(request).value("interval").and_then(serde_json::Value::as_u64);
        self.liveness.pinged(interval.map(Duration::from_millis), now.instant);
        let pong = Reply::from_iter([("value".to_owned(), json!("pong"))]);
        self.say(result_text(request.id, pong, None));
    }

    fn connect(&mut self, request: Request, text: &str) {
        match request.session {
            Some(claimed) if self.session.as_ref() == Some(&claimed) => self.reconnected(request.id),
            Some(claimed) if self.session.is_none() => {
                self.claiming = Some(request.id);
                let intro = Frame::Text(text.to_owned());
                self.outputs.push_back(PeerOutput::Attach { key: ResumeKey(claimed), intro });
            }
            Some(_) => self.say(RpcError::new(RECONNECTION, "reconnection error").to_text(Some(request.id))),
            None => {
                self.open_session();
                self.reply(request.id, Reply::from_iter([("value".to_owned(), json!("OK"))]));
            }
        }
    }

    fn reconnected(&mut self, id: i64) {
        self.reply(id, Reply::from_iter([("value".to_owned(), json!("reconnection successful"))]));
    }

    /// Ends the RPC session without waiting for another socket.
    fn close_session(&mut self, id: i64) {
        self.reply(id, Reply::from_iter([("value".to_owned(), json!("bye"))]));
        self.leave(LeaveReason::ByClient);
        self.outputs.push_back(PeerOutput::CloseSocket { code: 1000, reason: String::new() });
        self.finish();
    }

    /// From the first request that is not `ping` on, the client can be found again.
    fn open_session(&mut self) {
        if self.session.is_none() {
            let session = new_rpc_session(&mut self.random);
            self.outputs.push_back(PeerOutput::Resumable(ResumeKey(session.clone())));
            self.session = Some(session);
        }
    }

    fn work(&mut self, now: Now) {
        while self.pending.is_none() && !self.finished {
            let Some(request) = self.queue.pop_front() else { return };
            let id = request.id;
            match self.begin(&request, now) {
                Ok(Step::Reply(reply)) => self.reply(id, reply),
                Ok(Step::Ask(command, waiting)) => self.ask(id, command, waiting),
                Err(error) => self.say(error.to_text(Some(id))),
            }
        }
    }

    fn begin(&mut self, request: &Request, now: Now) -> Result<Step, RpcError> {
        let method = Method::parse(&request.method)
            .ok_or_else(|| RpcError::new(code::UNKNOWN_METHOD, format!("There is no method '{}'.", request.method)))?;
        let mut context = Context { config: &self.config, random: &mut self.random, origin: &self.origin, now };
        if method == Method::JoinRoom {
            let step = rpc::start_join(request, &self.address, &mut context)?;
            self.leave(LeaveReason::ByClient);
            return Ok(step);
        }
        match (&mut self.place, method) {
            (Place::Inside(membership), method) => rpc::start(method, request, membership, &context),
            (Place::Out, Method::Echo) => Ok(Step::Reply(Reply::new())),
            (Place::Out, _) => Err(RpcError::new(code::USER_NOT_FOUND, "The client is no longer in the session.")),
            (Place::Outside, _) => Err(RpcError::new(code::TRANSPORT, "The client has not joined a session.")),
        }
    }

    fn ask(&mut self, id: i64, command: RoomCommand, waiting: Waiting) {
        let room = match (&waiting, &self.place) {
            (Waiting::Join(joining), _) => joining.room.clone(),
            (_, Place::Inside(membership)) => membership.room.clone(),
            (_, Place::Outside | Place::Out) => return,
        };
        let command = self.send(room, command);
        self.pending = Some(Pending { id, command, waiting, held: Vec::new() });
    }

    fn send(&mut self, room: String, command: RoomCommand) -> RequestId {
        self.commands += 1;
        let request = RequestId(self.commands);
        self.outputs.push_back(PeerOutput::Command { room, request, command: Box::new(command) });
        request
    }

    /// The room's answer to the request that is being carried out.
    fn answered(&mut self, request: RequestId, answer: RoomEvent, now: Now) {
        let Some(pending) = self.pending.take_if(|pending| pending.command == request) else { return };
        let membership = match &mut self.place {
            Place::Inside(membership) => Some(membership.as_mut()),
            Place::Outside | Place::Out => None,
        };
        let id = pending.id;
        match pending.waiting.finish(answer, membership, &self.config, &mut self.random) {
            Ok(Outcome::Reply(reply)) => self.reply(id, reply),
            Ok(Outcome::Joined(membership, reply)) => {
                self.place = Place::Inside(membership);
                self.liveness.back();
                self.reply(id, reply);
            }
            Ok(Outcome::Left(reply)) => {
                self.reply(id, reply);
                self.part(now);
            }
            Err(error) => self.say(error.to_text(Some(id))),
        }
        self.notify(pending.held);
        self.work(now);
    }

    /// The client has left. Its socket stays open for a while; a recorder's is closed at once.
    fn part(&mut self, now: Now) {
        let place = std::mem::replace(&mut self.place, Place::Out);
        self.liveness.parted(now.instant);
        if matches!(place, Place::Inside(membership) if membership.own_name == RECORDER) {
            self.outputs.push_back(PeerOutput::CloseSocket { code: 1000, reason: String::new() });
            self.finish();
        }
    }

    /// What the room says unasked of somebody. What must come after the reply to the request at hand is held back.
    fn changed(&mut self, participant: sfu_core::room::ParticipantInfo, change: &ParticipantChange) {
        let Place::Inside(membership) = &mut self.place else { return };
        let id = participant.id;
        let told = participant_changed(membership, participant, change);
        let (mut at_once, mut held) = (Vec::new(), Vec::new());
        for notification in told {
            let evicted = matches!(notification, Notification::ParticipantEvicted { .. });
            let waits = self.pending.as_ref().is_some_and(|pending| match &pending.waiting {
                Waiting::ForceDisconnect(target) => *target == id && evicted,
                Waiting::ForceUnpublish(key) => key.participant == id,
                Waiting::Join(_)
                | Waiting::Leave
                | Waiting::Publish
                | Waiting::Republish { .. }
                | Waiting::Prepare(_)
                | Waiting::Receive { .. }
                | Waiting::Unsubscribe(_)
                | Waiting::Signal
                | Waiting::Done => false,
            });
            if waits { held.push(notification) } else { at_once.push(notification) }
        }
        self.notify(at_once);
        if let Some(pending) = &mut self.pending {
            pending.held.extend(held);
        }
    }

    /// The client is out of its session; a request that waits for the room is answered, as nothing more comes from there.
    fn closed(&mut self, reason: LeaveReason, now: Now) {
        let Place::Inside(membership) = std::mem::replace(&mut self.place, Place::Out) else { return };
        if let Some(pending) = self.pending.take() {
            match pending.waiting {
                Waiting::Leave | Waiting::ForceDisconnect(_) => self.reply(pending.id, Reply::new()),
                waiting @ Waiting::Join(_) => self.pending = Some(Pending { waiting, ..pending }),
                Waiting::Publish
                | Waiting::Republish { .. }
                | Waiting::Prepare(_)
                | Waiting::Receive { .. }
                | Waiting::Unsubscribe(_)
                | Waiting::Signal
                | Waiting::ForceUnpublish(_)
                | Waiting::Done => {
                    let error = RpcError::new(code::USER_NOT_FOUND, "The client is no longer in the session.");
                    self.say(error.to_text(Some(pending.id)));
                }
            }
        }
        let connection_id = membership.own_name;
        self.notify([Notification::ParticipantEvicted { connection_id, reason: leave_reason(reason) }]);
        self.liveness.parted(now.instant);
        self.work(now);
    }

    /// Tells the room, if the client is in one or about to be.
    fn leave(&mut self, reason: LeaveReason) {
        let about_to_be = self.pending.take().and_then(|pending| match pending.waiting {
            Waiting::Join(joining) => Some(joining.room),
            Waiting::Leave
            | Waiting::Publish
            | Waiting::Republish { .. }
            | Waiting::Prepare(_)
            | Waiting::Receive { .. }
            | Waiting::Unsubscribe(_)
            | Waiting::Signal
            | Waiting::ForceDisconnect(_)
            | Waiting::ForceUnpublish(_)
            | Waiting::Done => None,
        });
        let room = match std::mem::replace(&mut self.place, Place::Outside) {
            Place::Inside(membership) => Some(membership.room),
            Place::Outside | Place::Out => about_to_be,
        };
        if let Some(room) = room {
            self.send(room, RoomCommand::Leave { reason });
        }
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
            RoomEvent::Closed { reason, .. } => self.closed(reason, now),
            // v2 tells nothing of these: a client sees its media itself, being muted comes as a change of its stream.
            RoomEvent::OfferMade { .. }
            | RoomEvent::SectionsWanted { .. }
            | RoomEvent::RoomChanged { .. }
            | RoomEvent::MutedByServer { .. }
            | RoomEvent::TrackSubscribed { .. }
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
}
