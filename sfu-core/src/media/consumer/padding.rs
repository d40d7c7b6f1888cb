//! Padding packets: what a probe is made of. They go out on the retransmission SSRC, whose receiver expects packets
//! that bring nothing new, so the numbers of the picture itself are not touched.
use super::rewrite::HEADER_BYTES_MAX;
use super::{Consumer, Destination};
use crate::extension::Extension;
use crate::media::rtp::header::{ExtensionValues, OutgoingHeader};

/// Padding of one packet, bytes: small packets measure a narrow path with a short queue.
pub(in crate::media) const PADDING_BYTES: usize = 224;
/// The P bit of the first byte (RFC 3550 §5.1).
const HAS_PADDING: u8 = 0x20;

impl Consumer {
    /// Whether it can send padding that its receiver reports on.
    pub(in crate::media) fn can_probe(&self) -> bool {
        let told = [Extension::TransportSequence, Extension::AbsSendTime];
        self.rtx_type().is_some() && told.iter().any(|extension| self.extensions.id(*extension).is_some())
    }

    fn rtx_type(&self) -> Option<(u8, u32)> {
        let ssrc = self.ssrc.rtx?;
        let sent = self.codec.and_then(|(_, found)| found).and_then(|found| found.send.rtx);
        sent.or_else(|| self.codecs.iter().find_map(|codec| codec.rtx)).map(|rtx| (rtx, ssrc))
    }

    /// Sends one padding packet; false where it cannot be sent.
    pub(in crate::media) fn send_padding(&mut self, to: &mut Destination<'_>) -> bool {
        let Some((payload_type, ssrc)) = self.rtx_type().filter(|_| to.transport.can_send()) else { return false };
        let index = self.rtx_sequence;
        self.rtx_sequence += 1;
        let header = OutgoingHeader {
            marker: false,
            payload_type,
            sequence: (index & 0xffff) as u16,
            timestamp: self.first_timestamp,
            ssrc,
        };
        let mut values = ExtensionValues::default();
        values.set(Extension::Mid, self.mid.0.as_bytes());
        values.set(Extension::AbsSendTime, &to.send_time);
        let number;
        if self.extensions.id(Extension::TransportSequence).is_some() {
            number = to.transport.number_departure(PADDING_BYTES, false, to.now).to_be_bytes();
            values.set(Extension::TransportSequence, &number);
        }
        let mut buffer = [0; HEADER_BYTES_MAX];
        let Ok(len) = header.write(&self.extensions, &values, &mut buffer) else { return false };
        buffer[0] |= HAS_PADDING;
        let mut padding = [0; PADDING_BYTES];
        padding[PADDING_BYTES - 1] = PADDING_BYTES as u8;
        to.transport.send_rtp(to.arena, None, &buffer[..len], &[], &padding, index)
    }
}
