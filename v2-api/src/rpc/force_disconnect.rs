//! `forceDisconnect`: a moderator puts somebody out. Of a companion connection it is the stream that goes.
use super::{Params, Step, Waiting};
use crate::ids::{ConnectionRef, Part};
use crate::membership::Membership;
use crate::presence::stream_on;
use crate::refusal::code;
use crate::wire::RpcError;
use sfu_core::room::{LeaveReason, PublishedTarget, RoomCommand, StreamKey};

pub(super) fn start(params: &Params<'_>, membership: &Membership) -> Result<Step, RpcError> {
    if !membership.may_moderate() {
        return Err(RpcError::new(code::UNAUTHORIZED, "Unable to force disconnect. The role does not allow it."));
    }
    let connection = params.text("connectionId")?;
    let unknown = || RpcError::new(code::USER_NOT_FOUND, format!("Connection '{connection}' is not in the session."));
    let at = ConnectionRef::parse(&connection).ok_or_else(unknown)?;
    let participant = membership.connection(at).ok_or_else(unknown)?;
    if at.part == Part::Main {
        let command = RoomCommand::Remove { participant: participant.id, reason: LeaveReason::ForcedByUser };
        return Ok(Step::Ask(command, Waiting::ForceDisconnect(participant.id)));
    }
    let stream = stream_on(participant, at).ok_or_else(unknown)?.id;
    let command = RoomCommand::ForceUnpublish { participant: participant.id, target: PublishedTarget::Stream(stream) };
    Ok(Step::Ask(command, Waiting::ForceUnpublish(StreamKey { participant: participant.id, stream })))
}
