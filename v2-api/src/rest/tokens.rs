//! `POST /tokens`: the older way to reserve a connection (openvidu-v2 section 1.4).
use super::body::{self, RawBody};
use super::call::Call;
use super::fields;
use super::reply::{Failure, Reply, json};
use super::reserve::reserve;
use super::unmapped::only;
use crate::connection::ConnectionProperties;
use crate::wire::ErrorBody;
use actix_web::{HttpRequest, web};
use serde_json::{Map, Value, json};

const ROUTE: &str = "/tokens";

/// The routes under the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/tokens").route(web::post().to(create)).default_service(only!("POST")));
}

/// Makes a token.
#[utoipa::path(post, path = "/openvidu/api/tokens", tag = "openvidu-v2", operation_id = "createToken",
    request_body(content = Object, content_type = "application/json",
        description = "`session`; optional are `role`, `data`, `kurentoOptions`",
        example = json!({"session": "daily", "role": "PUBLISHER"})),
    responses(
        (status = 200, description = "The token, as `id` and `token`", body = Object,
            example = json!({"id": "wss://example.com?sessionId=daily&token=tok_IVfWvUCt5SG1JRTP",
                "token": "wss://example.com?sessionId=daily&token=tok_IVfWvUCt5SG1JRTP", "createdAt": 1795618500000u64,
                "connectionId": "con_Xnxg19tonh", "session": "daily", "data": "", "role": "PUBLISHER"})),
        (status = 400, description = "A parameter is wrong or missing", body = ErrorBody),
        (status = 401, description = "No valid credentials; no body"),
        (status = 403, description = "A body that is no JSON object, or none; no body"),
        (status = 404, description = "No such session", body = ErrorBody)))]
pub(crate) async fn create(call: Call, request: HttpRequest, body: RawBody) -> Reply {
    let asked = body::required(&request, &body)?;
    let session = match fields::text(&asked, "session") {
        Ok(Some(session)) => session,
        Ok(None) => return Err(call.said(400, ROUTE, "parameter 'session' is mandatory")),
        Err(why) => return Err(call.said(400, ROUTE, why)),
    };
    let room = call.room(session).await?;
    let room = room.ok_or_else(|| call.said(404, ROUTE, format!("session {session} is not there")))?;
    if asked.get("type").and_then(Value::as_str) == Some("IPCAM") {
        return Err(Failure::Framework);
    }
    let known = ["type", "role", "data", "kurentoOptions", "customIceServers"];
    let relevant: Map<String, Value> = asked
        .iter()
        .filter(|(key, _)| known.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let reservation = reserve(&call, &room, &relevant).await?;

    let properties = ConnectionProperties::read(&reservation.grant.face_data).ok_or(Failure::Empty(500))?;
    let mut answer = json!({
        "id": properties.token, "token": properties.token, "createdAt": reservation.created_ms,
        "connectionId": reservation.grant.identity, "session": room.name,
        "data": reservation.grant.metadata, "role": properties.role.name(),
    });
    if let (Some(options), Some(map)) = (properties.kurento_options, answer.as_object_mut()) {
        map.insert("kurentoOptions".to_owned(), options);
    }
    json(&answer)
}
