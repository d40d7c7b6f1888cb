//! A Consumer: one outgoing copy of a Producer, as one receiver gets it.
//!
//! An m-line is one Consumer for its life: layers, pauses and exchanged sources are seamless to the receiver, which
//! sees one SSRC whose sequence rises by one and whose time never goes back. The parts: `simulcast` (which stream), `svc`
//! (which layers of it), `codec_match` (as what), `rewrite` (under which numbers), `repair` (again), `padding` (probes),
//! `report` (sender reports), `blank` (black where there is no picture).
mod blank;
mod codec_match;
mod padding;
mod pipe;
mod repair;
mod report;
mod rewrite;
mod simulcast;
mod svc;

pub(super) use padding::PADDING_BYTES;
pub(super) use pipe::PipeConsumer;

use super::arena::SendArena;
use super::codec::PayloadInfo;
use super::codec::picture::{FrameNumberMapper, PictureIds, PictureMapper};
use super::command::{ConsumerParams, LayerLimit, SendCodec};
use super::congestion::allocate::Candidate;
use super::event::MediaEvent;
use super::prefetch::prefetch;
use super::producer::{Layer, Producer};
use super::rtp::cache::SentPackets;
use super::rtp::header::{ExtensionValues, RtpPacket};
use super::rtp::sequence::SequenceMapper;
use super::rtp::timestamp::TimestampMapper;
use super::transport::{OutgoingStream, Transport};
use crate::extension::ExtensionMap;
use crate::id::ConsumerId;
use crate::random::Random;
use crate::sdp::{Codec, MediaKind, Mid, SsrcGroup};
use blank::Unconfirmed;
use codec_match::Match;
use repair::Resends;
use simulcast::{Choice, LayerChoice};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use svc::SvcChoice;

/// Notes of what was sent: as many as a source keeps packets.
const SENT_KEPT: usize = 512;

/// A packet of a source on its way to its Consumers.
pub(super) struct SourcePacket<'a> {
    /// Which of the source's layers it is of.
    pub(super) layer: usize,
    /// Its extended sequence number in that layer.
    pub(super) index: u64,
    /// The packet.
    pub(super) packet: RtpPacket<'a>,
    /// Its header extensions, but for those of the hop it came over.
    pub(super) values: ExtensionValues<'a>,
    /// Its codec.
    pub(super) codec: Codec,
    /// What its payload says; `None`: it is padding, only its number counts.
    pub(super) info: Option<PayloadInfo>,
}

/// Where a Consumer's packets go.
pub(super) struct Destination<'a> {
    /// The receiver's Transport.
    pub(super) transport: &'a mut Transport,
    /// Datagrams.
    pub(super) arena: &'a mut SendArena,
    /// Events.
    pub(super) events: &'a mut VecDeque<MediaEvent>,
    /// What packets that are sent now carry as `abs-send-time`.
    pub(super) send_time: [u8; 3],
    /// The present moment.
    pub(super) now: Instant,
}

/// One outgoing copy.
pub(super) struct Consumer {
    id: ConsumerId,
    transport: usize,
    kind: MediaKind,
    mid: Mid,
    ssrc: SsrcGroup,
    cname: String,
    codecs: Vec<SendCodec>,
    extensions: ExtensionMap,
    paused: bool,
    /// Its path carries so little that it is left out.
    starved: bool,
    may_pause: bool,
    /// Its weight where its path does not carry all.
    weight: u8,
    blank: bool,
    unconfirmed: Option<Unconfirmed>,
    source: Option<usize>,
    choice: LayerChoice,
    svc: SvcChoice,
    codec: Option<(Codec, Option<Match>)>,
    mismatch_told: Option<Codec>,
    /// Something of a source went out.
    started: bool,
    sequence: SequenceMapper,
    timestamp: TimestampMapper,
    clock_rate_hz: u32,
    pictures: PictureMapper,
    frames: FrameNumberMapper,
    /// The active decode targets that the receiver's descriptors said last.
    told_targets: u32,
    first_timestamp: u32,
    is_new_source: bool,
    sent: SentPackets,
    stream: OutgoingStream,
    resends: Resends,
    rtx_sequence: u64,
    packet_count: u32,
    octet_count: u32,
    reported_count: u32,
    round_trip: Duration,
    lost: u64,
}

