//! A Producer: one incoming track with all its simulcast layers.
//!
//! It takes opened packets, sorts out repeats and padding, notes what is missing, and says which of them go on to its
//! Consumers (the Router passes them on). Its layers are in `layer`; who its Consumers are is the Router's to say.
mod layer;
mod mirror;
mod rates;

pub(super) use layer::Layer;
pub(super) use mirror::Mirror;
pub(super) use rates::RateTable;

use super::audio_level::LevelMeter;
use super::clock::PeerClock;
use super::codec::PayloadInfo;
use super::command::{ProducerParams, ReceiveCodec};
use super::consumer::PipeConsumer;
use super::event::ProducerStats;
use super::rtp::header::RtpPacket;
use super::rtp::nack::Arrival;
use super::rtp::reception::Reception;
use super::transport::{Owner, Transport};
use crate::extension::{Extension, ExtensionMap};
use crate::id::ProducerId;
use crate::sdp::{Codec, MediaKind};
use slab::Slab;
use std::time::{Duration, Instant};

/// Where a Producer's packets come from.
pub(super) enum Inlet {
    /// From a client: the slot of its Transport.
    Transport(usize),
    /// From another Worker.
    Pipe(Mirror),
}

/// One incoming track.
pub(super) struct Producer {
    id: ProducerId,
    inlet: Inlet,
    kind: MediaKind,
    codecs: Vec<ReceiveCodec>,
    layers: Vec<Layer>,
    paused: bool,
    started: Option<Codec>,
    /// Packets that came, without repeats, and the bytes of their payloads.
    packets: u64,
    bytes: u64,
    /// Slots of its Consumers, in the Router.
    pub(super) consumers: Vec<usize>,
    /// Its copies for other Workers.
    pub(super) pipes: Vec<PipeConsumer>,
    /// REMB is negotiated and transport-wide feedback is not.
    pub(super) remb: bool,
    /// The cap on what the client may send.
    pub(super) max_bitrate_bps: Option<u64>,
    extensions: ExtensionMap,
    /// Listens to how loud it speaks, where somebody wants to know.
    meter: Option<Box<LevelMeter>>,
}

/// What a packet turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Accepted {
    /// It goes on.
    Media {
        /// Its codec.
        codec: Codec,
        /// What its payload says.
        info: PayloadInfo,
        /// It is the first packet, or the first with this codec.
        started: bool,
    },
    /// It holds nothing, but its number is used up.
    Padding,
}

impl Producer {
    /// A track.
    pub(super) fn new(params: &ProducerParams, inlet: Inlet) -> Self {
        let count = if params.rids.is_empty() { params.ssrcs.len() } else { params.rids.len() };
        Self {
            id: params.producer,
            inlet,
            kind: params.kind,
            codecs: params.codecs.clone(),
            layers: (0..count.max(1)).map(|_| Layer::new(params.kind)).collect(),
            paused: params.paused,
            started: None,
            packets: 0,
            bytes: 0,
            consumers: Vec::new(),
            pipes: Vec::new(),
            remb: params.remb && !params.transport_cc,
            max_bitrate_bps: params.max_bitrate_bps,
            extensions: params.extensions,
            meter: params.levels.map(|config| Box::new(LevelMeter::new(config))),
        }
    }

    /// Which Producer.
    pub(super) const fn id(&self) -> ProducerId {
        self.id
    }

    /// The slot of its Transport; `None` for a mirror.
    pub(super) const fn transport(&self) -> Option<usize> {
        match &self.inlet {
            Inlet::Transport(slot) => Some(*slot),
            Inlet::Pipe(_) => None,
        }
    }

    /// The mirror's half, where it is one.
    pub(super) const fn mirror(&self) -> Option<&Mirror> {
        match &self.inlet {
            Inlet::Transport(_) => None,
            Inlet::Pipe(mirror) => Some(mirror),
        }
    }

    /// The mirror's half, where it is one.
    pub(super) const fn mirror_mut(&mut self) -> Option<&mut Mirror> {
        match &mut self.inlet {
            Inlet::Transport(_) => None,
            Inlet::Pipe(mirror) => Some(mirror),
        }
    }

    /// How far its client's clock is from ours.
    pub(super) fn peer_clock(&self, transports: &Slab<Transport>) -> PeerClock {
        match &self.inlet {
            Inlet::Transport(slot) => transports.get(*slot).map(|transport| transport.duties.peer_clock),
            Inlet::Pipe(mirror) => Some(mirror.clock),
        }
        .unwrap_or_default()
    }

    /// Somebody takes what it sends, here or on another Worker.
    pub(super) fn has_receivers(&self) -> bool {
        !self.consumers.is_empty() || self.pipes.iter().any(PipeConsumer::is_wanted)
    }

