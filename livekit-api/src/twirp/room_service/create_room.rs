//! `CreateRoom`: makes a room, or gives the one of this name, whose metadata a call may change (livekit.md §4.1).
//! Playout delay, stream synchronisation and tags have no effect here yet and are left aside.
use super::super::call::require;
use super::super::unbuilt::not_built;
use crate::describe::settings_from_config;
use crate::port::LiveKitPort;
use crate::refusal::{self, TwirpCode, TwirpError};
use crate::token::VideoGrant;
use livekit_protocol as proto;
use sfu_core::limits;
use sfu_core::room::{RoomCommand, RoomEvent};

pub(super) async fn create_room(
    port: &dyn LiveKitPort,
    grant: &VideoGrant,
    request: proto::CreateRoomRequest,
) -> Result<proto::Room, TwirpError> {
    require(grant.room_create)?;
    check(&request)?;
    let wanted = proto::RoomConfiguration {
        empty_timeout: request.empty_timeout,
        departure_timeout: request.departure_timeout,
        max_participants: request.max_participants,
        metadata: request.metadata.clone(),
        ..proto::RoomConfiguration::default()
    };
    let settings = settings_from_config(&port.config().room, &wanted);
    let name = request.name.clone();
    let mut room = port.create_room(name, settings).await.map_err(|refusal| refusal::twirp(&refusal))?;
    if !request.metadata.is_empty() && room.settings.metadata != request.metadata {
        let changed = port.command(&request.name, RoomCommand::SetRoomMetadata(request.metadata)).await;
        if let RoomEvent::Described { room: described, .. } = changed.map_err(|refusal| refusal::twirp(&refusal))? {
            room = *described;
        }
    }
    Ok(super::describe(&room, port))
}

fn check(request: &proto::CreateRoomRequest) -> Result<(), TwirpError> {
    let invalid = |text: &str| Err(TwirpError::new(TwirpCode::InvalidArgument, text));
    if request.name.chars().count() > limits::ROOM_NAME_CHARS_MAX {
        return invalid("room name exceeds the limit of 256 characters");
    }
    if request.metadata.len() > limits::METADATA_BYTES_MAX {
        return invalid("room metadata exceeds the limit of 524288 bytes");
    }
    if !request.room_preset.is_empty() {
        return invalid("unknown room preset");
    }
    if request.egress.is_some() {
        return Err(not_built("egress of a room"));
    }
    if !request.agents.is_empty() {
        return Err(not_built("dispatch of agents to a room"));
    }
    Ok(())
}
