//! `PerformRpc`: calls a method that a participant's client has registered, and waits for what it says.
use super::super::call::require_admin;
use super::super::unbuilt::require_feature;
use crate::port::LiveKitPort;
use crate::refusal::{TwirpCode, TwirpError};
use crate::token::VideoGrant;
use livekit_protocol as proto;
use sfu_core::capability::ApiOperation;
use sfu_core::room::{RoomCommand, RoomEvent, RpcCall, RpcFailure, RpcOutcome};
use std::time::Duration;

/// Bytes of a payload; livekit.md §3.7.
const PAYLOAD_BYTES_MAX: usize = 15_360;
/// How long an answer may take where the call does not say; as livekit-server.
const RESPONSE_TIMEOUT_MS: u32 = 10_000;
/// Longest time that a call may ask for.
const RESPONSE_TIMEOUT_MS_MAX: u32 = 60_000;

pub(super) async fn perform_rpc(
    port: &dyn LiveKitPort,
    grant: &VideoGrant,
    request: proto::PerformRpcRequest,
) -> Result<proto::PerformRpcResponse, TwirpError> {
    require_admin(grant, &request.room)?;
    require_feature(port, ApiOperation::PerformRpc)?;
    if request.destination_identity.is_empty() {
        return Err(TwirpError::new(TwirpCode::InvalidArgument, "destination identity is required"));
    }
    if request.payload.len() > PAYLOAD_BYTES_MAX {
        return Err(error(&failure(1402, "Request payload too large")));
    }
    let timeout_ms = match request.response_timeout_ms {
        0 => RESPONSE_TIMEOUT_MS,
        asked => asked.min(RESPONSE_TIMEOUT_MS_MAX),
    };
    let call = RpcCall {
        to: request.destination_identity,
        method: request.method,
        payload: request.payload,
        response_timeout: Duration::from_millis(timeout_ms.into()),
    };
    match port.command(&request.room, RoomCommand::PerformRpc(Box::new(call))).await {
        Ok(RoomEvent::RpcAnswered { outcome: RpcOutcome::Answered(payload), .. }) => {
            Ok(proto::PerformRpcResponse { payload })
        }
        Ok(RoomEvent::RpcAnswered { outcome: RpcOutcome::Failed(failure), .. }) => Err(error(&failure)),
        Ok(RoomEvent::RpcAnswered { outcome: RpcOutcome::Left, .. }) => {
            Err(error(&failure(1503, "Recipient disconnected")))
        }
        Ok(_) => Err(TwirpError::new(TwirpCode::Internal, "unexpected answer of the room")),
        Err(refusal) => Err(crate::refusal::twirp(&refusal)),
    }
}

fn failure(code: u32, message: &str) -> RpcFailure {
    RpcFailure { code, message: message.to_owned(), data: String::new() }
}

/// As livekit-server says it.
fn error(failure: &RpcFailure) -> TwirpError {
    let code = match failure.code {
        1400 => TwirpCode::InvalidArgument,
        1401 => TwirpCode::NotFound,
        1402 => TwirpCode::Malformed,
        1403 | 1404 => TwirpCode::Unimplemented,
        1501 | 1502 => TwirpCode::Canceled,
        1503 => TwirpCode::Unavailable,
        _ => TwirpCode::Internal,
    };
    let RpcFailure { code: number, message, data } = failure;
    let more = if data.is_empty() { String::new() } else { format!(": {data}") };
    TwirpError::new(code, format!("RpcError {number}: {message}{more}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_client_says_of_a_failure_is_passed_on() {
        let mut told = failure(1500, "boom");
        told.data = "more".to_owned();
        let error = error(&told);
        assert_eq!((error.code, error.message.as_str()), (TwirpCode::Internal, "RpcError 1500: boom: more"));
    }
}
