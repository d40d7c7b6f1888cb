//! `capabilities`: what the engine profile supports and how often the rest was asked for; the same as the public page.
use super::resource;
use crate::http::Shared;
use crate::http::capabilities::{Capabilities, capabilities};
use actix_web::web;

pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(resource("/capabilities", "GET").route(web::get().to(show)));
}

/// Shows what the engine profile in force supports, and how often each refused feature was asked for.
#[utoipa::path(get, path = "/admin/v1/capabilities", tag = "admin", operation_id = "adminGetCapabilities",
    responses((status = 200, description = "The registry under this profile", body = Capabilities)))]
pub(super) async fn show(shared: web::Data<Shared>) -> web::Json<Capabilities> {
    web::Json(capabilities(shared.config.profile, shared.ports.directory.refusals()))
}
