//! `forceUnpublish`: a moderator makes somebody stop publishing. The reply comes before everybody is told.
use super::{Params, Step, Waiting};
use crate::membership::Membership;
use crate::refusal::code;
use crate::wire::RpcError;
use sfu_core::room::{PublishedTarget, RoomCommand};

pub(super) fn start(params: &Params<'_>, membership: &Membership) -> Result<Step, RpcError> {
    if !membership.may_moderate() {
        return Err(RpcError::new(code::UNAUTHORIZED, "Unable to force unpublish. The role does not allow it."));
    }
    let stream = params.text("streamId")?;
    let key = membership.owner_of(&stream).ok_or_else(|| {
        RpcError::new(code::USER_NOT_FOUND, format!("Stream '{stream}' is not in session '{}'.", membership.room))
    })?;
    let command =
        RoomCommand::ForceUnpublish { participant: key.participant, target: PublishedTarget::Stream(key.stream) };
    Ok(Step::Ask(command, Waiting::ForceUnpublish(key)))
}
