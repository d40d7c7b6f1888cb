//! The admin API under `/admin/v1`: what operators see and do, whichever protocol the rooms' clients speak.
//!
//! A resource per file. All of them pass the gate (who may) and the ledger (a repeated POST is answered as the first time),
//! answer errors as problem+json, and reach the rooms by the directory, as both faces do. What the two protocols' own APIs
//! say is theirs.
mod access;
mod capabilities;
mod document;
mod drain;
mod gate;
mod history;
mod ledger;
mod load;
mod log_level;
mod page;
mod participants;
mod problem;
mod problem_kind;
mod problems_page;
mod rooms;
mod server;
mod settings;
mod tag;
mod tracks;
mod usage;
mod webhooks;

pub use access::{Access, AdminConfig};
pub use document::document;
pub use ledger::Ledger;
pub use problem::Problem;

use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, Resource, web};
use problem_kind::ProblemKind;

/// Bytes of a request's body.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Adds the routes.
pub fn configure(app: &mut web::ServiceConfig, ledger: &Ledger) {
    let query = web::QueryConfig::default().error_handler(|error, _| invalid("query", &error));
    let path = web::PathConfig::default().error_handler(|error, _| invalid("path", &error));
    let json = web::JsonConfig::default().limit(BODY_BYTES_MAX).error_handler(|error, _| invalid("body", &error));
    app.service(
        web::scope("/admin/v1")
            .app_data(query)
            .app_data(path)
            .app_data(json)
            .app_data(ledger.clone())
            .app_data(web::PayloadConfig::new(BODY_BYTES_MAX))
            .wrap(from_fn(ledger::pass))
            .wrap(from_fn(gate::pass))
            .configure(rooms::routes)
            .configure(log_level::routes)
            .configure(participants::routes)
            .configure(tracks::routes)
            .configure(drain::routes)
            .configure(capabilities::routes)
            .configure(settings::routes)
            .configure(server::routes)
            .configure(load::routes)
            .configure(webhooks::routes)
            .configure(history::routes)
            .configure(usage::routes)
            .default_service(web::to(unmapped)),
    );
    app.configure(problems_page::configure);
}

fn invalid(what: &'static str, error: &dyn std::fmt::Display) -> actix_web::Error {
    Problem::new(ProblemKind::Invalid, format!("the {what} cannot be read: {error}")).into()
}

/// A resource whose other methods are answered 405.
fn resource(path: &str, allowed: &'static str) -> Resource {
    web::resource(path).default_service(web::to(move || async move {
        let detail = format!("this path takes {allowed}");
        Err::<HttpResponse, _>(Problem::new(ProblemKind::Method, detail).allowing(allowed))
    }))
}

/// A body that may be left out.
fn optional_json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<Option<T>, Problem> {
    if body.is_empty() {
        return Ok(None);
    }
    let unread = |error| Problem::invalid(format!("the body cannot be read: {error}"));
    serde_json::from_slice::<Option<T>>(body).map_err(unread)
}

async fn unmapped() -> Result<HttpResponse, Problem> {
    Err(Problem::new(ProblemKind::NoSuchPath, "no resource of the admin API has this path".to_owned()))
}
