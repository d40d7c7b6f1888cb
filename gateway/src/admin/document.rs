//! The OpenAPI document of the admin API, put together from the annotations of its handlers.
use super::problem::{PROBLEM_JSON, ProblemBody};
use super::{
    capabilities, drain, history, load, log_level, participants, rooms, server, settings, tracks, usage, webhooks,
};
use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Response};

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
    components(schemas(ProblemBody)),
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
        for (operation, changes) in operations.into_iter().zip([false, true, true, true, true]) {
            let Some(operation) = operation else { continue };
            operation.security = Some(any.to_vec());
            refusals(operation, changes);
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

/// Adds what is the same for every operation, so that no annotation repeats it: what the gate refuses, and the form of every no.
fn refusals(operation: &mut Operation, changes: bool) {
    let answers = &mut operation.responses.responses;
    let mut refuse = |status: &str, why: &str| {
        answers.entry(status.to_owned()).or_insert_with(|| RefOr::T(Response::new(why)));
    };
    refuse("401", "No valid credentials");
    if changes {
        refuse("403", "Sent from another site's page");
    }
    for (status, answer) in answers {
        if let RefOr::T(answer) = answer
            && status.starts_with(['4', '5'])
        {
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            answer.content.entry(PROBLEM_JSON.to_owned()).or_insert_with(|| problem.into());
        }
    }
}
