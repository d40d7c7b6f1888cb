//! `livekit.RoomService`: rooms and participants, of either protocol (livekit.md §4.1).
mod create_room;
mod delete_room;
mod get_participant;
mod list_participants;
mod list_rooms;
mod move_participant;
mod mute_published_track;
mod perform_rpc;
mod remove_participant;
mod send_data;
mod unsupported;
mod update_participant;
mod update_room_metadata;
mod update_subscriptions;

use super::call::Call;
use crate::port::LiveKitPort;
use crate::refusal::{self, TwirpCode, TwirpError};
use actix_web::HttpResponse;
use livekit_protocol as proto;
use sfu_core::capability::{NotFound, Refusal};
use sfu_core::room::{ParticipantInfo, RoomCommand, RoomEvent, RoomSnapshot};

/// Its methods.
pub(super) const METHODS: &[&str] = &[
    "CreateRoom",
    "ListRooms",
    "DeleteRoom",
    "ListParticipants",
    "GetParticipant",
    "RemoveParticipant",
    "MutePublishedTrack",
    "UpdateParticipant",
    "UpdateRoomMetadata",
    "UpdateSubscriptions",
    "SendData",
    "PerformRpc",
    "ForwardParticipant",
    "MoveParticipant",
];

pub(super) async fn serve(call: &Call, port: &dyn LiveKitPort, method: &str) -> Result<HttpResponse, TwirpError> {
    match method {
        "CreateRoom" => call.run(port, create_room::create_room).await,
        "ListRooms" => call.run(port, list_rooms::list_rooms).await,
        "DeleteRoom" => call.run(port, delete_room::delete_room).await,
        "ListParticipants" => call.run(port, list_participants::list_participants).await,
        "GetParticipant" => call.run(port, get_participant::get_participant).await,
        "RemoveParticipant" => call.run(port, remove_participant::remove_participant).await,
        "MutePublishedTrack" => call.run(port, mute_published_track::mute_published_track).await,
        "UpdateParticipant" => call.run(port, update_participant::update_participant).await,
        "UpdateRoomMetadata" => call.run(port, update_room_metadata::update_room_metadata).await,
        "UpdateSubscriptions" => call.run(port, update_subscriptions::update_subscriptions).await,
        "MoveParticipant" => call.run(port, move_participant::move_participant).await,
        "PerformRpc" => call.run(port, perform_rpc::perform_rpc).await,
        "SendData" => call.run(port, send_data::send_data).await,
        _ => Err(unsupported::refuse(call)),
    }
}

/// The room as it is.
async fn find_room(port: &dyn LiveKitPort, name: &str) -> Result<RoomSnapshot, TwirpError> {
    match port.command(name, RoomCommand::Describe).await {
        Ok(RoomEvent::Described { room, .. }) => Ok(*room),
        Ok(_) => Err(TwirpError::new(TwirpCode::Internal, "unexpected answer of the room")),
        Err(refusal) => Err(refusal::twirp(&refusal)),
    }
}

/// The participant as it is. Without a room there is no such participant either (livekit.md §4.1).
async fn find_participant(port: &dyn LiveKitPort, room: &str, identity: &str) -> Result<ParticipantInfo, TwirpError> {
    let missing = || refusal::twirp(&Refusal::NotFound(NotFound::Participant));
    let room = find_room(port, room).await;
    let room = room.map_err(|error| if error.code == TwirpCode::NotFound { missing() } else { error })?;
    room.participants.into_iter().find(|participant| participant.identity == identity).ok_or_else(missing)
}

/// Hands over a command whose answer has nothing to say.
async fn order(port: &dyn LiveKitPort, room: &str, command: RoomCommand) -> Result<(), TwirpError> {
    port.command(room, command).await.map(|_| ()).map_err(|refusal| refusal::twirp(&refusal))
}

/// A room in the answer of a call.
fn describe(room: &RoomSnapshot, port: &dyn LiveKitPort) -> proto::Room {
    crate::describe::room(room, crate::describe::Counts::of(&room.participants), port.config())
}
