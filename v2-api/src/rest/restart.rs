//! `POST /restart`: a configuration is changed in its file and by starting the server anew, never over the API.
use super::body::{self, RawBody};
use super::call::Call;
use super::reply::Reply;
use super::unmapped::only;
use crate::wire::ErrorBody;
use actix_web::{HttpRequest, web};

const ROUTE: &str = "/restart";

/// The route under the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/restart").route(web::post().to(restart)).default_service(only!("POST")));
}

/// Refuses to restart.
#[utoipa::path(post, path = "/openvidu/api/restart", tag = "openvidu-v2", operation_id = "restart",
    request_body(content = Object, content_type = "application/json", description = "Properties and their new values",
        example = json!({"OPENVIDU_RECORDING": true})),
    responses((status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "A body that is no JSON object; no body"),
              (status = 501, description = "Not over the API", body = ErrorBody)))]
pub(crate) async fn restart(call: Call, request: HttpRequest, body: RawBody) -> Reply {
    body::optional(&request, &body)?;
    Err(call.said(501, ROUTE, "this server is not restarted over its API: change its configuration and start it anew"))
}
