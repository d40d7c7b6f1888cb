//! Data tracks (livekit.md §3.7), and data blobs, which are not built: each request with its answer.
use crate::ids;
use crate::peer::{LiveKitPeer, Pending};
use livekit_protocol as proto;
use prost::Message;
use proto::request_response::{Reason, Request as Echo};
use sfu_core::capability::{self, Feature, NotFound, Refusal};
use sfu_core::room::RoomCommand;

const BLOBS: &str = "participant data blobs are not enabled on this server";

/// Longest name of a data track, characters.
const NAME_CHARS_MAX: usize = 256;

pub(super) fn publish_data_track(peer: &mut LiveKitPeer, request: proto::PublishDataTrackRequest) {
    let no = |peer: &mut LiveKitPeer, reason, text: &str| {
        peer.respond(0, reason, text, Some(Echo::PublishDataTrack(request.clone())));
    };
    if let Err(refusal) = capability::require(peer.config.profile, Feature::DataMessages) {
        return peer.refuse_data_track(Echo::PublishDataTrack(request), &refusal);
    }
    let Some(handle) = u16::try_from(request.pub_handle).ok().filter(|handle| *handle > 0) else {
        return no(peer, Reason::InvalidHandle, "handle should be > 0 AND < 65536");
    };
    if request.name.is_empty() || request.name.chars().count() > NAME_CHARS_MAX {
        return no(peer, Reason::InvalidName, "name should not be empty and should not exceed 256 characters");
    }
    let (name, face_data) = (request.name.clone(), request.encode_to_vec());
    let pending = Pending::DataTrack { echo: Box::new(Echo::PublishDataTrack(request)) };
    peer.request(RoomCommand::PublishDataTrack { handle, name, face_data }, pending);
}

pub(super) fn unpublish_data_track(peer: &mut LiveKitPeer, request: proto::UnpublishDataTrackRequest) {
    let echo = Echo::UnpublishDataTrack(request);
    match u16::try_from(request.pub_handle) {
        Ok(handle) => {
            peer.request(RoomCommand::UnpublishDataTrack { handle }, Pending::DataTrack { echo: Box::new(echo) });
        }
        Err(_) => peer.refuse_data_track(echo, &Refusal::NotFound(NotFound::Track)),
    }
}

pub(super) fn update_data_subscription(peer: &mut LiveKitPeer, request: &proto::UpdateDataSubscription) {
    if let Err(refusal) = capability::require(peer.config.profile, Feature::DataMessages) {
        peer.respond(0, Reason::NotAllowed, &refusal.to_string(), None);
        return peer.count(&refusal);
    }
    let updates = request.updates.iter();
    let tracks: Vec<_> =
        updates.filter_map(|update| Some((ids::parse_data_track_sid(&update.track_sid)?, update.subscribe))).collect();
    if tracks.len() < request.updates.len() {
        peer.refuse(0, &Refusal::NotFound(NotFound::Track), None);
    }
    let pending = Pending::Echo { request_id: 0, echo: None, confirm: false };
    peer.request(RoomCommand::SubscribeData { tracks }, pending);
}

pub(super) fn store_data_blob(peer: &mut LiveKitPeer, request: &proto::StoreDataBlobRequest) {
    peer.respond(request.request_id, Reason::NotAllowed, BLOBS, None);
}

pub(super) fn get_data_blob(peer: &mut LiveKitPeer, request: &proto::GetDataBlobRequest) {
    peer.respond(request.request_id, Reason::NotAllowed, BLOBS, None);
}
