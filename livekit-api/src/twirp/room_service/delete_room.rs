//! `DeleteRoom`: ends a room; everybody in it is told `ROOM_DELETED`.
use super::super::call::require;
use crate::port::LiveKitPort;
use crate::refusal::TwirpError;
use crate::token::VideoGrant;
use livekit_protocol as proto;
use sfu_core::room::{LeaveReason, RoomCommand};

pub(super) async fn delete_room(
    port: &dyn LiveKitPort,
    grant: &VideoGrant,
    request: proto::DeleteRoomRequest,
) -> Result<proto::DeleteRoomResponse, TwirpError> {
    require(grant.room_create)?;
    super::order(port, &request.room, RoomCommand::Close { reason: LeaveReason::RoomClosedByApi }).await?;
    Ok(proto::DeleteRoomResponse {})
}
