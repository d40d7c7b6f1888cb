//! The requests of a LiveKit client, a file each. Each turns a request into room commands, or answers it at once;
//! what the room replies comes back in `peer`.
mod add_track;
mod data;
mod describe_self;
mod leave;
mod mute;
mod negotiate;
mod ping;
mod simulate;
mod subscription;
mod subscription_permission;
mod sync_state;
mod track_setting;
mod trickle;
mod update_track;

use crate::peer::LiveKitPeer;
use livekit_protocol::signal_request::Message as Request;
use sfu_core::time::Now;

/// Handles one request. Every variant is named: a new one of the protocol does not compile until it is decided.
#[expect(deprecated, reason = "the deprecated request is named like all others")]
pub(crate) fn handle(peer: &mut LiveKitPeer, request: Request, now: Now) {
    match request {
        Request::Offer(description) => negotiate::offer(peer, &description),
        Request::Answer(description) => negotiate::answer(peer, &description),
        Request::Trickle(trickle) => trickle::trickle(peer, trickle),
        Request::AddTrack(request) => add_track::add_track(peer, request),
        Request::Mute(request) => mute::mute(peer, request),
        Request::Subscription(request) => subscription::subscription(peer, &request),
        Request::TrackSetting(request) => track_setting::track_setting(peer, &request),
        Request::Leave(request) => leave::leave(peer, &request),
        // Deprecated; servers leave it aside (livekit.md §2.6).
        Request::UpdateLayers(_) => {}
        Request::SubscriptionPermission(request) => subscription_permission::subscription_permission(peer, &request),
        Request::SyncState(state) => sync_state::sync_state(peer, &state),
        Request::Simulate(scenario) => simulate::simulate(peer, &scenario, now),
        Request::Ping(_) => ping::ping(peer, now),
        Request::PingReq(ping) => ping::ping_req(peer, ping, now),
        Request::UpdateMetadata(request) => describe_self::update_metadata(peer, request),
        Request::UpdateAudioTrack(request) => update_track::audio(peer, request),
        Request::UpdateVideoTrack(request) => update_track::video(peer, request),
        Request::PublishDataTrackRequest(request) => data::publish_data_track(peer, request),
        Request::UnpublishDataTrackRequest(request) => data::unpublish_data_track(peer, request),
        Request::UpdateDataSubscription(request) => data::update_data_subscription(peer, &request),
        Request::StoreDataBlobRequest(request) => data::store_data_blob(peer, &request),
        Request::GetDataBlobRequest(request) => data::get_data_blob(peer, &request),
    }
}
