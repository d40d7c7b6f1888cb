//! `simulate`: a test tool of the SDKs. Some scenarios are played, the others answered with what is missing.
use crate::peer::{LiveKitPeer, Pending};
use livekit_protocol as proto;
use proto::leave_request::Action;
use proto::request_response::Reason;
use proto::simulate_scenario::Scenario;
use sfu_core::room::{LeaveReason, RoomCommand};
use std::time::Duration;

/// Longest that somebody may seem to speak, seconds.
const SPEAKING_MAX_S: u64 = 3600;

pub(super) fn simulate(peer: &mut LiveKitPeer, scenario: &proto::SimulateScenario) {
    let missing = match &scenario.scenario {
        Some(Scenario::SpeakerUpdate(seconds)) => {
            let lasting = Duration::from_secs(u64::try_from(*seconds).unwrap_or(0).min(SPEAKING_MAX_S));
            let pending = Pending::Echo { request_id: 0, echo: None, confirm: false };
            return peer.request(RoomCommand::SimulateSpeaking { lasting }, pending);
        }
        Some(Scenario::ServerLeave(_)) => return peer.leave_room(LeaveReason::ByClient, Action::Disconnect),
        Some(Scenario::LeaveRequestFullReconnect(_)) => return peer.break_off(LeaveReason::StateMismatch),
        Some(Scenario::NodeFailure(_)) => "node_failure",
        Some(Scenario::Migration(_)) => "migration",
        Some(Scenario::SwitchCandidateProtocol(_)) => "switch_candidate_protocol",
        Some(Scenario::SubscriberBandwidth(_)) => "subscriber_bandwidth",
        Some(Scenario::DisconnectSignalOnResume(_)) => "disconnect_signal_on_resume",
        Some(Scenario::DisconnectSignalOnResumeNoMessages(_)) => "disconnect_signal_on_resume_no_messages",
        None => "no scenario",
    };
    peer.respond(0, Reason::UnsupportedType, &format!("cannot simulate: {missing}"), None);
}
