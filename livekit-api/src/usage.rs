//! What a LiveKit client uses of its protocol, as words of the protocol: for whoever counts what apps need.
//!
//! Every message has its name here; a new one of the protocol does not compile until it has.
use crate::client::Client;
use crate::join::{LiveKitJoin, SignalVersion};
use livekit_protocol as proto;
use proto::client_info::Sdk;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use sfu_core::usage::{Used, UsedLog, version_core};

/// The names of all requests of clients.
pub const REQUESTS: &[&str] = &[
    "Offer",
    "Answer",
    "Trickle",
    "AddTrack",
    "Mute",
    "Subscription",
    "TrackSetting",
    "Leave",
    "UpdateLayers",
    "SubscriptionPermission",
    "SyncState",
    "Simulate",
    "Ping",
    "PingReq",
    "UpdateMetadata",
    "UpdateAudioTrack",
    "UpdateVideoTrack",
    "PublishDataTrackRequest",
    "UnpublishDataTrackRequest",
    "UpdateDataSubscription",
    "StoreDataBlobRequest",
    "GetDataBlobRequest",
];

/// The names of all messages to clients.
pub const RESPONSES: &[&str] = &[
    "Update",
    "RoomUpdate",
    "Offer",
    "RefreshToken",
    "Pong",
    "PongResp",
    "Join",
    "Reconnect",
    "Leave",
    "SpeakersChanged",
    "ConnectionQuality",
    "Answer",
    "Trickle",
    "TrackPublished",
    "Mute",
    "StreamStateUpdate",
    "SubscribedQualityUpdate",
    "SubscriptionPermissionUpdate",
    "TrackUnpublished",
    "SubscriptionResponse",
    "RequestResponse",
    "TrackSubscribed",
    "RoomMoved",
    "MediaSectionsRequirement",
    "SubscribedAudioCodecUpdate",
    "PublishDataTrackResponse",
    "UnpublishDataTrackResponse",
    "DataTrackSubscriberHandles",
    "StoreDataBlobResponse",
    "GetDataBlobResponse",
];

/// The names of all options that are told: the generation of signalling, and what joins ask for.
pub const OPTIONS: &[&str] = &[V0, V1, "autoSubscribe: false", "adaptiveStream: true"];
const V0: &str = "signalling: v0";
const V1: &str = "signalling: v1";

/// Notes a join, with its options and the SDK.
pub(crate) fn note_join(join: &LiveKitJoin, log: &mut UsedLog) {
    log.note(Used::Option(match join.version {
        SignalVersion::V0 => V0,
        SignalVersion::V1 => V1,
    }));
    if !join.auto_subscribe {
        log.note(Used::Option("autoSubscribe: false"));
    }
    if join.request.connection_settings.as_ref().is_some_and(|settings| settings.adaptive_stream) {
        log.note(Used::Option("adaptiveStream: true"));
    }
    log.note(Used::Sdk { name: sdk_name(&join.client), version: version_core(&join.client.info.version) });
}

/// The name of an SDK as its package has it.
fn sdk_name(client: &Client) -> &'static str {
    match client.sdk {
        Sdk::Unknown => "livekit unknown",
        Sdk::Js => "livekit-client",
        Sdk::Swift => "livekit swift",
        Sdk::Android => "livekit android",
        Sdk::Flutter => "livekit flutter",
        Sdk::Go => "livekit go",
        Sdk::Unity => "livekit unity",
        Sdk::ReactNative => "livekit react-native",
        Sdk::Rust => "livekit rust",
        Sdk::Python => "livekit python",
        Sdk::Cpp => "livekit cpp",
        Sdk::UnityWeb => "livekit unity-web",
        Sdk::Node => "livekit node",
        Sdk::Unreal => "livekit unreal",
        Sdk::Esp32 => "livekit esp32",
        Sdk::Dotnet => "livekit dotnet",
    }
}

