//! `RemoveParticipant`: puts somebody out, who is told `PARTICIPANT_REMOVED`.
use super::super::call::require_admin;
use crate::port::LiveKitPort;
use crate::refusal::{self, TwirpError};
use crate::token::VideoGrant;
use livekit_protocol as proto;
use sfu_core::room::{LeaveReason, RoomCommand};

pub(super) async fn remove_participant(
    port: &dyn LiveKitPort,
    grant: &VideoGrant,
    request: proto::RoomParticipantIdentity,
) -> Result<proto::RemoveParticipantResponse, TwirpError> {
    require_admin(grant, &request.room)?;
    let participant = super::find_participant(port, &request.room, &request.identity).await?.id;
    // Revoked first, or it might be back before.
    if let Some(before_s) = u64::try_from(request.revoke_token_ts).ok().filter(|before_s| *before_s > 0) {
        let revoked = port.revoke(&request.room, &request.identity, before_s).await;
        revoked.map_err(|refusal| refusal::twirp(&refusal))?;
    }
    super::order(port, &request.room, RoomCommand::Remove { participant, reason: LeaveReason::ForcedByServer }).await?;
    Ok(proto::RemoveParticipantResponse {})
}
