//! What stands in an event, in v2's order; a key that an event does not have is left out.
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The fields of all events about sessions, participants and streams.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fields {
    pub(super) session_id: String,
    pub(super) unique_session_id: String,
    pub(super) timestamp: u64,
    #[serde(flatten)]
    pub(super) end: Option<End>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) participant_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connection_id: Option<String>,
    #[serde(flatten)]
    pub(super) person: Option<Person>,
    #[serde(flatten)]
    pub(super) media: Option<Media>,
}

/// What an ending adds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct End {
    /// Ms since 1970.
    pub(super) start_time: u64,
    /// Whole seconds.
    pub(super) duration: u64,
    pub(super) reason: String,
}

impl End {
    pub(super) fn new(start_ms: u64, at_ms: u64, reason: &str) -> Self {
        let duration = at_ms.saturating_sub(start_ms) / 1_000;
        Self { start_time: start_ms, duration, reason: reason.to_owned() }
    }
}

/// What is said of a participant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Person {
    pub(super) location: String,
    pub(super) ip: String,
    pub(super) platform: String,
    pub(super) client_data: String,
    pub(super) server_data: String,
}

/// What is said of a stream that is sent or received.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Media {
    pub(super) connection: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) receiving_from: Option<String>,
    #[serde(flatten)]
    pub(super) picture: Option<Picture>,
    pub(super) audio_enabled: bool,
    pub(super) video_enabled: bool,
}

/// What is said of a picture.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Picture {
    pub(super) video_source: Value,
    pub(super) video_framerate: Value,
    /// JSON text.
    pub(super) video_dimensions: Value,
}

/// The fields of a signal; those without a value are null.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignalFields {
    pub(super) session_id: String,
    pub(super) unique_session_id: String,
    pub(super) timestamp: u64,
    pub(super) from: Option<String>,
    pub(super) to: Vec<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) data: Option<String>,
}
