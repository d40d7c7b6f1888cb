//! Messages on a client's data channels. Only here is a `DataPacket` read.
//!
//! Where the profile has no data messages nothing is forwarded: the sender gets a notice, an RPC caller an error
//! (livekit-errors.md §2.0, §7). The channels themselves stay open, or SDKs would hang.
use super::{LiveKitPeer, Pending};
use livekit_protocol as proto;
use prost::Message;
use proto::data_packet::Value;
use serde_json::json;
use sfu_core::capability::{self, Feature, Refusal};
use sfu_core::room::{DataMessage, RoomCommand};
use sfu_core::signal::ChannelMessage;
use sfu_core::time::Now;
use std::time::Duration;

/// The channel for what must arrive.
const RELIABLE: &str = "_reliable";
/// The topic of notices.
const NOTICE_TOPIC: &str = "viaduct.error";
/// Least time between two notices to one client.
const NOTICE_INTERVAL: Duration = Duration::from_secs(1);
/// RPC error "unsupported server" (livekit.md §3.7).
const RPC_UNSUPPORTED_SERVER: u32 = 1403;
/// Where RPC over text streams puts its request and its id.
const RPC_STREAM_TOPIC: &str = "lk.rpc_request";
const RPC_STREAM_ID: &str = "lk.rpc_request_id";

impl LiveKitPeer {
    pub(super) fn on_channel(&mut self, message: &ChannelMessage, now: Now) {
        let packet = proto::DataPacket::decode(message.payload.as_slice()).ok();
        match capability::require(self.config.profile, Feature::DataMessages) {
            Err(refusal) => self.refuse_packet(packet.and_then(|packet| packet.value), &refusal, now),
            Ok(()) => self.forward(message, packet, now),
        }
    }

    /// Answers what an application sent. What SDKs send by themselves (metrics, acknowledgements) needs no answer.
    #[expect(deprecated, reason = "old SDKs may still send the deprecated kind")]
    fn refuse_packet(&mut self, value: Option<Value>, refusal: &Refusal, now: Now) {
        let is_answered =
            !matches!(value, Some(Value::Metrics(_) | Value::RpcAck(_) | Value::RpcResponse(_) | Value::Speaker(_)));
        if is_answered {
            self.count(refusal);
        }
        match value {
            Some(Value::RpcRequest(request)) => self.refuse_rpc(&request.id, refusal),
            Some(Value::StreamHeader(header)) if header.topic == RPC_STREAM_TOPIC => {
                match header.attributes.get(RPC_STREAM_ID) {
                    Some(id) => self.refuse_rpc(id, refusal),
                    None => self.notice(now),
                }
            }
            Some(Value::Metrics(_) | Value::RpcAck(_) | Value::RpcResponse(_) | Value::Speaker(_)) => {}
            Some(
                Value::User(_)
                | Value::SipDtmf(_)
                | Value::Transcription(_)
                | Value::ChatMessage(_)
                | Value::StreamHeader(_)
                | Value::StreamChunk(_)
                | Value::StreamTrailer(_)
                | Value::EncryptedPacket(_),
            )
            | None => self.notice(now),
        }
    }

    fn forward(&mut self, message: &ChannelMessage, packet: Option<proto::DataPacket>, now: Now) {
        let reliable = message.label == RELIABLE;
        let Some(proto::DataPacket { value: Some(Value::User(user)), destination_identities: to, .. }) = packet else {
            return self.notice(now);
        };
        let data = DataMessage { to, topic: user.topic, reliable, payload: user.payload };
        self.request(RoomCommand::SendData(Box::new(data)), Pending::Quiet);
    }

    fn refuse_rpc(&mut self, id: &str, refusal: &Refusal) {
        let request_id = id.to_owned();
        self.send_packet(Value::RpcAck(proto::RpcAck { request_id: request_id.clone() }));
        let error = proto::RpcError { code: RPC_UNSUPPORTED_SERVER, message: refusal.to_string(), data: String::new() };
        let value = Some(proto::rpc_response::Value::Error(error));
        self.send_packet(Value::RpcResponse(proto::RpcResponse { request_id, value }));
    }

    /// Tells the sender that its message went nowhere, at most once a second.
    pub(super) fn notice(&mut self, now: Now) {
        if self.notice_from.is_some_and(|from| now.instant < from) {
            return;
        }
        self.notice_from = Some(now.instant + NOTICE_INTERVAL);
        let row = Feature::DataMessages.row();
        let message = Refusal::NotSupported(Feature::DataMessages).to_string();
        let notice = json!({ "code": row.code, "feature": row.key, "message": message });
        self.send_packet(Value::User(proto::UserPacket {
            payload: notice.to_string().into_bytes(),
            topic: Some(NOTICE_TOPIC.to_owned()),
            ..proto::UserPacket::default()
        }));
    }

    /// Sends a packet from the server, which has no participant, to this client.
    fn send_packet(&mut self, value: Value) {
        let packet = proto::DataPacket { value: Some(value), ..proto::DataPacket::default() };
        let command = RoomCommand::SendChannel {
            role: self.receiving_role(),
            label: RELIABLE.to_owned(),
            binary: true,
            payload: packet.encode_to_vec(),
        };
        self.request(command, Pending::Quiet);
    }
}
