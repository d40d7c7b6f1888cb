//! `offer` and `answer`: session descriptions of the client's PeerConnections (livekit.md §3.1).
use crate::peer::{LiveKitPeer, Pending};
use livekit_protocol as proto;
use sfu_core::capability::Refusal;
use sfu_core::room::{RoomCommand, TransportRole};
use sfu_core::sdp::{self, DescriptionKind};

/// The client's offer: of its publisher PeerConnection, or of its only one.
pub(super) fn offer(peer: &mut LiveKitPeer, description: &proto::SessionDescription) {
    let role = peer.sending_role();
    let pending = Pending::Offer { id: description.id };
    negotiate(peer, role, DescriptionKind::Offer, &description.sdp, pending);
}

/// The client's answer to our last offer; one to an earlier offer is stale and left aside (livekit.md §2.6).
pub(super) fn answer(peer: &mut LiveKitPeer, description: &proto::SessionDescription) {
    if peer.sending_role() == TransportRole::Single {
        let refusal =
            Refusal::Invalid { what: "answer", why: "with a single PeerConnection only the client offers".to_owned() };
        return peer.refuse(0, &refusal, None);
    }
    let Some(offer) = peer.offers.answered_by(description.id) else { return };
    negotiate(peer, TransportRole::Subscriber, DescriptionKind::Answer, &description.sdp, Pending::Answer { offer });
}

fn negotiate(peer: &mut LiveKitPeer, role: TransportRole, kind: DescriptionKind, text: &str, pending: Pending) {
    match sdp::parse(text, kind) {
        Ok(description) => {
            let command = RoomCommand::Negotiate { role, description: Box::new(description), renew: false };
            peer.request(command, pending);
        }
        Err(error) => {
            let what = match kind {
                DescriptionKind::Offer => "offer",
                DescriptionKind::Answer => "answer",
            };
            peer.refuse(0, &Refusal::Invalid { what, why: error.to_string() }, None);
        }
    }
}
