//! `offer` and `answer`: session descriptions of the client's PeerConnections (livekit.md §3.1).
use crate::peer::{LiveKitPeer, Pending};
use crate::sound;
use livekit_protocol as proto;
use sfu_core::capability::Refusal;
use sfu_core::room::{RoomCommand, TransportRole};
use sfu_core::sdp::{self, Description, DescriptionKind};

/// The client's offer: of its publisher PeerConnection, or of its only one.
pub(super) fn offer(peer: &mut LiveKitPeer, description: &proto::SessionDescription) {
    let role = peer.sending_role();
    let Some(offer) = parse(peer, &description.sdp, DescriptionKind::Offer) else { return };
    let sounds = sound::of_offer(&offer, |cid| peer.own.sound_of(cid));
    negotiate(peer, role, offer, Pending::Offer { id: description.id, sounds });
}

/// The client's answer to our last offer; one to an earlier offer is stale and left aside (livekit.md §2.6).
pub(super) fn answer(peer: &mut LiveKitPeer, description: &proto::SessionDescription) {
    if peer.sending_role() == TransportRole::Single {
        let refusal =
            Refusal::Invalid { what: "answer", why: "with a single PeerConnection only the client offers".to_owned() };
        return peer.refuse(0, &refusal, None);
    }
    let Some(offer) = peer.offers.answered_by(description.id) else { return };
    let Some(answer) = parse(peer, &description.sdp, DescriptionKind::Answer) else { return };
    negotiate(peer, TransportRole::Subscriber, answer, Pending::Answer { offer });
}

/// The description; where it cannot be read, the client is told so.
fn parse(peer: &mut LiveKitPeer, text: &str, kind: DescriptionKind) -> Option<Description> {
    let what = match kind {
        DescriptionKind::Offer => "offer",
        DescriptionKind::Answer => "answer",
    };
    let parsed = sdp::parse(text, kind);
    parsed.map_err(|error| peer.refuse(0, &Refusal::Invalid { what, why: error.to_string() }, None)).ok()
}

fn negotiate(peer: &mut LiveKitPeer, role: TransportRole, description: Description, pending: Pending) {
    let command = RoomCommand::Negotiate { role, description: Box::new(description), renew: false };
    peer.request(command, pending);
}
