//! RoomService's methods that need a refused feature, or that exist only in LiveKit's cloud.
use super::super::call::{Call, require_admin};
use super::super::unbuilt::gate;
use crate::port::LiveKitPort;
use crate::refusal::{TwirpCode, TwirpError};
use livekit_protocol as proto;
use sfu_core::capability::ApiOperation;

/// The refusal: authorisation first, then the gate.
pub(super) fn refuse(call: &Call, port: &dyn LiveKitPort, method: &str) -> TwirpError {
    match admin_of(call, method) {
        Err(error) => error,
        Ok(()) => match method {
            "SendData" => gate(port, ApiOperation::SendData, "RoomService.SendData"),
            "PerformRpc" => gate(port, ApiOperation::PerformRpc, "RoomService.PerformRpc"),
            _ => TwirpError::new(TwirpCode::Unimplemented, "participants cannot be forwarded or moved between rooms"),
        },
    }
}

fn admin_of(call: &Call, method: &str) -> Result<(), TwirpError> {
    let room = match method {
        "SendData" => call.decode::<proto::SendDataRequest>()?.room,
        "PerformRpc" => call.decode::<proto::PerformRpcRequest>()?.room,
        "ForwardParticipant" => call.decode::<proto::ForwardParticipantRequest>()?.room,
        _ => call.decode::<proto::MoveParticipantRequest>()?.room,
    };
    require_admin(&call.grant(), &room)
}
