//! What a participant publishes, as the room keeps it: streams of at most one sound and one picture.
use super::negotiation::Receive;
use super::track::{BackupInfo, StreamInfo, StreamSpec, TrackInfo, TrackSpec};
use crate::id::{ProducerId, StreamId, TrackId};
use crate::sdp::{Codec, MediaKind, Mid};
use crate::time::Now;

/// What is known of a track only by negotiation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Details {
    pub(super) mid: Option<Mid>,
    pub(super) codec: Option<Codec>,
    pub(super) rids: Vec<String>,
}

impl Details {
    pub(super) fn of(receive: &Receive) -> Self {
        Self {
            mid: Some(receive.mid.clone()),
            codec: receive.codecs.first().map(|codec| codec.codec),
            rids: receive.rids.iter().map(|rid| rid.0.clone()).collect(),
        }
    }
}

/// A published track.
#[derive(Clone, Debug)]
pub(super) struct Track {
    /// What others see of it.
    pub(super) info: TrackInfo,
    /// Where its packets come in, once negotiated.
    pub(super) producer: Option<ProducerId>,
    /// Where its packets in the second codec come in, while they do.
    pub(super) second: Option<ProducerId>,
    /// Its packets are dropped at the moment.
    pub(super) paused: bool,
    /// Its publisher was told that somebody receives it.
    pub(super) subscribed_told: bool,
    /// It stands in the room's record.
    pub(super) recorded: bool,
}

impl Track {
    /// A track that is announced and not negotiated. It starts paused where its publisher stops sending when muted.
    pub(super) fn new(id: TrackId, spec: TrackSpec, pauses: bool, now: Now) -> Self {
        let (muted, paused) = (spec.muted, spec.muted && pauses);
        let (mid, codec, rids, created_ms) = (None, None, Vec::new(), now.unix_ms);
        let announced = |codec: &Codec| BackupInfo {
            codec: *codec,
            client_id: String::new(),
            mid: None,
            rids: Vec::new(),
            layers: Vec::new(),
            regressed: false,
        };
        let backup = spec.codecs.get(1).map(announced);
        let info = TrackInfo { id, spec, mid, codec, rids, backup, muted, created_ms };
        Self { info, producer: None, second: None, paused, subscribed_told: false, recorded: false }
    }

    /// Where its packets come in, in whatever codec.
    pub(super) fn producers(&self) -> impl Iterator<Item = ProducerId> {
        self.producer.into_iter().chain(self.second)
    }

    /// The place of the Producer of its first codec, or of its second.
    pub(super) const fn producer_mut(&mut self, second: bool) -> &mut Option<ProducerId> {
        if second { &mut self.second } else { &mut self.producer }
    }

    /// Takes over what negotiation says of its first codec, or of its second; true where that is news.
    pub(super) fn learn_of(&mut self, second: bool, details: &Details) -> bool {
        if !second {
            return self.learn(details);
        }
        let Some(backup) = &mut self.info.backup else { return false };
        let news = (&backup.mid, &backup.rids) != (&details.mid, &details.rids);
        backup.mid.clone_from(&details.mid);
        backup.rids.clone_from(&details.rids);
        news
    }

    /// What negotiation has said of its second codec.
    pub(super) fn second_details(&self) -> Details {
        let backup = self.info.backup.as_ref();
        Details {
            mid: backup.and_then(|backup| backup.mid.clone()),
            codec: backup.map(|backup| backup.codec),
            rids: backup.map(|backup| backup.rids.clone()).unwrap_or_default(),
        }
    }

    /// Takes over what negotiation says; true where that is news.
    pub(super) fn learn(&mut self, details: &Details) -> bool {
        let known =
            Details { mid: self.info.mid.take(), codec: self.info.codec, rids: std::mem::take(&mut self.info.rids) };
        let news = known != *details;
        self.info.mid.clone_from(&details.mid);
        self.info.codec = details.codec;
        self.info.rids.clone_from(&details.rids);
        news
    }

    /// What negotiation has said.
    pub(super) fn details(&self) -> Details {
        Details { mid: self.info.mid.clone(), codec: self.info.codec, rids: self.info.rids.clone() }
    }
}

/// A published stream.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) id: StreamId,
    pub(super) spec: StreamSpec,
    pub(super) created_ms: u64,
    /// As it is in the room's record, where one is kept.
    pub(super) recorded: Option<Box<StreamInfo>>,
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

    /// The ids of its tracks of these kinds, in this order.
    pub(super) fn ids_in(&self, kinds: &[MediaKind]) -> Vec<TrackId> {
        kinds.iter().filter_map(|kind| self.half(*kind)).map(|track| track.info.id).collect()
    }

    /// The kind of the track of this id.
    pub(super) fn kind_of(&self, id: TrackId) -> Option<MediaKind> {
        self.tracks().find(|track| track.info.id == id).map(|track| track.info.spec.kind)
    }
}
