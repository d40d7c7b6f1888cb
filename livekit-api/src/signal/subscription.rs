//! `subscription`: subscribe to tracks or unsubscribe from them (livekit.md §3.5).
use crate::ids;
use crate::peer::{LiveKitPeer, Pending};
use livekit_protocol as proto;
use proto::SubscriptionError;
use sfu_core::room::{RoomCommand, Subscribe, SubscribeVia, SubscriptionTarget};

pub(super) fn subscription(peer: &mut LiveKitPeer, request: &proto::UpdateSubscription) {
    for sid in sids(request) {
        let Some(track) = ids::parse_track_sid(sid) else {
            if request.subscribe {
                peer.subscription_failed(sid.clone(), SubscriptionError::SeTrackNotfound);
            }
            continue;
        };
        let target = SubscriptionTarget::Track(track);
        if request.subscribe {
            let command = RoomCommand::Subscribe(Box::new(Subscribe { target, via: SubscribeVia::Common }));
            peer.request(command, Pending::Subscribe { sid: sid.clone() });
        } else {
            peer.request(RoomCommand::Unsubscribe(target), Pending::Quiet);
        }
    }
}

/// All tracks that the request names, each once.
pub(super) fn sids(request: &proto::UpdateSubscription) -> impl Iterator<Item = &String> {
    let listed = request.participant_tracks.iter().flat_map(|tracks| &tracks.track_sids);
    let mut seen = std::collections::HashSet::new();
    request.track_sids.iter().chain(listed).filter(move |sid| seen.insert(sid.as_str()))
}
