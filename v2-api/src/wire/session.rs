//! The Session object of the REST API (openvidu-v2 section 1.2), with its exact key set.
use super::connection::ConnectionObject;
use super::recording::RecordingProperties;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A list of REST objects.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listing<T> {
    pub(crate) number_of_elements: usize,
    pub(crate) content: Vec<T>,
}

impl<T> Listing<T> {
    pub(crate) fn new(content: Vec<T>) -> Self {
        Self { number_of_elements: content.len(), content }
    }
}

/// The media node that a session was asked to be on: kept and shown, not acted on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MediaNode {
    pub(crate) id: String,
}

/// A session.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionObject {
    pub(crate) id: String,
    /// Always `session`.
    pub(crate) object: &'static str,
    pub(crate) session_id: String,
    /// ms since 1970.
    pub(crate) created_at: u64,
    pub(crate) recording: bool,
    pub(crate) broadcasting: bool,
    /// `ROUTED` or `RELAYED`.
    pub(crate) media_mode: String,
    /// `MANUAL` or `ALWAYS`.
    pub(crate) recording_mode: String,
    pub(crate) default_recording_properties: RecordingProperties,
    /// Empty where the id was generated.
    pub(crate) custom_session_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) media_node: Option<MediaNode>,
    /// As it was asked for.
    pub(crate) forced_video_codec: String,
    pub(crate) allow_transcoding: bool,
    pub(crate) connections: Listing<ConnectionObject>,
}
