//! `simulate`: a test tool of the SDKs. Each scenario does to the client what its name says, and to nobody else.
use crate::peer::{LiveKitPeer, Pending, ResumeFault};
use livekit_protocol as proto;
use proto::leave_request::Action;
use proto::request_response::Reason;
use proto::simulate_scenario::Scenario;
use sfu_core::room::{LeaveReason, Path, RoomCommand};
use sfu_core::time::Now;
use std::time::Duration;

/// Longest that somebody may seem to speak, seconds.
const SPEAKING_MAX_S: u64 = 3600;

pub(super) fn simulate(peer: &mut LiveKitPeer, scenario: &proto::SimulateScenario, now: Now) {
    let Some(scenario) = &scenario.scenario else {
        return peer.respond(0, Reason::InvalidRequest, "a simulation needs a scenario", None);
    };
    match *scenario {
        Scenario::SpeakerUpdate(seconds) => speak(peer, seconds),
        Scenario::ServerLeave(_) => peer.leave_room(LeaveReason::ServerShutdown, Action::Disconnect),
        Scenario::LeaveRequestFullReconnect(_) => peer.break_off(LeaveReason::StateMismatch),
        Scenario::NodeFailure(_) => peer.vanish(LeaveReason::ServerShutdown),
        Scenario::Migration(_) => peer.vanish(LeaveReason::Moved),
        Scenario::DisconnectSignalOnResume(_) => peer.fail_resume(ResumeFault::AfterMessages, now),
        Scenario::DisconnectSignalOnResumeNoMessages(_) => peer.fail_resume(ResumeFault::BeforeMessages, now),
        Scenario::SubscriberBandwidth(bitrate_bps) => cap(peer, bitrate_bps),
        Scenario::SwitchCandidateProtocol(protocol) => switch_path(peer, protocol),
    }
}

fn speak(peer: &mut LiveKitPeer, seconds: i32) {
    let lasting = Duration::from_secs(u64::try_from(seconds).unwrap_or(0).min(SPEAKING_MAX_S));
    let pending = Pending::Echo { request_id: 0, echo: None, confirm: false };
    peer.request(RoomCommand::SimulateSpeaking { lasting }, pending);
}

/// Zero ends it, as does a negative number.
fn cap(peer: &mut LiveKitPeer, bitrate_bps: i64) {
    let bitrate_bps = u64::try_from(bitrate_bps).ok().filter(|bitrate_bps| *bitrate_bps > 0);
    peer.request(RoomCommand::CapReceiving(bitrate_bps), Pending::Echo { request_id: 0, echo: None, confirm: false });
}

/// TLS is a relay's affair: clients are told to use theirs alone.
fn switch_path(peer: &mut LiveKitPeer, protocol: i32) {
    let path = match proto::CandidateProtocol::try_from(protocol) {
        Ok(proto::CandidateProtocol::Udp) => Path::Any,
        Ok(proto::CandidateProtocol::Tcp) => Path::Tcp,
        Ok(proto::CandidateProtocol::Tls) => Path::Relay,
        Err(_) => return peer.respond(0, Reason::InvalidRequest, "unknown candidate protocol", None),
    };
    peer.path = path;
    peer.request(RoomCommand::SwitchPath(path), Pending::Echo { request_id: 0, echo: None, confirm: false });
}
