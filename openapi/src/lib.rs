//! The OpenAPI 3.1 document of Viaduct's HTTP APIs, assembled from the annotations beside the handlers.
//!
//! It holds the OpenVidu v2 REST API, LiveKit's Twirp API and what the gateway hands over: its admin API and the server's own
//! routes. The gateway serves it at `/openapi.json`; `openapi.json` beside this crate is the same text, compared by a test of
//! the gateway's. [`diff`] says what a new document breaks of an accepted one.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod changelog;
pub mod compat;
pub mod diff;
mod marks;
mod schema_diff;

pub use marks::mark;

use utoipa::openapi::OpenApi;

/// What the API is, for its first page.
const DESCRIPTION: &str = "One server for apps of OpenVidu v2 and of LiveKit: a v2 session and a LiveKit room of one name \
    are one room. Each API keeps its own credentials and its own form of errors: v2's body (or none), Twirp's code and \
    message, and problem+json (RFC 9457) under `/admin/v1`. Operations that an engine profile refuses bear `x-via-feature`, \
    `x-via-code` and `x-via-profiles`, the profiles that have them.";

/// The document; `own` is the gateway's part.
pub fn document(own: OpenApi) -> OpenApi {
    let mut document = v2_api::document();
    document.merge(livekit_api::document());
    document.merge(own);
    document.info.title = "Viaduct".to_owned();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    document.info.description = Some(DESCRIPTION.to_owned());
    if let Ok(table) = compat::table() {
        mark(&mut document, table);
    }
    document
}

/// A document as it is served and kept: JSON, indented, with a line's end at its end.
pub fn text(document: &OpenApi) -> Result<String, serde_json::Error> {
    // By way of a value, whose keys are sorted: extensions of an operation have no order of their own.
    let document = serde_json::to_value(document)?;
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}
