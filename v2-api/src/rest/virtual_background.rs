//! `GET /openvidu/virtual-background/openvidu-virtual-background.js`: the script of v2's Pro edition, which is not ours to
//! give. SDKs ask for it only where a token says so, and none of ours does (openvidu-v2 section 1.7).
use super::call::Call;
use super::reply::Reply;
use super::unmapped::only;
use crate::wire::ErrorBody;
use actix_web::{HttpRequest, Resource, web};

/// The resource: open, as a script tag sends no credentials.
pub(super) fn resource() -> Resource {
    web::resource("/openvidu/virtual-background/openvidu-virtual-background.js")
        .route(web::get().to(refuse))
        .route(web::head().to(refuse))
        .default_service(only!("GET"))
}

/// Refuses the script.
#[utoipa::path(get, path = "/openvidu/virtual-background/openvidu-virtual-background.js", tag = "openvidu-v2", operation_id = "getVirtualBackgroundScript", security(()),
    params(("token" = Option<String>, Query, description = "The connection's token in base64")),
    responses((status = 501, description = "There is no such script here", body = ErrorBody)))]
pub(crate) async fn refuse(call: Call, request: HttpRequest) -> Reply {
    let why = "virtual backgrounds of the Pro edition are not part of this server: process the track in the app";
    Err(call.said_at(501, request.path(), why))
}
