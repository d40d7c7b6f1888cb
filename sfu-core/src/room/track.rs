//! What is published: streams (what a participant publishes together) and their tracks.
use crate::id::{ParticipantId, StreamId, TrackId};
use crate::sdp::{Codec, MediaKind, Mid};

/// A stream by its publisher and label: unique in a room.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct StreamKey {
    /// Who publishes it.
    pub participant: ParticipantId,
    /// Which of the participant's streams.
    pub stream: StreamId,
}

/// Where a track comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TrackSource {
    /// A microphone.
    Microphone,
    /// A camera.
    Camera,
    /// A shared screen's picture.
    ScreenShare,
    /// A shared screen's sound.
    ScreenShareAudio,
    /// Anything else.
    Unknown,
}

/// What a stream shows. Tracks are grouped into streams by this (old SDKs send no stream label).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum StreamSource {
    /// Camera and microphone.
    Camera,
    /// A shared screen and its sound.
    Screen,
    /// Anything else: the n-th further group of a participant, from 0.
    Custom(u8),
}

impl TrackSource {
    /// The kind of stream that a track of this source belongs to.
    pub const fn stream_source(self) -> StreamSource {
        match self {
            Self::Microphone | Self::Camera => StreamSource::Camera,
            Self::ScreenShare | Self::ScreenShareAudio => StreamSource::Screen,
            Self::Unknown => StreamSource::Custom(0),
        }
    }
}

/// What is said about a stream when it is published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StreamSpec {
    /// What it shows.
    pub source: StreamSource,
    /// It may have sound: fixed for the stream's life. Protocols that publish track by track say true for both halves.
    pub has_audio: bool,
    /// It may have a picture.
    pub has_video: bool,
    /// What the publisher's protocol says to its own kind when the stream appears, word for word; opaque here
    /// (v2: typeOfVideo, frameRate, videoDimensions, filter). Empty for none.
    pub face_data: String,
}

/// A simulcast or SVC layer as its publisher announced it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LayerSpec {
    /// 0 the smallest.
    pub spatial: u8,
    /// Its rid, where it has one.
    pub rid: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bits a second.
    pub bitrate_bps: u32,
    /// Its SSRC as announced; 0 while unknown.
    pub ssrc: u32,
}

/// What becomes of a track's first codec once its second comes, named as in LiveKit's `BackupCodecPolicy`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum BackupPolicy {
    /// In a small room, as if it were `Regression`: to encode twice costs its publisher more than the better codec saves.
    /// In a larger one, as if it were `Simulcast`.
    #[default]
    PreferRegression,
    /// Whoever takes the first keeps it, and both are sent.
    Simulcast,
    /// Everybody goes over to the second, and the first is not sent any more.
    Regression,
}

/// A track to publish.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrackSpec {
    /// Sound or picture.
    pub kind: MediaKind,
    /// Where it comes from.
    pub source: TrackSource,
    /// How the client names it in its offer (`a=msid`'s track part, LiveKit's `cid`); empty: by kind and order.
    pub client_id: String,
    /// Its name for people; may be empty.
    pub name: String,
    /// Published muted.
    pub muted: bool,
    /// Pixels; 0 while unknown.
    pub width: u32,
    /// Pixels; 0 while unknown.
    pub height: u32,
    /// Layers announced, lowest first.
    pub layers: Vec<LayerSpec>,
    /// The codecs that its publisher has for it: the first is the one to send, the second is sent too when somebody does
    /// not take the first. Empty: whichever the client sends.
    pub codecs: Vec<Codec>,
    /// What becomes of the first of them once the second comes.
    pub backup_policy: BackupPolicy,
    /// What the publisher's protocol wants to find again (LiveKit: the AddTrackRequest's flags), opaque here.
    pub face_data: Vec<u8>,
}

/// A published track as others see it.
#[derive(Clone, PartialEq, Debug)]
pub struct TrackInfo {
    /// Its id.
    pub id: TrackId,
    /// As published.
    pub spec: TrackSpec,
    /// Its m-line on the publisher's Transport once negotiated.
    pub mid: Option<Mid>,
    /// The codec that it is negotiated or seen to send; `None` while unknown.
    pub codec: Option<Codec>,
    /// Simulcast rids that were negotiated, lowest layer first; empty for a single layer.
    pub rids: Vec<String>,
    /// Its second codec, where it has one.
    pub backup: Option<BackupInfo>,
    /// Muted now.
    pub muted: bool,
    /// When it was published, ms since 1970.
    pub created_ms: u64,
}

/// The second codec of a track as others see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BackupInfo {
    /// The codec.
    pub codec: Codec,
    /// How the client names it in its offer; empty until it is about to send it.
    pub client_id: String,
    /// Its m-line on the publisher's Transport once negotiated.
    pub mid: Option<Mid>,
    /// Simulcast rids that were negotiated, lowest layer first; empty for a single layer.
    pub rids: Vec<String>,
    /// Its layers as announced, lowest first; empty: as those of the first codec.
    pub layers: Vec<LayerSpec>,
    /// It has taken the first one's place: whoever takes it gets it.
    pub regressed: bool,
}

/// A published stream as others see it.
#[derive(Clone, PartialEq, Debug)]
pub struct StreamInfo {
    /// Its label.
    pub id: StreamId,
    /// As published, with the changes since.
    pub spec: StreamSpec,
    /// Its sound now; `None` while none is published.
    pub audio: Option<TrackInfo>,
    /// Its picture now; `None` while none is published.
    pub video: Option<TrackInfo>,
    /// When it was published, ms since 1970.
    pub created_ms: u64,
}

impl StreamInfo {
    /// Its tracks.
    pub fn tracks(&self) -> impl Iterator<Item = &TrackInfo> {
        self.audio.iter().chain(self.video.iter())
    }

    /// True where sound is published and not muted (v2 `audioActive`).
    pub fn audio_active(&self) -> bool {
        self.audio.as_ref().is_some_and(|track| !track.muted)
    }

    /// True where a picture is published and not muted (v2 `videoActive`).
    pub fn video_active(&self) -> bool {
        self.video.as_ref().is_some_and(|track| !track.muted)
    }
}

/// A change to what is said about a stream.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StreamChange {
    /// Sound became active (true) or inactive.
    pub audio_active: Option<bool>,
    /// The picture became active (true) or inactive.
    pub video_active: Option<bool>,
    /// The picture's new size, pixels.
    pub video_size: Option<(u32, u32)>,
    /// What the publisher's protocol says about it to its own kind, word for word (v2: property, newValue, reason);
    /// empty: the change came from elsewhere and each face says it in its own words.
    pub face_data: String,
    /// The stream's new [`StreamSpec::face_data`], where the change alters it.
    pub new_stream_face_data: Option<String>,
}
