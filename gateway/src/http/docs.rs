//! `GET /docs/`: the OpenAPI document for people, drawn by Swagger UI. All of it is in the binary: it works offline, and the
//! page may load nothing from elsewhere.
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::middleware::Compress;
use actix_web::{HttpResponse, web};
use std::sync::Arc;
use utoipa_swagger_ui::Config;

/// Only what this server serves; styles in attributes are Swagger UI's.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.route("/docs", web::get().to(redirect));
    app.service(web::resource("/docs/{file:.*}").wrap(Compress::default()).route(web::get().to(file)));
}

async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

async fn file(path: web::Path<String>) -> HttpResponse {
    let own = |text: &'static str, kind: &str| Some((text.as_bytes().to_vec(), kind.to_owned()));
    let found = match path.as_str() {
        "" | "index.html" => own(include_str!("docs/index.html"), "text/html; charset=utf-8"),
        "docs.css" => own(include_str!("docs/docs.css"), "text/css; charset=utf-8"),
        "docs.js" => own(include_str!("docs/docs.js"), "text/javascript; charset=utf-8"),
        "swagger-ui.css" | "swagger-ui-bundle.js" | "favicon-32x32.png" => vendored(&path),
        _ => None,
    };
    let Some((bytes, kind)) = found else { return HttpResponse::NotFound().finish() };
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header(("Content-Security-Policy", POLICY))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .body(bytes)
}

fn vendored(name: &str) -> Option<(Vec<u8>, String)> {
    let found = utoipa_swagger_ui::serve(name, Arc::new(Config::default())).ok().flatten()?;
    Some((found.bytes.into_owned(), found.content_type))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::App;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};

    #[actix_web::test]
    async fn the_page_and_all_that_it_names_are_in_the_binary_and_nothing_from_elsewhere() {
        let app = init_service(App::new().configure(configure)).await;
        let page = include_str!("docs/index.html");
        assert!(!page.contains("//"), "nothing from another host");
        let attributes =
            page.split(['"']).filter(|text| text.ends_with(".css") || text.ends_with(".js") || text.ends_with(".png"));
        for name in attributes.chain(["", "index.html"]) {
            let answer = call_service(&app, TestRequest::get().uri(&format!("/docs/{name}")).to_request()).await;
            assert_eq!(answer.status(), 200, "{name}");
            let policy = answer.headers().get("content-security-policy").unwrap().to_str().unwrap().to_owned();
            assert!(policy.contains("default-src 'none'") && !policy.contains("http"), "{policy}");
            assert!(!read_body(answer).await.is_empty(), "{name}");
        }
        let strange = call_service(&app, TestRequest::get().uri("/docs/../Cargo.toml").to_request()).await;
        assert_eq!(strange.status(), 404);
    }
}
