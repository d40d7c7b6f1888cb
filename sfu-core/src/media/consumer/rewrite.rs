//! The numbers a receiver sees: sequence, timestamp and picture ids that go on over layers, pauses and exchanged
//! sources, the receiver's payload type and extension ids. The black keyframe, which comes from no source, is `blank`'s.
use super::codec_match::Match;
use super::{Consumer, Destination, SourcePacket};
use crate::extension::Extension;
use crate::media::codec::picture::PictureIds;
use crate::media::codec::{PayloadInfo, PayloadPrefix, red};
use crate::media::producer::Layer;
use crate::media::rtp::cache::SentPacket;
use crate::media::rtp::extension::abs_send_time_bytes;
use crate::media::rtp::header::{ExtensionValues, OutgoingHeader};
use crate::media::rtp::timestamp::TimestampMapper;
use crate::sdp::Codec;
use std::time::Instant;

/// Room for a header with all the extensions that are passed on, bytes.
pub(super) const HEADER_BYTES_MAX: usize = 512;

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
        to: &mut Destination<'_>,
    ) {
        let ids = match info.position.map(|position| self.pictures.forward(position)) {
            None => PictureIds::default(),
            Some(Some(ids)) => ids,
            // A picture from before the start of the source.
            Some(None) => return,
        };
        let payload = source.packet.payload();
        let payload = if codec.unwraps_red { red::primary(payload).map(|block| block.data) } else { Some(payload) };
        let (Some(payload), Some(index)) = (payload, self.sequence.forward(source.index)) else { return };
        let header = source.packet.header();
        let out = OutgoingHeader {
            marker: header.marker,
            payload_type: codec.send.payload_type,
            sequence: (index & 0xffff) as u16,
            timestamp: self.timestamp.map(header.timestamp, to.now),
            ssrc: self.ssrc.media,
        };
        let prefix = prefix(source.codec, payload, info.position.is_some(), ids);
        let mut values = source.values.end_to_end();
        if source.codec != Codec::Av1 {
            // Other codecs' descriptors would have to be renumbered over layers; their payloads say enough.
            values.clear(Extension::DependencyDescriptor);
        }
        self.sent.insert(
            index,
            SentPacket {
                source_index: source.index,
                timestamp: out.timestamp,
                picture_id: ids.picture_id,
                tl0_picture_index: ids.tl0_picture_index,
                source: u8::try_from(source.layer).unwrap_or(u8::MAX),
                payload_type: out.payload_type,
                marker: out.marker,
            },
        );
        let outgoing = Outgoing { header: out, index, values, prefix: prefix.bytes(), payload: prefix.rest(payload) };
        let keeps = codec.send.nack && !(codec.send.rtx.is_some() && self.ssrc.rtx.is_some());
        self.seal(&outgoing, keeps, to);
    }

    /// Writes and seals one packet. `keeps`: it may have to be sent again as it is.
    pub(super) fn seal(&mut self, outgoing: &Outgoing<'_>, keeps: bool, to: &mut Destination<'_>) -> bool {
        let mut values = outgoing.values;
        let time = abs_send_time_bytes(to.clock.since_start(to.now));
        values.set(Extension::Mid, self.mid.0.as_bytes());
        values.set(Extension::AbsSendTime, &time);
        let transport_sequence;
        let size = outgoing.prefix.len() + outgoing.payload.len();
        if self.extensions.id(Extension::TransportSequence).is_some() {
            transport_sequence = to.transport.number_departure(size, to.now).to_be_bytes();
            values.set(Extension::TransportSequence, &transport_sequence);
        }
        let mut header = [0; HEADER_BYTES_MAX];
        let Ok(len) = outgoing.header.write(&self.extensions, &values, &mut header) else { return false };
        let (prefix, payload) = (outgoing.prefix, outgoing.payload);
        if !to.transport.send_rtp(to.arena, &header[..len], prefix, payload, outgoing.index) {
            return false;
        }
        if outgoing.header.ssrc == self.ssrc.media {
            self.packet_count = self.packet_count.wrapping_add(1);
            let octets = u32::try_from(prefix.len() + payload.len()).unwrap_or(u32::MAX);
            self.octet_count = self.octet_count.wrapping_add(octets);
        }
        if keeps {
            self.resends.keep(outgoing.header.sequence, to.arena.last());
        }
        true
    }
}

/// The payload's start with a receiver's picture numbers; nothing is replaced where the source has none.
pub(super) fn prefix(codec: Codec, payload: &[u8], has_position: bool, ids: PictureIds) -> PayloadPrefix {
    if has_position { PayloadPrefix::rewrite(codec, payload, ids) } else { PayloadPrefix::default() }
}
