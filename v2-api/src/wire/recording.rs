//! The properties of a recording (openvidu-v2 section 1.6): a session's defaults show them; which keys there are depends
//! on the output mode.
use super::session::MediaNode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a session is recorded where the recording itself does not say.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordingProperties {
    pub(crate) name: String,
    pub(crate) has_audio: bool,
    pub(crate) has_video: bool,
    /// `COMPOSED`, `COMPOSED_QUICK_START`, `INDIVIDUAL`.
    pub(crate) output_mode: String,
    /// Composed, with video: `BEST_FIT`, `PICTURE_IN_PICTURE`, `VERTICAL_PRESENTATION`, `HORIZONTAL_PRESENTATION`, `CUSTOM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recording_layout: Option<String>,
    /// Composed, with video: `WxH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolution: Option<String>,
    /// Composed, with video: frames a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) frame_rate: Option<i64>,
    /// Composed, with video: bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shm_size: Option<i64>,
    /// With layout `CUSTOM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) custom_layout: Option<String>,
    /// Individual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ignore_failed_streams: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) media_node: Option<MediaNode>,
}

impl RecordingProperties {
    /// The default of defaults: composed, everything, best fit.
    pub(crate) fn composed() -> Self {
        Self {
            name: String::new(),
            has_audio: true,
            has_video: true,
            output_mode: "COMPOSED".to_owned(),
            recording_layout: Some("BEST_FIT".to_owned()),
            resolution: Some("1280x720".to_owned()),
            frame_rate: Some(25),
            shm_size: Some(536_870_912),
            custom_layout: None,
            ignore_failed_streams: None,
            media_node: None,
        }
    }
}