    /// It has nothing to show: it is paused, or has sent nothing.
    pub(super) fn is_silent(&self) -> bool {
        let is_unheard = self.mirror().is_none_or(|mirror| mirror.is_silent) && self.started.is_none();
        self.paused || is_unheard
    }

    /// Sound or picture.
    pub(super) const fn kind(&self) -> MediaKind {
        self.kind
    }

    /// Packets that never came.
    pub(super) fn lost(&self) -> u64 {
        self.layers.iter().filter_map(|layer| layer.reception.as_ref()).map(Reception::lost).sum()
    }

    /// What it counted.
    pub(super) fn stats(&self) -> ProducerStats {
        ProducerStats { producer: self.id, packets: self.packets, bytes: self.bytes, lost: self.lost() }
    }

    /// How unevenly its packets come; of its layers the worst.
    pub(super) fn jitter(&self) -> Duration {
        let receptions = self.layers.iter().filter_map(|layer| layer.reception.as_ref());
        receptions.map(Reception::jitter).max().unwrap_or_default()
    }

    /// Its layers, lowest first.
    pub(super) fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Its layers, lowest first.
    pub(super) fn layers_mut(&mut self) -> &mut [Layer] {
        &mut self.layers
    }

    /// What each choice of its layers costs: rows are simulcast layers, or the spatial layers inside its one stream.
    pub(super) fn rates(&self, now: Instant) -> RateTable {
        match self.layers.as_slice() {
            [only] => RateTable::of_one(&only.rates),
            layers => RateTable::of_streams(layers.iter().map(|layer| layer.is_live(now).then_some(&layer.rates))),
        }
    }

    /// The ids of header extensions in its packets.
    pub(super) const fn extensions(&self) -> &ExtensionMap {
        &self.extensions
    }

    /// Whether its packets are dropped.
    pub(super) const fn is_paused(&self) -> bool {
        self.paused
    }

    /// Whether any packet has come.
    pub(super) const fn started(&self) -> Option<Codec> {
        self.started
    }

    /// The payload type that this source gives a codec.
    pub(super) fn payload_type(&self, codec: Codec) -> Option<u8> {
        self.codecs.iter().find(|known| known.codec == codec).map(|known| known.payload_type)
    }

