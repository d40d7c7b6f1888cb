//! [`SignalPeer`] for a LiveKit client: each input goes to its place.
use super::output::close;
use super::{EARLY_REQUESTS_MAX, LiveKitPeer, MediaPath, Pending, Phase};
use crate::leave::disconnect_reason;
use crate::signal;
use crate::usage;
use crate::wire::{self, Encoding, WireError};
use livekit_protocol as proto;
use proto::leave_request::Action;
use proto::request_response::Reason;
use sfu_core::room::{LeaveReason, RoomCommand, RoomEvent};
use sfu_core::signal::{ChannelMessage, Frame, PeerOutput, SignalPeer, SocketEnd};
use sfu_core::time::Now;
use sfu_core::usage::Used;
use std::time::Instant;

impl SignalPeer for LiveKitPeer {
    fn handle_frame(&mut self, frame: Frame, now: Now) {
        match self.phase {
            Phase::Joining | Phase::Joined => {}
            // Frames of a client that claims to be another go to that other; those after the end, nowhere.
            Phase::Attaching | Phase::Leaving | Phase::Ended => return,
        }
        self.encoding = Encoding::of(&frame);
        match wire::decode(&frame) {
            Ok(proto::SignalRequest { message: Some(request) }) => {
                self.used.note(Used::Request(usage::request_name(&request)));
                if self.phase == Phase::Joined {
                    signal::handle(self, request, now);
                } else if self.early.len() < EARLY_REQUESTS_MAX {
                    self.early.push_back(request);
                } else {
                    self.drop_socket(close::POLICY, "too many messages before the join was answered", now);
                }
            }
            Ok(proto::SignalRequest { message: None }) => {
                self.respond(0, Reason::InvalidRequest, "empty or unknown request", None);
            }
            Err(error) => {
                let code = match error {
                    WireError::TooLong => close::TOO_BIG,
                    WireError::Binary | WireError::Json => close::INVALID_DATA,
                };
                self.drop_socket(code, &error.to_string(), now);
            }
        }
    }

    fn handle_socket_lost(&mut self, _end: SocketEnd, now: Now) {
        self.socket = false;
        match self.phase {
            Phase::Attaching => self.finish(),
            // Whose media ended, and now the socket without a goodbye, comes back to nothing; nor who never had any.
            Phase::Joined if self.media == MediaPath::Never || self.goodbye_until.is_some() => {
                self.break_off(LeaveReason::SignalLost);
            }
            Phase::Joining | Phase::Joined => self.wait_for_socket(now),
            Phase::Leaving | Phase::Ended => {}
        }
    }

    fn handle_attached(&mut self, intro: Frame, now: Now) {
        self.resume(&intro, now);
    }

    fn handle_unknown_key(&mut self, _now: Now) {
        self.nobody();
    }

    fn handle_event(&mut self, event: RoomEvent, now: Now) {
        if self.phase != Phase::Ended {
            self.on_event(event, now);
        }
    }

    fn handle_channel(&mut self, message: ChannelMessage, now: Now) {
        if self.phase == Phase::Joined {
            self.on_channel(&message, now);
        }
    }

    fn handle_timeout(&mut self, now: Now) {
        let passed = |deadline: Option<Instant>| deadline.is_some_and(|at| at <= now.instant);
        if passed(self.lost_until) {
            self.end_wait();
        }
        if passed(self.goodbye_until) {
            self.goodbye_until = None;
            self.break_off(LeaveReason::MediaFailed);
        }
        if passed(self.offers.due()) {
            tracing::info!(room = %self.join.room, "an offer was not answered in time");
            self.offers.pause();
            self.break_off(LeaveReason::StateMismatch);
        }
        if passed(self.silent_at) {
            self.drop_socket(close::GOING_AWAY, "no ping in time", now);
        }
        if passed(self.refresh_at) {
            self.refresh_token(now);
        }
        if passed(self.room_update_at) {
            self.say_room();
        }
        self.take_late_offer(now);
        self.end_late_calls(now);
    }

    fn handle_shutdown(&mut self, _now: Now) {
        match self.phase {
            Phase::Joining | Phase::Joined => {
                let reason = LeaveReason::ServerShutdown;
                self.say_leave(disconnect_reason(reason), Action::Disconnect);
                self.request(RoomCommand::Leave { reason }, Pending::Leave);
            }
            Phase::Attaching | Phase::Leaving | Phase::Ended => {}
        }
        self.close_socket(close::GOING_AWAY, "server shutdown");
        self.finish();
    }

    fn poll(&mut self) -> Option<PeerOutput> {
        self.out.pop_front()
    }

    fn deadline(&self) -> Option<Instant> {
        let due = [
            self.lost_until,
            self.goodbye_until,
            self.silent_at,
            self.offers.due(),
            self.refresh_at,
            self.room_update_at,
            self.calls.due(),
            self.late_offer.as_ref().map(|(_, due)| *due),
        ];
        due.into_iter().flatten().min()
    }

    fn poll_used(&mut self) -> Option<(Used, u32)> {
        self.used.pop()
    }
}

impl LiveKitPeer {
    /// Closes a socket that speaks no LiveKit; its client may come back by a resume.
    pub(super) fn drop_socket(&mut self, code: u16, why: &str, now: Now) {
        self.close_socket(code, why);
        self.wait_for_socket(now);
    }

    /// Who has not come back in time goes, but for one whose media flows: as long as it does, somebody is there.
    fn end_wait(&mut self) {
        self.lost_until = None;
        let reason = match self.media {
            MediaPath::Up => return,
            MediaPath::Never => LeaveReason::SignalLost,
            MediaPath::Lost => LeaveReason::MediaFailed,
        };
        self.leave_room(reason, Action::Disconnect);
    }

    pub(super) fn wait_for_socket(&mut self, now: Now) {
        self.offers.pause();
        self.silent_at = None;
        if self.lost_until.is_none() {
            self.lost_until = Some(now.instant + self.config.signal_lost_after);
        }
    }
}
