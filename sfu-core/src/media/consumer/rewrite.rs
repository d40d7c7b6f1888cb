//! The numbers a receiver sees: sequence, timestamp and picture ids that go on over layers, pauses and exchanged
//! sources, the receiver's payload type and extension ids. The black keyframe, which comes from no source, is `blank`'s.
use super::codec_match::Match;
use super::svc::Kept;
use super::{Consumer, Destination, SourcePacket};
use crate::extension::Extension;
use crate::media::codec::dependency_descriptor::{DependencyReader, Descriptor, FrameDependencies};
use crate::media::codec::picture::PictureIds;
use crate::media::codec::{PayloadInfo, PayloadPrefix, red};
use crate::media::producer::{Layer, Producer};
use crate::media::rtp::cache::SentPacket;
use crate::media::rtp::header::{ExtensionValues, OutgoingHeader};
use crate::media::rtp::timestamp::TimestampMapper;
use crate::sdp::{Codec, MediaKind};
use std::time::Instant;

/// Room for a header with all the extensions that are passed on, bytes.
pub(super) const HEADER_BYTES_MAX: usize = 512;

/// In the notes of what was sent: an empty packet, which comes from no layer of the source.
pub(super) const FILLER: u8 = u8::MAX;

/// One packet as it goes out.
pub(super) struct Outgoing<'a> {
    /// Header fields.
    pub(super) header: OutgoingHeader,
    /// Its extended sequence number.
    pub(super) index: u64,
    /// The extensions that the source sent.
    pub(super) values: ExtensionValues<'a>,
    /// Bytes in front of the payload.
    pub(super) prefix: &'a [u8],
    /// The payload.
    pub(super) payload: &'a [u8],
}

impl Consumer {
    /// Begins a layer or source: its numbers follow the ones sent last.
    pub(super) fn start_source(
        &mut self,
        source: &SourcePacket<'_>,
        previous: Option<usize>,
        layers: &[Layer],
        now: Instant,
    ) {
        self.sequence.switch_source();
        self.pictures.switch_source();
        self.frames.switch_source();
        let rate = source.codec.clock_rate_hz();
        if rate != self.clock_rate_hz {
            self.clock_rate_hz = rate;
            self.timestamp = TimestampMapper::new(rate, self.first_timestamp);
        }
        let timestamp = source.packet.header().timestamp;
        let clock_of = |layer: usize| layers.get(layer).and_then(|layer| layer.clock);
        let old = previous.filter(|_| !self.is_new_source).and_then(clock_of);
        let in_old_source = match (clock_of(source.layer), old) {
            (Some(new), Some(old)) => Some(new.translate(&old, timestamp, rate)),
            (None, _) | (_, None) => None,
        };
        self.timestamp.start_source(timestamp, in_old_source, now);
        self.is_new_source = false;
    }

    /// Sends a packet under this receiver's numbers.
    pub(super) fn send(
        &mut self,
        source: &SourcePacket<'_>,
        info: &PayloadInfo,
        codec: Match,
        kept: Kept,
        producer: &Producer,
        to: &mut Destination<'_>,
    ) {
        // A picture from before the start of the source has no numbers.
        let Some(ids) = self.picture_ids(info) else { return };
        let payload = source.packet.payload();
        let payload = if codec.unwraps_red { red::primary(payload).map(|block| block.data) } else { Some(payload) };
        let (Some(payload), Some(index)) = (payload, self.sequence.forward(source.index)) else { return };
        let header = source.packet.header();
        let out = OutgoingHeader {
            marker: header.marker || kept.ends_picture,
            payload_type: codec.send.payload_type,
            sequence: (index & 0xffff) as u16,
            timestamp: self.timestamp.map(header.timestamp, to.now),
            ssrc: self.ssrc.media,
        };
        let prefix = prefix(source.codec, payload, info.position.is_some(), ids);
        let mut values = source.values;
        let reader = producer.layers().get(source.layer).map(|layer| &layer.dependencies);
        let frame = info.dependencies.filter(|_| source.codec == Codec::Av1);
        let descriptor = self.descriptor(&values, frame, ids.picture_id, reader);
        set_descriptor(&mut values, descriptor.as_ref());
        if codec.send.nack {
            let sent = SentPacket {
                source_index: source.index,
                timestamp: out.timestamp,
                picture_id: ids.picture_id,
                tl0_picture_index: ids.tl0_picture_index,
                source: u8::try_from(source.layer).unwrap_or(u8::MAX),
                payload_type: out.payload_type,
                marker: out.marker,
            };
            self.sent.insert(index, sent, to.now);
        }
        let outgoing = Outgoing { header: out, index, values, prefix: prefix.bytes(), payload: prefix.rest(payload) };
        self.seal(&outgoing, codec.keeps(self.ssrc), to);
    }

    /// The outgoing numbers of a packet's picture; none where it is from before the start of the source.
    fn picture_ids(&mut self, info: &PayloadInfo) -> Option<PictureIds> {
        match (info.position, info.dependencies) {
            (Some(position), _) => self.pictures.forward(position),
            (None, Some(frame)) => {
                Some(PictureIds { picture_id: self.frames.forward(frame.number), ..PictureIds::default() })
            }
            (None, None) => Some(PictureIds::default()),
        }
    }

