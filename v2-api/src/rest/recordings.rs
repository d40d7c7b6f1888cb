//! Recordings (openvidu-v2 section 1.6). The files are not made yet: what can be said without one is said, in v2's order of
//! checks, and a start that would be right is answered 501. With recording switched off every call is, at once.
use super::body::{self, RawBody};
use super::call::Call;
use super::reply::{Failure, Reply, json};
use super::unmapped::only;
use super::{fields, recording_properties, show};
use crate::session::SessionProperties;
use crate::wire::ErrorBody;
use actix_web::{HttpRequest, web};
use serde_json::json;

const ROUTE: &str = "/recordings/start";

/// The routes under the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/recordings/start").route(web::post().to(start)).default_service(only!("POST")));
    cfg.service(
        web::resource("/recordings/stop/{recording}").route(web::post().to(stop)).default_service(only!("POST")),
    );
    cfg.service(
        web::resource("/recordings/{recording}")
            .route(web::get().to(show_one))
            .route(web::head().to(show_one))
            .route(web::delete().to(remove))
            .default_service(only!("GET, DELETE")),
    );
    cfg.service(
        web::resource("/recordings")
            .route(web::get().to(list))
            .route(web::head().to(list))
            .default_service(only!("GET")),
    );
}

/// Checks what is asked, and refuses to record.
#[utoipa::path(post, path = "/openvidu/api/recordings/start", tag = "openvidu-v2", operation_id = "startRecording",
    request_body(content = Object, content_type = "application/json",
        description = "`session`, and `name`, `outputMode`, `hasAudio`, `hasVideo`, `recordingLayout`, `customLayout`, \
            `resolution`, `frameRate`, `shmSize`, `ignoreFailedStreams`, `mediaNode`",
        example = json!({"session": "daily", "outputMode": "COMPOSED", "recordingLayout": "BEST_FIT"})),
    responses((status = 400, description = "A parameter is of the wrong form", body = ErrorBody),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "A body that is no JSON object, or none; no body"),
              (status = 404, description = "No such session; no body"),
              (status = 406, description = "Nobody is in the session; no body"),
              (status = 409, description = "The session is RELAYED; no body"),
              (status = 422, description = "A value is out of its range", body = ErrorBody),
              (status = 501, description = "Recording is switched off (no body), or not supported yet (an error body)")))]
pub(crate) async fn start(call: Call, request: HttpRequest, body: RawBody) -> Reply {
    let asked = body::required(&request, &body)?;
    switched_on(&call)?;
    let session = match fields::text(&asked, "session") {
        Ok(session) => session.ok_or_else(|| call.said(400, ROUTE, "parameter 'session' is mandatory"))?,
        Err(why) => return Err(call.said(400, ROUTE, why)),
    };
    let room = call.room(session).await?.ok_or(Failure::Empty(404))?;
    if SessionProperties::of(&room.name, &room.settings, call.config()).media_mode == "RELAYED" {
        return Err(Failure::Empty(409));
    }
    if show::visible(&room).next().is_none() {
        return Err(Failure::Empty(406));
    }
    // v2 names another path here.
    recording_properties::read(&asked).map_err(|fault| call.said(fault.status(), "/sessions", fault.why()))?;
    Err(call.said(501, ROUTE, "recording is not supported by this server yet"))
}

/// Ends a recording, of which there is none.
#[utoipa::path(post, path = "/openvidu/api/recordings/stop/{recording}", tag = "openvidu-v2", operation_id = "stopRecording",
    params(("recording" = String, Path, description = "The recording's id", example = "daily~1")),
    responses((status = 401, description = "No valid credentials; no body"),
              (status = 404, description = "No such recording; no body"),
              (status = 501, description = "Recording is switched off; no body")))]
pub(crate) async fn stop(call: Call) -> Reply {
    none_such(&call)
}

/// Lists the recordings, of which there are none.
#[utoipa::path(get, path = "/openvidu/api/recordings", tag = "openvidu-v2", operation_id = "listRecordings",
    responses((status = 200, description = "The recordings", body = Object, example = json!({"count": 0, "items": []})),
              (status = 401, description = "No valid credentials; no body"),
              (status = 501, description = "Recording is switched off; no body")))]
pub(crate) async fn list(call: Call) -> Reply {
    switched_on(&call)?;
    json(&json!({ "count": 0, "items": [] }))
}

/// Shows a recording, of which there is none.
#[utoipa::path(get, path = "/openvidu/api/recordings/{recording}", tag = "openvidu-v2", operation_id = "getRecording",
    params(("recording" = String, Path, description = "The recording's id", example = "daily~1")),
    responses((status = 401, description = "No valid credentials; no body"),
              (status = 404, description = "No such recording; no body"),
              (status = 501, description = "Recording is switched off; no body")))]
pub(crate) async fn show_one(call: Call) -> Reply {
    none_such(&call)
}

/// Deletes a recording, of which there is none.
#[utoipa::path(delete, path = "/openvidu/api/recordings/{recording}", tag = "openvidu-v2", operation_id = "deleteRecording",
    params(("recording" = String, Path, description = "The recording's id", example = "daily~1")),
    responses((status = 401, description = "No valid credentials; no body"),
              (status = 404, description = "No such recording; no body"),
              (status = 501, description = "Recording is switched off; no body")))]
pub(crate) async fn remove(call: Call) -> Reply {
    none_such(&call)
}

fn switched_on(call: &Call) -> Result<(), Failure> {
    if call.config().recording.enabled { Ok(()) } else { Err(Failure::Empty(501)) }
}

fn none_such(call: &Call) -> Reply {
    switched_on(call)?;
    Err(Failure::Empty(404))
}
