//! `/broadcast/start` and `/broadcast/stop`: all that can be said without sending anything out, then 501: sending a session
//! to an RTMP server is not built (openvidu-v2 section 1.7).
use super::body::{self, RawBody};
use super::call::Call;
use super::reply::{Failure, Reply};
use super::unmapped::only;
use super::{fields, recording_properties, show};
use crate::wire::ErrorBody;
use actix_web::{HttpRequest, web};
use serde_json::{Map, Value};

const START: &str = "/broadcast/start";
const STOP: &str = "/broadcast/stop";

/// The routes under the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/broadcast/start").route(web::post().to(start)).default_service(only!("POST")));
    cfg.service(web::resource("/broadcast/stop").route(web::post().to(stop)).default_service(only!("POST")));
}

/// Checks what is asked, and refuses to broadcast.
#[utoipa::path(post, path = "/openvidu/api/broadcast/start", tag = "openvidu-v2", operation_id = "startBroadcast",
    request_body(content = Object, content_type = "application/json",
        description = "`session` and `broadcastUrl`, and the properties of a composed recording",
        example = json!({"session": "daily", "broadcastUrl": "rtmp://live.example.com/app/key"})),
    responses((status = 400, description = "A parameter is wrong or missing", body = ErrorBody),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "A body that is no JSON object, or none; no body"),
              (status = 404, description = "No such session; no body"),
              (status = 406, description = "Nobody is in the session; no body"),
              (status = 422, description = "A value is out of its range", body = ErrorBody),
              (status = 501, description = "Broadcasting is not supported yet", body = ErrorBody)))]
pub(crate) async fn start(call: Call, request: HttpRequest, body: RawBody) -> Reply {
    let asked = body::required(&request, &body)?;
    let wrong = |why: String| call.said(400, START, why);
    let session = mandatory(&asked, "session").map_err(wrong)?;
    let url = mandatory(&asked, "broadcastUrl").map_err(wrong)?;
    if !is_url(url) {
        return Err(wrong("parameter 'broadcastUrl' is no URL".to_owned()));
    }
    let room = call.room(session).await?.ok_or(Failure::Empty(404))?;
    if show::visible(&room).next().is_none() {
        return Err(Failure::Empty(406));
    }
    recording_properties::read(&asked).map_err(|fault| call.said(fault.status(), START, fault.why()))?;
    Err(call.said(501, START, "broadcasting is not supported by this server yet"))
}

/// Ends a broadcast, of which there is none.
#[utoipa::path(post, path = "/openvidu/api/broadcast/stop", tag = "openvidu-v2", operation_id = "stopBroadcast",
    request_body(content = Object, content_type = "application/json", description = "`session`",
        example = json!({"session": "daily"})),
    responses((status = 400, description = "A parameter is wrong or missing", body = ErrorBody),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "A body that is no JSON object, or none; no body"),
              (status = 404, description = "No such session; no body"),
              (status = 409, description = "The session is not being broadcast", body = ErrorBody)))]
pub(crate) async fn stop(call: Call, request: HttpRequest, body: RawBody) -> Reply {
    let asked = body::required(&request, &body)?;
    let session = mandatory(&asked, "session").map_err(|why| call.said(400, STOP, why))?;
    call.room(session).await?.ok_or(Failure::Empty(404))?;
    Err(call.said(409, STOP, format!("session {session} is not being broadcast")))
}

fn mandatory<'a>(body: &'a Map<String, Value>, key: &str) -> Result<&'a str, String> {
    fields::text(body, key)?.ok_or_else(|| format!("parameter '{key}' is mandatory"))
}

/// `scheme://host…`.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let is_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let starts = scheme.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    is_scheme
        && starts
        && !rest.is_empty()
        && !rest.starts_with(['/', ':', '?', '#'])
        && !text.contains(char::is_whitespace)
}
