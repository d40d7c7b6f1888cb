//! `/sessions/{session}/connection`: reserve, list, show and end connections (openvidu-v2 section 1.3).
use super::body::{self, RawBody};
use super::call::Call;
use super::connection_change::change;
use super::reply::{Failure, Reply, json, no_content};
use super::reserve::reserve;
use super::show::{self, Shown};
use super::unmapped::only;
use crate::ids::{ConnectionRef, Part};
use crate::presence::stream_on;
use crate::wire::{ConnectionObject, ErrorBody, Listing};
use actix_web::{HttpRequest, web};
use sfu_core::capability::{NotFound, Refusal};
use sfu_core::room::{LeaveReason, PublishedTarget, Reservation, ReservationInfo, RoomCommand, RoomSnapshot};

/// The routes under the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/sessions/{session}/connection")
            .route(web::post().to(create))
            .route(web::get().to(list))
            .route(web::head().to(list))
            .default_service(only!("POST, GET")),
    );
    cfg.service(
        web::resource("/sessions/{session}/connection/{connection}")
            .route(web::get().to(show_one))
            .route(web::head().to(show_one))
            .route(web::delete().to(end))
            .route(web::patch().to(change))
            .default_service(only!("GET, DELETE, PATCH")),
    );
}

/// Reserves a connection and makes its token.
#[utoipa::path(post, path = "/openvidu/api/sessions/{session}/connection", tag = "openvidu-v2", operation_id = "createConnection",
    params(("session" = String, Path, description = "The session's id", example = "daily")),
    request_body(content = Object, content_type = "application/json",
        description = "All optional. `type` (WEBRTC, IPCAM), `role` (SUBSCRIBER, PUBLISHER, MODERATOR), `data`, `record`, \
            `kurentoOptions`, `customIceServers`; of IP cameras `rtspUri`, `adaptativeBitrate`, \
            `onlyPlayWithSubscribers`, `networkCache`. `null` is as if it were absent",
        example = json!({"role": "PUBLISHER", "data": "from my backend",
            "customIceServers": [{"url": "turn:turn.example.com:443", "staticAuthSecret": "shared secret"}]})),
    responses(
        (status = 200, description = "The pending connection with its token", body = ConnectionObject),
        (status = 400, description = "A parameter is wrong", body = ErrorBody),
        (status = 401, description = "No valid credentials; no body"),
        (status = 403, description = "A body that is no JSON object; no body"),
        (status = 404, description = "No such session; no body"),
        (status = 501, description = "IP cameras are not supported yet", body = ErrorBody)))]
pub(crate) async fn create(call: Call, request: HttpRequest, session: web::Path<String>, body: RawBody) -> Reply {
    let fields = body::optional(&request, &body)?;
    let room = call.room(&session).await?.ok_or(Failure::Empty(404))?;
    let reservation = reserve(&call, &room, &fields).await?;
    json(&show::connection(&with_seat(room, &reservation), &reservation.grant.identity, false))
}

/// Lists the connections, pending ones too unless told otherwise.
#[utoipa::path(get, path = "/openvidu/api/sessions/{session}/connection", tag = "openvidu-v2", operation_id = "listConnections",
    params(("session" = String, Path, description = "The session's id", example = "daily"),
           ("pendingConnections" = Option<bool>, Query, description = "Pending ones too; default true"),
           ("webRtcStats" = Option<bool>, Query, description = "With details of each stream's endpoint; default false")),
    responses((status = 200, description = "The connections", body = Listing<ConnectionObject>),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "A flag that is no boolean; no body"),
              (status = 404, description = "No such session; no body")))]
pub(crate) async fn list(call: Call, request: HttpRequest, session: web::Path<String>) -> Reply {
    let pending = body::flag(&request, "pendingConnections", true)?;
    let web_rtc = body::flag(&request, "webRtcStats", false)?;
    let room = call.room(&session).await?.ok_or(Failure::Empty(404))?;
    json(&show::connections(&room, Shown { pending, web_rtc }))
}

/// Shows a connection.
#[utoipa::path(get, path = "/openvidu/api/sessions/{session}/connection/{connection}", tag = "openvidu-v2", operation_id = "getConnection",
    params(("session" = String, Path, description = "The session's id", example = "daily"),
           ("connection" = String, Path, description = "The connection's id", example = "con_Xnxg19tonh"),
           ("webRtcStats" = Option<bool>, Query, description = "With details of each stream's endpoint; default false")),
    responses((status = 200, description = "The connection", body = ConnectionObject),
              (status = 400, description = "No such session; no body"),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "A flag that is no boolean; no body"),
              (status = 404, description = "No such connection; no body")))]
pub(crate) async fn show_one(call: Call, request: HttpRequest, path: web::Path<(String, String)>) -> Reply {
    let web_rtc = body::flag(&request, "webRtcStats", false)?;
    let (session, connection) = path.into_inner();
    let room = call.room(&session).await?.ok_or(Failure::Empty(400))?;
    json(&show::connection(&room, &connection, web_rtc).ok_or(Failure::Empty(404))?)
}

/// Ends a connection: a pending one's token opens nothing any more, an active one's client is put out. What is asked of
/// a companion is done to its stream.
#[utoipa::path(delete, path = "/openvidu/api/sessions/{session}/connection/{connection}", tag = "openvidu-v2", operation_id = "deleteConnection",
    params(("session" = String, Path, description = "The session's id", example = "daily"),
           ("connection" = String, Path, description = "The connection's id", example = "con_Xnxg19tonh")),
    responses((status = 204, description = "It is ended"),
              (status = 400, description = "No such session; no body"),
              (status = 401, description = "No valid credentials; no body"),
              (status = 404, description = "No such connection; no body")))]
pub(crate) async fn end(call: Call, path: web::Path<(String, String)>) -> Reply {
    let (session, connection) = path.into_inner();
    let room = call.room(&session).await?.ok_or(Failure::Empty(400))?;
    let command = ending(&room, &connection).ok_or(Failure::Empty(404))?;
    match call.port.command(&session, command).await {
        Ok(_) => no_content(),
        Err(Refusal::NotFound(NotFound::Room)) => Err(Failure::Empty(400)),
        Err(refusal) => Err(call.refused(&refusal, &format!("/sessions/{session}/connection/{connection}"))),
    }
}

fn ending(room: &RoomSnapshot, connection: &str) -> Option<RoomCommand> {
    let at = ConnectionRef::parse(connection)?;
    if show::seat(room, at).is_some() {
        return Some(RoomCommand::CancelReservation(at.participant));
    }
    let participant = show::visible(room).find(|participant| participant.id == at.participant)?;
    match at.part {
        Part::Main => Some(RoomCommand::Remove { participant: at.participant, reason: LeaveReason::ForcedByServer }),
        Part::Screen | Part::Further(_) => {
            let stream = stream_on(participant, at)?.id;
            Some(RoomCommand::ForceUnpublish { participant: at.participant, target: PublishedTarget::Stream(stream) })
        }
    }
}

/// The room with the seat that was just reserved, as the answer shows it.
fn with_seat(mut room: RoomSnapshot, reservation: &Reservation) -> RoomSnapshot {
    room.reservations.push(ReservationInfo(reservation.clone()));
    room
}
