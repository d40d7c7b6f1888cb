//! `PATCH /sessions/{session}/connection/{connection}`: another role, recorded or not; of a pending connection as of an
//! active one (openvidu-v2 section 1.3). A client is told of what really changes; what it publishes already goes on.
use super::body::{self, RawBody};
use super::call::Call;
use super::fields;
use super::reply::{Failure, Reply, json};
use super::show;
use crate::connection::{ConnectionProperties, Role};
use crate::ids::ConnectionRef;
use crate::wire::{ConnectionObject, ErrorBody};
use actix_web::{HttpRequest, web};
use serde_json::{Map, Value};
use sfu_core::capability::{NotFound, Refusal};
use sfu_core::id::ParticipantId;
use sfu_core::room::{ParticipantUpdate, Permissions, RoomCommand, RoomSnapshot};

/// What is to change; `None`: nothing.
struct Asked {
    role: Option<Role>,
    record: Option<bool>,
}

/// A connection as it is.
struct Found<'a> {
    id: ParticipantId,
    face_data: &'a str,
    permissions: &'a Permissions,
}

/// Changes a connection's role, and whether its stream is recorded.
#[utoipa::path(patch, path = "/openvidu/api/sessions/{session}/connection/{connection}", tag = "openvidu-v2", operation_id = "updateConnection",
    params(("session" = String, Path, description = "The session's id", example = "daily"),
           ("connection" = String, Path, description = "The connection's id", example = "con_Xnxg19tonh")),
    request_body(content = Object, content_type = "application/json",
        description = "`role` (SUBSCRIBER, PUBLISHER, MODERATOR) and `record` (boolean), both optional; the rest is ignored",
        example = json!({"role": "MODERATOR", "record": false})),
    responses((status = 200, description = "The connection as it is now", body = ConnectionObject),
              (status = 400, description = "A parameter is wrong", body = ErrorBody),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "A body that is no JSON object, or none; no body"),
              (status = 404, description = "No such session or connection; no body")))]
pub(crate) async fn change(
    call: Call,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    body: RawBody,
) -> Reply {
    let fields = body::required(&request, &body)?;
    let (session, connection) = path.into_inner();
    let route = format!("/sessions/{session}/connection/{connection}");
    let room = call.room(&session).await?.ok_or(Failure::Empty(404))?;
    let found = find(&room, &connection).ok_or(Failure::Empty(404))?;
    let update = read(&fields).and_then(|asked| update(&found, &asked)).map_err(|why| call.said(400, &route, why))?;
    let command = RoomCommand::UpdateParticipant { participant: Some(found.id), update: Box::new(update) };
    match call.port.command(&session, command).await {
        Ok(_) => {}
        Err(Refusal::NotFound(NotFound::Room | NotFound::Participant)) => return Err(Failure::Empty(404)),
        Err(refusal) => return Err(call.refused(&refusal, &route)),
    }
    let room = call.room(&session).await?.ok_or(Failure::Empty(404))?;
    json(&show::connection(&room, &connection, false).ok_or(Failure::Empty(404))?)
}

fn read(body: &Map<String, Value>) -> Result<Asked, String> {
    let role = fields::text(body, "role")?;
    let unknown = |name| format!("parameter 'role' is {name}; there is no such role");
    let role = role.map(|name| Role::parse(name).ok_or_else(|| unknown(name))).transpose()?;
    Ok(Asked { role, record: fields::flag(body, "record")? })
}

fn find<'a>(room: &'a RoomSnapshot, connection: &str) -> Option<Found<'a>> {
    show::connection(room, connection, false)?;
    let at = ConnectionRef::parse(connection)?;
    if let Some(seat) = show::seat(room, at) {
        let grant = &seat.0.grant;
        return Some(Found { id: at.participant, face_data: &grant.face_data, permissions: &grant.permissions });
    }
    let participant = show::visible(room).find(|participant| participant.id == at.participant)?;
    Some(Found { id: participant.id, face_data: &participant.face_data, permissions: &participant.permissions })
}

fn update(found: &Found<'_>, asked: &Asked) -> Result<ParticipantUpdate, String> {
    let own = ConnectionProperties::read(found.face_data);
    if own.as_ref().is_some_and(|own| own.by_secret.is_some()) {
        return Err("a connection made with the server's secret has no role to change".to_owned());
    }
    if own.is_none() && asked.record == Some(false) {
        return Err("whether it is recorded can be changed for connections of v2 tokens only".to_owned());
    }
    let face_data = own.map(|own| {
        let (role, record) = (asked.role.unwrap_or(own.role), asked.record.unwrap_or(own.record));
        ConnectionProperties { role, record, ..own }.write()
    });
    let permissions = asked.role.map(|role| {
        let Permissions { publish, moderate, .. } = role.permissions();
        Permissions { publish, moderate, ..found.permissions.clone() }
    });
    Ok(ParticipantUpdate { permissions, face_data, keep_published: true, ..ParticipantUpdate::default() })
}
