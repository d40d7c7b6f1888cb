//! `GET /health` (openvidu-v2 section 1.7): there is one process, and media runs in it, so a server that answers is up; a
//! media thread that breaks is started anew within a second.
use super::call::Call;
use super::reply::{Reply, json};
use super::unmapped::only;
use actix_web::web;
use serde_json::json;

/// The route under the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/health")
            .route(web::get().to(health))
            .route(web::head().to(health))
            .default_service(only!("GET")),
    );
}

/// Says that the server is up.
#[utoipa::path(get, path = "/openvidu/api/health", tag = "openvidu-v2", operation_id = "getHealth",
    responses((status = 200, description = "It is up", body = Object,
                  example = json!({"status": "UP", "disconnectedMediaNodes": []})),
              (status = 401, description = "No valid credentials; no body")))]
pub(crate) async fn health(_call: Call) -> Reply {
    json(&json!({ "status": "UP", "disconnectedMediaNodes": [] }))
}
