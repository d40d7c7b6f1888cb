//! The OpenAPI 3.1 document of Viaduct's HTTP APIs, assembled from the annotations beside the handlers.
//!
//! It holds the OpenVidu v2 REST API and LiveKit's Twirp API. The gateway serves it at `/openapi.json`; `openapi.json` beside this crate is the same text, compared by a test.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

use utoipa::openapi::OpenApi;

/// The document.
pub fn document() -> OpenApi {
    let mut document = v2_api::document();
    document.merge(livekit_api::document());
    document.info.title = "Viaduct".to_owned();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    document
}

/// The document as it is served and kept: JSON, indented, with a line's end at its end.
pub fn text() -> Result<String, serde_json::Error> {
    document().to_pretty_json().map(|text| text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_committed_document_is_what_the_handlers_say() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
        let text = text().unwrap();
        if std::env::var_os("VIADUCT_BLESS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == text, "openapi/openapi.json is stale: run this test with VIADUCT_BLESS=1");
    }

    #[test]
    fn it_is_of_openapi_3_1_and_says_how_to_log_in() {
        let document: serde_json::Value = serde_json::from_str(&text().unwrap()).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
        assert_eq!(document["components"]["securitySchemes"]["basic"]["scheme"], "basic");
        assert_eq!(document["security"], serde_json::json!([{"basic": []}]));
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document: serde_json::Value = serde_json::from_str(&text().unwrap()).unwrap();
        let mut left = vec![&document];
        let mut found = 0;
        while let Some(value) = left.pop() {
            if let Some(target) = value.get("$ref").and_then(serde_json::Value::as_str) {
                assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
                found += 1;
            }
            left.extend(value.as_object().into_iter().flat_map(serde_json::Map::values));
            left.extend(value.as_array().into_iter().flatten());
        }
        assert!(found > 20, "{found}");
    }
}
