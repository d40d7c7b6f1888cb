//! `simulate`: a test tool of the SDKs. Two scenarios are played, the others answered with what is missing.
use crate::peer::LiveKitPeer;
use livekit_protocol as proto;
use proto::leave_request::Action;
use proto::request_response::Reason;
use proto::simulate_scenario::Scenario;
use sfu_core::capability::{Feature, Refusal};
use sfu_core::room::LeaveReason;

pub(super) fn simulate(peer: &mut LiveKitPeer, scenario: &proto::SimulateScenario) {
    let missing = match &scenario.scenario {
        Some(Scenario::SpeakerUpdate(_)) => {
            return peer.refuse(0, &Refusal::NotSupported(Feature::SpeakerDetection), None);
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
