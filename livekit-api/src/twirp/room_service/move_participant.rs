//! `MoveParticipant`: sends somebody to another room, where its client joins by itself (signalling's `RoomMoved`).
use super::super::call::{require, require_admin};
use crate::describe::settings_from_config;
use crate::grant;
use crate::port::LiveKitPort;
use crate::refusal::{self, TwirpCode, TwirpError};
use crate::token::VideoGrant;
use livekit_protocol as proto;
use sfu_core::capability::{LimitKind, Refusal};
use sfu_core::room::{LeaveReason, ParticipantInfo, RoomCommand, RoomSnapshot};

pub(super) async fn move_participant(
    port: &dyn LiveKitPort,
    grant: &VideoGrant,
    request: proto::MoveParticipantRequest,
) -> Result<proto::MoveParticipantResponse, TwirpError> {
    require_destination(grant, &request.room, &request.destination_room)?;
    let participant = super::find_participant(port, &request.room, &request.identity).await?;
    let (destination, made) = open(port, grant, &request.destination_room).await?;
    let name = destination.name.clone();
    let outcome = send_away(port, &request.room, &participant, destination).await;
    if outcome.is_err() && made {
        // A call that is refused leaves nothing behind.
        super::order(port, &name, RoomCommand::Close { reason: LeaveReason::RoomClosedByApi }).await?;
    }
    outcome.map(|()| proto::MoveParticipantResponse {})
}

async fn send_away(
    port: &dyn LiveKitPort,
    room: &str,
    participant: &ParticipantInfo,
    destination: RoomSnapshot,
) -> Result<(), TwirpError> {
    check_places(&destination, participant)?;
    let destination = Box::new(destination);
    super::order(port, room, RoomCommand::SendAway { participant: participant.id, destination }).await
}

/// The right to bring somebody from one room to another one (livekit.md §1.3).
pub(super) fn require_destination(grant: &VideoGrant, room: &str, destination: &str) -> Result<(), TwirpError> {
    require_admin(grant, room)?;
    require(!destination.is_empty() && grant.destination_room == destination)?;
    if room == destination {
        let text = "the destination is the room where the participant is";
        return Err(TwirpError::new(TwirpCode::InvalidArgument, text));
    }
    Ok(())
}

/// The destination, and whether it was made now: where a join would make it.
async fn open(port: &dyn LiveKitPort, grant: &VideoGrant, name: &str) -> Result<(RoomSnapshot, bool), TwirpError> {
    match super::find_room(port, name).await {
        Err(error) if error.code == TwirpCode::NotFound && (port.config().room.auto_create || grant.room_create) => {
            let settings = settings_from_config(&port.config().room, &proto::RoomConfiguration::default());
            let made = port.create_room(name.to_owned(), settings).await;
            made.map(|room| (room, true)).map_err(|refusal| refusal::twirp(&refusal))
        }
        found => found.map(|room| (room, false)),
    }
}

/// A full room must not cost the participant the one where it is.
fn check_places(destination: &RoomSnapshot, participant: &ParticipantInfo) -> Result<(), TwirpError> {
    if grant::has_place(destination, participant.kind, &participant.identity) {
        return Ok(());
    }
    Err(refusal::twirp(&Refusal::LimitReached(LimitKind::Participants)))
}
