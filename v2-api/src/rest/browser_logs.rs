//! `POST /openvidu/elk/openvidu-browser-logs`: where SDKs of a server with browser logs would send them. Nothing is kept
//! here, and no token asks for it; 403 makes an SDK stop sending (openvidu-v2 section 1.7).
use super::unmapped::{self, only};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Resource, web};

/// The resource: its credentials are a connection's, not the server's, so it stands before the gate.
pub(super) fn resource() -> Resource {
    web::resource("/openvidu/elk/openvidu-browser-logs").route(web::post().to(refuse)).default_service(only!("POST"))
}

/// Refuses a browser's log.
#[utoipa::path(post, path = "/openvidu/elk/openvidu-browser-logs", tag = "openvidu-v2", operation_id = "sendBrowserLog",
    request_body(content = Object, content_type = "application/json", description = "Log lines",
        example = json!({"log": "…"})),
    responses((status = 401, description = "No credentials; no body"),
              (status = 403, description = "Logs are not taken: SDKs stop sending; no body")))]
pub(crate) async fn refuse(request: HttpRequest) -> HttpResponse {
    if !request.headers().contains_key(header::AUTHORIZATION) {
        // Without a challenge: a browser would ask its user for a password.
        return HttpResponse::new(StatusCode::UNAUTHORIZED);
    }
    unmapped::path().await
}