impl Consumer {
    /// A copy for the Transport in slot `transport`.
    pub(super) fn new(params: ConsumerParams, transport: usize, random: &mut Random) -> Self {
        let clock_rate_hz = match params.kind {
            MediaKind::Audio => Codec::Opus.clock_rate_hz(),
            MediaKind::Video => Codec::Vp8.clock_rate_hz(),
        };
        let first_timestamp = random.ssrc();
        let mut bytes = [0; 7];
        random.fill(&mut bytes);
        let [s0, s1, r0, r1, p0, p1, tl0_picture_index] = bytes;
        let picture_id = u16::from_be_bytes([p0, p1]);
        let small = |high, low| u16::from_be_bytes([high, low]) & 0x3fff;
        Self {
            id: params.consumer,
            transport,
            kind: params.kind,
            mid: params.mid,
            ssrc: params.ssrc,
            cname: params.cname,
            codecs: params.codecs,
            extensions: params.extensions,
            paused: params.paused,
            starved: false,
            may_pause: params.may_pause && params.kind == MediaKind::Video,
            weight: params.weight,
            blank: params.blank && params.kind == MediaKind::Video,
            unconfirmed: None,
            source: None,
            choice: LayerChoice::new(params.limit),
            svc: SvcChoice::new(params.limit),
            codec: None,
            mismatch_told: None,
            started: false,
            // Far from zero, so that packets which come late have numbers before the first; far from a wrap, so that
            // receivers guess their rollover counter.
            sequence: SequenceMapper::new(small(s0, s1) + 1_024),
            timestamp: TimestampMapper::new(clock_rate_hz, first_timestamp),
            clock_rate_hz,
            pictures: PictureMapper::new(PictureIds { picture_id, tl0_picture_index }),
            frames: FrameNumberMapper::new(picture_id),
            told_targets: 0,
            first_timestamp,
            is_new_source: true,
            sent: SentPackets::new(SENT_KEPT),
            stream: OutgoingStream::default(),
            resends: Resends::new(params.kind),
            rtx_sequence: u64::from(small(r0, r1)),
            packet_count: 0,
            octet_count: 0,
            reported_count: 0,
            round_trip: Duration::ZERO,
            lost: 0,
        }
    }

    /// Which Consumer.
    pub(super) const fn id(&self) -> ConsumerId {
        self.id
    }

    /// The slot of its Transport.
    pub(super) const fn transport(&self) -> usize {
        self.transport
    }

    /// The slot of its Producer.
    pub(super) const fn source(&self) -> Option<usize> {
        self.source
    }

    /// The layer of its source that it sends.
    pub(super) const fn layer(&self) -> Option<usize> {
        self.choice.current()
    }

    /// The best layer that it takes; `None` while it takes nothing.
    pub(super) const fn best_layer(&self) -> Option<u8> {
        if self.paused { None } else { Some(self.choice.wish().spatial) }
    }

    /// The SSRCs that it sends with.
    pub(super) const fn ssrc(&self) -> SsrcGroup {
        self.ssrc
    }

    /// Gives it another source, or none. What was sent stays sent; the new source starts at a keyframe.
    pub(super) fn set_source(&mut self, source: Option<usize>) {
        self.source = source;
        self.codec = None;
        self.sent = SentPackets::new(SENT_KEPT);
        self.restart();
    }

    /// Stops it, or lets it go on from the next keyframe.
    pub(super) fn set_paused(&mut self, paused: bool) {
        if self.paused != paused {
            self.paused = paused;
            self.restart();
        }
    }

    /// The best layers that the receiver wants, and their weight beside others.
    pub(super) fn set_limit(&mut self, limit: LayerLimit, weight: u8) {
        self.weight = weight;
        self.choice.set_limit(limit);
    }

    /// The best layers that the receiver wants.
    pub(super) const fn wish(&self) -> LayerLimit {
        self.choice.wish()
    }

    /// The best layers that the receiver's path carries: what is sent is at most the lower of these and its wish. True
    /// where that changes what is sent.
    pub(super) fn set_allocation(&mut self, allocation: LayerLimit) -> bool {
        self.choice.set_allocation(allocation)
    }

    /// Leaves it out because its path carries too little, or sends it again. True where that is a change.
    pub(super) fn set_starved(&mut self, starved: bool) -> bool {
        let changed = std::mem::replace(&mut self.starved, starved) != starved;
        if changed {
            self.restart();
        }
        changed
    }

    /// Its claim to a share of the path; `None` where it has nothing to send.
    pub(super) fn candidate(&self, slot: usize, source: &Producer, now: Instant) -> Option<Candidate> {
        if self.paused {
            return None;
        }
        let (wish, rates) = (self.wish(), source.rates(now));
        let best = rates.steps(wish).last().map_or(0, |(limit, _)| limit.spatial);
        let current = (!self.starved).then(|| self.choice.allocation());
        let priority = u16::from_be_bytes([self.weight, best]);
        Some(Candidate { slot, priority, wish, rates, may_pause: self.may_pause, current, granted: None })
    }

