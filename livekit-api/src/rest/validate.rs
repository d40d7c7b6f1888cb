//! `/rtc/validate` and `/rtc/v1/validate`: the checks of a join without a join (livekit.md §1.1, §1.5).
use super::{Port, authorization};
use crate::config::LiveKitConfig;
use crate::join::{JoinUrl, authorize, check_room};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};

/// Response header that names the features that the profile in force refuses.
const UNSUPPORTED_HEADER: &str = "X-Viaduct-Unsupported";

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    for path in ["/rtc/validate", "/rtc/v1/validate"] {
        cfg.route(path, web::get().to(validate));
    }
}

async fn validate(request: HttpRequest, port: Port) -> HttpResponse {
    let config = port.config().clone();
    let url = JoinUrl { path: request.path(), query: request.query_string(), authorization: authorization(&request) };
    let join = match authorize(url, &config, port.now()) {
        Ok(join) => join,
        Err(refusal) => return answer(&config, refusal.status, refusal.text),
    };
    match check_room(&join, port.get_ref()).await {
        Ok(()) => answer(&config, 200, "success".to_owned()),
        Err(refusal) => answer(&config, refusal.status, refusal.text),
    }
}

fn answer(config: &LiveKitConfig, status: u16, text: String) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponseBuilder::new(status)
        .insert_header(("Access-Control-Allow-Origin", "*"))
        .insert_header((UNSUPPORTED_HEADER, config.unsupported()))
        .content_type("text/plain; charset=utf-8")
        .body(text)
}
