//! `/sessions`: make, list, show and end sessions (openvidu-v2 section 1.2).
use super::body::{self, RawBody};
use super::call::Call;
use super::fields;
use super::recording_properties;
use super::reply::{Failure, Reply, json, no_content};
use super::show::{self, Shown};
use super::unmapped::only;
use crate::config::V2Config;
use crate::ids::new_session_id;
use crate::session::{FORCED_CODECS, SessionProperties};
use crate::wire::{ErrorBody, Listing, MediaNode, SessionObject};
use actix_web::{HttpRequest, web};
use serde_json::{Map, Value};
use sfu_core::capability::{NotFound, NotNow, Refusal};
use sfu_core::room::{LeaveReason, RoomCommand};

const ROUTE: &str = "/sessions";

/// The routes under the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/sessions")
            .route(web::post().to(create))
            .route(web::get().to(list))
            .route(web::head().to(list))
            .default_service(only!("POST, GET")),
    );
    cfg.service(
        web::resource("/sessions/{session}")
            .route(web::get().to(show_one))
            .route(web::head().to(show_one))
            .route(web::delete().to(close))
            .default_service(only!("DELETE, GET")),
    );
}

/// Makes a session.
#[utoipa::path(post, path = "/openvidu/api/sessions", tag = "openvidu-v2", operation_id = "createSession",
    request_body(content = Object, content_type = "application/json",
        description = "All optional, as is the body: `customSessionId`, `mediaMode` (ROUTED, RELAYED), `recordingMode` \
            (MANUAL, ALWAYS), `defaultRecordingProperties`, `forcedVideoCodec` (MEDIA_SERVER_PREFERRED, NONE, VP8, VP9, \
            H264), `allowTranscoding`, `mediaNode: {id}`. `null` is as if it were absent",
        example = json!({"customSessionId": "daily", "forcedVideoCodec": "VP8"})),
    responses(
        (status = 200, description = "The session", body = SessionObject),
        (status = 400, description = "A parameter is wrong", body = ErrorBody),
        (status = 401, description = "No valid credentials; no body"),
        (status = 403, description = "A body that is no JSON object; no body"),
        (status = 409, description = "A session of this customSessionId exists; no body"),
        (status = 503, description = "It could not be stored", body = ErrorBody)))]
pub(crate) async fn create(call: Call, request: HttpRequest, body: RawBody) -> Reply {
    let fields = body::optional(&request, &body)?;
    let properties = read(&fields, call.config()).map_err(|why| call.said(400, ROUTE, why))?;
    let name = match properties.custom_session_id.as_str() {
        "" => new_session_id(&mut call.port.random()),
        custom => custom.to_owned(),
    };
    let settings = properties.room_settings(call.config());
    match call.port.create_room(name, settings).await {
        Ok(room) => json(&show::session(&room, Shown::default(), call.config())),
        Err(Refusal::NotNow(NotNow::RoomExists)) => Err(Failure::Empty(409)),
        Err(refusal) => Err(call.refused(&refusal, ROUTE)),
    }
}

/// Lists the sessions.
#[utoipa::path(get, path = "/openvidu/api/sessions", tag = "openvidu-v2", operation_id = "listSessions",
    params(("pendingConnections" = Option<bool>, Query, description = "Pending connections too; default false"),
           ("webRtcStats" = Option<bool>, Query, description = "With details of each stream's endpoint; default false")),
    responses((status = 200, description = "The sessions", body = Listing<SessionObject>),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "A flag that is no boolean; no body")))]
pub(crate) async fn list(call: Call, request: HttpRequest) -> Reply {
    let pending = body::flag(&request, "pendingConnections", false)?;
    let shown = Shown { pending, web_rtc: body::flag(&request, "webRtcStats", false)? };
    let rooms = call.port.rooms().await;
    json(&Listing::new(rooms.iter().map(|room| show::session(room, shown, call.config())).collect()))
}

/// Shows a session.
#[utoipa::path(get, path = "/openvidu/api/sessions/{session}", tag = "openvidu-v2", operation_id = "getSession",
    params(("session" = String, Path, description = "The session's id", example = "daily"),
           ("pendingConnections" = Option<bool>, Query, description = "Pending connections too; default false"),
           ("webRtcStats" = Option<bool>, Query, description = "With details of each stream's endpoint; default false")),
    responses((status = 200, description = "The session", body = SessionObject),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "A flag that is no boolean; no body"),
              (status = 404, description = "There is none; no body")))]
