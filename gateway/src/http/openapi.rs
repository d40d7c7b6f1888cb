//! `GET /openapi.json`: what the HTTP APIs take and give, for machines.
use super::document;
use actix_web::{HttpResponse, web};
use utoipa::openapi::OpenApi;

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.route("/openapi.json", web::get().to(show));
}

/// The whole document: both protocols' APIs, the admin API, the server's own routes.
pub fn whole() -> OpenApi {
    let mut own = crate::admin::document();
    own.merge(document::document());
    ::openapi::document(own)
}

async fn show() -> HttpResponse {
    match ::openapi::text(&whole()) {
        Ok(text) => HttpResponse::Ok()
            .content_type("application/json")
            .insert_header(("Access-Control-Allow-Origin", "*"))
            .body(text),
        Err(error) => {
            tracing::error!(%error, "the OpenAPI document cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn text() -> String {
        ::openapi::text(&whole()).unwrap()
    }

    #[test]
    fn the_committed_document_is_what_the_handlers_say() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/openapi.json");
        let text = text();
        if std::env::var_os("VIADUCT_BLESS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == text, "openapi/openapi.json is stale: run this test with VIADUCT_BLESS=1");
    }

    #[test]
    fn it_is_of_openapi_3_1_and_says_how_to_log_in_at_each_api() {
        let document: Value = serde_json::from_str(&text()).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
        let schemes = &document["components"]["securitySchemes"];
        for scheme in ["basic", "accessToken", "adminToken", "adminBasic", "metricsBasic"] {
            assert_eq!(schemes[scheme]["type"], "http", "{scheme}");
        }
        let secured = |path: &str, method: &str| document["paths"][path][method]["security"].to_string();
        assert!(secured("/admin/v1/rooms", "get").contains("adminToken"));
        assert_eq!(secured("/healthz", "get"), "[{}]");
        assert_eq!(document["security"], serde_json::json!([{"basic": []}]));
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own() {
        let document: Value = serde_json::from_str(&text()).unwrap();
        let mut left = vec![&document];
        let mut found = 0;
        while let Some(value) = left.pop() {
            if let Some(target) = value.get("$ref").and_then(Value::as_str) {
                assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
                found += 1;
            }
            left.extend(value.as_object().into_iter().flat_map(serde_json::Map::values));
            left.extend(value.as_array().into_iter().flatten());
        }
        assert!(found > 20, "{found}");
        let mut names = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap().iter().filter(|(_, one)| one["responses"].is_object())
            {
                let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path}"));
                assert!(names.insert(name.to_owned()), "{name} twice");
            }
        }
    }

    #[test]
    fn what_a_profile_refuses_is_marked_with_its_code() {
        let document: Value = serde_json::from_str(&text()).unwrap();
        let cases = [
            ("/twirp/livekit.RoomService/SendData", "VIA-0101"),
            ("/twirp/livekit.Ingress/CreateIngress", "VIA-0102"),
            ("/whip/v1", "VIA-0102"),
        ];
        for (path, code) in cases {
            assert_eq!(document["paths"][path]["post"]["x-via-code"], code, "{path}");
        }
        assert!(document["paths"]["/twirp/livekit.RoomService/CreateRoom"]["post"]["x-via-code"].is_null());
    }
}
