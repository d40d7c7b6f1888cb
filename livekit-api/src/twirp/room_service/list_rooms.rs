//! `ListRooms`: all rooms, those made by OpenVidu v2 too.
use super::super::call::require;
use crate::port::LiveKitPort;
use crate::refusal::TwirpError;
use crate::token::VideoGrant;
use livekit_protocol as proto;

pub(super) async fn list_rooms(
    port: &dyn LiveKitPort,
    grant: &VideoGrant,
    request: proto::ListRoomsRequest,
) -> Result<proto::ListRoomsResponse, TwirpError> {
    require(grant.room_list)?;
    let rooms = port.rooms().await;
    let wanted = rooms.iter().filter(|room| request.names.is_empty() || request.names.contains(&room.name));
    Ok(proto::ListRoomsResponse { rooms: wanted.map(|room| super::describe(room, port)).collect() })
}
