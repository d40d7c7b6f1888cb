//! `/dashboard`: what goes on, for operators, at the path that OpenVidu v2 has its own at. The page is open to anybody and
//! says nothing by itself: all that it shows and does goes over the admin API.
use super::bundle::embedded;
use actix_web::{HttpResponse, web};

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.route("/dashboard", web::get().to(page)).route("/dashboard/{path:.*}", web::get().to(file));
}

async fn page() -> HttpResponse {
    embedded("dashboard", "")
}

async fn file(path: web::Path<String>) -> HttpResponse {
    embedded("dashboard", &path)
}
