//! `GET /config` and its sub-resources (openvidu-v2 section 1.7).
use super::call::Call;
use super::reply::{Reply, json};
use super::unmapped::only;
use crate::config::V2Config;
use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

/// The routes below `/config`.
pub(super) fn top(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("").route(web::get().to(all)).route(web::head().to(all)).default_service(only!("GET")));
    macro_rules! sub {
        ($path:literal, $handler:ident) => {
            cfg.service(
                web::resource($path)
                    .route(web::get().to($handler))
                    .route(web::head().to($handler))
                    .default_service(only!("GET")),
            );
        };
    }
    sub!("/openvidu-version", version);
    sub!("/openvidu-publicurl", public_url);
    sub!("/openvidu-recording", recording);
    sub!("/openvidu-recording-path", recording_path);
    sub!("/openvidu-cdr", cdr);
}

/// Shows the configuration under OpenVidu's names.
#[utoipa::path(get, path = "/openvidu/api/config", tag = "openvidu-v2", operation_id = "getConfig",
    responses((status = 200, description = "The configuration", body = Object,
                  example = json!({"VERSION": "2.32.1", "DOMAIN_OR_PUBLIC_IP": "example.com", "HTTPS_PORT": 443,
                      "OPENVIDU_PUBLICURL": "https://example.com", "OPENVIDU_CDR": false, "OPENVIDU_RECORDING": false})),
              (status = 401, description = "No valid credentials; no body")))]
pub(crate) async fn all(call: Call) -> Reply {
    json(&shown(call.config(), &call.origin.http_url()))
}

/// The OpenVidu version that is spoken.
#[utoipa::path(get, path = "/openvidu/api/config/openvidu-version", tag = "openvidu-v2", operation_id = "getConfigVersion",
    responses((status = 200, description = "The OpenVidu version that is spoken", body = String, content_type = "text/plain"),
              (status = 401, description = "No valid credentials; no body")))]
pub(crate) async fn version(call: Call) -> Reply {
    text(call.config().version.clone())
}

/// The URL under which clients reach the server; open to everybody.
#[utoipa::path(get, path = "/openvidu/api/config/openvidu-publicurl", tag = "openvidu-v2", operation_id = "getConfigPublicUrl", security(()),
    responses((status = 200, description = "The URL under which clients reach the server; open to everybody", body = String, content_type = "text/plain")))]
pub(crate) async fn public_url(call: Call) -> Reply {
    text(format!("{}/", call.origin.http_url()))
}

/// Whether sessions can be recorded.
#[utoipa::path(get, path = "/openvidu/api/config/openvidu-recording", tag = "openvidu-v2", operation_id = "getConfigRecording",
    responses((status = 200, description = "Whether sessions can be recorded", body = bool, content_type = "application/json"),
              (status = 401, description = "No valid credentials; no body")))]
pub(crate) async fn recording(call: Call) -> Reply {
    json(&call.config().recording.enabled)
}

/// Where recordings lie.
#[utoipa::path(get, path = "/openvidu/api/config/openvidu-recording-path", tag = "openvidu-v2", operation_id = "getConfigRecordingPath",
    responses((status = 200, description = "Where recordings lie", body = String, content_type = "text/plain"),
              (status = 401, description = "No valid credentials; no body")))]
pub(crate) async fn recording_path(call: Call) -> Reply {
    text(call.config().recording.path.clone())
}

/// Whether call detail records are written.
#[utoipa::path(get, path = "/openvidu/api/config/openvidu-cdr", tag = "openvidu-v2", operation_id = "getConfigCdr",
    responses((status = 200, description = "Whether call detail records are written", body = bool, content_type = "application/json"),
              (status = 401, description = "No valid credentials; no body")))]
pub(crate) async fn cdr(call: Call) -> Reply {
    json(&call.config().cdr)
}

fn text(text: String) -> Reply {
    Ok(HttpResponse::Ok().content_type("text/plain;charset=UTF-8").body(text))
}

/// The configuration under OpenVidu's names.
fn shown(config: &V2Config, public_url: &str) -> Value {
    let mut shown = Map::new();
    let mut put = |key: &str, value: Value| {
        shown.insert(key.to_owned(), value);
    };
    put("VERSION", json!(config.version));
    put("DOMAIN_OR_PUBLIC_IP", json!(config.domain_or_public_ip));
    put("HTTPS_PORT", json!(config.https_port));
    put("OPENVIDU_PUBLICURL", json!(public_url));
    put("OPENVIDU_CDR", json!(config.cdr));
    if config.cdr {
        put("OPENVIDU_CDR_PATH", json!(config.cdr_path));
    }
    put("OPENVIDU_STREAMS_VIDEO_MAX_RECV_BANDWIDTH", json!(config.streams.video_max_recv_kbps));
    put("OPENVIDU_STREAMS_VIDEO_MIN_RECV_BANDWIDTH", json!(config.streams.video_min_recv_kbps));
    put("OPENVIDU_STREAMS_VIDEO_MAX_SEND_BANDWIDTH", json!(config.streams.video_max_send_kbps));
    put("OPENVIDU_STREAMS_VIDEO_MIN_SEND_BANDWIDTH", json!(config.streams.video_min_send_kbps));
    put("OPENVIDU_STREAMS_FORCED_VIDEO_CODEC", json!(config.streams.forced_video_codec));
    put("OPENVIDU_STREAMS_ALLOW_TRANSCODING", json!(config.streams.allow_transcoding));
    put("OPENVIDU_WEBRTC_SIMULCAST", json!(config.streams.simulcast));
    put("OPENVIDU_SESSIONS_GARBAGE_INTERVAL", json!(config.sessions.garbage_interval.as_secs()));
    put("OPENVIDU_SESSIONS_GARBAGE_THRESHOLD", json!(config.sessions.garbage_threshold.as_secs()));
    put("OPENVIDU_RECORDING", json!(config.recording.enabled));
    if config.recording.enabled {
        let recording = &config.recording;
        put("OPENVIDU_RECORDING_VERSION", json!(recording.version));
        put("OPENVIDU_RECORDING_PATH", json!(recording.path));
        put("OPENVIDU_RECORDING_PUBLIC_ACCESS", json!(recording.public_access));
        put("OPENVIDU_RECORDING_NOTIFICATION", json!(recording.notification));
        put("OPENVIDU_RECORDING_CUSTOM_LAYOUT", json!(recording.custom_layout));
        put("OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT", json!(recording.autostop_timeout.as_secs()));
        if !recording.composed_url.is_empty() {
            put("OPENVIDU_RECORDING_COMPOSED_URL", json!(recording.composed_url));
        }
    }
    put("OPENVIDU_WEBHOOK", json!(config.webhook.is_some()));
    if let Some(webhook) = &config.webhook {
        put("OPENVIDU_WEBHOOK_ENDPOINT", json!(webhook.endpoint));
        put("OPENVIDU_WEBHOOK_HEADERS", json!(webhook.headers));
        put("OPENVIDU_WEBHOOK_EVENTS", json!(webhook.events));
    }
    Value::Object(shown)
}
