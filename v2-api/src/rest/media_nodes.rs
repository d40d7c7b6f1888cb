//! `/media-nodes` (openvidu-v2 section 1.7): one process is one node, always running; it can be looked at, and nothing
//! of it can be changed.
use super::body::{self, RawBody};
use super::call::Call;
use super::reply::{Failure, Reply, json, no_content};
use super::unmapped::only;
use super::{fields, show};
use crate::wire::{ErrorBody, Listing, MediaNodeObject};
use actix_web::{HttpRequest, web};

/// The id of the node.
pub(super) const ID: &str = "media_local";
const ROUTE: &str = "/media-nodes";
const STATUSES: [&str; 7] =
    ["launching", "canceled", "failed", "running", "waiting-idle-to-terminate", "terminating", "terminated"];

/// The routes under the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/media-nodes")
            .route(web::get().to(list))
            .route(web::head().to(list))
            .route(web::post().to(add))
            .route(web::put().to(discover))
            .default_service(only!("GET, POST, PUT")),
    );
    cfg.service(
        web::resource("/media-nodes/{node}")
            .route(web::get().to(show_one))
            .route(web::head().to(show_one))
            .route(web::delete().to(remove))
            .route(web::patch().to(change))
            .default_service(only!("GET, DELETE, PATCH")),
    );
}

/// Lists the media nodes, of which there is one.
#[utoipa::path(get, path = "/openvidu/api/media-nodes", tag = "openvidu-v2", operation_id = "listMediaNodes",
    params(("sessions" = Option<bool>, Query, description = "With its sessions; default false"),
           ("recordings" = Option<bool>, Query, description = "With its recordings and broadcasts; default false"),
           ("extra-info" = Option<bool>, Query, description = "Read, and without effect: there is no Kurento")),
    responses((status = 200, description = "The nodes", body = Listing<MediaNodeObject>),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "A flag that is no boolean; no body")))]
pub(crate) async fn list(call: Call, request: HttpRequest) -> Reply {
    json(&Listing::new(vec![node(&call, &request).await?]))
}

/// Shows the media node.
#[utoipa::path(get, path = "/openvidu/api/media-nodes/{node}", tag = "openvidu-v2", operation_id = "getMediaNode",
    params(("node" = String, Path, description = "The node's id", example = "media_local"),
           ("sessions" = Option<bool>, Query, description = "With its sessions; default false"),
           ("recordings" = Option<bool>, Query, description = "With its recordings and broadcasts; default false"),
           ("extra-info" = Option<bool>, Query, description = "Read, and without effect: there is no Kurento")),
    responses((status = 200, description = "The node", body = MediaNodeObject),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "A flag that is no boolean; no body"),
              (status = 404, description = "No such node; no body")))]
pub(crate) async fn show_one(call: Call, request: HttpRequest, id: web::Path<String>) -> Reply {
    known(&id)?;
    json(&node(&call, &request).await?)
}

/// Refuses to add a node.
#[utoipa::path(post, path = "/openvidu/api/media-nodes", tag = "openvidu-v2", operation_id = "addMediaNode",
    request_body(content = Object, content_type = "application/json", description = "`uri`, `environmentId` and more",
        example = json!({"uri": "ws://10.0.0.2:8888/kurento"})),
    responses((status = 400, description = "A parameter is wrong", body = ErrorBody),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "A body that is no JSON object; no body"),
              (status = 501, description = "A server is one node", body = ErrorBody)))]
pub(crate) async fn add(call: Call, request: HttpRequest, body: RawBody) -> Reply {
    let asked = body::optional(&request, &body)?;
    for key in ["uri", "environmentId", "instanceType"] {
        fields::text(&asked, key).map_err(|why| call.said(400, ROUTE, why))?;
    }
    fields::whole(&asked, "volumeSize").map_err(|why| call.said(400, ROUTE, why))?;
    Err(call.said(501, ROUTE, "this server is one node and takes no others"))
}

/// Refuses to look for nodes.
#[utoipa::path(put, path = "/openvidu/api/media-nodes", tag = "openvidu-v2", operation_id = "discoverMediaNodes",
    responses((status = 401, description = "No valid credentials; no body"),
              (status = 501, description = "A server is one node", body = ErrorBody)))]
pub(crate) async fn discover(call: Call) -> Reply {
    Err(call.said(501, ROUTE, "this server is one node and looks for no others"))
}

/// Refuses to remove the node.
#[utoipa::path(delete, path = "/openvidu/api/media-nodes/{node}", tag = "openvidu-v2", operation_id = "removeMediaNode",
    params(("node" = String, Path, description = "The node's id", example = "media_local")),
    responses((status = 401, description = "No valid credentials; no body"),
              (status = 404, description = "No such node; no body"),
              (status = 405, description = "It is the server itself", body = ErrorBody)))]
pub(crate) async fn remove(call: Call, id: web::Path<String>) -> Reply {
    known(&id)?;
    Err(call.said(405, &format!("{ROUTE}/{id}"), "the node is this server itself: stop the server"))
}

/// Leaves the node as it is: it is running, and cannot be made to be anything else.
#[utoipa::path(patch, path = "/openvidu/api/media-nodes/{node}", tag = "openvidu-v2", operation_id = "updateMediaNode",
    params(("node" = String, Path, description = "The node's id", example = "media_local")),
    request_body(content = Object, content_type = "application/json", description = "`status`",
        example = json!({"status": "running"})),
    responses((status = 204, description = "It is so already"),
              (status = 400, description = "A parameter is wrong or missing", body = ErrorBody),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "A body that is no JSON object, or none; no body"),
              (status = 404, description = "No such node; no body"),
              (status = 405, description = "It is the server itself", body = ErrorBody)))]
pub(crate) async fn change(call: Call, request: HttpRequest, id: web::Path<String>, body: RawBody) -> Reply {
    let asked = body::required(&request, &body)?;
    known(&id)?;
    let route = format!("{ROUTE}/{id}");
    match fields::word(&asked, "status", &STATUSES).map_err(|why| call.said(400, &route, why))? {
        None => Err(call.said(400, &route, "parameter 'status' is mandatory")),
        Some("running") => no_content(),
        Some(_) => Err(call.said(405, &route, "the node is this server itself: it runs as long as the server does")),
    }
}

fn known(id: &str) -> Result<(), Failure> {
    if id == ID { Ok(()) } else { Err(Failure::Empty(404)) }
}

async fn node(call: &Call, request: &HttpRequest) -> Result<MediaNodeObject, Failure> {
    let with_sessions = body::flag(request, "sessions", false)?;
    let with_recordings = body::flag(request, "recordings", false)?;
    body::flag(request, "extra-info", false)?;
    let facts = call.port.node();
    let sessions = if with_sessions {
        let active = call.port.rooms().await.into_iter().filter(|room| room.active);
        Some(active.map(|room| show::session(&room, show::Shown::default(), call.config())).collect())
    } else {
        None
    };
    Ok(MediaNodeObject {
        id: ID,
        object: "mediaNode",
        environment_id: None,
        ip: call.config().domain_or_public_ip.clone(),
        uri: format!("{}/openvidu", call.origin.ws_url()),
        launching_time: facts.started_ms,
        connected: true,
        connection_time: facts.started_ms,
        load: facts.load_percent,
        status: "running",
        sessions,
        recording_ids: with_recordings.then(Vec::new),
        broadcasts: with_recordings.then(Vec::new),
    })
}
