//! A token for a page of the server's own, made as the REST API makes it but without an HTTP call.
use super::call::Call;
use super::{reserve, sessions};
use crate::config::Origin;
use crate::connection::ConnectionProperties;
use crate::port::V2Port;
use crate::session::SessionProperties;
use serde_json::Map;
use sfu_core::capability::{NotNow, Refusal};
use sfu_core::room::{RoomCommand, RoomEvent};
use std::sync::Arc;

/// A publisher's token for the session of this name, which is made where there is none. `origin` is how the page's
/// visitor reached the server.
pub async fn publisher_token(port: Arc<dyn V2Port>, origin: Origin, session: &str) -> Result<String, Refusal> {
    if session.is_empty() || !sessions::may_name_a_session(session) {
        let why = "it may hold letters, digits, '_' and '-' only, and at least one of them".to_owned();
        return Err(Refusal::Invalid { what: "room name", why });
    }
    let origin = port.config().public_origin.clone().unwrap_or(origin);
    let settings = SessionProperties::defaults(port.config()).room_settings(port.config());
    match port.create_room(session.to_owned(), settings).await {
        Ok(_) | Err(Refusal::NotNow(NotNow::RoomExists)) => {}
        Err(refusal) => return Err(refusal),
    }
    let RoomEvent::Described { room, .. } = port.command(session, RoomCommand::Describe).await? else {
        return Err(Refusal::NotNow(NotNow::Unavailable));
    };
    let call = Call { port: Arc::clone(&port), origin, deprecated: false };
    let reservation =
        reserve::read(&call, &room, &Map::new()).map_err(|why| Refusal::Invalid { what: "connection", why })?;
    port.command(session, RoomCommand::Reserve(Box::new(reservation.clone()))).await?;
    let properties = ConnectionProperties::read(&reservation.grant.face_data);
    properties.and_then(|properties| properties.token).ok_or(Refusal::NotNow(NotNow::Unavailable))
}
