//! A client's data messages on their way to the others. Only here is a `DataPacket` read (livekit.md §3.7).
//!
//! The server says who sent it, whatever the packet claims; only agents may speak for others, and only in chat and
//! text streams. The room decides who gets it; what participants of the other protocol send is put into a packet here.
use super::channel::{LOSSY, RELIABLE, rpc_id};
use super::data_tracks::DATA_TRACK;
use super::{LiveKitPeer, Pending};
use crate::ids;
use livekit_protocol as proto;
use prost::Message;
use proto::data_packet::Value;
use proto::data_stream::header::ContentHeader;
use sfu_core::capability::{LimitKind, Refusal};
use sfu_core::id::ParticipantId;
use sfu_core::room::{DataMessage, DataText, ParticipantKind, RoomCommand};
use sfu_core::signal::ChannelMessage;
use sfu_core::time::Now;
use std::time::{Duration, Instant};

/// Over which messages are counted.
const RATE_WINDOW: Duration = Duration::from_secs(1);

/// Who sent a packet, as the others are told it; all empty where the sender is hidden.
struct Sender {
    sid: String,
    identity: String,
    is_agent: bool,
}

impl LiveKitPeer {
    /// Hands a message to the room, or says why not.
    pub(super) fn forward(&mut self, message: &ChannelMessage, now: Now) {
        if message.payload.len() > self.config.data_message_bytes_max {
            return self.refuse_data(None, &Refusal::LimitReached(LimitKind::Size), now);
        }
        if message.label == DATA_TRACK {
            return self.forward_frame(message, now);
        }
        if self.sends_too_much(now) {
            return self.refuse_data(None, &Refusal::LimitReached(LimitKind::Rate), now);
        }
        let data = match message.label.as_str() {
            RELIABLE | LOSSY => match proto::DataPacket::decode(message.payload.as_slice()) {
                Ok(packet) => self.read_packet(packet, message.label == RELIABLE, now),
                Err(_) => {
                    let why = "the message is no DataPacket".to_owned();
                    return self.refuse_data(None, &Refusal::Invalid { what: "data packet", why }, now);
                }
            },
            // A channel of the application's own: relayed as it is (livekit.md §3.7).
            _ => Some((
                DataMessage {
                    to_all: true,
                    reliable: true,
                    label: message.label.clone(),
                    binary: message.binary,
                    wire: message.payload.clone(),
                    ..DataMessage::default()
                },
                None,
            )),
        };
        if let Some((data, rpc)) = data {
            self.request(RoomCommand::SendData(Box::new(data)), Pending::Data { rpc });
        }
    }

    /// The client numbers its reliable messages, so it knows others' numbers too.
    pub(crate) fn numbers_messages(&self) -> bool {
        self.last_sequence > 0
    }

    /// Counts the client's messages, second by second.
    fn sends_too_much(&mut self, now: Now) -> bool {
        let max = self.config.data_messages_per_second_max;
        let is_over = |(since, _): &(Instant, u32)| now.instant.saturating_duration_since(*since) >= RATE_WINDOW;
        let (since, count) = self.data_count.filter(|window| !is_over(window)).unwrap_or((now.instant, 0));
        self.data_count = Some((since, count.saturating_add(1)));
        max > 0 && count >= max
    }

