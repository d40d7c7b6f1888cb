//! `/sessions/{session}/connection`: reserve, list, show and end connections (openvidu-v2 section 1.3).
use super::body::{self, RawBody};
use super::call::Call;
use super::fields;
use super::ice;
use super::reply::{Failure, Reply, json, no_content};
use super::show;
use super::unmapped::only;
use crate::connection::{ConnectionProperties, Role};
use crate::ids::{ConnectionRef, Part, new_token};
use crate::presence::stream_on;
use crate::token::token_url;
use crate::turn::credentials;
use crate::wire::{ConnectionObject, ErrorBody, Listing};
use actix_web::{HttpRequest, web};
use serde_json::{Map, Value, json};
use sfu_core::capability::{NotFound, Refusal};
use sfu_core::id::ParticipantId;
use sfu_core::room::{
    Grant, LeaveReason, ParticipantKind, PublishedTarget, Reservation, ReservationInfo, RoomCommand, RoomSnapshot,
};
use std::collections::BTreeMap;

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
            .default_service(only!("GET, DELETE")),
    );
}

/// Reserves a connection and makes its token.
#[utoipa::path(post, path = "/openvidu/api/sessions/{session}/connection", tag = "openvidu-v2",
    params(("session" = String, Path)), responses(
    (status = 200, description = "The pending connection with its token", body = ConnectionObject),
    (status = 400, description = "A parameter is wrong", body = ErrorBody),
    (status = 404, description = "No such session"),
    (status = 501, description = "IP cameras are not supported", body = ErrorBody)))]
pub(crate) async fn create(call: Call, request: HttpRequest, session: web::Path<String>, body: RawBody) -> Reply {
    let fields = body::optional(&request, &body)?;
    let room = call.room(&session).await?.ok_or(Failure::Empty(404))?;
    let reservation = reserve(&call, &room, &fields).await?;
    json(&show::connection(&with_seat(room, &reservation), &reservation.grant.identity))
}

/// Lists the connections, pending ones too unless told otherwise.
#[utoipa::path(get, path = "/openvidu/api/sessions/{session}/connection", tag = "openvidu-v2",
    params(("session" = String, Path), ("pendingConnections" = Option<bool>, Query), ("webRtcStats" = Option<bool>, Query)),
    responses((status = 200, description = "The connections", body = Listing<ConnectionObject>),
              (status = 404, description = "No such session")))]
pub(crate) async fn list(call: Call, request: HttpRequest, session: web::Path<String>) -> Reply {
    let pending = body::flag(&request, "pendingConnections", true)?;
    body::flag(&request, "webRtcStats", false)?;
    let room = call.room(&session).await?.ok_or(Failure::Empty(404))?;
    json(&show::connections(&room, pending))
}

/// Shows a connection.
#[utoipa::path(get, path = "/openvidu/api/sessions/{session}/connection/{connection}", tag = "openvidu-v2",
    params(("session" = String, Path), ("connection" = String, Path)),
    responses((status = 200, description = "The connection", body = ConnectionObject),
              (status = 400, description = "No such session"), (status = 404, description = "No such connection")))]
pub(crate) async fn show_one(call: Call, request: HttpRequest, path: web::Path<(String, String)>) -> Reply {
    body::flag(&request, "webRtcStats", false)?;
    let (session, connection) = path.into_inner();
    let room = call.room(&session).await?.ok_or(Failure::Empty(400))?;
    json(&show::connection(&room, &connection).ok_or(Failure::Empty(404))?)
}

/// Ends a connection: a pending one's token opens nothing any more, an active one's client is put out. What is asked of
/// a companion is done to its stream.
#[utoipa::path(delete, path = "/openvidu/api/sessions/{session}/connection/{connection}", tag = "openvidu-v2",
    params(("session" = String, Path), ("connection" = String, Path)),
    responses((status = 204, description = "It is ended"),
              (status = 400, description = "No such session"), (status = 404, description = "No such connection")))]
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

