//! Calls of the server API that a participant's own client answers (LiveKit's RPC).
//!
//! The room only knows who is asked and who waits: how the call looks on the client's channel, and how long it may
//! take, is the face's affair. The answer to the API is parked until the client's comes, or until the client is gone.
use super::answer::{Answered, Ask};
use super::event::RoomEvent;
use super::meeting::Room;
use crate::capability::{NotFound, Refusal};
use crate::id::{ParticipantId, RequestId};
use rustc_hash::FxHashMap;
use std::time::Duration;

/// A call to a participant's client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcCall {
    /// The identity of who is called.
    pub to: String,
    /// What is called.
    pub method: String,
    /// What goes with it.
    pub payload: String,
    /// How long the answer may take.
    pub response_timeout: Duration,
}

/// Why a call failed, in the words of the protocol that runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcFailure {
    /// The protocol's number.
    pub code: u32,
    /// For people.
    pub message: String,
    /// What the application gave with it; may be empty.
    pub data: String,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RpcOutcome {
    /// Its answer.
    Answered(String),
    /// It failed there, or on the way.
    Failed(RpcFailure),
    /// Who was called has left.
    Left,
}

/// The calls that wait for their answers.
#[derive(Default)]
pub(super) struct Calls(FxHashMap<RequestId, (ParticipantId, Ask)>);

impl Room {
    pub(super) fn perform_rpc(&mut self, ask: Ask, call: RpcCall) -> Result<Answered, Refusal> {
        let to = self.roster.id_of_identity(&call.to).ok_or(Refusal::NotFound(NotFound::Participant))?;
        if !self.roster.get(to).is_some_and(|called| called.facts.takes_data) {
            let why = "a participant of OpenVidu v2 takes no calls".to_owned();
            return Err(Refusal::Invalid { what: "destination", why });
        }
        let number = ask.request;
        self.tell_participant(to, RoomEvent::RpcAsked { call: number, rpc: Box::new(call) });
        let (parked, answered) = ask.park();
        self.calls.0.insert(number, (to, parked));
        Ok(answered)
    }

    /// A participant's client has answered; only its own calls are.
    pub(super) fn answer_rpc(&mut self, ask: Ask, call: RequestId, outcome: RpcOutcome) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        if self.calls.0.get(&call).is_some_and(|(to, _)| *to == id)
            && let Some((_, waiting)) = self.calls.0.remove(&call)
        {
            self.answer(waiting, |request| RoomEvent::RpcAnswered { request, outcome });
        }
        Ok(self.done(ask))
    }

    /// A participant is gone: nothing it was asked will be answered any more.
    pub(super) fn forget_calls_of(&mut self, id: ParticipantId) {
        let mut gone: Vec<RequestId> =
            self.calls.0.iter().filter(|(_, (to, _))| *to == id).map(|(call, _)| *call).collect();
        gone.sort_unstable();
        for call in gone {
            if let Some((_, waiting)) = self.calls.0.remove(&call) {
                self.answer(waiting, |request| RoomEvent::RpcAnswered { request, outcome: RpcOutcome::Left });
            }
        }
    }
}
