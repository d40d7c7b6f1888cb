//! `UpdateParticipant`: name, metadata, attributes; the permission is set as a whole (livekit.md §4.1).
use super::super::call::require_admin;
use crate::extras::Extras;
use crate::port::LiveKitPort;
use crate::refusal::TwirpCode;
use crate::refusal::TwirpError;
use crate::token::VideoGrant;
use crate::{describe, grant as grants};
use livekit_protocol as proto;
use sfu_core::limits;
use sfu_core::room::{ParticipantUpdate, RoomCommand};

pub(super) async fn update_participant(
    port: &dyn LiveKitPort,
    grant: &VideoGrant,
    request: proto::UpdateParticipantRequest,
) -> Result<proto::ParticipantInfo, TwirpError> {
    require_admin(grant, &request.room)?;
    let participant = super::find_participant(port, &request.room, &request.identity).await?;
    check(&request)?;
    let some = |text: String| (!text.is_empty()).then_some(text);
    let permissions =
        request.permission.as_ref().map(|wire| grants::permissions_from_wire(wire, &participant.permissions));
    let update = ParticipantUpdate {
        name: some(request.name),
        metadata: some(request.metadata),
        attributes: request.attributes.into_iter().collect(),
        permissions,
        face_data: request.permission.as_ref().and_then(|wire| Extras::changed(&participant, wire)),
        ..ParticipantUpdate::default()
    };
    let command = RoomCommand::UpdateParticipant { participant: Some(participant.id), update: Box::new(update) };
    super::order(port, &request.room, command).await?;
    let participant = super::find_participant(port, &request.room, &request.identity).await?;
    Ok(describe::participant(&participant, port.config()))
}

/// What is over a limit is refused.
fn check(request: &proto::UpdateParticipantRequest) -> Result<(), TwirpError> {
    let too_long = |what: &str| Err(TwirpError::new(TwirpCode::InvalidArgument, format!("{what} exceeds the limit")));
    if request.name.chars().count() > limits::IDENTITY_CHARS_MAX {
        return too_long("the participant's name");
    }
    if request.metadata.len() > limits::METADATA_BYTES_MAX {
        return too_long("the participant's metadata");
    }
    let attributes: usize = request.attributes.iter().map(|(key, value)| key.len() + value.len()).sum();
    if attributes > limits::ATTRIBUTES_BYTES_MAX {
        return too_long("the size of the attributes");
    }
    Ok(())
}
