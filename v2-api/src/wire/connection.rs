//! The Connection object of the REST API (openvidu-v2 section 1.3): pending and active ones have the same keys.
use super::stream::StreamExtras;
use crate::connection::IceServer;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A connection, pending or active. `None` is `null`: the keys are always there.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionObject {
    pub(crate) id: String,
    /// Always `connection`.
    pub(crate) object: &'static str,
    /// `pending` or `active`.
    pub(crate) status: &'static str,
    pub(crate) connection_id: String,
    pub(crate) session_id: String,
    /// ms since 1970.
    pub(crate) created_at: u64,
    /// `WEBRTC` or `IPCAM`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// `null` for those that joined with the server's secret.
    pub(crate) record: Option<bool>,
    /// `SUBSCRIBER`, `PUBLISHER`, `MODERATOR`.
    pub(crate) role: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub(crate) kurento_options: Option<Value>,
    pub(crate) custom_ice_servers: Vec<IceServer>,
    /// IP cameras only, like the three that follow.
    pub(crate) rtsp_uri: Option<String>,
    pub(crate) adaptative_bitrate: Option<bool>,
    pub(crate) only_play_with_subscribers: Option<bool>,
    pub(crate) network_cache: Option<i64>,
    pub(crate) server_data: Option<String>,
    pub(crate) token: Option<String>,
    /// Active ones only, like all that follow. ms since 1970.
    pub(crate) active_at: Option<u64>,
    pub(crate) location: Option<String>,
    pub(crate) ip: Option<String>,
    pub(crate) platform: Option<String>,
    pub(crate) client_data: Option<String>,
    pub(crate) publishers: Option<Vec<PublisherObject>>,
    pub(crate) subscribers: Option<Vec<SubscriberObject>>,
}

/// A stream that a connection publishes.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublisherObject {
    /// ms since 1970.
    pub(crate) created_at: u64,
    pub(crate) stream_id: String,
    pub(crate) media_options: MediaOptions,
    #[serde(flatten)]
    #[schema(inline)]
    pub(crate) web_rtc: Option<WebRtcDetails>,
}

/// What a published stream has. Audio and video keys are there where it has that half.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MediaOptions {
    pub(crate) has_audio: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) audio_active: Option<bool>,
    pub(crate) has_video: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) video_active: Option<bool>,
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub(crate) extras: StreamExtras,
    #[schema(value_type = Object)]
    pub(crate) filter: Map<String, Value>,
}

/// A stream that a connection receives.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscriberObject {
    /// ms since 1970.
    pub(crate) created_at: u64,
    pub(crate) stream_id: String,
    #[serde(flatten)]
    #[schema(inline)]
    pub(crate) web_rtc: Option<WebRtcDetails>,
}

/// What `webRtcStats=true` adds. The name of the endpoint is known; descriptions and candidates are not kept once they
/// were used, so their places are empty, which SDKs take for "none".
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebRtcDetails {
    pub(crate) webrtc_endpoint_name: String,
    pub(crate) remote_sdp: Option<String>,
    pub(crate) local_sdp: Option<String>,
    pub(crate) client_ice_candidates: Vec<String>,
    pub(crate) server_ice_candidates: Vec<String>,
    pub(crate) local_candidate: Option<String>,
    pub(crate) remote_candidate: Option<String>,
    pub(crate) events: Vec<String>,
}

impl WebRtcDetails {
    /// Of an endpoint.
    pub(crate) const fn of(webrtc_endpoint_name: String) -> Self {
        Self {
            webrtc_endpoint_name,
            remote_sdp: None,
            local_sdp: None,
            client_ice_candidates: Vec::new(),
            server_ice_candidates: Vec::new(),
            local_candidate: None,
            remote_candidate: None,
            events: Vec::new(),
        }
    }
}
