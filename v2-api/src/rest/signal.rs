//! `POST /signal`: a signal from the server to the v2 clients of a session (openvidu-v2 section 1.5).
use super::body::{self, RawBody};
use super::call::Call;
use super::fields;
use super::reply::{Failure, Reply};
use super::show;
use super::unmapped::only;
use crate::ids::ConnectionRef;
use crate::wire::ErrorBody;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};
use sfu_core::capability::{NotFound, NotNow, Refusal};
use sfu_core::id::ParticipantId;
use sfu_core::room::{RoomCommand, Signal};

const ROUTE: &str = "/signal";

/// The routes under the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/signal").route(web::post().to(send)).default_service(only!("POST")));
}

/// A signal as asked for.
struct Asked {
    session: String,
    kind: Option<String>,
    data: Option<String>,
    /// `None` in it: a text that is no connection's id.
    to: Vec<Option<ParticipantId>>,
}

/// Sends a signal.
#[utoipa::path(post, path = "/openvidu/api/signal", tag = "openvidu-v2", operation_id = "sendSignal",
    request_body(content = Object, content_type = "application/json",
        description = "`session`; optional are `to` (ids of connections; none: all), `type` and `data`, both texts",
        example = json!({"session": "daily", "to": ["con_Xnxg19tonh"], "type": "chat", "data": "hello"})),
    responses(
        (status = 200, description = "It is sent; no body"),
        (status = 400, description = "A parameter is wrong or missing", body = ErrorBody),
        (status = 401, description = "No valid credentials; no body"),
        (status = 403, description = "A body that is no JSON object, or none; no body"),
        (status = 404, description = "No such session; no body"),
        (status = 406, description = "Nobody is there (no body), or a receiver is not (an error body)")))]
pub(crate) async fn send(call: Call, request: HttpRequest, body: RawBody) -> Reply {
    let asked = read(&body::required(&request, &body)?).map_err(|why| call.said(400, ROUTE, why))?;
    let room = call.room(&asked.session).await?.ok_or(Failure::Empty(404))?;
    if show::visible(&room).next().is_none() {
        return Err(Failure::Empty(406));
    }
    let unknown = || call.said(406, ROUTE, "'to' names a connection that is not in the session");
    let to: Vec<_> = asked.to.into_iter().collect::<Option<_>>().ok_or_else(unknown)?;
    if to.iter().any(|id| room.participant(*id).is_none()) {
        return Err(unknown());
    }
    let signal = Signal { to, kind: asked.kind, data: asked.data };
    match call.port.command(&asked.session, RoomCommand::Signal(signal)).await {
        Ok(_) => Ok(HttpResponse::Ok().finish()),
        Err(Refusal::NotFound(NotFound::Room)) => Err(Failure::Empty(404)),
        Err(Refusal::NotNow(NotNow::RoomEmpty)) => Err(Failure::Empty(406)),
        Err(refusal @ (Refusal::NotSupported(_) | Refusal::NotFound(_))) => {
            Err(call.said(406, ROUTE, refusal.to_string()))
        }
        Err(refusal) => Err(call.refused(&refusal, ROUTE)),
    }
}

fn read(body: &Map<String, Value>) -> Result<Asked, String> {
    let session = fields::text(body, "session")?.ok_or("parameter 'session' is mandatory")?.to_owned();
    let kind = fields::text(body, "type")?.map(str::to_owned);
    let data = fields::text(body, "data")?.map(str::to_owned);
    let mut to = Vec::new();
    for receiver in fields::list(body, "to")?.into_iter().flatten() {
        to.push(match receiver {
            Value::String(id) => ConnectionRef::parse(id).map(|at| at.participant),
            Value::Null => None,
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err("parameter 'to' holds something that is not a string".to_owned());
            }
        });
    }
    Ok(Asked { session, kind, data, to })
}
