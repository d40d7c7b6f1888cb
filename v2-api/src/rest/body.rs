//! Reading request bodies and queries as the original's framework does: what it cannot read is a framework error.
use super::reply::Failure;
use actix_web::http::header;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, dev, web};
use serde_json::{Map, Value};
use std::future::Future;
use std::pin::Pin;

/// A body as it came, or nothing where it could not be received (too large, broken off).
pub(crate) struct RawBody(Option<web::Bytes>);

impl FromRequest for RawBody {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let bytes = web::Bytes::from_request(request, payload);
        Box::pin(async move { Ok(Self(bytes.await.ok())) })
    }
}

/// A body that may be left out: no body and `null` are an empty object.
pub(super) fn optional(request: &HttpRequest, body: &RawBody) -> Result<Map<String, Value>, Failure> {
    Ok(read(request, body)?.unwrap_or_default())
}

/// A body that must be there.
pub(super) fn required(request: &HttpRequest, body: &RawBody) -> Result<Map<String, Value>, Failure> {
    read(request, body)?.ok_or(Failure::Framework)
}

fn read(request: &HttpRequest, body: &RawBody) -> Result<Option<Map<String, Value>>, Failure> {
    let body = body.0.as_ref().ok_or(Failure::Framework)?;
    if body.is_empty() {
        return Ok(None);
    }
    if !is_json(request) {
        return Err(Failure::Framework);
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(object)) => {
            used(request, &object);
            Ok(Some(object))
        }
        Ok(Value::Null) => Ok(None),
        Ok(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) | Err(_) => Err(Failure::Framework),
    }
}

/// Leaves beside the request which options it uses, for whoever counts that.
fn used(request: &HttpRequest, object: &Map<String, Value>) {
    let route = request.match_pattern().unwrap_or_default();
    let options = crate::usage::of_body(&route, object);
    if !options.0.is_empty() {
        request.extensions_mut().insert(options);
    }
}

fn is_json(request: &HttpRequest) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// A boolean of the query; the first value counts, an empty one is absent.
pub(super) fn flag(request: &HttpRequest, name: &str, default: bool) -> Result<bool, Failure> {
    let value = request.query_string().split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then_some(value)
    });
    match value.unwrap_or_default().to_ascii_lowercase().as_str() {
        "" => Ok(default),
        "true" | "on" | "yes" | "1" => Ok(true),
        "false" | "off" | "no" | "0" => Ok(false),
        _ => Err(Failure::Framework),
    }
}
