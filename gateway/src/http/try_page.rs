//! `/try`: a page that joins one room as a client of either protocol. Served from the bundle that the build embedded;
//! without one, a page that says how to get it.
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use rust_embed::RustEmbed;

/// The bundle, where there was one when the server was built.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Bundle;

/// What is served where there is no bundle.
const MISSING: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Viaduct: try it</title>\
<style>body{font:1rem/1.5 sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>\
<h1>The page is not in this build</h1>\
<p>The two SDKs that it shows are bundled from npm when the server is built on a machine with Node.js.</p>\
<p>In the source folder run <code>cargo xtask dev</code>: it bundles the page, builds the server and starts it. \
<code>cargo xtask bundle</code> makes the bundle alone; then build the server again.</p>";

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.route("/try", web::get().to(page)).route("/try/{path:.*}", web::get().to(file));
}

async fn page() -> HttpResponse {
    embedded("index.html")
}

async fn file(path: web::Path<String>) -> HttpResponse {
    embedded(if path.is_empty() { "index.html" } else { &path })
}

fn embedded(path: &str) -> HttpResponse {
    match Bundle::get(&format!("try/{path}")) {
        Some(file) => HttpResponse::Ok()
            .content_type(content_type(path))
            .insert_header((CACHE_CONTROL, "no-cache"))
            .body(file.data.into_owned()),
        None if path == "index.html" => HttpResponse::Ok().content_type("text/html; charset=utf-8").body(MISSING),
        None => HttpResponse::NotFound().finish(),
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "map") => "application/json",
        Some("wasm") => "application/wasm",
        Some(_) | None => "application/octet-stream",
    }
}
