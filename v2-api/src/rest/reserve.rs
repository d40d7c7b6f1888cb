//! Reading a connection's properties and reserving its seat (openvidu-v2 section 1.3): what `POST …/connection` and
//! `POST /tokens` have in common.
use super::call::Call;
use super::reply::Failure;
use super::{fields, ice, ipcam};
use crate::connection::{ConnectionProperties, Role};
use crate::ids::{ConnectionRef, new_token};
use crate::token::token_url;
use crate::turn::credentials;
use serde_json::{Map, Value, json};
use sfu_core::id::ParticipantId;
use sfu_core::room::{Grant, ParticipantKind, Reservation, RoomCommand, RoomSnapshot};
use std::collections::BTreeMap;

/// Reads a connection's properties and reserves its seat.
pub(super) async fn reserve(
    call: &Call,
    room: &RoomSnapshot,
    body: &Map<String, Value>,
) -> Result<Reservation, Failure> {
    let route = format!("/sessions/{}/connection", room.name);
    let wrong = |why| call.said(400, &route, why);
    if fields::word(body, "type", &["WEBRTC", "IPCAM"]).map_err(wrong)? == Some("IPCAM") {
        ipcam::check(body).map_err(wrong)?;
        return Err(call.said(501, &route, "IP cameras are not supported by this server yet"));
    }
    let reservation = read(call, room, body).map_err(wrong)?;
    let command = RoomCommand::Reserve(Box::new(reservation.clone()));
    match call.port.command(&room.name, command).await {
        Ok(_) => Ok(reservation),
        Err(refusal) => Err(call.refused(&refusal, &route)),
    }
}

/// The seat that a body asks for, as it is to be reserved.
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
