//! What a receiver missed, sent again from the source's one cache: as RTX (RFC 4588), or, for receivers without RTX, as
//! the very datagram that was sent, sealed again and compared, since an SRTP index must never seal two different packets.
use super::rewrite::{FILLER, Outgoing, prefix, set_descriptor};
use super::{Consumer, Destination};
use crate::extension::Extension;
use crate::media::codec::picture::PictureIds;
use crate::media::codec::{PayloadInfo, PayloadPrefix, red};
use crate::media::command::SendCodec;
use crate::media::producer::Producer;
use crate::media::rtp::cache::SentPacket;
use crate::media::rtp::header::{ExtensionValues, OutgoingHeader};
use crate::media::transport::srtp::SealedEnd;
use crate::sdp::{Codec, MediaKind};

/// Packets that can be sealed again for a receiver without RTX, of sound and of video.
const KEPT: [usize; 2] = [32, 128];
/// Longest header that is kept, bytes: what browsers negotiate takes some 30.
const HEADER_BYTES_MAX: usize = 56;

/// What may be sent again at most, as a share of what is sent: 1 byte for each 2. With a tenth of the packets lost on
/// the way a ninth is enough; a receiver that asks for everything must not double its load.
const RESEND_DIVISOR: usize = 2;
/// What may be sent again before anything was earned, and at most at once, bytes.
const RESEND_BURST_BYTES: usize = 128 * 1024;

/// What it takes to seal a Consumer's last packets again, byte for byte (nothing for receivers with RTX), and what it
/// may spend on sending packets again.
pub(super) struct Resends {
    slots: Vec<Sealed>,
    kept: usize,
    budget_bytes: usize,
}

/// A packet that was sealed. Its payload is in the source's cache.
#[derive(Clone, Copy)]
struct Sealed {
    index: u64,
    end: SealedEnd,
    header_len: u8,
    header: [u8; HEADER_BYTES_MAX],
}

impl Resends {
    /// Keeps nothing yet.
    pub(super) const fn new(kind: MediaKind) -> Self {
        let kept = match kind {
            MediaKind::Audio => KEPT[0],
            MediaKind::Video => KEPT[1],
        };
        Self { slots: Vec::new(), kept, budget_bytes: RESEND_BURST_BYTES }
    }

    /// Keeps what a sealed packet had in front of its payload, and how it ended.
    pub(super) fn keep(&mut self, index: u64, header: &[u8], datagram: &[u8]) {
        let (Ok(header_len), Some(end)) = (u8::try_from(header.len()), datagram.last_chunk()) else { return };
        let mut sealed = Sealed { index, end: *end, header_len, header: [0; HEADER_BYTES_MAX] };
        let Some(kept) = sealed.header.get_mut(..header.len()) else { return };
        kept.copy_from_slice(header);
        if self.slots.is_empty() {
            let none =
                Sealed { index: u64::MAX, end: SealedEnd::default(), header_len: 0, header: [0; HEADER_BYTES_MAX] };
            self.slots.resize(self.kept, none);
        }
        if let Some(slot) = self.slots.get_mut((index % self.kept as u64) as usize) {
            *slot = sealed;
        }
    }

    /// A packet of so many bytes was sent for the first time.
    pub(super) fn earn(&mut self, len: usize) {
        self.budget_bytes = (self.budget_bytes + len / RESEND_DIVISOR).min(RESEND_BURST_BYTES);
    }

    /// Whether so many bytes may be sent again now; if so they count as sent.
    fn spend(&mut self, len: usize) -> bool {
        let left = self.budget_bytes.checked_sub(len);
        self.budget_bytes = left.unwrap_or(self.budget_bytes);
        left.is_some()
    }

    fn get(&self, index: u64) -> Option<Sealed> {
        let sealed = self.slots.get((index % self.kept as u64) as usize)?;
        (sealed.index == index).then_some(*sealed)
    }
}

impl Consumer {
    /// Sends again what the receiver asks for, as far as it is still known and not under way already. True where a picture
    /// misses what nobody has any more: the receiver cannot go on without a keyframe, and may find that out seconds later.
    pub(in crate::media) fn repair(
        &mut self,
        wanted: impl Iterator<Item = u16>,
        source: Option<&Producer>,
        to: &mut Destination<'_>,
    ) -> bool {
        let Some(source) = source else { return false };
        let mut is_gone = false;
        for sequence in wanted {
            let Some((index, sent)) = self.sent.repeat(sequence, self.round_trip, to.now) else {
                is_gone |= self.sent.has_forgotten(sequence);
                continue;
            };
            is_gone |= sent.source != FILLER && !is_kept(source, &sent);
            let send = self.codecs.iter().find(|send| send.payload_type == sent.payload_type).copied();
            let Some(send) = send.filter(|send| send.nack) else { continue };
            match (send.rtx, self.ssrc.rtx) {
                (Some(rtx_type), Some(rtx_ssrc)) => {
                    self.send_rtx(sequence, &sent, (send, rtx_type, rtx_ssrc), source, to);
                }
                (Some(_) | None, Some(_) | None) => {
                    self.send_same(index, &sent, send, source, to);
                }
            }
        }
        is_gone && self.kind == MediaKind::Video
    }

