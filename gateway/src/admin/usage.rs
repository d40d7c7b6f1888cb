//! `usage`: what apps use of both protocols, and how far each app is from LiveKit. Counting is elsewhere.
use super::{Problem, resource};
use crate::http::Shared;
use crate::usage::{Readiness, Report, csv, readiness, report};
use actix_web::{HttpResponse, web};
use serde::Deserialize;

pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(resource("/usage", "GET").route(web::get().to(show)))
        .service(resource("/usage/readiness", "GET").route(web::get().to(show_readiness)));
}

/// What is asked of the report.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    format: Option<String>,
}

/// Shows each app with what it used, how often, when first and last, and what becomes of it in LiveKit.
#[utoipa::path(get, path = "/admin/v1/usage", tag = "admin", operation_id = "adminGetUsage",
    params(("format" = Option<String>, Query, description = "`json` (the default) or `csv`", example = "json")),
    responses((status = 200, description = "The report", content((Report = "application/json"), (String = "text/csv"))),
              (status = 400, description = "There is no such format")))]
pub(super) async fn show(shared: web::Data<Shared>, wanted: web::Query<Wanted>) -> Result<HttpResponse, Problem> {
    let report = report(&shared.usage);
    match wanted.format.as_deref() {
        None | Some("json") => Ok(HttpResponse::Ok().json(report)),
        Some("csv") => Ok(HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .insert_header(("Content-Disposition", "attachment; filename=\"usage.csv\""))
            .body(csv(&report))),
        Some(_) => Err(Problem::invalid("format is json or csv")),
    }
}

/// Shows how far each app is from LiveKit: a score by rule, every point of it explained, blockers first.
#[utoipa::path(get, path = "/admin/v1/usage/readiness", tag = "admin", operation_id = "adminGetReadiness",
    responses((status = 200, description = "The readiness of each app of OpenVidu v2", body = Readiness)))]
pub(super) async fn show_readiness(shared: web::Data<Shared>) -> web::Json<Readiness> {
    web::Json(readiness(&shared.usage, shared.config.profile))
}
