//! The OpenAPI document of the v2 REST API, put together from the annotations of its handlers.
use super::{config, connections, recordings, sessions, signal, streams, tokens};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

#[derive(OpenApi)]
#[openapi(
    info(title = "OpenVidu v2 REST API", description = "The REST API of OpenVidu v2 as this server speaks it."),
    paths(
        sessions::create, sessions::list, sessions::show_one, sessions::close,
        connections::create, connections::list, connections::show_one, connections::end,
        streams::unpublish, tokens::create, signal::send, config::all, recordings::start
    ),
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
