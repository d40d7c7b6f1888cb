//! RoomService's methods that need a refused feature, or that are not built.
use super::super::call::{Call, require_admin};
use super::super::unbuilt::{Unbuilt, gate, not_built};
use super::move_participant::require_destination;
use crate::port::LiveKitPort;
use crate::refusal::TwirpError;
use livekit_protocol as proto;
use sfu_core::capability::ApiOperation;

/// The refusal: authorisation first, then the gate.
pub(super) fn refuse(call: &Call, port: &dyn LiveKitPort, method: &str) -> TwirpError {
    match admin_of(call, method) {
        Err(error) => error,
        Ok(()) => match method {
            "SendData" => gate(port, ApiOperation::SendData, "RoomService.SendData", Unbuilt::DataMessages),
            "PerformRpc" => gate(port, ApiOperation::PerformRpc, "RoomService.PerformRpc", Unbuilt::DataMessages),
            _ => not_built("forwarding a participant to another room", Unbuilt::Forwarding),
        },
    }
}

fn admin_of(call: &Call, method: &str) -> Result<(), TwirpError> {
    let room = match method {
        "SendData" => call.decode::<proto::SendDataRequest>()?.room,
        "PerformRpc" => call.decode::<proto::PerformRpcRequest>()?.room,
        _ => {
            let request = call.decode::<proto::ForwardParticipantRequest>()?;
            return require_destination(&call.grant(), &request.room, &request.destination_room);
        }
    };
    require_admin(&call.grant(), &room)
}
