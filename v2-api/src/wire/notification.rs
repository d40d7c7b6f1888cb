//! What the server tells clients unasked (openvidu-v2 section 2.4): name and parameters of each notification.
use super::property_change::PropertyChange;
use super::stream::StreamObject;
use serde_json::{Value, json};

/// A notification.
#[derive(Debug)]
pub(crate) enum Notification {
    /// Somebody came.
    ParticipantJoined { id: String, created_at: u64, metadata: String },
    /// Somebody publishes.
    ParticipantPublished { id: String, stream: StreamObject },
    /// Somebody no longer publishes.
    ParticipantUnpublished { connection_id: String, reason: &'static str },
    /// Somebody went, with its stream.
    ParticipantLeft { connection_id: String, reason: &'static str },
    /// Somebody was put out; the client that it names itself closes.
    ParticipantEvicted { connection_id: String, reason: &'static str },
    /// A signal; no `from`: by the server.
    SendMessage { data: Option<String>, kind: Option<String>, from: Option<String> },
    /// Something about a stream changed.
    StreamPropertyChanged { connection_id: String, stream_id: String, change: PropertyChange },
    /// How good a publisher's path is, 0 to 5; the first time without what it was before.
    NetworkQualityLevelChanged { connection_id: String, new_value: u8, old_value: Option<u8> },
    /// The connection on which the client receives a stream broke: it is to take this offer for a new one.
    ForciblyReconnectSubscriber { connection_id: String, stream_id: String, sdp_offer: String },
    /// The client's own role changed, or whether it is recorded.
    ConnectionPropertyChanged { property: &'static str, new_value: String },
}

/// The names of all that are ever sent.
pub const NOTIFICATIONS: &[&str] = &[
    "participantJoined",
    "participantPublished",
    "participantUnpublished",
    "participantLeft",
    "participantEvicted",
    "sendMessage",
    "streamPropertyChanged",
    "networkQualityLevelChanged",
    "forciblyReconnectSubscriber",
    "connectionPropertyChanged",
];

impl Notification {
    /// The frame's text, and the notification's name.
    pub(crate) fn to_text(&self) -> (&'static str, String) {
        let (method, params) = self.parts();
        debug_assert!(NOTIFICATIONS.contains(&method), "{method}");
        (method, json!({ "method": method, "params": params, "jsonrpc": "2.0" }).to_string())
    }

    fn parts(&self) -> (&'static str, Value) {
        match self {
            Self::ParticipantJoined { id, created_at, metadata } => {
                ("participantJoined", json!({ "id": id, "createdAt": created_at, "metadata": metadata }))
            }
            Self::ParticipantPublished { id, stream } => {
                ("participantPublished", json!({ "id": id, "streams": [stream] }))
            }
            Self::ParticipantUnpublished { connection_id, reason } => {
                ("participantUnpublished", json!({ "connectionId": connection_id, "reason": reason }))
            }
            Self::ParticipantLeft { connection_id, reason } => {
                ("participantLeft", json!({ "connectionId": connection_id, "reason": reason }))
            }
            Self::ParticipantEvicted { connection_id, reason } => {
                ("participantEvicted", json!({ "connectionId": connection_id, "reason": reason }))
            }
            Self::SendMessage { data, kind, from } => {
                let mut params = serde_json::Map::new();
                for (key, value) in [("data", data), ("type", kind), ("from", from)] {
                    if let Some(value) = value {
                        params.insert(key.to_owned(), json!(value));
                    }
                }
                ("sendMessage", Value::Object(params))
            }
            Self::StreamPropertyChanged { connection_id, stream_id, change } => (
                "streamPropertyChanged",
                json!({ "connectionId": connection_id, "streamId": stream_id, "property": change.property,
                        "newValue": change.new_value, "reason": change.reason }),
            ),
            Self::NetworkQualityLevelChanged { connection_id, new_value, old_value } => {
                let mut params = json!({ "connectionId": connection_id, "newValue": new_value });
                if let Some(old_value) = old_value {
                    params["oldValue"] = json!(old_value);
                }
                ("networkQualityLevelChanged", params)
            }
            Self::ForciblyReconnectSubscriber { connection_id, stream_id, sdp_offer } => (
                "forciblyReconnectSubscriber",
                json!({ "connectionId": connection_id, "streamId": stream_id, "sdpOffer": sdp_offer }),
            ),
            Self::ConnectionPropertyChanged { property, new_value } => {
                ("connectionPropertyChanged", json!({ "property": property, "newValue": new_value }))
            }
        }
    }
}
