//! `trickle`: a candidate of the client's. The server is ICE-lite and needs none; what it cannot read is said so.
use crate::peer::{LiveKitPeer, Pending};
use livekit_protocol as proto;
use proto::request_response::Request as Echo;
use serde::Deserialize;
use sfu_core::capability::Refusal;
use sfu_core::room::RoomCommand;
use sfu_core::sdp;

#[derive(Deserialize)]
struct CandidateInit {
    #[serde(default)]
    candidate: Option<String>,
}

pub(super) fn trickle(peer: &mut LiveKitPeer, trickle: proto::TrickleRequest) {
    let role = match proto::SignalTarget::try_from(trickle.target) {
        Ok(proto::SignalTarget::Publisher) => peer.sending_role(),
        Ok(proto::SignalTarget::Subscriber) => peer.receiving_role(),
        Err(_) => return refuse(peer, trickle, "unknown target"),
    };
    let text = if trickle.candidate_init.is_empty() {
        String::new()
    } else {
        match serde_json::from_str::<CandidateInit>(&trickle.candidate_init) {
            Ok(init) => init.candidate.unwrap_or_default(),
            Err(_) => return refuse(peer, trickle, "candidateInit is not JSON of a candidate"),
        }
    };
    let candidate = if text.is_empty() {
        None
    } else {
        match sdp::parse_candidate(&text) {
            Ok(Some(candidate)) => Some(candidate),
            // A kind of candidate that nobody here could use (mDNS names, for one).
            Ok(None) => return,
            Err(error) => return refuse(peer, trickle, &error.to_string()),
        }
    };
    // A candidate may overtake the offer that makes its Transport: no fault, and nothing is lost.
    peer.request(RoomCommand::AddCandidate { role, candidate }, Pending::Quiet);
}

fn refuse(peer: &mut LiveKitPeer, trickle: proto::TrickleRequest, why: &str) {
    let refusal = Refusal::Invalid { what: "candidate", why: why.to_owned() };
    peer.refuse(0, &refusal, Some(Echo::Trickle(trickle)));
}
