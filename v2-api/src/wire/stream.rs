//! A stream as v2 clients are told of it (openvidu-v2 section 2.2), and what a v2 publisher says of its own.
//!
//! What the core has no name for (typeOfVideo, frameRate) lies in `StreamSpec::face_data` as JSON; a stream of another
//! protocol is described by what the core knows.
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sfu_core::room::{ParticipantInfo, StreamInfo, StreamSource};

/// What a v2 publisher says of its stream beyond what the core knows. Keys absent in the request stay absent.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StreamExtras {
    /// `CAMERA`, `SCREEN`, `CUSTOM`, `IPCAM`, or the publisher's own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) type_of_video: Option<String>,
    /// Frames a second; -1: unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) frame_rate: Option<Value>,
    /// JSON text `{"width":…,"height":…}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) video_dimensions: Option<String>,
    /// What the publisher said of a half that its stream does not have: only ever told again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audio_active: Option<bool>,
    /// The same of the other half.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) video_active: Option<bool>,
}

impl StreamExtras {
    /// Those of a stream, whichever protocol its publisher came by: another face's data is not read.
    pub(crate) fn of(publisher: &ParticipantInfo, stream: &StreamInfo) -> Self {
        if publisher.protocol == crate::PROTOCOL {
            serde_json::from_str(&stream.spec.face_data).unwrap_or_default()
        } else {
            Self::described(stream)
        }
    }

    fn described(stream: &StreamInfo) -> Self {
        if !stream.spec.has_video {
            return Self::default();
        }
        let kind = match stream.spec.source {
            StreamSource::Camera => "CAMERA",
            StreamSource::Screen => "SCREEN",
            StreamSource::Custom(_) => "CUSTOM",
        };
        let (width, height) = stream.video.as_ref().map_or((0, 0), |track| (track.spec.width, track.spec.height));
        Self {
            type_of_video: Some(kind.to_owned()),
            frame_rate: Some(json!(-1)),
            video_dimensions: Some(dimensions(width, height)),
            ..Self::default()
        }
    }

    /// Without what is shown elsewhere.
    pub(crate) fn bare(self) -> Self {
        Self { audio_active: None, video_active: None, ..self }
    }

    /// As `StreamSpec::face_data`.
    pub(crate) fn to_face_data(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    /// Pixels, where the dimensions name them.
    pub(crate) fn size(&self) -> Option<(u32, u32)> {
        size_of(self.video_dimensions.as_deref()?)
    }

    /// The three letters in a stream's id.
    pub(crate) fn id_letters(&self, has_video: bool) -> &'static str {
        if !has_video {
            return "MIC";
        }
        match self.type_of_video.as_deref() {
            Some("SCREEN") => "SCR",
            Some("CUSTOM") => "CUS",
            Some("IPCAM") => "IPC",
            Some(_) | None => "CAM",
        }
    }
}

/// `{"width":640,"height":480}` as v2 writes it.
pub(crate) fn dimensions(width: u32, height: u32) -> String {
    format!("{{\"width\":{width},\"height\":{height}}}")
}

/// Pixels from the JSON text of dimensions.
pub(crate) fn size_of(text: &str) -> Option<(u32, u32)> {
    let value: Value = serde_json::from_str(text).ok()?;
    let side =
        |name: &str| value.get(name)?.as_f64().filter(|side| (0.0..=65_535.0).contains(side)).map(|side| side as u32);
    Some((side("width")?, side("height")?))
}

/// A stream in `joinRoom`'s `value` and in `participantPublished`.
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StreamObject {
    id: String,
    created_at: u64,
    has_audio: bool,
    has_video: bool,
    audio_active: bool,
    video_active: bool,
    #[serde(flatten)]
    extras: StreamExtras,
    filter: Map<String, Value>,
}

impl StreamObject {
    /// The stream under this id.
    pub(crate) fn new(id: String, publisher: &ParticipantInfo, stream: &StreamInfo) -> Self {
        let extras = StreamExtras::of(publisher, stream);
        let said = |has: bool, active: bool, said: Option<bool>| if has { active } else { said.unwrap_or(false) };
        Self {
            id,
            created_at: stream.created_ms,
            has_audio: stream.spec.has_audio,
            has_video: stream.spec.has_video,
            audio_active: said(stream.spec.has_audio, stream.audio_active(), extras.audio_active),
            video_active: said(stream.spec.has_video, stream.video_active(), extras.video_active),
            extras: extras.bare(),
            filter: Map::new(),
        }
    }
}
