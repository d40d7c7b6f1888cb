//! The OpenAPI document of the v2 REST API, put together from the annotations of its handlers.
use super::{
    accept_certificate, broadcast, browser_logs, cdr, config, connection_change, connections, health, layouts,
    media_nodes, recordings, restart, sessions, signal, speech_to_text, streams, tokens, virtual_background,
};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

#[derive(OpenApi)]
#[openapi(
    info(title = "OpenVidu v2 REST API", description = "The REST API of OpenVidu v2 as this server speaks it. Errors have \
        one of two forms: a body of timestamp, status, error, message and path, or no body at all, as each operation says. \
        A path or method that is not here is answered 403 without a body. All paths of the API are there below `/api` \
        too, as SDKs up to 2.15 call them."),
    paths(
        sessions::create, sessions::list, sessions::show_one, sessions::close,
        connections::create, connections::list, connections::show_one, connections::end, connection_change::change,
        streams::unpublish, tokens::create, signal::send,
        recordings::start, recordings::stop, recordings::list, recordings::show_one, recordings::remove,
        broadcast::start, broadcast::stop, speech_to_text::load, speech_to_text::unload,
        config::all, config::version, config::public_url, config::recording, config::recording_path, config::cdr,
        health::health, restart::restart,
        media_nodes::list, media_nodes::show_one, media_nodes::add, media_nodes::discover, media_nodes::remove,
        media_nodes::change,
        accept_certificate::page, cdr::names, cdr::one, browser_logs::refuse, virtual_background::refuse, layouts::file
    ),
    security(("basic" = [])),
    tags((name = "openvidu-v2", description = "Sessions, connections, tokens and signals of OpenVidu v2"))
)]
struct Document;

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    let basic = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Basic).build());
    document.components.get_or_insert_default().add_security_scheme("basic", basic);
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_names_every_resource_of_a_call() {
        let document = document();
        for path in [
            "/openvidu/api/sessions",
            "/openvidu/api/sessions/{session}",
            "/openvidu/api/sessions/{session}/connection",
            "/openvidu/api/sessions/{session}/connection/{connection}",
            "/openvidu/api/sessions/{session}/stream/{stream}",
            "/openvidu/api/tokens",
            "/openvidu/api/signal",
            "/openvidu/api/config",
            "/openvidu/api/recordings/start",
        ] {
            assert!(document.paths.paths.contains_key(path), "{path}");
        }
    }
}