pub(crate) async fn show_one(call: Call, request: HttpRequest, session: web::Path<String>) -> Reply {
    let pending = body::flag(&request, "pendingConnections", false)?;
    let shown = Shown { pending, web_rtc: body::flag(&request, "webRtcStats", false)? };
    let room = call.room(&session).await?.ok_or(Failure::Empty(404))?;
    json(&show::session(&room, shown, call.config()))
}

/// Ends a session: everybody in it is put out.
#[utoipa::path(delete, path = "/openvidu/api/sessions/{session}", tag = "openvidu-v2", operation_id = "closeSession",
    params(("session" = String, Path, description = "The session's id", example = "daily")),
    responses((status = 204, description = "It is ended"),
              (status = 401, description = "No valid credentials; no body"),
              (status = 404, description = "There is none; no body")))]
pub(crate) async fn close(call: Call, session: web::Path<String>) -> Reply {
    let command = RoomCommand::Close { reason: LeaveReason::RoomClosedByApi };
    match call.port.command(&session, command).await {
        Ok(_) => no_content(),
        Err(Refusal::NotFound(NotFound::Room)) => Err(Failure::Empty(404)),
        Err(refusal) => Err(call.refused(&refusal, &format!("/sessions/{session}"))),
    }
}

/// The properties that a body asks for.
fn read(body: &Map<String, Value>, config: &V2Config) -> Result<SessionProperties, String> {
    let mut session = SessionProperties::defaults(config);
    if let Some(mode) = fields::word(body, "mediaMode", &["ROUTED", "RELAYED"])? {
        session.media_mode = mode.to_owned();
    }
    if let Some(mode) = fields::word(body, "recordingMode", &["MANUAL", "ALWAYS"])? {
        session.recording_mode = mode.to_owned();
    }
    if let Some(id) = fields::text(body, "customSessionId")? {
        if !may_name_a_session(id) {
            return Err("parameter 'customSessionId' may hold letters, digits, '_' and '-' only".to_owned());
        }
        session.custom_session_id = id.to_owned();
    }
    if let Some(codec) = fields::word(body, "forcedVideoCodec", &FORCED_CODECS)? {
        session.forced_video_codec = codec.to_owned();
    }
    if let Some(allowed) = fields::flag(body, "allowTranscoding")? {
        session.allow_transcoding = allowed;
    }
    if let Some(recording) = fields::object(body, "defaultRecordingProperties")? {
        session.default_recording_properties = recording_properties::read(recording)
            .map_err(|fault| format!("parameter 'defaultRecordingProperties' is not valid: {}", fault.why()))?;
    } else if let Some(recording) = of_old_sdks(body) {
        session.default_recording_properties = recording_properties::read(&recording).map_err(|fault| fault.why())?;
    }
    session.media_node = media_node(body)?;
    Ok(session)
}

/// The recording properties as SDKs up to 2.17 write them, beside the session's own.
fn of_old_sdks(body: &Map<String, Value>) -> Option<Map<String, Value>> {
    let names = [
        ("defaultOutputMode", "outputMode"),
        ("defaultRecordingLayout", "recordingLayout"),
        ("defaultCustomLayout", "customLayout"),
    ];
    let said = names.iter().filter_map(|(old, new)| Some(((*new).to_owned(), fields::value(body, old)?.clone())));
    Some(said.collect::<Map<_, _>>()).filter(|said| !said.is_empty())
}

/// Whether a session may be called so: only then can every path of the API name it.
pub(super) fn may_name_a_session(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// `mediaNode: {id}`.
pub(super) fn media_node(body: &Map<String, Value>) -> Result<Option<MediaNode>, String> {
    let Some(node) = fields::object(body, "mediaNode")? else { return Ok(None) };
    match fields::text(node, "id")? {
        Some(id) => Ok(Some(MediaNode { id: id.to_owned() })),
        None => Err("parameter 'mediaNode' has no 'id'".to_owned()),
    }
}
