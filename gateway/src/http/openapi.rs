//! `GET /openapi.json`: what the HTTP APIs take and give, for machines.
use actix_web::{HttpResponse, web};

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.route("/openapi.json", web::get().to(document));
}

async fn document() -> HttpResponse {
    match ::openapi::text() {
        Ok(text) => HttpResponse::Ok().content_type("application/json").body(text),
        Err(error) => {
            tracing::error!(%error, "the OpenAPI document cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
