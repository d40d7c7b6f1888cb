//! LiveKit's server API by Twirp: `POST /twirp/livekit.<Service>/<Method>`, protobuf or JSON (livekit.md §1.4, §4).
//!
//! Here are the rules that all calls share; the services are beside it, a file per method where a method does something.
mod call;
mod cors;
mod document;
mod json;
mod room_service;
mod unbuilt;

pub use document::document;
pub use unbuilt::Unbuilt;

use crate::refusal::{TwirpCode, TwirpError};
use crate::rest::Port;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use call::Call;

/// Most bytes of a body; LiveKit's `limit.max_api_request_body_size`.
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// When a call that is answered 503 may be made again, seconds.
const RETRY_AFTER_S: u64 = 1;

pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::scope("/twirp")
            .wrap(actix_web::middleware::from_fn(cors::cors))
            .app_data(web::PayloadConfig::new(BODY_BYTES_MAX))
            .route("/{service}/{method}", web::to(serve))
            .default_service(web::to(no_such_page)),
    );
}

async fn serve(request: HttpRequest, port: Port, path: web::Path<(String, String)>, body: web::Bytes) -> HttpResponse {
    let claims = match call::claims(&request, &port) {
        Ok(claims) => claims,
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNAUTHORIZED);
            return HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(refusal.text);
        }
    };
    let (service, method) = path.into_inner();
    let Some(methods) = methods(&service) else { return no_such_page().await };
    let route = || format!("{} {}", request.method(), request.path());
    if request.method() != actix_web::http::Method::POST {
        let text = format!("unsupported method \"{}\" (only POST is allowed)", request.method());
        return error(&bad_route(&text, route()));
    }
    if !methods.contains(&method.as_str()) {
        return error(&bad_route(&format!("no handler for path \"{}\"", request.path()), route()));
    }
    let call = match Call::new(&request, claims, body) {
        Ok(call) => call,
        Err(why) => return error(&bad_route(&why, route())),
    };
    let port = port.get_ref();
    let answer = match service.as_str() {
        "livekit.RoomService" => room_service::serve(&call, port, &method).await,
        _ => unbuilt::serve(&call, port, &service, &method),
    };
    answer.unwrap_or_else(|failure| error(&failure))
}

/// The services that are served, each with its methods.
pub const SERVICES: &[(&str, &[&str])] = &[
    ("livekit.RoomService", room_service::METHODS),
    ("livekit.Egress", unbuilt::EGRESS),
    ("livekit.Ingress", unbuilt::INGRESS),
    ("livekit.SIP", unbuilt::SIP),
    ("livekit.AgentDispatchService", unbuilt::AGENT_DISPATCH),
    ("livekit.Connector", unbuilt::CONNECTOR),
    ("livekit.PhoneNumberService", unbuilt::PHONE_NUMBERS),
];

fn methods(service: &str) -> Option<&'static [&'static str]> {
    SERVICES.iter().find(|(name, _)| *name == service).map(|(_, methods)| *methods)
}

fn bad_route(text: &str, route: String) -> TwirpError {
    TwirpError { code: TwirpCode::BadRoute, message: text.to_owned(), meta: vec![("twirp_invalid_route", route)] }
}

/// The content type is exactly this: SDKs compare it as a whole (livekit.md §1.4).
fn error(error: &TwirpError) -> HttpResponse {
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = HttpResponse::build(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.insert_header((header::RETRY_AFTER, RETRY_AFTER_S));
    }
    answer.content_type("application/json").body(error.body())
}

async fn no_such_page() -> HttpResponse {
    HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("404 page not found\n")
}
