//! `/try`: a page that joins one room as a client of either protocol.
use super::bundle::embedded;
use actix_web::{HttpResponse, web};

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.route("/try", web::get().to(page)).route("/try/{path:.*}", web::get().to(file));
}

async fn page() -> HttpResponse {
    embedded("try", "")
}

async fn file(path: web::Path<String>) -> HttpResponse {
    embedded("try", &path)
}
