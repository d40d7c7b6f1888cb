//! The plain HTTP routes of this face and the registration of all its routes. The WebSockets are the gateway's.
mod validate;
mod whip;

use crate::port::LiveKitPort;
use actix_web::{HttpRequest, web};
use std::sync::Arc;

/// The port as actix hands it to handlers.
pub(crate) type Port = web::Data<dyn LiveKitPort>;

/// Adds the HTTP routes of this face.
pub fn configure(cfg: &mut web::ServiceConfig, port: Arc<dyn LiveKitPort>) {
    cfg.app_data(Port::from(port));
    validate::configure(cfg);
    whip::configure(cfg);
    crate::twirp::configure(cfg);
}

/// The `Authorization` header where it is text.
pub(crate) fn authorization(request: &HttpRequest) -> Option<&str> {
    request.headers().get(actix_web::http::header::AUTHORIZATION).map(|value| value.to_str().unwrap_or_default())
}
