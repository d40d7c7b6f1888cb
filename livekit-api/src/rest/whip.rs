//! `/whip/v1` and `/whip`: WHIP is a way of bringing media in from outside, which the profiles so far refuse (livekit.md §9).
use super::{Port, authorization};
use crate::join::bearer;
use crate::refusal;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use sfu_core::capability::{self, ApiOperation};

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    for path in ["/whip", "/whip/", "/whip/v1", "/whip/v1/", "/whip/v1/{participant}"] {
        cfg.service(
            web::resource(path)
                .route(web::get().to(async || HttpResponse::NoContent().finish()))
                .route(web::method(actix_web::http::Method::OPTIONS).to(async || HttpResponse::Ok().finish()))
                .route(web::post().to(refuse))
                .route(web::patch().to(refuse))
                .route(web::delete().to(refuse)),
        );
    }
}

async fn refuse(request: HttpRequest, port: Port) -> HttpResponse {
    let claims = match bearer(authorization(&request), None, port.config(), port.now()) {
        Ok(claims) => claims,
        Err(refusal) => return error(StatusCode::UNAUTHORIZED, &refusal.text),
    };
    if !claims.is_some_and(|claims| claims.grant().room_join) {
        return error(StatusCode::UNAUTHORIZED, "permissions denied");
    }
    let operation = ApiOperation::Whip;
    match capability::require(port.config().profile, operation.feature()) {
        Ok(()) => error(StatusCode::NOT_IMPLEMENTED, "WHIP is not built yet"),
        Err(no) => {
            port.refused(operation);
            let status = StatusCode::from_u16(refusal::http_status(&no)).unwrap_or(StatusCode::NOT_IMPLEMENTED);
            error(status, &no.to_string())
        }
    }
}

fn error(status: StatusCode, text: &str) -> HttpResponse {
    HttpResponse::build(status).content_type("application/json").body(json!({ "error": text }).to_string())
}