    /// Whether nothing is to be sent: the receiver does not want it, or its path does not carry it.
    const fn is_stopped(&self) -> bool {
        self.paused || self.starved
    }

    /// Starts anew with the next packet that a receiver can start at.
    pub(super) fn restart(&mut self) {
        self.choice.restart();
        self.is_new_source = true;
    }

    /// Whether it waits for a picture to start with.
    pub(super) fn is_waiting(&self) -> bool {
        self.kind == MediaKind::Video && !self.is_stopped() && self.choice.current().is_none()
    }

    /// The layers whose keyframes it needs now: to start, or to change to a better layer or from a dead one.
    pub(super) fn wanted_keyframes(&self, layers: &[Layer], now: Instant) -> [Option<usize>; 2] {
        if self.kind == MediaKind::Audio || self.is_stopped() {
            return [None, None];
        }
        let is_live = |layer: usize| layers.get(layer).is_some_and(|layer| layer.is_live(now));
        let target = self.choice.target(layers.len(), is_live);
        match self.choice.current() {
            None => {
                let lowest = (0..layers.len()).find(|layer| is_live(*layer)).or(Some(0));
                [lowest, target.filter(|target| Some(*target) != lowest)]
            }
            Some(current) => {
                [target.filter(|target| *target != current).or_else(|| self.svc_keyframe(layers, now)), None]
            }
        }
    }

    /// The only layer of its source, where that holds better spatial layers than are forwarded.
    fn svc_keyframe(&self, layers: &[Layer], now: Instant) -> Option<usize> {
        let [only] = layers else { return None };
        let wanted = only.top_spatial(now).min(self.choice.limit().spatial);
        (self.svc.current().spatial < wanted).then_some(0)
    }

    /// Sends a packet of its source on, where it is one that this receiver is to get.
    pub(super) fn forward(&mut self, source: &SourcePacket<'_>, producer: &Producer, to: &mut Destination<'_>) {
        if self.is_stopped() || !to.transport.can_send() {
            return;
        }
        let Some(info) = source.info else {
            if self.choice.current() == Some(source.layer) {
                self.omit(source, None, to);
            }
            return;
        };
        let Some(codec) = self.match_codec(source.codec, producer, to.events) else { return };
        let layers = producer.layers();
        let target = match layers.len() {
            0 | 1 => Some(0),
            count => self.choice.target(count, |layer| layers[layer].is_live(to.now)),
        };
        let limit = self.choice.limit_within(layers.len());
        let previous = self.choice.current();
        match self.choice.choose(source.layer, target, &info) {
            Choice::Forward => {}
            Choice::Start => {
                self.svc.start(limit);
                self.start_source(source, previous, layers, to.now);
                if !std::mem::replace(&mut self.started, true) {
                    to.events.push_back(MediaEvent::ConsumerStarted(self.id));
                }
            }
            Choice::Ignore => return,
        }
        match self.svc.choose(limit, source.packet.header().timestamp, &info) {
            Some(kept) => self.send(source, &info, codec, kept, producer, to),
            None => self.omit(source, Some(&info), to),
        }
    }

    /// Asks memory for what its next packet needs beside itself; `transport` is its own.
    pub(super) fn prefetch_notes(&self, transport: &Transport) {
        transport.prefetch_stream(&self.stream);
        self.sent.prefetch(self.sequence.next_out());
        prefetch(self.mid.0.as_bytes());
    }

    /// As what the source's codec goes out; tells the room once where the receiver does not take it.
    fn match_codec(&mut self, source: Codec, producer: &Producer, events: &mut VecDeque<MediaEvent>) -> Option<Match> {
        if let Some((known, found)) = self.codec
            && known == source
        {
            return found;
        }
        let found = codec_match::find(&self.codecs, source, producer.payload_type(Codec::Opus));
        self.codec = Some((source, found));
        if found.is_none() && self.mismatch_told.replace(source) != Some(source) {
            events.push_back(MediaEvent::ConsumerMismatch { consumer: self.id, codec: source });
        }
        found
    }

    /// Packets of its stream that the receiver reported lost.
    pub(super) const fn lost(&self) -> u64 {
        self.lost
    }

    /// Round trip time to the receiver, zero while unknown.
    pub(super) const fn round_trip(&self) -> Duration {
        self.round_trip
    }
}
