//! The REST API: a file per resource. Routes, authentication and CORS are put together here; the rooms are reached only
//! by [`V2Port`].
//!
//! Every framework error (unmapped path or method, body that cannot be read) is an empty 403, or 401 without
//! credentials, as v2's server gives it (openvidu-v2 section 1.1).
mod accept_certificate;
mod body;
mod broadcast;
mod browser_logs;
mod call;
mod cdr;
mod config;
mod connection_change;
mod connections;
mod document;
mod fields;
mod gate;
mod health;
mod ice;
mod ipcam;
mod layouts;
mod media_nodes;
mod page_token;
mod recording_properties;
mod recordings;
mod reply;
mod reserve;
mod restart;
mod sessions;
mod show;
mod signal;
mod speech_to_text;
mod streams;
mod tokens;
mod unmapped;
mod virtual_background;

pub use cdr::Wanted;
pub use document::document;
pub use page_token::publisher_token;

use crate::port::V2Port;
use actix_web::middleware::from_fn;
use actix_web::web;
use std::sync::Arc;

/// Bytes of a request body that are read; beyond it is a framework error.
const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Adds the v2 REST API: everything under `/openvidu/api`, the deprecated `/api` and `/config`, and the paths beside
/// them that v2 protects.
///
/// The WebSocket resource (`/openvidu`, exactly) is the gateway's, and whatever it serves itself below `/openvidu/` must be
/// registered before. So is the decision which proxy headers count: it puts the [`crate::Origin`] that the client used
/// into the request's extensions; without it the `Host` header and the connection's own scheme are used.
pub fn configure(cfg: &mut web::ServiceConfig, port: Arc<dyn V2Port>) {
    cfg.app_data(web::Data::from(port));
    let body = || web::PayloadConfig::new(BODY_BYTES_MAX);
    for prefix in ["/openvidu/api", "/api"] {
        cfg.service(
            web::scope(prefix)
                .app_data(body())
                .wrap(from_fn(gate::pass))
                .configure(api)
                .default_service(web::to(unmapped::path)),
        );
    }
    cfg.service(
        web::scope("/config").wrap(from_fn(gate::pass)).configure(config::top).default_service(web::to(unmapped::path)),
    );
    for path in ["/openvidu/accept-certificate", "/accept-certificate"] {
        cfg.service(accept_certificate::resource(path).wrap(from_fn(gate::pass)));
    }
    cfg.service(browser_logs::resource());
    cfg.service(virtual_background::resource());
    // The later ones are v2's older paths.
    for prefix in ["/openvidu/layouts", "/layouts/custom"] {
        cfg.service(layouts::resource(prefix).wrap(from_fn(gate::pass)));
    }
    for path in ["/openvidu/cdr", "/cdr"] {
        cfg.service(cdr::list(path).wrap(from_fn(gate::pass)));
        cfg.service(cdr::file(&format!("{path}/{{name}}")).wrap(from_fn(gate::pass)));
    }
    for path in
        ["/openvidu/{tail:.+}", "/cdr/{tail:.*}", "/recordings/{tail:.*}", "/layouts/{tail:.*}", "/pro/{tail:.*}"]
    {
        cfg.service(web::resource(path).wrap(from_fn(gate::pass)).route(web::to(unmapped::path)));
    }
}

fn api(cfg: &mut web::ServiceConfig) {
    sessions::routes(cfg);
    connections::routes(cfg);
    streams::routes(cfg);
    tokens::routes(cfg);
    signal::routes(cfg);
    recordings::routes(cfg);
    broadcast::routes(cfg);
    speech_to_text::routes(cfg);
    health::routes(cfg);
    media_nodes::routes(cfg);
    restart::routes(cfg);
    cfg.service(web::scope("/config").configure(config::top).default_service(web::to(unmapped::path)));
}
