//! What a receiver missed, sent again: as RTX (RFC 4588) from the source's one cache, or, for receivers without RTX, as
//! the very datagram that was sent, since an SRTP index must never seal two different packets.
use super::rewrite::{FILLER, Outgoing, prefix, set_descriptor};
use super::{Consumer, Destination};
use crate::extension::Extension;
use crate::media::codec::picture::PictureIds;
use crate::media::codec::{PayloadInfo, PayloadPrefix, red};
use crate::media::command::SendCodec;
use crate::media::producer::Producer;
use crate::media::rtp::cache::SentPacket;
use crate::media::rtp::header::{ExtensionValues, OutgoingHeader};
use crate::sdp::Codec;

/// Sealed datagrams kept for a receiver without RTX.
const SEALED_KEPT: usize = 128;
/// Longest datagram that is kept, bytes.
const SEALED_BYTES_MAX: usize = 2_048;

/// What may be sent again at most, as a share of what is sent: 1 byte for each 2. With a tenth of the packets lost on
/// the way a ninth is enough; a receiver that asks for everything must not double its load.
const RESEND_DIVISOR: usize = 2;
/// What may be sent again before anything was earned, and at most at once, bytes.
const RESEND_BURST_BYTES: usize = 128 * 1024;

/// The last sealed datagrams of one Consumer, by sequence number (none for receivers with RTX), and what it may spend
/// on sending packets again.
pub(super) struct Resends {
    slots: Vec<(u16, Vec<u8>)>,
    budget_bytes: usize,
}

impl Default for Resends {
    fn default() -> Self {
        Self { slots: Vec::new(), budget_bytes: RESEND_BURST_BYTES }
    }
}

impl Resends {
    /// Keeps a sealed datagram.
    pub(super) fn keep(&mut self, sequence: u16, datagram: &[u8]) {
        if datagram.len() > SEALED_BYTES_MAX {
            return;
        }
        let place = usize::from(sequence) % SEALED_KEPT;
        if self.slots.len() <= place {
            self.slots.resize_with(place + 1, Default::default);
        }
        let (kept, bytes) = &mut self.slots[place];
        *kept = sequence;
        bytes.clear();
        bytes.extend_from_slice(datagram);
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

    fn get(&self, sequence: u16) -> Option<&[u8]> {
        let (kept, bytes) = self.slots.get(usize::from(sequence) % SEALED_KEPT)?;
        (*kept == sequence && !bytes.is_empty()).then_some(bytes)
    }
}

impl Consumer {
    /// Sends again what the receiver asks for, as far as it is still known and not under way already.
    pub(in crate::media) fn repair(
        &mut self,
        wanted: impl Iterator<Item = u16>,
        source: Option<&Producer>,
        to: &mut Destination<'_>,
    ) {
        for sequence in wanted {
            let Some((_, sent)) = self.sent.repeat(sequence, self.round_trip, to.now) else { continue };
            let send = self.codecs.iter().find(|send| send.payload_type == sent.payload_type).copied();
            let Some(send) = send.filter(|send| send.nack) else { continue };
            match (send.rtx, self.ssrc.rtx, source) {
                (Some(rtx_type), Some(rtx_ssrc), Some(source)) => {
                    self.send_rtx(sequence, &sent, (send, rtx_type, rtx_ssrc), source, to);
                }
                (Some(_) | None, Some(_) | None, Some(_) | None) => {
                    let len = self.resends.get(sequence).map_or(0, <[u8]>::len);
                    let may = len > 0 && self.resends.spend(len);
                    if let Some(datagram) = self.resends.get(sequence).filter(|_| may) {
                        to.transport.send_again(to.arena, datagram);
                    }
                }
            }
        }
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
        if sent.source == FILLER {
            self.seal_rtx(rtx, sent, ExtensionValues::default(), &PayloadPrefix::default(), &[], to);
            return Some(());
        }
        let layer = source.layers().get(usize::from(sent.source))?;
        let packet = layer.cache.get(sent.source_index)?;
        let codec = layer.codec?.codec;
        let unwraps = codec == Codec::Red && send.codec == Codec::Opus;
        let payload = if unwraps { red::primary(packet.payload())?.data } else { packet.payload() };
        let ids = PictureIds { picture_id: sent.picture_id, tl0_picture_index: sent.tl0_picture_index };
        let has_position = PayloadInfo::parse(codec, payload).position.is_some();
        let start = prefix(codec, payload, has_position, ids);
        let mut values = packet.extension_values(source.extensions()).end_to_end();
        let descriptor = values.get(Extension::DependencyDescriptor).filter(|_| codec == Codec::Av1);
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
        if !self.resends.spend(len + payload.len()) {
            return None;
        }
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