    /// The descriptor of an AV1 frame as the receiver gets it: with its frame number, and telling with each frame's first
    /// packet which decode targets it gets, as long as these are not the ones that the source tells of itself.
    fn descriptor(
        &mut self,
        values: &ExtensionValues<'_>,
        frame: Option<FrameDependencies>,
        number: u16,
        reader: Option<&DependencyReader>,
    ) -> Option<Descriptor> {
        let (frame, reader) = (frame?, reader?);
        let value = values.get(Extension::DependencyDescriptor)?;
        self.extensions.id(Extension::DependencyDescriptor)?;
        let sent = reader.active_targets();
        let layers = self.svc.current();
        let within = reader.structure().map_or(u32::MAX, |known| known.targets_within(layers.spatial, layers.temporal));
        let targets = sent & within;
        let is_news = frame.is_start && (targets != sent || self.told_targets != targets);
        if frame.is_start {
            self.told_targets = targets;
        }
        let written = reader.rewrite(value, number, is_news.then_some(targets));
        written.or_else(|| reader.rewrite(value, number, None))
    }

    /// Leaves a packet of the source out. Where a number was kept for it, since it comes late, an empty packet takes that:
    /// the receiver would ask for it again and again.
    pub(super) fn omit(&mut self, source: &SourcePacket<'_>, info: Option<&PayloadInfo>, to: &mut Destination<'_>) {
        // Pictures of other codecs are referred to by distance, so their gaps must stay.
        if let Some(position) = info.and_then(|info| info.position).filter(|_| source.codec == Codec::Vp8) {
            self.pictures.drop_picture(position);
        }
        let Some(index) = self.sequence.drop_packet(source.index) else { return };
        let Some(codec) = self.codec.and_then(|(_, found)| found) else { return };
        let header = OutgoingHeader {
            marker: false,
            payload_type: codec.send.payload_type,
            sequence: (index & 0xffff) as u16,
            timestamp: self.timestamp.peek(source.packet.header().timestamp),
            ssrc: self.ssrc.media,
        };
        let sent = SentPacket {
            source: FILLER,
            timestamp: header.timestamp,
            payload_type: header.payload_type,
            ..SentPacket::default()
        };
        self.sent.insert(index, sent, to.now);
        let outgoing = Outgoing { header, index, values: ExtensionValues::default(), prefix: &[], payload: &[] };
        self.seal(&outgoing, codec.keeps(self.ssrc), to);
    }

    /// Writes and seals one packet. `keeps`: it may have to be sent again as it is.
    pub(super) fn seal(&mut self, outgoing: &Outgoing<'_>, keeps: bool, to: &mut Destination<'_>) -> bool {
        let mut values = outgoing.values;
        values.set(Extension::Mid, self.mid.0.as_bytes());
        values.set(Extension::AbsSendTime, &to.send_time);
        let transport_sequence;
        let size = outgoing.prefix.len() + outgoing.payload.len();
        if self.extensions.id(Extension::TransportSequence).is_some() {
            let is_picture = self.kind == MediaKind::Video;
            transport_sequence = to.transport.number_departure(size, is_picture, to.now).to_be_bytes();
            values.set(Extension::TransportSequence, &transport_sequence);
        }
        let mut header = [0; HEADER_BYTES_MAX];
        let Ok(len) = outgoing.header.write(&self.extensions, &values, &mut header) else { return false };
        let (prefix, payload) = (outgoing.prefix, outgoing.payload);
        let is_media = outgoing.header.ssrc == self.ssrc.media;
        let stream = is_media.then_some(&mut self.stream);
        if !to.transport.send_rtp(to.arena, stream, &header[..len], prefix, payload, outgoing.index) {
            return false;
        }
        if is_media {
            self.packet_count = self.packet_count.wrapping_add(1);
            let octets = u32::try_from(prefix.len() + payload.len()).unwrap_or(u32::MAX);
            self.octet_count = self.octet_count.wrapping_add(octets);
            self.resends.earn(prefix.len() + payload.len());
        }
        if keeps {
            self.resends.keep(outgoing.index, &header[..len], to.arena.last());
        }
        true
    }
}

/// Puts a receiver's descriptor in the place of the source's. Codecs other than AV1 have none: their payloads say enough.
pub(super) fn set_descriptor<'a>(values: &mut ExtensionValues<'a>, descriptor: Option<&'a Descriptor>) {
    match descriptor {
        Some(descriptor) => values.set(Extension::DependencyDescriptor, descriptor.bytes()),
        None => values.clear(Extension::DependencyDescriptor),
    }
}

/// The payload's start with a receiver's picture numbers; nothing is replaced where the source has none.
pub(super) fn prefix(codec: Codec, payload: &[u8], has_position: bool, ids: PictureIds) -> PayloadPrefix {
    if has_position { PayloadPrefix::rewrite(codec, payload, ids) } else { PayloadPrefix::default() }
}
