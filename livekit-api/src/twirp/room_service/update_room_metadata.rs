//! `UpdateRoomMetadata`: everybody in the room is told at once.
use super::super::call::require_admin;
use crate::port::LiveKitPort;
use crate::refusal::{self, TwirpCode, TwirpError};
use crate::token::VideoGrant;
use livekit_protocol as proto;
use sfu_core::room::{RoomCommand, RoomEvent, RoomUpdate};

pub(super) async fn update_room_metadata(
    port: &dyn LiveKitPort,
    grant: &VideoGrant,
    request: proto::UpdateRoomMetadataRequest,
) -> Result<proto::Room, TwirpError> {
    require_admin(grant, &request.room)?;
    let update = RoomUpdate { metadata: Some(request.metadata), ..RoomUpdate::default() };
    match port.command(&request.room, RoomCommand::UpdateRoom(Box::new(update))).await {
        Ok(RoomEvent::Described { room, .. }) => Ok(super::describe(&room, port)),
        Ok(_) => Err(TwirpError::new(TwirpCode::Internal, "unexpected answer of the room")),
        Err(refusal) => Err(refusal::twirp(&refusal)),
    }
}
