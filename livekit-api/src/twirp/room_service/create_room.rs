//! `CreateRoom`: makes a room, or gives the one of this name, which takes over whatever the call says (livekit.md §4.1).
use super::super::call::require;
use super::super::unbuilt::{Unbuilt, not_built};
use crate::describe::settings_from_config;
use crate::port::LiveKitPort;
use crate::refusal::{self, TwirpCode, TwirpError};
use crate::room_wishes::{self, Unmet};
use crate::token::VideoGrant;
use livekit_protocol as proto;
use sfu_core::limits;
use sfu_core::room::{RoomCommand, RoomEvent, RoomSettings, RoomUpdate};
use std::time::Duration;

pub(super) async fn create_room(
    port: &dyn LiveKitPort,
    grant: &VideoGrant,
    request: proto::CreateRoomRequest,
) -> Result<proto::Room, TwirpError> {
    require(grant.room_create)?;
    check(&request, port)?;
    let (name, preset) = (request.name.clone(), request.room_preset.clone());
    let wanted = room_wishes::with_preset(configuration(request), &preset, &port.config().room)
        .map_err(|why| TwirpError::new(TwirpCode::InvalidArgument, why))?;
    room_wishes::check(&wanted).map_err(|unmet| match unmet {
        Unmet::Invalid(why) => TwirpError::new(TwirpCode::InvalidArgument, why),
        Unmet::NotBuilt(what, unbuilt) => not_built(what, unbuilt),
    })?;
    let settings = settings_from_config(&port.config().room, &wanted);
    let mut room = port.create_room(name.clone(), settings).await.map_err(|refusal| refusal::twirp(&refusal))?;
    let update = update(wanted, &room.settings);
    if update != RoomUpdate::default() {
        let changed = port.command(&name, RoomCommand::UpdateRoom(Box::new(update))).await;
        if let RoomEvent::Described { room: described, .. } = changed.map_err(|refusal| refusal::twirp(&refusal))? {
            room = *described;
        }
    }
    Ok(super::describe(&room, port))
}

fn check(request: &proto::CreateRoomRequest, port: &dyn LiveKitPort) -> Result<(), TwirpError> {
    let invalid = |text: &str| Err(TwirpError::new(TwirpCode::InvalidArgument, text));
    if request.name.is_empty() {
        return invalid("a room has a name: name is empty");
    }
    if request.name.chars().count() > limits::ROOM_NAME_CHARS_MAX {
        return invalid("room name exceeds the limit of 256 characters");
    }
    if !request.node_id.is_empty() && request.node_id != port.config().node_id {
        return invalid("there is no node of this node_id");
    }
    if request.replay_enabled {
        return Err(not_built("replay of a room", Unbuilt::Replay));
    }
    Ok(())
}

fn configuration(request: proto::CreateRoomRequest) -> proto::RoomConfiguration {
    proto::RoomConfiguration {
        name: String::new(),
        empty_timeout: request.empty_timeout,
        departure_timeout: request.departure_timeout,
        max_participants: request.max_participants,
        metadata: request.metadata,
        egress: request.egress,
        min_playout_delay: request.min_playout_delay,
        max_playout_delay: request.max_playout_delay,
        sync_streams: request.sync_streams,
        agents: request.agents,
        tags: request.tags,
    }
}

/// What differs between a room as it is and what is wanted of it; what the call leaves out stays.
fn update(wanted: proto::RoomConfiguration, settings: &RoomSettings) -> RoomUpdate {
    let (empty_s, departure_s) = crate::describe::timeouts(&settings.lifecycle);
    let seconds =
        |wanted: u32, present: u32| (wanted > 0 && wanted != present).then(|| Duration::from_secs(wanted.into()));
    let max = wanted.max_participants;
    RoomUpdate {
        metadata: Some(wanted.metadata).filter(|metadata| !metadata.is_empty() && *metadata != settings.metadata),
        max_participants: (max > 0 && max != settings.max_participants).then_some(max),
        sync_streams: (wanted.sync_streams && !settings.sync_streams).then_some(true),
        empty_timeout: seconds(wanted.empty_timeout, empty_s),
        departure_timeout: seconds(wanted.departure_timeout, departure_s),
    }
}
