//! `DELETE /sessions/{session}/stream/{stream}`: make somebody stop publishing (openvidu-v2 section 1.5).
use super::call::Call;
use super::reply::{Failure, Reply, no_content};
use super::show;
use super::unmapped::only;
use crate::ids::parse_stream_id;
use crate::presence::{connection_of, stream_of};
use actix_web::web;
use sfu_core::capability::{NotFound, Refusal};
use sfu_core::room::{PublishedTarget, RoomCommand, RoomSnapshot};

/// The routes under the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/sessions/{session}/stream/{stream}")
            .route(web::delete().to(unpublish))
            .default_service(only!("DELETE")),
    );
}

/// Makes the publisher of a stream stop.
#[utoipa::path(delete, path = "/openvidu/api/sessions/{session}/stream/{stream}", tag = "openvidu-v2", operation_id = "unpublishStream",
    params(("session" = String, Path, description = "The session's id", example = "daily"),
           ("stream" = String, Path, description = "The stream's id", example = "str_CAM_NhxL_con_Xnxg19tonh")),
    responses((status = 204, description = "It is unpublished"),
              (status = 400, description = "No such session; no body"),
              (status = 401, description = "No valid credentials; no body"),
              (status = 404, description = "No such stream; no body")))]
pub(crate) async fn unpublish(call: Call, path: web::Path<(String, String)>) -> Reply {
    let (session, stream) = path.into_inner();
    let room = call.room(&session).await?.ok_or(Failure::Empty(400))?;
    let command = forced(&room, &stream).ok_or(Failure::Empty(404))?;
    match call.port.command(&session, command).await {
        Ok(_) => no_content(),
        Err(Refusal::NotFound(NotFound::Room)) => Err(Failure::Empty(400)),
        Err(refusal) => Err(call.refused(&refusal, &format!("/sessions/{session}/stream/{stream}"))),
    }
}

fn forced(room: &RoomSnapshot, stream: &str) -> Option<RoomCommand> {
    let (id, at) = parse_stream_id(stream)?;
    let participant = show::visible(room).find(|participant| participant.id == at.participant)?;
    let there = stream_of(participant, id).is_some_and(|stream| connection_of(participant, stream) == at);
    there.then_some(RoomCommand::ForceUnpublish { participant: at.participant, target: PublishedTarget::Stream(id) })
}
