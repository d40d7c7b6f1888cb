//! One simulcast layer of a Producer (its only one, mostly): what came of it, what is missing, what can be sent again.
use super::rates::RateMeter;
use crate::media::codec::dependency_descriptor::DependencyReader;
use crate::media::command::ReceiveCodec;
use crate::media::rtp::cache::PacketCache;
use crate::media::rtp::keyframe::KeyframeRequests;
use crate::media::rtp::nack::NackList;
use crate::media::rtp::reception::Reception;
use crate::media::rtp::sequence::extend;
use crate::media::rtp::timestamp::SenderClock;
use crate::sdp::MediaKind;
use std::time::{Duration, Instant};

/// Packets kept for receivers that miss some: 1.7 s of the fastest video measured (300 packets a second).
const VIDEO_PACKETS_KEPT: usize = 512;
/// The same of sound: 1.3 s at 20 ms a packet.
const AUDIO_PACKETS_KEPT: usize = 64;
/// A layer that has been silent for longer is not counted on.
const SILENCE_MAX: Duration = Duration::from_millis(1_500);
/// Spatial layers of one stream: VP9's three bits tell eight apart.
const SPATIAL_LAYERS: usize = 8;

/// One layer.
pub(in crate::media) struct Layer {
    /// The SSRC of its media, once known.
    pub(in crate::media) ssrc: Option<u32>,
    /// What it sends.
    pub(in crate::media) codec: Option<ReceiveCodec>,
    /// What is missing of it.
    pub(in crate::media) nack: NackList,
    /// Wishes for keyframes of it.
    pub(in crate::media) keyframes: KeyframeRequests,
    /// What can be sent again.
    pub(in crate::media) cache: PacketCache,
    /// What came of it: counted from its first packet on.
    pub(in crate::media) reception: Option<Reception>,
    /// A packet came that no receiver report has told of.
    pub(in crate::media) has_news: bool,
    /// Its media clock against its client's wall clock.
    pub(in crate::media) clock: Option<SenderClock>,
    /// What its dependency descriptors say.
    pub(in crate::media) dependencies: DependencyReader,
    /// What its layers cost.
    pub(in crate::media) rates: RateMeter,
    /// Number of the last FIR.
    pub(in crate::media) fir_number: u8,
    highest: Option<u64>,
    last_packet: Option<Instant>,
    /// When each spatial layer inside it was heard of last.
    last_spatial: [Option<Instant>; SPATIAL_LAYERS],
}

impl Layer {
    pub(super) fn new(kind: MediaKind) -> Self {
        let kept = match kind {
            MediaKind::Video => VIDEO_PACKETS_KEPT,
            MediaKind::Audio => AUDIO_PACKETS_KEPT,
        };
        Self {
            ssrc: None,
            codec: None,
            nack: NackList::new(),
            keyframes: KeyframeRequests::new(),
            cache: PacketCache::new(kept),
            reception: None,
            has_news: false,
            clock: None,
            dependencies: DependencyReader::default(),
            rates: RateMeter::default(),
            fir_number: 0,
            highest: None,
            last_packet: None,
            last_spatial: [None; SPATIAL_LAYERS],
        }
    }

    /// Takes `ssrc` for this layer's media; gives the one that it had before.
    pub(in crate::media) fn take_ssrc(&mut self, ssrc: u32) -> Option<u32> {
        if self.ssrc == Some(ssrc) {
            return None;
        }
        let old = self.ssrc.replace(ssrc);
        if old.is_some() {
            // A new SSRC counts anew.
            self.nack.reset();
            self.cache.clear();
            self.reception = None;
            self.has_news = false;
            self.clock = None;
            self.dependencies = DependencyReader::default();
            self.last_spatial = [None; SPATIAL_LAYERS];
            self.highest = None;
        }
        old
    }

    pub(super) fn note_packet(&mut self, codec: ReceiveCodec, index: u64, now: Instant) {
        self.codec = Some(codec);
        self.highest = Some(self.highest.map_or(index, |highest| highest.max(index)));
        self.last_packet = Some(now);
    }

    pub(super) fn note_spatial(&mut self, spatial: u8, now: Instant) {
        if let Some(last) = self.last_spatial.get_mut(usize::from(spatial)) {
            *last = Some(now);
        }
    }

    /// The highest spatial layer inside this stream that has been heard of lately.
    pub(in crate::media) fn top_spatial(&self, now: Instant) -> u8 {
        let is_live = |at: &Option<Instant>| at.is_some_and(|at| now.saturating_duration_since(at) < SILENCE_MAX);
        let top = self.last_spatial.iter().rposition(is_live);
        top.and_then(|top| u8::try_from(top).ok()).unwrap_or(0)
    }

    /// The extended number of a packet that is missed, by its sequence number; `None` where it is not.
    pub(super) fn missing(&self, sequence: u16) -> Option<u64> {
        let index = extend(self.highest?, sequence)?;
        self.nack.is_missed(index).then_some(index)
    }

    /// Whether it has been heard of lately.
    pub(in crate::media) fn is_live(&self, now: Instant) -> bool {
        self.last_packet.is_some_and(|at| now.saturating_duration_since(at) < SILENCE_MAX)
    }

    /// When something is to be asked for.
    pub(in crate::media) fn deadline(&self, now: Instant) -> Option<Instant> {
        let keyframe = self.ssrc.and_then(|_| self.keyframes.poll_timeout(now));
        [self.nack.poll_timeout(), keyframe].into_iter().flatten().min()
    }
}
