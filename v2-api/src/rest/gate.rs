//! What every REST request passes first: CORS for any origin, then Basic authentication.
use super::call::{origin_of, port_of};
use crate::auth::is_authorized;
use crate::ids::hexadecimal;
use crate::port::KeptOut;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse};

/// Answers preflights, refuses strangers, marks the answers of others.
pub(super) async fn pass<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.extensions().contains::<KeptOut>() {
        return Ok(request.into_response(HttpResponse::Forbidden().finish()));
    }
    let from_elsewhere = request.headers().contains_key(header::ORIGIN);
    if let Some(answer) = preflight(&request) {
        return Ok(request.into_response(answer));
    }
    let mut response = if is_open(&request) || is_allowed(&request) {
        next.call(request).await?.map_into_boxed_body()
    } else {
        let answer = unauthorized(&request);
        request.into_response(answer)
    };
    if from_elsewhere {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    Ok(response)
}

/// The answer to a preflight: what was asked for is allowed, to anybody.
fn preflight(request: &ServiceRequest) -> Option<HttpResponse> {
    let headers = request.headers();
    if request.method() != Method::OPTIONS || !headers.contains_key(header::ORIGIN) {
        return None;
    }
    let method = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?.clone();
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
    answer.insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, method));
    if let Some(asked) = requested_headers(headers) {
        answer.insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, asked));
    }
    Some(answer.finish())
}

fn requested_headers(headers: &HeaderMap) -> Option<String> {
    let asked = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS)?.to_str().ok()?;
    Some(asked.split(',').map(str::trim).collect::<Vec<_>>().join(", "))
}

/// The paths that need no credentials.
fn is_open(request: &ServiceRequest) -> bool {
    let reads = request.method() == Method::GET || request.method() == Method::HEAD;
    let open = [
        "/openvidu/api/config/openvidu-publicurl",
        "/api/config/openvidu-publicurl",
        "/config/openvidu-publicurl",
        "/openvidu/accept-certificate",
        "/accept-certificate",
    ];
    reads && open.contains(&request.path())
}

fn is_allowed(request: &ServiceRequest) -> bool {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match (given, port_of(request.request())) {
        (Some(given), Some(port)) => is_authorized(given, &port.config().secret),
        (None, _) | (_, None) => false,
    }
}

fn unauthorized(request: &ServiceRequest) -> HttpResponse {
    let mut answer = HttpResponse::build(StatusCode::UNAUTHORIZED);
    answer.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"Realm\""));
    if let Some(port) = port_of(request.request()) {
        let session = hexadecimal(&mut port.random(), 32);
        let secure = if origin_of(request.request()).secure { " Secure;" } else { "" };
        answer.insert_header((header::SET_COOKIE, format!("OVJSESSIONID={session}; Path=/;{secure} HttpOnly")));
    }
    answer.finish()
}
