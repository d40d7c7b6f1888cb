//! What a peer sends: responses (held back while there is no socket), refusals, room commands, its end.
use super::{HELD_RESPONSES_MAX, LiveKitPeer, Pending, Phase};
use crate::leave::{action, disconnect_reason, leave_request};
use crate::refusal;
use livekit_protocol as proto;
use proto::leave_request::Action;
use proto::request_response::{Reason, Request as Echo};
use proto::signal_response::Message as Response;
use proto::{DisconnectReason, SubscriptionError};
use sfu_core::capability::Refusal;
use sfu_core::id::RequestId;
use sfu_core::room::{LeaveReason, RoomCommand};
use sfu_core::signal::PeerOutput;
use sfu_core::usage::Used;

/// WebSocket close codes (RFC 6455 §7.4.1).
pub(super) mod close {
    /// All is done.
    pub const NORMAL: u16 = 1000;
    /// The server goes.
    pub const GOING_AWAY: u16 = 1001;
    /// A frame's content fits not its kind.
    pub const INVALID_DATA: u16 = 1007;
    /// Against the rules.
    pub const POLICY: u16 = 1008;
    /// Too long.
    pub const TOO_BIG: u16 = 1009;
}

impl LiveKitPeer {
    /// Sends a response, or keeps it where the socket is lost.
    pub(crate) fn send(&mut self, response: Response) {
        if self.socket {
            self.used.note(Used::Notice(crate::usage::response_name(&response)));
            self.out.push_back(PeerOutput::Frame(self.encoding.encode(response)));
        } else if !is_told_again(&response) && self.held.len() < HELD_RESPONSES_MAX {
            self.held.push_back(response);
        }
    }

    /// Hands the room a command; its answer comes to `pending`.
    pub(crate) fn request(&mut self, command: RoomCommand, pending: Pending) {
        self.last_request += 1;
        let request = RequestId(self.last_request);
        self.pending.insert(request, pending);
        let room = self.join.room.clone();
        self.out.push_back(PeerOutput::Command { room, request, command: Box::new(command) });
    }

    /// Answers a request by a `RequestResponse`. SDKs number their requests from 1: 0 stands for a request without
    /// a number (livekit-errors.md §1).
    pub(crate) fn respond(&mut self, request_id: u32, reason: Reason, message: &str, request: Option<Echo>) {
        let client = &self.join.client;
        let bears = match reason {
            Reason::Ok => client.bears_success_responses(),
            Reason::NotFound
            | Reason::NotAllowed
            | Reason::LimitExceeded
            | Reason::Queued
            | Reason::UnsupportedType
            | Reason::UnclassifiedError
            | Reason::InvalidHandle
            | Reason::InvalidName
            | Reason::DuplicateHandle
            | Reason::DuplicateName
            | Reason::InvalidRequest => client.bears_request_responses(),
        };
        if bears {
            let message = message.to_owned();
            let response = proto::RequestResponse { request_id, reason: reason.into(), message, request };
            self.send(Response::RequestResponse(response));
        }
    }

    /// Answers a request by a refusal.
    pub(crate) fn refuse(&mut self, request_id: u32, refusal: &Refusal, request: Option<Echo>) {
        self.respond(request_id, refusal::signal(refusal), &refusal.to_string(), request);
        self.count(refusal);
    }

    /// Notes for the count of refusals that a feature was missing.
    pub(crate) fn count(&mut self, refusal: &Refusal) {
        if let Refusal::NotSupported(feature) = refusal {
            self.out.push_back(PeerOutput::Refused(*feature));
        }
    }

    /// A track cannot be subscribed to.
    pub(crate) fn subscription_failed(&mut self, track_sid: String, error: SubscriptionError) {
        self.send(Response::SubscriptionResponse(proto::SubscriptionResponse { track_sid, err: error.into() }));
    }

    /// Ends the session because it is broken: the client is told to join anew where that helps.
    pub(crate) fn break_off(&mut self, reason: LeaveReason) {
        self.leave_room(reason, action(reason));
    }

    /// Leaves the room from the server's side, with a word to the client.
    pub(crate) fn leave_room(&mut self, reason: LeaveReason, action: Action) {
        if self.phase != Phase::Joined && self.phase != Phase::Joining {
            return;
        }
        self.say_leave(disconnect_reason(reason), action);
        self.close_socket(close::NORMAL, "");
        self.phase = Phase::Leaving;
        self.request(RoomCommand::Leave { reason }, Pending::Leave);
    }

    /// Goes from the room without a word to the client, as a server that broke down.
    pub(crate) fn vanish(&mut self, reason: LeaveReason) {
        self.close_socket(close::NORMAL, "");
        self.phase = Phase::Leaving;
        self.request(RoomCommand::Leave { reason }, Pending::Leave);
    }

    /// Sends the leave message.
    pub(super) fn say_leave(&mut self, reason: DisconnectReason, action: Action) {
        let leave = leave_request(&self.join.client, reason, action);
        self.send(Response::Leave(leave));
    }

    /// Closes the socket where there is one. A close reason has room for 123 bytes.
    pub(super) fn close_socket(&mut self, code: u16, reason: &str) {
        if self.socket {
            let mut end = reason.len().min(120);
            while !reason.is_char_boundary(end) {
                end -= 1;
            }
            self.out.push_back(PeerOutput::CloseSocket { code, reason: reason[..end].to_owned() });
            self.socket = false;
        }
    }

    /// The end; said once.
    pub(super) fn finish(&mut self) {
        if self.phase != Phase::Ended {
            self.phase = Phase::Ended;
            self.pending.clear();
            self.calls.clear();
            self.early.clear();
            self.held.clear();
            self.lost_until = None;
            self.goodbye_until = None;
            self.silent_at = None;
            self.refresh_at = None;
            self.room_update_at = None;
            self.late_offer = None;
            self.out.push_back(PeerOutput::Finished);
        }
    }
}

/// True for responses that a resume tells anew, or that are worth nothing later.
fn is_told_again(response: &Response) -> bool {
    match response {
        Response::Update(_)
        | Response::RoomUpdate(_)
        | Response::Offer(_)
        | Response::RefreshToken(_)
        | Response::Pong(_)
        | Response::PongResp(_)
        | Response::Join(_)
        | Response::Reconnect(_)
        | Response::Leave(_)
        | Response::SpeakersChanged(_)
        | Response::ConnectionQuality(_) => true,
        Response::Answer(_)
        | Response::Trickle(_)
        | Response::TrackPublished(_)
        | Response::Mute(_)
        | Response::StreamStateUpdate(_)
        | Response::SubscribedQualityUpdate(_)
        | Response::SubscriptionPermissionUpdate(_)
        | Response::TrackUnpublished(_)
        | Response::SubscriptionResponse(_)
        | Response::RequestResponse(_)
        | Response::TrackSubscribed(_)
        | Response::RoomMoved(_)
        | Response::MediaSectionsRequirement(_)
        | Response::SubscribedAudioCodecUpdate(_)
        | Response::PublishDataTrackResponse(_)
        | Response::UnpublishDataTrackResponse(_)
        | Response::DataTrackSubscriberHandles(_)
        | Response::StoreDataBlobResponse(_)
        | Response::GetDataBlobResponse(_) => false,
    }
}