    /// Sends the very same packet once more: for receivers without RTX.
    fn send_same(
        &mut self,
        index: u64,
        sent: &SentPacket,
        send: SendCodec,
        source: &Producer,
        to: &mut Destination<'_>,
    ) -> Option<()> {
        let sealed = self.resends.get(index)?;
        let header = sealed.header.get(..usize::from(sealed.header_len))?;
        let original = Original::find(sent, source, send)?;
        let (prefix, payload) = (original.start.bytes(), original.start.rest(original.payload));
        if self.resends.spend(header.len() + payload.len()) {
            to.transport.send_again(to.arena, (header, prefix, payload), index, &sealed.end);
        }
        Some(())
    }

    fn send_rtx(
        &mut self,
        sequence: u16,
        sent: &SentPacket,
        (send, rtx_type, rtx_ssrc): (SendCodec, u8, u32),
        source: &Producer,
        to: &mut Destination<'_>,
    ) -> Option<()> {
        let rtx = (sequence, rtx_type, rtx_ssrc);
        let Original { start, payload } = Original::find(sent, source, send)?;
        if !self.resends.spend(payload.len()) {
            return None;
        }
        if sent.source == FILLER {
            self.seal_rtx(rtx, sent, ExtensionValues::default(), &start, payload, to);
            return Some(());
        }
        let layer = source.layers().get(usize::from(sent.source))?;
        let packet = layer.cache.get(sent.source_index)?;
        let mut values = packet.extension_values(source.extensions()).end_to_end();
        let descriptor = values.get(Extension::DependencyDescriptor);
        let descriptor = descriptor.filter(|_| layer.codec.is_some_and(|known| known.codec == Codec::Av1));
        let descriptor = descriptor.and_then(|value| layer.dependencies.rewrite(value, sent.picture_id, None));
        set_descriptor(&mut values, descriptor.as_ref());
        self.seal_rtx(rtx, sent, values, &start, start.rest(payload), to);
        Some(())
    }

    /// Sends a repeat: the original sequence number, then the payload.
    fn seal_rtx(
        &mut self,
        (sequence, rtx_type, rtx_ssrc): (u16, u8, u32),
        sent: &SentPacket,
        values: ExtensionValues<'_>,
        start: &PayloadPrefix,
        payload: &[u8],
        to: &mut Destination<'_>,
    ) {
        let mut front = [0; 2 + PayloadPrefix::CAPACITY];
        front[..2].copy_from_slice(&sequence.to_be_bytes());
        let len = 2 + start.bytes().len();
        front[2..len].copy_from_slice(start.bytes());
        let index = self.rtx_sequence;
        self.rtx_sequence += 1;
        let header = OutgoingHeader {
            marker: sent.marker,
            payload_type: rtx_type,
            sequence: (index & 0xffff) as u16,
            timestamp: sent.timestamp,
            ssrc: rtx_ssrc,
        };
        let outgoing = Outgoing { header, index, values, prefix: &front[..len], payload };
        self.seal(&outgoing, false, to);
    }
}

/// Whether the source still has what this packet held.
fn is_kept(source: &Producer, sent: &SentPacket) -> bool {
    let layer = source.layers().get(usize::from(sent.source));
    layer.is_some_and(|layer| layer.cache.get(sent.source_index).is_some())
}

/// What a packet held when it was sent first.
struct Original<'a> {
    /// The payload's start with the receiver's picture numbers.
    start: PayloadPrefix,
    /// The payload as it came.
    payload: &'a [u8],
}

impl<'a> Original<'a> {
    fn find(sent: &SentPacket, source: &'a Producer, send: SendCodec) -> Option<Self> {
        if sent.source == FILLER {
            return Some(Self { start: PayloadPrefix::default(), payload: &[] });
        }
        let layer = source.layers().get(usize::from(sent.source))?;
        let packet = layer.cache.get(sent.source_index)?;
        let codec = layer.codec?.codec;
        let unwraps = codec == Codec::Red && send.codec == Codec::Opus;
        let payload = if unwraps { red::primary(packet.payload())?.data } else { packet.payload() };
        let ids = PictureIds { picture_id: sent.picture_id, tl0_picture_index: sent.tl0_picture_index };
        let has_position = PayloadInfo::parse(codec, payload).position.is_some();
        Some(Self { start: prefix(codec, payload, has_position, ids), payload })
    }
}
