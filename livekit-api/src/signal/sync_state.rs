//! `sync_state`: what the client believes after a resume (livekit.md §2.8).
use crate::ids;
use crate::peer::{LiveKitPeer, Pending};
use livekit_protocol as proto;
use sfu_core::capability::Feature;
use sfu_core::room::{LeaveReason, RoomCommand, SubscriptionWishes};

/// A published track that the server does not have means that the two no longer fit: the client joins anew; but for one
/// that was taken from it, of which it is told once more. Wishes go before subscriptions, so that nothing flows that is
/// not wanted.
pub(super) fn sync_state(peer: &mut LiveKitPeer, state: &proto::SyncState) {
    let described = state.publish_tracks.iter().filter_map(|published| published.track.as_ref());
    for track in described {
        match ids::parse_track_sid(&track.sid) {
            Some(id) if peer.own.has(id) => {}
            Some(id) if peer.own.was_withdrawn(id) => peer.tell_withdrawn(track.sid.clone()),
            Some(_) | None => return peer.break_off(LeaveReason::StateMismatch),
        }
    }
    // Who neither numbers its messages nor names those of others would take what is sent once more for new.
    let numbers = !state.datachannel_receive_states.is_empty() || peer.numbers_messages();
    if numbers && peer.config.supports(Feature::DataMessages) {
        let states = state.datachannel_receive_states.iter();
        let received =
            states.filter_map(|state| Some((ids::parse_participant_sid(&state.publisher_sid)?, state.last_seq)));
        peer.request(RoomCommand::ReplayData { received: received.collect() }, Pending::Quiet);
    }
    let disabled: Vec<_> = state.track_sids_disabled.iter().filter_map(|sid| ids::parse_track_sid(sid)).collect();
    if !disabled.is_empty() {
        let wishes = SubscriptionWishes { disabled: true, ..SubscriptionWishes::default() };
        peer.request(RoomCommand::TuneSubscription { tracks: disabled, wishes }, Pending::Quiet);
    }
    if let Some(subscription) = &state.subscription {
        super::subscription::subscription(peer, subscription);
    }
}
