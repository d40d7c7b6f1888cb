//! Data tracks and data blobs: signalling requests of features that are refused or not built, each with its answer.
use crate::peer::LiveKitPeer;
use livekit_protocol as proto;
use proto::request_response::{Reason, Request as Echo};
use sfu_core::capability::{Feature, Refusal};

const BLOBS: &str = "participant data blobs are not enabled on this server";

/// SDKs read `NOT_ALLOWED` with the request echoed as their own typed error (livekit-errors.md §2.0).
pub(super) fn publish_data_track(peer: &mut LiveKitPeer, request: proto::PublishDataTrackRequest) {
    refuse(peer, Some(Echo::PublishDataTrack(request)));
}

pub(super) fn unpublish_data_track(peer: &mut LiveKitPeer, request: proto::UnpublishDataTrackRequest) {
    refuse(peer, Some(Echo::UnpublishDataTrack(request)));
}

pub(super) fn update_data_subscription(peer: &mut LiveKitPeer) {
    refuse(peer, None);
}

pub(super) fn store_data_blob(peer: &mut LiveKitPeer, request: &proto::StoreDataBlobRequest) {
    peer.respond(request.request_id, Reason::NotAllowed, BLOBS, None);
}

pub(super) fn get_data_blob(peer: &mut LiveKitPeer, request: &proto::GetDataBlobRequest) {
    peer.respond(request.request_id, Reason::NotAllowed, BLOBS, None);
}

/// Data tracks are data messages; no profile has them so far.
fn refuse(peer: &mut LiveKitPeer, request: Option<Echo>) {
    let refusal = Refusal::NotSupported(Feature::DataMessages);
    peer.respond(0, Reason::NotAllowed, &refusal.to_string(), request);
    peer.count(&refusal);
}
