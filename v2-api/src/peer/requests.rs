//! A client's requests: taken, put in their order, begun one after the other, and answered when the room has answered.
use super::{Pending, Place, V2Peer};
use crate::ids::new_rpc_session;
use crate::refusal::{RECONNECTION, code};
use crate::rpc::{self, Context, Method, Outcome, Params, Reply, Step, Waiting};
use crate::usage;
use crate::wire::{Request, RpcError, result_text};
use serde_json::json;
use sfu_core::id::RequestId;
use sfu_core::room::{LeaveReason, RoomCommand, RoomEvent};
use sfu_core::signal::{Frame, PeerOutput, ResumeKey};
use sfu_core::time::Now;
use std::time::Duration;

/// Requests that may wait for the one before them; SDKs send a few dozen candidates at once.
const QUEUE_MAX: usize = 512;

impl V2Peer {
    pub(super) fn take(&mut self, request: Request, text: &str, now: Now) {
        usage::note(&request, &mut self.used);
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
    pub(super) fn ping(&mut self, request: &Request, now: Now) {
        let interval = Params::new(request).value("interval").and_then(serde_json::Value::as_u64);
        self.liveness.pinged(interval.map(Duration::from_millis), now.instant);
        let pong = Reply::from_iter([("value".to_owned(), json!("pong"))]);
        self.say(result_text(request.id, pong, None));
    }

    pub(super) fn connect(&mut self, request: Request, text: &str) {
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

    pub(super) fn reconnected(&mut self, id: i64) {
        self.reply(id, Reply::from_iter([("value".to_owned(), json!("reconnection successful"))]));
    }

    /// Ends the RPC session without waiting for another socket.
    pub(super) fn close_session(&mut self, id: i64) {
        self.reply(id, Reply::from_iter([("value".to_owned(), json!("bye"))]));
        self.leave(LeaveReason::ByClient);
        self.outputs.push_back(PeerOutput::CloseSocket { code: 1000, reason: String::new() });
        self.finish();
    }

    /// From the first request that is not `ping` on, the client can be found again.
    pub(super) fn open_session(&mut self) {
        if self.session.is_none() {
            let session = new_rpc_session(&mut self.random);
            self.outputs.push_back(PeerOutput::Resumable(ResumeKey(session.clone())));
            self.session = Some(session);
        }
    }

    pub(super) fn work(&mut self, now: Now) {
        while self.pending.is_none() && !self.finished {
            let Some(request) = self.queue.pop_front() else { return };
            let (id, method) = (request.id, Method::parse(&request.method));
            match self.begin(&request, now) {
                Ok(Step::Reply(reply)) => self.reply(id, reply),
                Ok(Step::Ask(command, waiting)) => self.ask(id, method, command, waiting),
                Err(error) => self.deny(id, method, &error),
            }
        }
    }

    pub(super) fn begin(&mut self, request: &Request, now: Now) -> Result<Step, RpcError> {
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

    pub(super) fn ask(&mut self, id: i64, method: Option<Method>, command: RoomCommand, waiting: Waiting) {
        let room = match (&waiting, &self.place) {
            (Waiting::Join(joining), _) => joining.room.clone(),
            (_, Place::Inside(membership)) => membership.room.clone(),
            (_, Place::Outside | Place::Out) => return,
        };
        let command = self.send(room, command);
        self.pending = Some(Pending { id, method, command, waiting, held: Vec::new() });
    }

    /// A negative reply, in the form that its method and code have.
    pub(super) fn deny(&mut self, id: i64, method: Option<Method>, error: &RpcError) {
        let told_by_session = method.filter(|method| method.is_told_by_session(error.code));
        let text = match (told_by_session, &self.session) {
            (Some(method), Some(session)) => error.to_session_text(id, session, method.error_data()),
            (Some(_) | None, Some(_) | None) => error.to_text(Some(id)),
        };
        self.say(text);
    }

    /// The room's answer to the request that is being carried out.
    pub(super) fn answered(&mut self, request: RequestId, answer: RoomEvent, now: Now) {
        if self.renewed(request, &answer) {
            return;
        }
        let Some(pending) = self.pending.take_if(|pending| pending.command == request) else { return };
        let membership = match &mut self.place {
            Place::Inside(membership) => Some(membership.as_mut()),
            Place::Outside | Place::Out => None,
        };
        let (id, method) = (pending.id, pending.method);
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
            Err(error) => self.deny(id, method, &error),
        }
        self.notify(pending.held);
        self.work(now);
    }
}