/// A request's name.
#[expect(deprecated, reason = "the deprecated request is named like all others")]
pub(crate) fn request_name(request: &Request) -> &'static str {
    match request {
        Request::Offer(_) => "Offer",
        Request::Answer(_) => "Answer",
        Request::Trickle(_) => "Trickle",
        Request::AddTrack(_) => "AddTrack",
        Request::Mute(_) => "Mute",
        Request::Subscription(_) => "Subscription",
        Request::TrackSetting(_) => "TrackSetting",
        Request::Leave(_) => "Leave",
        Request::UpdateLayers(_) => "UpdateLayers",
        Request::SubscriptionPermission(_) => "SubscriptionPermission",
        Request::SyncState(_) => "SyncState",
        Request::Simulate(_) => "Simulate",
        Request::Ping(_) => "Ping",
        Request::PingReq(_) => "PingReq",
        Request::UpdateMetadata(_) => "UpdateMetadata",
        Request::UpdateAudioTrack(_) => "UpdateAudioTrack",
        Request::UpdateVideoTrack(_) => "UpdateVideoTrack",
        Request::PublishDataTrackRequest(_) => "PublishDataTrackRequest",
        Request::UnpublishDataTrackRequest(_) => "UnpublishDataTrackRequest",
        Request::UpdateDataSubscription(_) => "UpdateDataSubscription",
        Request::StoreDataBlobRequest(_) => "StoreDataBlobRequest",
        Request::GetDataBlobRequest(_) => "GetDataBlobRequest",
    }
}

/// The name of a message to a client.
pub(crate) fn response_name(response: &Response) -> &'static str {
    match response {
        Response::Update(_) => "Update",
        Response::RoomUpdate(_) => "RoomUpdate",
        Response::Offer(_) => "Offer",
        Response::RefreshToken(_) => "RefreshToken",
        Response::Pong(_) => "Pong",
        Response::PongResp(_) => "PongResp",
        Response::Join(_) => "Join",
        Response::Reconnect(_) => "Reconnect",
        Response::Leave(_) => "Leave",
        Response::SpeakersChanged(_) => "SpeakersChanged",
        Response::ConnectionQuality(_) => "ConnectionQuality",
        Response::Answer(_) => "Answer",
        Response::Trickle(_) => "Trickle",
        Response::TrackPublished(_) => "TrackPublished",
        Response::Mute(_) => "Mute",
        Response::StreamStateUpdate(_) => "StreamStateUpdate",
        Response::SubscribedQualityUpdate(_) => "SubscribedQualityUpdate",
        Response::SubscriptionPermissionUpdate(_) => "SubscriptionPermissionUpdate",
        Response::TrackUnpublished(_) => "TrackUnpublished",
        Response::SubscriptionResponse(_) => "SubscriptionResponse",
        Response::RequestResponse(_) => "RequestResponse",
        Response::TrackSubscribed(_) => "TrackSubscribed",
        Response::RoomMoved(_) => "RoomMoved",
        Response::MediaSectionsRequirement(_) => "MediaSectionsRequirement",
        Response::SubscribedAudioCodecUpdate(_) => "SubscribedAudioCodecUpdate",
        Response::PublishDataTrackResponse(_) => "PublishDataTrackResponse",
        Response::UnpublishDataTrackResponse(_) => "UnpublishDataTrackResponse",
        Response::DataTrackSubscriberHandles(_) => "DataTrackSubscriberHandles",
        Response::StoreDataBlobResponse(_) => "StoreDataBlobResponse",
        Response::GetDataBlobResponse(_) => "GetDataBlobResponse",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_noted_are_in_the_lists() {
        assert!(REQUESTS.contains(&request_name(&Request::Ping(0))));
        assert!(RESPONSES.contains(&response_name(&Response::Pong(0))));
        for names in [REQUESTS, RESPONSES] {
            let mut sorted = names.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), names.len(), "no name stands there twice");
        }
    }
}
