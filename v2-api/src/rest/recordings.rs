//! Recordings: not built yet, so every mapped call says 501 as a server with recording switched off does.
use super::body::{self, RawBody};
use super::call::Call;
use super::reply::{Failure, Reply};
use super::unmapped::only;
use actix_web::{HttpRequest, web};

/// The routes under the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/recordings/start").route(web::post().to(start)).default_service(only!("POST")));
    cfg.service(web::resource("/recordings/stop/{id}").route(web::post().to(off)).default_service(only!("POST")));
    cfg.service(
        web::resource("/recordings/{id}")
            .route(web::get().to(off))
            .route(web::head().to(off))
            .route(web::delete().to(off))
            .default_service(only!("GET, DELETE")),
    );
    cfg.service(
        web::resource("/recordings").route(web::get().to(off)).route(web::head().to(off)).default_service(only!("GET")),
    );
}

/// Starts a recording: not built yet.
#[utoipa::path(post, path = "/openvidu/api/recordings/start", tag = "openvidu-v2",
    responses((status = 501, description = "Recording is not part of this server yet")))]
pub(crate) async fn start(_call: Call, request: HttpRequest, body: RawBody) -> Reply {
    body::required(&request, &body)?;
    Err(Failure::Empty(501))
}

async fn off() -> Reply {
    Err(Failure::Empty(501))
}
