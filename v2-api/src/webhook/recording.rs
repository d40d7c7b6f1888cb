//! `recordingStatusChanged`: its form. Recordings themselves are not built yet; whoever builds them fills this.
use super::event::V2Event;
use serde::Serialize;

/// A recording at the moment of a change.
#[derive(Clone, Debug)]
pub struct RecordingEvent {
    /// The session's name.
    pub session_id: String,
    /// The session's unique id.
    pub unique_session_id: String,
    /// When it changed, ms since 1970.
    pub timestamp_ms: u64,
    /// When the recording began, ms since 1970.
    pub start_ms: u64,
    /// Its length, seconds; 0 until it is ready.
    pub duration_s: f64,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How it is put together.
    pub output: RecordingOutput,
    /// With sound.
    pub has_audio: bool,
    /// With a picture.
    pub has_video: bool,
    /// Its size, bytes; 0 until it is ready.
    pub size_bytes: u64,
    /// `started`, `stopped`, `ready`, `failed`.
    pub status: &'static str,
    /// Why it stopped; `None` while it runs.
    pub reason: Option<String>,
}

/// How a recording is put together.
#[derive(Clone, Debug)]
pub enum RecordingOutput {
    /// A file for each stream.
    Individual,
    /// One file of all.
    Composed {
        /// Without waiting for a browser (`COMPOSED_QUICK_START`).
        quick_start: bool,
        /// The picture's settings; `None` for sound alone.
        picture: Option<RecordingPicture>,
    },
}

/// The picture of a composed recording.
#[derive(Clone, Debug)]
pub struct RecordingPicture {
    /// `1280x720`.
    pub resolution: String,
    /// Frames a second.
    pub frame_rate: u32,
    /// `BEST_FIT`, `CUSTOM` …
    pub layout: String,
    /// The folder of a custom layout.
    pub custom_layout: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    session_id: &'a str,
    unique_session_id: &'a str,
    timestamp: u64,
    start_time: u64,
    duration: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    id: &'a str,
    name: &'a str,
    output_mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frame_rate: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recording_layout: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_layout: Option<&'a str>,
    has_audio: bool,
    has_video: bool,
    size: u64,
    status: &'static str,
}

impl RecordingEvent {
    /// The event.
    pub fn event(&self) -> V2Event {
        let (output_mode, picture) = match &self.output {
            RecordingOutput::Individual => ("INDIVIDUAL", None),
            RecordingOutput::Composed { quick_start: false, picture } => ("COMPOSED", picture.as_ref()),
            RecordingOutput::Composed { quick_start: true, picture } => ("COMPOSED_QUICK_START", picture.as_ref()),
        };
        V2Event::single(
            "recordingStatusChanged",
            &Fields {
                session_id: &self.session_id,
                unique_session_id: &self.unique_session_id,
                timestamp: self.timestamp_ms,
                start_time: self.start_ms,
                duration: self.duration_s,
                reason: self.reason.as_deref(),
                id: &self.id,
                name: &self.name,
                output_mode,
                resolution: picture.map(|picture| picture.resolution.as_str()),
                frame_rate: picture.map(|picture| picture.frame_rate),
                recording_layout: picture.map(|picture| picture.layout.as_str()),
                custom_layout: picture.and_then(|picture| picture.custom_layout.as_deref()),
                has_audio: self.has_audio,
                has_video: self.has_video,
                size: self.size_bytes,
                status: self.status,
            },
        )
    }
}
