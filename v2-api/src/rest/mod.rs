//! The REST API: a file per resource. Routes, authentication and CORS are put together here; the rooms are reached only
//! by [`V2Port`].
use crate::port::V2Port;
use actix_web::web;
use std::sync::Arc;

/// Adds the v2 REST API: everything under `/openvidu/api`, the deprecated `/api` and `/config`, and the open or
/// protected paths beside them.
///
/// The WebSocket resource (`/openvidu`) is the gateway's. So is the decision which proxy headers count: it puts the
/// [`crate::Origin`] that the client used into the request's extensions; without it the `Host` header and the
/// connection's own scheme are used.
pub fn configure(cfg: &mut web::ServiceConfig, port: Arc<dyn V2Port>) {
    cfg.app_data(web::Data::from(port));
}
