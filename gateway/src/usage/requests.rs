//! Counts of HTTP requests: each by the pattern of its route, for the app that its headers show, once it was let in.
use super::{AppId, Face, ItemKind, Surface, Usage};
use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, ORIGIN, USER_AGENT};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage, dev::ServiceResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sfu_core::capability::Feature;

/// The user of v2's REST API; it stands for the secret.
const V2_USER: &str = "OPENVIDUAPP";

/// What a request was refused for want of; among its extensions.
#[derive(Clone, Copy, Debug)]
pub struct RefusedFeature(pub Feature);

/// Counts an answered request. Strangers (401) are not counted, nor preflights.
pub fn count<B>(usage: &Usage, response: &ServiceResponse<B>, now_ms: u64) {
    let request = response.request();
    if response.status() == StatusCode::UNAUTHORIZED || request.method() == Method::OPTIONS {
        return;
    }
    let Some(pattern) = request.match_pattern() else { return };
    let refused = request.extensions().get::<RefusedFeature>().map(|RefusedFeature(feature)| *feature);
    let refused = refused.map(|feature| usage.catalog().refusal(feature, Surface::Api));
    if let Some(operation) = v2_operation(request.method(), &pattern) {
        let app = usage.app(&app_of(request, Face::V2, V2_USER));
        app.add(usage.catalog().place(ItemKind::Rest, &operation), 1, now_ms);
        if let Some(options) = request.extensions().get::<v2_api::UsedOptions>() {
            for option in &options.0 {
                app.add(usage.catalog().place(ItemKind::Option, option), 1, now_ms);
            }
        }
        refused.into_iter().for_each(|place| app.add(place, 1, now_ms));
    } else if pattern.starts_with("/twirp/") {
        let part = |name: &str| request.match_info().get(name).unwrap_or_default();
        let operation = format!("{}.{}", part("service").trim_start_matches("livekit."), part("method"));
        let app = usage.app(&app_of(request, Face::LiveKit, &issuer(request).unwrap_or_default()));
        app.add(usage.catalog().place(ItemKind::Twirp, &operation), 1, now_ms);
        refused.into_iter().for_each(|place| app.add(place, 1, now_ms));
    }
}

/// The app that a request comes from.
pub(crate) fn app_of(request: &HttpRequest, face: Face, key: &str) -> AppId {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    AppId::new(face, key, header(ORIGIN), header(USER_AGENT).unwrap_or_default())
}

/// The operation of v2's REST API, as the document names it; `None`: it is none of that API.
fn v2_operation(method: &Method, pattern: &str) -> Option<String> {
    let path = match pattern {
        "/openvidu" => return None,
        older if older.starts_with("/api/") || older.starts_with("/cdr") => format!("/openvidu{older}"),
        older if older == "/config" || older.starts_with("/config/") => format!("/openvidu/api{older}"),
        "/accept-certificate" => "/openvidu/accept-certificate".to_owned(),
        older if older.starts_with("/layouts/custom/") => older.replacen("/layouts/custom/", "/openvidu/layouts/", 1),
        other if other.starts_with("/openvidu/") => other.to_owned(),
        _ => return None,
    };
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    Some(format!("{method} {}", without_rules(&path)))
}

/// `{file:.+}` is `{file}`.
fn without_rules(pattern: &str) -> String {
    let mut parts = pattern.split('{');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or((part, ""));
        let name = name.split(':').next().unwrap_or_default();
        plain.push_str(&format!("{{{name}}}{rest}"));
    }
    plain
}

/// The name of the API key of a request that was let in: its token is a good one.
fn issuer(request: &HttpRequest) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        iss: String,
    }
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let claims = header.strip_prefix("Bearer ")?.split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    serde_json::from_slice::<Claims>(&claims).ok().map(|claims| claims.iss)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_counted_under_the_documents_name() {
        let cases = [
            ("POST", "/openvidu/api/sessions", Some("POST /openvidu/api/sessions")),
            ("GET", "/api/sessions/{session}", Some("GET /openvidu/api/sessions/{session}")),
            ("HEAD", "/config", Some("GET /openvidu/api/config")),
            ("GET", "/config/openvidu-cdr", Some("GET /openvidu/api/config/openvidu-cdr")),
            ("GET", "/layouts/custom/{file:.*}", Some("GET /openvidu/layouts/{file}")),
            ("GET", "/cdr/{name}", Some("GET /openvidu/cdr/{name}")),
            ("GET", "/openvidu", None),
            ("GET", "/metrics", None),
            ("POST", "/twirp/{service}/{method}", None),
        ];
        for (method, pattern, operation) in cases {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            assert_eq!(v2_operation(&method, pattern).as_deref(), operation, "{pattern}");
        }
    }

    #[test]
    fn the_key_is_named_by_the_token_and_nothing_else_of_it_is_read() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"iss":"devkey","sub":"alice"}"#);
        let request = |value: &str| {
            actix_web::test::TestRequest::default().insert_header(("authorization", value)).to_http_request()
        };
        assert_eq!(issuer(&request(&format!("Bearer h.{claims}.s"))).as_deref(), Some("devkey"));
        assert_eq!(issuer(&request("Bearer nonsense")), None);
        assert_eq!(issuer(&request("Basic h.e.s")), None);
    }
}