    /// A packet as the others are to have it, with the id of the RPC call that it makes; `None` where it goes no
    /// further.
    fn read_packet(
        &mut self,
        mut packet: proto::DataPacket,
        reliable: bool,
        now: Now,
    ) -> Option<(DataMessage, Option<String>)> {
        if reliable && packet.sequence > 0 {
            if packet.sequence <= self.last_sequence {
                return None;
            }
            self.last_sequence = packet.sequence;
        }
        if packet.value.as_ref().is_some_and(|value| self.take_answer(value)) {
            return None;
        }
        let rpc = packet.value.as_ref().and_then(rpc_id).map(str::to_owned);
        match self.stamp(&mut packet, reliable) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(refusal) => {
                self.refuse_data(rpc.as_deref(), &refusal, now);
                return None;
            }
        }
        let data = DataMessage { sequence: packet.sequence, ..message(&packet, reliable) };
        Some((data, rpc))
    }

    /// Writes into the packet who sent it and how. False where it goes no further: nobody may subscribe to metrics.
    #[expect(deprecated, reason = "older SDKs read and write the deprecated fields")]
    fn stamp(&self, packet: &mut proto::DataPacket, reliable: bool) -> Result<bool, Refusal> {
        let sender = self.sender();
        let kind = if reliable { proto::data_packet::Kind::Reliable } else { proto::data_packet::Kind::Lossy };
        packet.kind = kind.into();
        packet.participant_sid.clone_from(&sender.sid);
        let claimed = std::mem::replace(&mut packet.participant_identity, sender.identity.clone());
        let speaks_for =
            |claimed: String| (sender.is_agent && !claimed.is_empty() && claimed != sender.identity).then_some(claimed);
        match &mut packet.value {
            Some(Value::User(user)) => {
                user.participant_sid.clone_from(&sender.sid);
                user.participant_identity.clone_from(&sender.identity);
                if packet.destination_identities.is_empty() {
                    packet.destination_identities.clone_from(&user.destination_identities);
                } else {
                    user.destination_identities.clone_from(&packet.destination_identities);
                }
            }
            Some(Value::ChatMessage(chat)) => {
                if let Some(claimed) = speaks_for(claimed) {
                    packet.participant_identity = claimed;
                    chat.generated = true;
                }
            }
            Some(Value::StreamHeader(header)) => {
                if let Some(ContentHeader::TextHeader(text)) = &mut header.content_header
                    && let Some(claimed) = speaks_for(claimed)
                {
                    packet.participant_identity = claimed;
                    text.generated = true;
                }
            }
            Some(Value::Transcription(_)) if !sender.is_agent => {
                return Err(Refusal::NotAllowed("only agents may send transcriptions"));
            }
            Some(Value::Metrics(_)) => return Ok(false),
            Some(Value::Speaker(_)) => return Err(Refusal::NotAllowed("only the server says who speaks")),
            Some(
                Value::Transcription(_)
                | Value::SipDtmf(_)
                | Value::RpcRequest(_)
                | Value::RpcAck(_)
                | Value::RpcResponse(_)
                | Value::StreamChunk(_)
                | Value::StreamTrailer(_)
                | Value::EncryptedPacket(_),
            ) => {}
            None => return Err(Refusal::Invalid { what: "data packet", why: "its kind is unknown".to_owned() }),
        }
        Ok(true)
    }

    fn sender(&self) -> Sender {
        let me = self.me.as_ref();
        let is_agent = me.is_some_and(|me| me.kind == ParticipantKind::Agent);
        match me.filter(|me| !me.permissions.hidden) {
            Some(me) => Sender { sid: ids::participant_sid(me.id), identity: me.identity.clone(), is_agent },
            None => Sender { sid: String::new(), identity: String::new(), is_agent },
        }
    }

    /// A message of a participant of the other protocol, or of that protocol's server API.
    #[expect(deprecated, reason = "older SDKs read the deprecated fields")]
    pub(super) fn say_data(&mut self, from: Option<(ParticipantId, String)>, text: DataText) {
        let (participant_sid, participant_identity) =
            from.map(|(id, identity)| (ids::participant_sid(id), identity)).unwrap_or_default();
        let user = proto::UserPacket {
            participant_sid: participant_sid.clone(),
            participant_identity: participant_identity.clone(),
            payload: text.payload,
            topic: text.topic,
            ..proto::UserPacket::default()
        };
        self.send_to_client(&proto::DataPacket {
            participant_identity,
            participant_sid,
            value: Some(Value::User(user)),
            ..proto::DataPacket::default()
        });
    }
}

/// What the room is handed of a packet that says who sent it.
#[expect(deprecated, reason = "older SDKs name receivers by sid")]
pub(crate) fn message(packet: &proto::DataPacket, reliable: bool) -> DataMessage {
    let user = if let Some(Value::User(user)) = &packet.value { Some(user) } else { None };
    let to = packet.destination_identities.clone();
    let sids = user.map(|user| user.destination_sids.as_slice()).unwrap_or_default();
    DataMessage {
        // A sid that is nobody's still narrows the message down: it does not become one to all.
        to_all: to.is_empty() && sids.is_empty(),
        to,
        to_participants: sids.iter().filter_map(|sid| ids::parse_participant_sid(sid)).collect(),
        reliable,
        sequence: 0,
        nonce: user.map(|user| user.nonce.clone()).unwrap_or_default(),
        text: user.map(|user| DataText { topic: user.topic.clone(), payload: user.payload.clone() }),
        label: if reliable { RELIABLE } else { LOSSY }.to_owned(),
        binary: true,
        wire: packet.encode_to_vec(),
    }
}
