//! Coming back on a new socket: the claim of the new one, and what the earlier peer then tells (livekit.md §2.8).
use super::output::close;
use super::{LiveKitPeer, Pending, Phase, ResumeFault};
use crate::config::LiveKitConfig;
use crate::describe;
use crate::ids;
use crate::join::SignalVersion;
use crate::leave::{action, disconnect_reason};
use crate::wire::Encoding;
use livekit_protocol as proto;
use prost::Message;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use sfu_core::room::{LeaveReason, RoomCommand, RoomSnapshot, TransportRole};
use sfu_core::signal::{Frame, PeerOutput, ResumeKey};
use sfu_core::time::Now;
use std::time::Duration;

/// How long a simulated fault waits for a resume.
const RESUME_FAULT_LIFE: Duration = Duration::from_secs(5);

impl LiveKitPeer {
    /// Claims the peer of an earlier socket. Only a token of the same identity and room spells its key.
    pub(super) fn claim(&mut self, sid: &str, _now: Now) {
        self.phase = Phase::Attaching;
        if ids::parse_participant_sid(sid).is_none() {
            return self.nobody();
        }
        let intro = Frame::Binary(self.join.request.encode_to_vec());
        self.out.push_back(PeerOutput::Attach { key: self.resume_key(sid), intro });
    }

    /// Room, identity and sid, so that none of them can be taken for a part of another.
    pub(super) fn resume_key(&self, sid: &str) -> ResumeKey {
        let (room, identity) = (&self.join.room, &self.join.identity);
        ResumeKey(format!("livekit:{}:{}:{room}{identity}{sid}", room.len(), identity.len()))
    }

    /// Nobody is left to come back to: the client joins anew.
    pub(super) fn nobody(&mut self) {
        let reason = LeaveReason::StateMismatch;
        self.say_leave(disconnect_reason(reason), action(reason));
        self.close_socket(close::NORMAL, "");
        self.finish();
    }

    /// A new socket is this client's: `reconnect` first, then what it missed.
    pub(super) fn resume(&mut self, intro: &Frame, now: Now) {
        if self.phase != Phase::Joined {
            return;
        }
        self.socket = true;
        if self.take_resume_fault(ResumeFault::BeforeMessages, now) {
            return self.drop_socket(close::NORMAL, "", now);
        }
        self.lost_until = None;
        self.encoding = Encoding::default();
        if let Some(me) = self.me.as_ref().map(|me| me.id).filter(|_| self.join.client.knows_reconnect_response()) {
            let response = proto::ReconnectResponse {
                ice_servers: self.ice_servers(me, now),
                client_configuration: self.client_configuration(),
                server_info: Some(self.server_info()),
                last_message_seq: self.last_sequence,
            };
            self.send(Response::Reconnect(response));
        }
        self.request(RoomCommand::Describe, Pending::Resume);
        for response in std::mem::take(&mut self.held) {
            self.send(response);
        }
        self.refresh_token(now);
        if self.join.version == SignalVersion::V0 {
            self.request(RoomCommand::RestartIce { role: TransportRole::Subscriber }, Pending::Quiet);
        }
        let request = match intro {
            Frame::Binary(bytes) => proto::JoinRequest::decode(bytes.as_slice()).unwrap_or_default(),
            Frame::Text(_) => proto::JoinRequest::default(),
        };
        if let Some(offer) = request.publisher_offer {
            crate::signal::handle(self, Request::Offer(offer), now);
        }
    }

    /// The next resume is to fail, where it comes within 5 s.
    pub(crate) fn fail_resume(&mut self, fault: ResumeFault, now: Now) {
        self.resume_fault = now.instant.checked_add(RESUME_FAULT_LIFE).map(|until| (fault, until));
    }

    fn take_resume_fault(&mut self, fault: ResumeFault, now: Now) -> bool {
        self.resume_fault.take_if(|(kind, _)| *kind == fault).is_some_and(|(_, until)| now.instant < until)
    }

    /// The room as it is after a resume: who has gone, everybody who is there, the room itself.
    pub(super) fn on_resume_described(&mut self, room: &RoomSnapshot, now: Now) {
        let config: &LiveKitConfig = &self.config;
        let mut participants = std::mem::take(&mut self.gone);
        if !self.join.client.knows_departures_on_resume() {
            participants.clear();
        }
        participants.extend(room.participants.iter().map(|participant| describe::participant(participant, config)));
        for participant in &room.participants {
            self.presence.learn(participant);
            self.labels.learn(participant);
        }
        self.send(Response::Update(proto::ParticipantUpdate { participants }));
        self.say_room();
        if self.take_resume_fault(ResumeFault::AfterMessages, now) {
            self.drop_socket(close::NORMAL, "", now);
        }
    }
}
