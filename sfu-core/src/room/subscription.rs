//! What a participant receives, as the room keeps it: per stream at most one Consumer for each half.
use super::negotiation::same_family;
use super::track::StreamKey;
use crate::id::{ConsumerId, TrackId};
use crate::sdp::{Codec, MediaKind, Mid};

/// How far a Consumer has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// It has no section yet: the client has to offer one.
    Waiting,
    /// It has a section that is being negotiated.
    Offered,
    /// It is open on the worker.
    Open,
}

/// An outgoing copy as the room keeps it.
#[derive(Clone, Debug)]
pub(super) struct Consumer {
    pub(super) id: ConsumerId,
    /// The track that the client was told; `None` where it receives a stream's half whatever track that is.
    pub(super) track: Option<TrackId>,
    pub(super) stage: Stage,
    /// Its section, where it has one.
    pub(super) mid: Option<Mid>,
    /// What its receiver takes, once negotiated.
    pub(super) codecs: Vec<Codec>,
}

impl Consumer {
    pub(super) fn new(id: ConsumerId, track: Option<TrackId>, stage: Stage) -> Self {
        Self { id, track, stage, mid: None, codecs: Vec::new() }
    }

    /// True where its receiver takes this codec.
    pub(super) fn takes(&self, codec: Codec) -> bool {
        self.codecs.iter().any(|taken| same_family(*taken, codec))
    }
}

/// A stream that is received.
#[derive(Clone, Debug)]
pub(super) struct Reception {
    /// Since when, ms since 1970.
    pub(super) since_ms: u64,
    /// When its beginning was written into the room's record, ms since 1970.
    pub(super) recorded_ms: Option<u64>,
    pub(super) audio: Option<Consumer>,
    pub(super) video: Option<Consumer>,
}

impl Reception {
    pub(super) fn new(since_ms: u64) -> Self {
        Self { since_ms, recorded_ms: None, audio: None, video: None }
    }

    pub(super) fn half(&self, kind: MediaKind) -> Option<&Consumer> {
        match kind {
            MediaKind::Audio => self.audio.as_ref(),
            MediaKind::Video => self.video.as_ref(),
        }
    }

    pub(super) fn half_mut(&mut self, kind: MediaKind) -> &mut Option<Consumer> {
        match kind {
            MediaKind::Audio => &mut self.audio,
            MediaKind::Video => &mut self.video,
        }
    }

    fn consumers_mut(&mut self) -> impl Iterator<Item = &mut Consumer> {
        self.audio.iter_mut().chain(self.video.iter_mut())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.audio.is_none() && self.video.is_none()
    }
}

impl super::roster::Participant {
    /// How many Consumers it has, negotiated or about to be.
    pub(super) fn consumer_count(&self) -> usize {
        let halves = |reception: &Reception| reception.audio.iter().chain(&reception.video).count();
        self.received.values().map(halves).sum()
    }

    /// How many of them carry pictures.
    pub(super) fn video_consumer_count(&self) -> usize {
        self.received.values().filter(|reception| reception.video.is_some()).count()
    }

    /// Which half of which stream a Consumer carries.
    pub(super) fn find_consumer(&self, id: ConsumerId) -> Option<(StreamKey, MediaKind)> {
        self.received.iter().find_map(|(key, reception)| {
            let carries = |kind| reception.half(kind).is_some_and(|consumer| consumer.id == id);
            [MediaKind::Audio, MediaKind::Video].into_iter().find(|kind| carries(*kind)).map(|kind| (*key, kind))
        })
    }

    /// The Consumer of this id.
    pub(super) fn consumer_mut(&mut self, id: ConsumerId) -> Option<&mut Consumer> {
        self.received.values_mut().flat_map(Reception::consumers_mut).find(|consumer| consumer.id == id)
    }

    /// The Consumer that carries this track.
    pub(super) fn consumer_of(&self, key: StreamKey, kind: MediaKind) -> Option<&Consumer> {
        self.received.get(&key)?.half(kind)
    }
}
