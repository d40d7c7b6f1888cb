//! The OpenAPI document of the admin API, put together from the annotations of its handlers.
use super::{
    capabilities, drain, history, load, log_level, participants, rooms, server, settings, tracks, usage, webhooks,
};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};

/// The security schemes.
const TOKEN: &str = "adminToken";
const BASIC: &str = "adminBasic";

#[derive(OpenApi)]
#[openapi(
    info(title = "Viaduct admin API"),
    paths(
        rooms::list, rooms::show, rooms::end,
        log_level::show, log_level::set, log_level::remove,
        participants::list, participants::show, participants::remove,
        tracks::show, tracks::change,
        drain::show, drain::begin, drain::end,
        capabilities::show, settings::show, server::show, load::show,
        webhooks::endpoints, webhooks::outbox, webhooks::dead, webhooks::replay,
        history::rooms, history::participants, history::tracks, history::events,
        usage::show, usage::show_readiness
    ),
    tags((name = "admin", description = "What operators see and do, for rooms of both protocols. Errors are \
        `application/problem+json` (RFC 9457); lists come in pages; a POST with an `Idempotency-Key` is done once; what can be \
        changed has an ETag, and a change with `If-Match` is made only to that state."))
)]
struct Document;

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    let any = [TOKEN, BASIC].map(|scheme| SecurityRequirement::new(scheme, Vec::<String>::new()));
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            operation.security = Some(any.to_vec());
        }
    }
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The value of `admin.token`"));
    let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(
        "User `admin` with the value of `admin.token`; in development mode without one, user `OPENVIDUAPP` with the \
         OpenVidu secret",
    ));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(TOKEN, SecurityScheme::Http(token.build()));
    components.add_security_scheme(BASIC, SecurityScheme::Http(basic.build()));
    document
}
