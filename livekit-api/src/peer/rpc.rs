//! Calls of the server API to this client's RPC methods (livekit.md §3.7): the request goes over its channel, the
//! answer comes back there, or does not come in time.
use super::LiveKitPeer;
use super::Pending;
use livekit_protocol as proto;
use proto::data_packet::Value;
use sfu_core::id::RequestId;
use sfu_core::room::{RoomCommand, RpcCall, RpcFailure, RpcOutcome};
use sfu_core::time::Now;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long a client may take to acknowledge a call; as livekit-server.
const ACK_TIMEOUT: Duration = Duration::from_secs(2);
/// The version of the calls.
const VERSION: u32 = 1;

/// Calls by the id that they have on the wire.
#[derive(Default)]
pub(super) struct Calls(HashMap<String, Waiting>);

struct Waiting {
    call: RequestId,
    /// `None`: acknowledged.
    ack_due: Option<Instant>,
    due: Instant,
}

impl Calls {
    pub(super) fn due(&self) -> Option<Instant> {
        self.0.values().flat_map(|waiting| waiting.ack_due.into_iter().chain([waiting.due])).min()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl LiveKitPeer {
    /// Puts a call to the client.
    pub(super) fn call_client(&mut self, call: RequestId, rpc: RpcCall, now: Now) {
        let id = format!("viaduct-{}", call.0);
        let request = proto::RpcRequest {
            id: id.clone(),
            method: rpc.method,
            payload: rpc.payload,
            response_timeout_ms: u32::try_from(rpc.response_timeout.as_millis()).unwrap_or(u32::MAX),
            version: VERSION,
            ..proto::RpcRequest::default()
        };
        // The client answers to the identity that the call comes from: by this one its answers are known.
        self.send_to_client(&proto::DataPacket {
            participant_identity: id.clone(),
            value: Some(Value::RpcRequest(request)),
            ..proto::DataPacket::default()
        });
        let due = now.instant + rpc.response_timeout;
        self.calls.0.insert(id, Waiting { call, ack_due: Some(now.instant + ACK_TIMEOUT), due });
    }

    /// True where the packet belongs to a call of the server API: then it goes to nobody else.
    pub(super) fn take_answer(&mut self, value: &Value) -> bool {
        if let Value::RpcAck(ack) = value {
            return self.calls.0.get_mut(&ack.request_id).map(|waiting| waiting.ack_due = None).is_some();
        }
        let Value::RpcResponse(response) = value else { return false };
        let Some(waiting) = self.calls.0.remove(&response.request_id) else { return false };
        let outcome = match &response.value {
            Some(proto::rpc_response::Value::Error(error)) => RpcOutcome::Failed(RpcFailure {
                code: error.code,
                message: error.message.clone(),
                data: error.data.clone(),
            }),
            Some(proto::rpc_response::Value::Payload(payload)) => RpcOutcome::Answered(payload.clone()),
            Some(proto::rpc_response::Value::CompressedPayload(_)) | None => {
                failed(1500, "Application error in method handler")
            }
        };
        self.request(RoomCommand::AnswerRpc { call: waiting.call, outcome }, Pending::Quiet);
        true
    }

    /// Ends the calls that were not acknowledged or answered in time.
    pub(super) fn end_late_calls(&mut self, now: Now) {
        let late =
            |waiting: &Waiting| waiting.due <= now.instant || waiting.ack_due.is_some_and(|at| at <= now.instant);
        let mut ended: Vec<Waiting> =
            self.calls.0.extract_if(|_, waiting| late(&*waiting)).map(|(_, late)| late).collect();
        ended.sort_by_key(|waiting| waiting.call.0);
        for waiting in ended {
            let outcome = match waiting.ack_due {
                Some(_) => failed(1501, "Connection timeout"),
                None => failed(1502, "Response timeout"),
            };
            self.request(RoomCommand::AnswerRpc { call: waiting.call, outcome }, Pending::Quiet);
        }
    }
}

fn failed(code: u32, message: &str) -> RpcOutcome {
    RpcOutcome::Failed(RpcFailure { code, message: message.to_owned(), data: String::new() })
}
