//! The pages that the build embedded: made from npm and the sources in `web`, where there was a Node.js when the server
//! was built; without them, a page that says how to get them.
use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Bundle;

/// What is served where there is no bundle.
const MISSING: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Viaduct</title>\
<style>body{font:1rem/1.5 sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>\
<h1>The page is not in this build</h1>\
<p>It is bundled when the server is built on a machine with Node.js.</p>\
<p>In the source folder run <code>cargo xtask dev</code>: it bundles the pages, builds the server and starts it. \
<code>cargo xtask bundle</code> makes the bundle alone; then build the server again.</p>";

/// A file of a page; the page itself where `path` is empty.
pub(super) fn embedded(page: &str, path: &str) -> HttpResponse {
    let path = if path.is_empty() { "index.html" } else { path };
    match Bundle::get(&format!("{page}/{path}")) {
        Some(file) => HttpResponse::Ok()
            .content_type(content_type(path))
            .insert_header((CACHE_CONTROL, "no-cache"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((X_FRAME_OPTIONS, "DENY"))
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
