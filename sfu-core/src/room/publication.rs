//! What a participant publishes, as the room keeps it: streams of at most one sound and one picture.
use super::track::{StreamInfo, StreamSpec, TrackInfo};
use crate::id::{ProducerId, StreamId, TrackId};
use crate::sdp::MediaKind;

/// A published track.
#[derive(Clone, Debug)]
pub(super) struct Track {
    /// What others see of it.
    pub(super) info: TrackInfo,
    /// Where its packets come in, once negotiated.
    pub(super) producer: Option<ProducerId>,
    /// Its packets are dropped at the moment.
    pub(super) paused: bool,
    /// Its publisher was told that somebody receives it.
    pub(super) subscribed_told: bool,
}

/// A published stream.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) id: StreamId,
    pub(super) spec: StreamSpec,
    pub(super) created_ms: u64,
    pub(super) audio: Option<Track>,
    pub(super) video: Option<Track>,
}

impl Stream {
    /// What others see of it.
    pub(super) fn info(&self) -> StreamInfo {
        StreamInfo {
            id: self.id,
            spec: self.spec.clone(),
            audio: self.audio.as_ref().map(|track| track.info.clone()),
            video: self.video.as_ref().map(|track| track.info.clone()),
            created_ms: self.created_ms,
        }
    }

    /// The half of this kind.
    pub(super) fn half(&self, kind: MediaKind) -> Option<&Track> {
        match kind {
            MediaKind::Audio => self.audio.as_ref(),
            MediaKind::Video => self.video.as_ref(),
        }
    }

    /// The place of the half of this kind.
    pub(super) fn half_mut(&mut self, kind: MediaKind) -> &mut Option<Track> {
        match kind {
            MediaKind::Audio => &mut self.audio,
            MediaKind::Video => &mut self.video,
        }
    }

    /// Its tracks, sound first.
    pub(super) fn tracks(&self) -> impl Iterator<Item = &Track> {
        self.audio.iter().chain(self.video.iter())
    }

    /// Its tracks, sound first.
    pub(super) fn tracks_mut(&mut self) -> impl Iterator<Item = &mut Track> {
        self.audio.iter_mut().chain(self.video.iter_mut())
    }

    /// The track of this id.
    pub(super) fn track(&self, id: TrackId) -> Option<&Track> {
        self.tracks().find(|track| track.info.id == id)
    }
}
