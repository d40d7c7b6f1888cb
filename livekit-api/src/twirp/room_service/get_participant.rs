//! `GetParticipant`.
use super::super::call::require_admin;
use crate::describe;
use crate::port::LiveKitPort;
use crate::refusal::TwirpError;
use crate::token::VideoGrant;
use livekit_protocol as proto;

pub(super) async fn get_participant(
    port: &dyn LiveKitPort,
    grant: &VideoGrant,
    request: proto::RoomParticipantIdentity,
) -> Result<proto::ParticipantInfo, TwirpError> {
    require_admin(grant, &request.room)?;
    let info = super::find_participant(port, &request.room, &request.identity).await?;
    Ok(describe::participant(&info, port.config()))
}
