//! Messages on a client's data channels, and what the server itself says there.
//!
//! Where the profile has no data messages nothing is forwarded: the sender gets a notice, an RPC caller an error
//! (livekit-errors.md §2.0, §7). The channels themselves stay open, or SDKs would hang. Where it has them, `data.rs`
//! reads them.
use super::{LiveKitPeer, Pending};
use crate::refusal;
use livekit_protocol as proto;
use prost::Message;
use proto::data_packet::Value;
use serde_json::json;
use sfu_core::capability::{self, Feature, Refusal};
use sfu_core::room::RoomCommand;
use sfu_core::signal::ChannelMessage;
use sfu_core::time::Now;
use std::time::Duration;

/// The channel for what must arrive.
pub(super) const RELIABLE: &str = "_reliable";
/// The channel for what is worth nothing later.
pub(super) const LOSSY: &str = "_lossy";
/// The topic of notices.
const NOTICE_TOPIC: &str = "viaduct.error";
/// Least time between two notices to one client.
const NOTICE_INTERVAL: Duration = Duration::from_secs(1);
/// RPC errors "unsupported method", "unsupported server" and "send failed" (livekit.md §3.7).
const RPC_UNSUPPORTED_METHOD: u32 = 1400;
const RPC_UNSUPPORTED_SERVER: u32 = 1403;
const RPC_SEND_FAILED: u32 = 1505;
/// Where RPC over text streams puts its request and its id.
const RPC_STREAM_TOPIC: &str = "lk.rpc_request";
const RPC_STREAM_ID: &str = "lk.rpc_request_id";

impl LiveKitPeer {
    pub(super) fn on_channel(&mut self, message: &ChannelMessage, now: Now) {
        match capability::require(self.config.profile, Feature::DataMessages) {
            Err(refusal) => {
                let packet = proto::DataPacket::decode(message.payload.as_slice()).ok();
                self.refuse_packet(packet.and_then(|packet| packet.value), &refusal, now);
            }
            Ok(()) => self.forward(message, now),
        }
    }

    /// Answers what an application sent. What SDKs send by themselves (metrics, acknowledgements) needs no answer.
    #[expect(deprecated, reason = "old SDKs may still send the deprecated kind")]
    fn refuse_packet(&mut self, value: Option<Value>, refusal: &Refusal, now: Now) {
        match &value {
            Some(Value::Metrics(_) | Value::RpcAck(_) | Value::RpcResponse(_) | Value::Speaker(_)) => {}
            Some(
                Value::RpcRequest(_)
                | Value::User(_)
                | Value::SipDtmf(_)
                | Value::Transcription(_)
                | Value::ChatMessage(_)
                | Value::StreamHeader(_)
                | Value::StreamChunk(_)
                | Value::StreamTrailer(_)
                | Value::EncryptedPacket(_),
            )
            | None => self.refuse_data(value.as_ref().and_then(rpc_id), refusal, now),
        }
    }

    /// Tells the sender why its message went nowhere: the caller of an RPC by that protocol's own error.
    pub(super) fn refuse_data(&mut self, rpc: Option<&str>, refusal: &Refusal, now: Now) {
        self.count(refusal);
        match rpc {
            Some(id) => self.refuse_rpc(id, refusal),
            None => self.notice(refusal, now),
        }
    }

    fn refuse_rpc(&mut self, id: &str, refusal: &Refusal) {
        let request_id = id.to_owned();
        self.send_packet(Value::RpcAck(proto::RpcAck { request_id: request_id.clone() }));
        let code = match refusal {
            Refusal::NotSupported(_) => RPC_UNSUPPORTED_SERVER,
            Refusal::Invalid { .. } => RPC_UNSUPPORTED_METHOD,
            Refusal::NotAllowed(_) | Refusal::NotNow(_) | Refusal::LimitReached(_) | Refusal::NotFound(_) => {
                RPC_SEND_FAILED
            }
        };
        let error = proto::RpcError { code, message: refusal.to_string(), data: String::new() };
        let value = Some(proto::rpc_response::Value::Error(error));
        self.send_packet(Value::RpcResponse(proto::RpcResponse { request_id, value }));
    }

    /// Tells the sender that its message went nowhere, at most once a second.
    fn notice(&mut self, refusal: &Refusal, now: Now) {
        if self.notice_from.is_some_and(|from| now.instant < from) {
            return;
        }
        self.notice_from = Some(now.instant + NOTICE_INTERVAL);
        let row = Feature::DataMessages.row();
        let code = match refusal {
            Refusal::NotSupported(feature) => feature.row().code,
            Refusal::NotAllowed(_)
            | Refusal::NotNow(_)
            | Refusal::LimitReached(_)
            | Refusal::NotFound(_)
            | Refusal::Invalid { .. } => refusal::signal(refusal).as_str_name(),
        };
        let notice = json!({ "code": code, "feature": row.key, "message": refusal.to_string() });
        self.send_packet(Value::User(proto::UserPacket {
            payload: notice.to_string().into_bytes(),
            topic: Some(NOTICE_TOPIC.to_owned()),
            ..proto::UserPacket::default()
        }));
    }

    /// Sends a packet from the server, which has no participant, to this client.
    fn send_packet(&mut self, value: Value) {
        self.send_to_client(&proto::DataPacket { value: Some(value), ..proto::DataPacket::default() });
    }

    /// Sends a packet to this client, for sure.
    pub(super) fn send_to_client(&mut self, packet: &proto::DataPacket) {
        let command = RoomCommand::SendChannel {
            role: self.receiving_role(),
            label: RELIABLE.to_owned(),
            binary: true,
            payload: packet.encode_to_vec(),
        };
        self.request(command, Pending::Quiet);
    }
}

/// The id of the RPC call that a packet makes.
#[expect(deprecated, reason = "the deprecated kind is named like all others")]
pub(super) fn rpc_id(value: &Value) -> Option<&str> {
    match value {
        Value::RpcRequest(request) => Some(&request.id),
        Value::StreamHeader(header) if header.topic == RPC_STREAM_TOPIC => {
            header.attributes.get(RPC_STREAM_ID).map(String::as_str)
        }
        Value::User(_)
        | Value::Speaker(_)
        | Value::SipDtmf(_)
        | Value::Transcription(_)
        | Value::Metrics(_)
        | Value::ChatMessage(_)
        | Value::RpcAck(_)
        | Value::RpcResponse(_)
        | Value::StreamHeader(_)
        | Value::StreamChunk(_)
        | Value::StreamTrailer(_)
        | Value::EncryptedPacket(_) => None,
    }
}
