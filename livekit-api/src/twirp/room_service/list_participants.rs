//! `ListParticipants`: who is in a room, v2 connections too; nobody where there is no such room.
use super::super::call::require_admin;
use crate::describe;
use crate::port::LiveKitPort;
use crate::refusal::{TwirpCode, TwirpError};
use crate::token::VideoGrant;
use livekit_protocol as proto;

pub(super) async fn list_participants(
    port: &dyn LiveKitPort,
    grant: &VideoGrant,
    request: proto::ListParticipantsRequest,
) -> Result<proto::ListParticipantsResponse, TwirpError> {
    require_admin(grant, &request.room)?;
    let participants = match super::find_room(port, &request.room).await {
        Ok(room) => room.participants,
        Err(error) if error.code == TwirpCode::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let participants = participants.iter().map(|info| describe::participant(info, port.config())).collect();
    Ok(proto::ListParticipantsResponse { participants })
}