    /// Drops its packets, or lets them through. A paused source is asked for nothing.
    pub(super) fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
        if paused {
            self.layers.iter_mut().for_each(|layer| layer.keyframes.cancel());
        }
    }

    /// Asks for a keyframe of one layer, as soon as one may be asked for.
    pub(super) fn request_keyframe(&mut self, layer: usize) {
        if self.kind == MediaKind::Video
            && !self.paused
            && let Some(layer) = self.layers.get_mut(layer)
        {
            layer.keyframes.request();
        }
    }

    /// Notes a media packet (one that was repeated, too) and says what to do with it; `None`: drop it.
    ///
    /// `index` is its extended number; a repeat has the one of the packet it repeats.
    pub(super) fn handle_packet(
        &mut self,
        owner: Owner,
        index: u64,
        packet: &RtpPacket<'_>,
        now: Instant,
    ) -> Option<Accepted> {
        let (header, has_receivers) = (*packet.header(), self.has_receivers());
        let layer = self.layers.get_mut(owner.layer)?;
        let Some(spec) = self.codecs.iter().find(|known| known.payload_type == header.payload_type).copied() else {
            // Comfort noise or a telephone event: not passed on, but its number is no loss.
            let is_known = layer.nack.handle_packet(index, now) == Arrival::Known;
            return (!is_known).then_some(Accepted::Padding);
        };
        if !owner.rtx {
            let fresh = || Reception::new(spec.codec.clock_rate_hz(), now);
            layer.reception.get_or_insert_with(fresh).handle_packet(index, header.timestamp, now);
            layer.has_news = true;
        }
        if layer.nack.handle_packet(index, now) == Arrival::Known {
            return None;
        }
        layer.note_packet(spec, index, now);
        self.packets += 1;
        self.bytes += packet.payload().len() as u64;
        if packet.payload().is_empty() {
            return Some(Accepted::Padding);
        }
        let mut info = PayloadInfo::parse(spec.codec, packet.payload());
        // Who sends a dependency descriptor leaves the layers out of VP8's own.
        if matches!(spec.codec, Codec::Av1 | Codec::Vp8)
            && let Some(value) = packet.extension_values(&self.extensions).get(Extension::DependencyDescriptor)
            && let Some(frame) = layer.dependencies.read(value)
        {
            info = info.with_dependencies(frame);
        }
        layer.rates.note(info.spatial_layer, info.temporal_layer, packet.payload().len(), now);
        layer.note_spatial(info.spatial_layer, now);
        if info.is_keyframe_start && self.kind == MediaKind::Video {
            layer.keyframes.handle_keyframe();
            layer.nack.forget_before(index);
        }
        if layer.nack.take_gave_up() && self.kind == MediaKind::Video && !self.paused && has_receivers {
            layer.keyframes.request_anew();
        }
        if self.paused {
            return None;
        }
        layer.cache.insert(index, header, packet.bytes(), now);
        let started = self.started.replace(spec.codec) != Some(spec.codec);
        Some(Accepted::Media { codec: spec.codec, info, started })
    }

    /// How loud it speaks, where a packet that goes on closes a window in which it does or stops to.
    #[inline]
    pub(super) fn heard(&mut self, packet: &RtpPacket<'_>, codec: Codec) -> Option<u16> {
        let meter = self.meter.as_mut()?;
        let value = packet.extension_values(&self.extensions).get(Extension::AudioLevel)?;
        // The highest bit is the sender's own guess whether it is speech (RFC 6464 section 3).
        let level = value.first()? & 0x7f;
        let level = meter.handle_level(level, packet.header().timestamp, codec.clock_rate_hz())?;
        Some((level.clamp(0.0, 1.0) * f64::from(u16::MAX)).round() as u16)
    }

    /// Turns a retransmission into the packet that it repeats (RFC 4588 §4), in place: gives its bytes and number.
    /// `None` for what nobody misses: probes, padding and repeats of what came already.
    pub(super) fn unwrap_rtx<'a>(&self, owner: Owner, bytes: &'a mut [u8]) -> Option<(&'a mut [u8], u64)> {
        let packet = RtpPacket::parse(bytes).ok()?;
        let original = u16::from_be_bytes(*packet.payload().first_chunk()?);
        let layer = self.layers.get(owner.layer)?;
        let index = layer.missing(original)?;
        let rtx_type = packet.header().payload_type;
        let spec = self.codecs.iter().find(|known| known.rtx == Some(rtx_type))?;
        let (ssrc, header_len, marker) = (layer.ssrc?, packet.header().len(), packet.header().marker);
        bytes.copy_within(..header_len, 2);
        let bytes = bytes.get_mut(2..)?;
        let fixed: &mut [u8; 12] = bytes.first_chunk_mut()?;
        fixed[1] = spec.payload_type | if marker { 0x80 } else { 0 };
        fixed[2..4].copy_from_slice(&original.to_be_bytes());
        fixed[8..12].copy_from_slice(&ssrc.to_be_bytes());
        Some((bytes, index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::TransportId;
    use crate::media::AudioLevelConfig;
    use crate::sdp::{Mid, SsrcGroup};

    fn producer(levels: Option<AudioLevelConfig>) -> Producer {
        let mut extensions = ExtensionMap::new();
        assert!(extensions.insert(1, Extension::AudioLevel));
        let mut random = crate::random::Random::seeded(5);
        let params = ProducerParams {
            producer: ProducerId::random(&mut random),
            transport: TransportId::random(&mut random),
            kind: MediaKind::Audio,
            mid: Mid("0".to_owned()),
            codecs: Vec::new(),
            ssrcs: vec![SsrcGroup { media: 7, rtx: None }],
            rids: Vec::new(),
            extensions,
            transport_cc: false,
            remb: false,
            max_bitrate_bps: None,
            paused: false,
            levels,
        };
        Producer::new(&params, Inlet::Transport(0))
    }

    /// A second of Opus in frames of 20 ms at this level; what was heard of it.
    fn hear(producer: &mut Producer, level: u8) -> Vec<u16> {
        let mut heard = Vec::new();
        for frame in 0..50_u32 {
            let mut bytes = vec![0x90, 111, 0, 0];
            bytes.extend((frame * 960).to_be_bytes());
            bytes.extend([0, 0, 0, 7, 0xbe, 0xde, 0, 1, 0x10, level, 0, 0, 1, 2, 3]);
            let packet = RtpPacket::parse(&bytes).unwrap();
            heard.extend(producer.heard(&packet, Codec::Opus));
        }
        heard
    }

    #[test]
    fn levels_are_read_from_packets_where_somebody_wants_to_know() {
        // The highest bit is not part of the level.
        for level in [20, 0x80 | 20] {
            let heard = hear(&mut producer(Some(AudioLevelConfig::default())), level);
            assert_eq!(heard, [4_369, 5_825], "two thirds of 0.1, then eight ninths");
        }
        assert!(hear(&mut producer(Some(AudioLevelConfig::default())), 90).is_empty());
        assert!(hear(&mut producer(None), 20).is_empty());
    }
}
