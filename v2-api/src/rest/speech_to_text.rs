//! `/speech-to-text/load` and `/speech-to-text/unload`: checked, then refused as by a server whose service is switched off
//! (openvidu-v2 sections 1.7 and 2.5, code 996).
use super::body::{self, RawBody};
use super::call::Call;
use super::reply::Reply;
use super::unmapped::only;
use super::{fields, media_nodes};
use crate::wire::ErrorBody;
use actix_web::{HttpRequest, web};

/// The routes under the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/speech-to-text/load").route(web::post().to(load)).default_service(only!("POST")));
    cfg.service(web::resource("/speech-to-text/unload").route(web::post().to(unload)).default_service(only!("POST")));
}

/// Refuses to load a language.
#[utoipa::path(post, path = "/openvidu/api/speech-to-text/load", tag = "openvidu-v2", operation_id = "loadSpeechToText",
    request_body(content = Object, content_type = "application/json", description = "`lang`, `mediaNode: {id}`",
        example = json!({"lang": "en-US", "mediaNode": {"id": "media_local"}})),
    responses((status = 400, description = "A parameter is wrong or missing", body = ErrorBody),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "A body that is no JSON object, or none; no body"),
              (status = 404, description = "No such media node", body = ErrorBody),
              (status = 501, description = "Speech to text is switched off", body = ErrorBody)))]
pub(crate) async fn load(call: Call, request: HttpRequest, body: RawBody) -> Reply {
    refuse(&call, &request, &body, "/speech-to-text/load")
}

/// Refuses to unload a language.
#[utoipa::path(post, path = "/openvidu/api/speech-to-text/unload", tag = "openvidu-v2", operation_id = "unloadSpeechToText",
    request_body(content = Object, content_type = "application/json", description = "`lang`, `mediaNode: {id}`",
        example = json!({"lang": "en-US", "mediaNode": {"id": "media_local"}})),
    responses((status = 400, description = "A parameter is wrong or missing", body = ErrorBody),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "A body that is no JSON object, or none; no body"),
              (status = 404, description = "No such media node", body = ErrorBody),
              (status = 501, description = "Speech to text is switched off", body = ErrorBody)))]
pub(crate) async fn unload(call: Call, request: HttpRequest, body: RawBody) -> Reply {
    refuse(&call, &request, &body, "/speech-to-text/unload")
}

fn refuse(call: &Call, request: &HttpRequest, body: &RawBody, route: &str) -> Reply {
    let asked = body::required(request, body)?;
    let wrong = |why: String| call.said(400, route, why);
    fields::text(&asked, "lang").map_err(wrong)?.ok_or_else(|| wrong("parameter 'lang' is mandatory".to_owned()))?;
    let node = fields::object(&asked, "mediaNode").map_err(wrong)?;
    let id = node.map(|node| fields::text(node, "id")).transpose().map_err(wrong)?.flatten();
    let id = id.ok_or_else(|| wrong("parameter 'mediaNode' has no 'id'".to_owned()))?;
    if id != media_nodes::ID {
        return Err(call.said(404, route, format!("there is no media node {id}")));
    }
    Err(call.said(501, route, "the speech to text service is switched off. Code: 996"))
}
