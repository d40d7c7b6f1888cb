//! `update_metadata`: the client changes its own name, metadata or attributes (livekit.md §2.6).
use crate::peer::{LiveKitPeer, Pending};
use livekit_protocol as proto;
use proto::request_response::Request as Echo;
use sfu_core::room::{ParticipantUpdate, RoomCommand};

/// Empty metadata and name are unchanged; an attribute with an empty value goes.
pub(super) fn update_metadata(peer: &mut LiveKitPeer, request: proto::UpdateParticipantMetadata) {
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    let update = ParticipantUpdate {
        name: some(&request.name),
        metadata: some(&request.metadata),
        attributes: request.attributes.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        ..ParticipantUpdate::default()
    };
    let request_id = request.request_id;
    let pending = Pending::Echo { request_id, echo: Some(Box::new(Echo::UpdateMetadata(request))), confirm: true };
    peer.request(RoomCommand::UpdateParticipant { participant: None, update: Box::new(update) }, pending);
}
