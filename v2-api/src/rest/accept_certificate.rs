//! The page that people are sent to so that their browser takes a self-signed certificate.
use super::unmapped::only;
use actix_web::{HttpResponse, Resource, web};

const PAGE: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Certificate accepted</title></head>\
<body><h1>The certificate is accepted</h1><p>You can close this page and go back to the application.</p></body></html>";

/// The resource at one of its paths.
pub(super) fn resource(path: &str) -> Resource {
    web::resource(path).route(web::get().to(page)).route(web::head().to(page)).default_service(only!("GET"))
}

/// Shows the page.
#[utoipa::path(get, path = "/openvidu/accept-certificate", tag = "openvidu-v2", operation_id = "acceptCertificate", security(()),
    responses((status = 200, description = "A page for people", content_type = "text/html")))]
pub(crate) async fn page() -> HttpResponse {
    HttpResponse::Ok().content_type("text/html;charset=UTF-8").body(PAGE)
}
