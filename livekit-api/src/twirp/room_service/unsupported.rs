//! RoomService's methods that are not built.
use super::super::call::Call;
use super::super::unbuilt::{Unbuilt, not_built};
use super::move_participant::require_destination;
use crate::refusal::TwirpError;
use livekit_protocol as proto;

/// The refusal: authorisation first.
pub(super) fn refuse(call: &Call) -> TwirpError {
    match admin_of(call) {
        Err(error) => error,
        Ok(()) => not_built("forwarding a participant to another room", Unbuilt::Forwarding),
    }
}

fn admin_of(call: &Call) -> Result<(), TwirpError> {
    let request = call.decode::<proto::ForwardParticipantRequest>()?;
    require_destination(&call.grant(), &request.room, &request.destination_room)
}
