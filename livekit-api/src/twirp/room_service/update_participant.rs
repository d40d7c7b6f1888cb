//! `UpdateParticipant`: name, metadata, attributes; the permission is set as a whole (livekit.md §4.1).
use super::super::call::require_admin;
use crate::port::LiveKitPort;
use crate::refusal::TwirpError;
use crate::token::VideoGrant;
use crate::{describe, grant as grants};
use livekit_protocol as proto;
use sfu_core::room::{ParticipantUpdate, RoomCommand};

pub(super) async fn update_participant(
    port: &dyn LiveKitPort,
    grant: &VideoGrant,
    request: proto::UpdateParticipantRequest,
) -> Result<proto::ParticipantInfo, TwirpError> {
    require_admin(grant, &request.room)?;
    let participant = super::find_participant(port, &request.room, &request.identity).await?;
    let some = |text: String| (!text.is_empty()).then_some(text);
    let permissions =
        request.permission.as_ref().map(|wire| grants::permissions_from_wire(wire, &participant.permissions));
    let update = ParticipantUpdate {
        name: some(request.name),
        metadata: some(request.metadata),
        attributes: request.attributes.into_iter().collect(),
        permissions,
        ..ParticipantUpdate::default()
    };
    let command = RoomCommand::UpdateParticipant { participant: Some(participant.id), update: Box::new(update) };
    super::order(port, &request.room, command).await?;
    let participant = super::find_participant(port, &request.room, &request.identity).await?;
    Ok(describe::participant(&participant, port.config()))
}
