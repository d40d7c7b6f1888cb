//! `GET /` and `GET /healthz`: the server is there.
use actix_web::{HttpResponse, web};

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.route("/", web::get().to(ok)).route("/healthz", web::get().to(ok));
}

async fn ok() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("OK")
}
