//! `config`: every setting as it is in force, with where it comes from. Secrets are masked before they come here.
use super::resource;
use crate::config::ShownSetting;
use crate::http::Shared;
use actix_web::web;
use serde::Serialize;
use utoipa::ToSchema;

pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(resource("/config", "GET").route(web::get().to(show)));
}

/// The settings.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminConfig)]
pub(super) struct ConfigView {
    /// Every setting, in the order of the documentation.
    items: Vec<SettingView>,
}

/// A setting as it is in force.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminSetting)]
pub(super) struct SettingView {
    /// Its place in the YAML file.
    #[schema(example = "rtc.udp_port")]
    key: &'static str,
    /// Its value as one would write it, masked where it is a secret; null where it is unset.
    #[schema(required, example = "7882")]
    value: Option<String>,
    /// Where it comes from: `default`, a file with its line, a variable, a flag.
    #[schema(example = "default")]
    origin: String,
    /// It is a secret.
    secret: bool,
    /// What it is for.
    doc: &'static str,
}

/// Shows every setting in force, with where it comes from; secrets are masked.
#[utoipa::path(get, path = "/admin/v1/config", tag = "admin", operation_id = "adminGetConfig",
    responses((status = 200, description = "The settings", body = ConfigView)))]
pub(super) async fn show(shared: web::Data<Shared>) -> web::Json<ConfigView> {
    let view = |setting: &ShownSetting| SettingView {
        key: setting.key,
        value: setting.value.clone(),
        origin: setting.origin.clone(),
        secret: setting.is_secret,
        doc: setting.doc,
    };
    web::Json(ConfigView { items: shared.config.shown.iter().map(view).collect() })
}