/// Reads a connection's properties and reserves its seat.
pub(super) async fn reserve(
    call: &Call,
    room: &RoomSnapshot,
    body: &Map<String, Value>,
) -> Result<Reservation, Failure> {
    let route = format!("/sessions/{}/connection", room.name);
    if fields::word(body, "type", &["WEBRTC", "IPCAM"]).map_err(|why| call.said(400, &route, why))? == Some("IPCAM") {
        return Err(match fields::text(body, "rtspUri") {
            Ok(Some(_)) => call.said(501, &route, "IP cameras are not supported by this server"),
            Ok(None) => call.said(400, &route, "parameter 'rtspUri' is mandatory for IP cameras"),
            Err(why) => call.said(400, &route, why),
        });
    }
    let reservation = read(call, room, body).map_err(|why| call.said(400, &route, why))?;
    let command = RoomCommand::Reserve(Box::new(reservation.clone()));
    match call.port.command(&room.name, command).await {
        Ok(_) => Ok(reservation),
        Err(refusal) => Err(call.refused(&refusal, &route)),
    }
}

pub(super) fn read(call: &Call, room: &RoomSnapshot, body: &Map<String, Value>) -> Result<Reservation, String> {
    let (mut random, now_ms) = (call.port.random(), call.port.now_ms());
    let role = match fields::text(body, "role")? {
        Some(name) => Role::parse(name).ok_or_else(|| format!("parameter 'role' is {name}; there is no such role"))?,
        None => Role::default(),
    };
    let data = fields::text(body, "data")?.unwrap_or_default();
    let record = fields::flag(body, "record")?.unwrap_or(true);
    let kurento_options = fields::object(body, "kurentoOptions")?.map(kurento_options).transpose()?;
    let given = fields::list(body, "customIceServers")?.map(|list| ice::read(list, now_ms, &mut random)).transpose()?;
    let ice_servers =
        given.filter(|given| !given.is_empty()).unwrap_or_else(|| ice::configured(call.config(), now_ms, &mut random));

    let id = ParticipantId::random(&mut random);
    let token = new_token(&mut random);
    let mut url = token_url(&call.origin, &room.name, &token);
    if call.deprecated {
        let turn = call.config().turn.as_ref();
        url.push_str(&crate::token::items_for_old_sdks(
            role,
            turn.map(|turn| (turn.host_for(&call.origin), credentials(&turn.secret, now_ms, &mut random))),
        ));
    }
    let caps = call.config().streams.caps(kurento_options.as_ref());
    let properties =
        ConnectionProperties { role, record, kurento_options, ice_servers, token: Some(url), by_secret: None };
    let grant = Grant {
        id: Some(id),
        identity: ConnectionRef::main(id).to_string(),
        name: String::new(),
        metadata: data.to_owned(),
        attributes: BTreeMap::new(),
        permissions: role.permissions(),
        kind: ParticipantKind::Standard,
        caps,
        face_data: properties.write(),
    };
    Ok(Reservation { token, grant, created_ms: now_ms })
}

/// The options as the original keeps them: whole numbers, filters as texts, what was not asked for is not there.
fn kurento_options(asked: &Map<String, Value>) -> Result<Value, String> {
    let mut kept = Map::new();
    for key in ["videoMaxRecvBandwidth", "videoMinRecvBandwidth", "videoMaxSendBandwidth", "videoMinSendBandwidth"] {
        if let Some(number) = fields::whole(asked, key)? {
            kept.insert(key.to_owned(), json!(number));
        }
    }
    if let Some(filters) = fields::list(asked, "allowedFilters")? {
        let text = |filter: &Value| filter.as_str().map_or_else(|| filter.to_string(), str::to_owned);
        kept.insert("allowedFilters".to_owned(), filters.iter().map(text).collect());
    }
    Ok(Value::Object(kept))
}

/// The room with the seat that was just reserved, as the answer shows it.
fn with_seat(mut room: RoomSnapshot, reservation: &Reservation) -> RoomSnapshot {
    room.reservations.push(ReservationInfo(reservation.clone()));
    room
}
