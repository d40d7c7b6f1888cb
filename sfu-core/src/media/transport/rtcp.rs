//! RTCP as bytes: compound packets read as borrowed views, and written into a caller's buffer (RFC 3550 §6, RFC 4585,
//! RFC 5104, REMB, transport-wide feedback). Every read is bounded by the packet's own length; nothing allocates.
//! When to send what is decided by Producer, Consumer and `media::congestion`.

mod items;
mod ntp;
mod report;
mod transport_feedback;
mod write;

pub use items::{Descriptions, FirItems, NackItems, ReportBlocks, Ssrcs};
pub use ntp::NtpTime;
pub use report::{ReportBlock, SenderInfo};
pub use transport_feedback::{FeedbackHead, FeedbackStatus, FeedbackStatuses, TransportFeedback};
pub use write::RtcpWriter;

use items::split_word;

/// Packet types (RFC 3550 §12.1, RFC 4585 §6.1).
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const TRANSPORT_LAYER_FEEDBACK: u8 = 205;
const PAYLOAD_SPECIFIC_FEEDBACK: u8 = 206;

/// Formats of transport-layer feedback.
const FORMAT_NACK: u8 = 1;
const FORMAT_TRANSPORT_WIDE: u8 = 15;

/// Formats of payload-specific feedback.
const FORMAT_PLI: u8 = 1;
const FORMAT_FIR: u8 = 4;
const FORMAT_APPLICATION: u8 = 15;
const REMB_MARK: &[u8; 4] = b"REMB";
const SDES_CNAME: u8 = 1;

/// Why bytes are no RTCP, or a packet could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RtcpError {
    /// The bytes end before the packet does; nothing after it can be read.
    #[error("RTCP packet is cut short")]
    TooShort,
    /// The first two bits are not 2; nothing after it can be read.
    #[error("not RTCP version 2")]
    Version,
    /// The padding count does not fit the packet.
    #[error("RTCP padding does not fit the packet")]
    Padding,
    /// The packet's body does not hold what its header says; the next one can be read.
    #[error("RTCP packet of type {0} is malformed")]
    Body(u8),
    /// The caller's buffer cannot hold the packet.
    #[error("buffer is too small for the RTCP packet")]
    BufferFull,
    /// More items than one packet can carry.
    #[error("too many items for one RTCP packet")]
    TooMany,
}

/// One packet of a compound.
#[derive(Clone, Debug)]
pub enum RtcpPacket<'a> {
    /// SR: a sender's clocks and counters, and what it receives.
    SenderReport {
        /// Clocks and counters.
        info: SenderInfo,
        /// What it receives.
        reports: ReportBlocks<'a>,
    },
    /// RR: what a receiver gets.
    ReceiverReport {
        /// Who reports.
        sender_ssrc: u32,
        /// What it receives.
        reports: ReportBlocks<'a>,
    },
    /// SDES: of each SSRC its canonical name.
    SourceDescription(Descriptions<'a>),
    /// BYE: these SSRCs end.
    Goodbye(Ssrcs<'a>),
    /// Generic NACK: send these packets again.
    Nack {
        /// Who asks.
        sender_ssrc: u32,
        /// Of which SSRC.
        media_ssrc: u32,
        /// Which packets.
        lost: NackItems<'a>,
    },
    /// Transport-wide feedback: when which packet arrived.
    TransportFeedback(TransportFeedback<'a>),
    /// PLI: a keyframe is wanted.
    PictureLoss {
        /// Who asks.
        sender_ssrc: u32,
        /// Of which SSRC.
        media_ssrc: u32,
    },
    /// FIR: a keyframe is wanted, once per number.
    FullIntra {
        /// Who asks.
        sender_ssrc: u32,
        /// Of which SSRCs, with the number of the request.
        requests: FirItems<'a>,
    },
    /// REMB: the receiver's estimate of what may be sent.
    Remb {
        /// Who estimates.
        sender_ssrc: u32,
        /// Bits a second.
        bitrate_bps: u64,
        /// For which SSRCs together.
        ssrcs: Ssrcs<'a>,
    },
    /// A well-formed packet of a type or format that is not used here (APP, XR, …).
    Other {
        /// Packet type.
        packet_type: u8,
        /// Count or format field.
        format: u8,
    },
}

/// Iterator over the packets of a decrypted compound. Ends after an error of its framing, goes on after [`RtcpError::Body`].
#[derive(Clone, Debug)]
pub struct RtcpPackets<'a> {
    rest: &'a [u8],
}

/// Reads a compound packet, full or reduced-size (RFC 5506).
pub const fn parse(compound: &[u8]) -> RtcpPackets<'_> {
    RtcpPackets { rest: compound }
}

impl<'a> Iterator for RtcpPackets<'a> {
    type Item = Result<RtcpPacket<'a>, RtcpError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match split_packet(self.rest) {
            Ok((packet, rest)) => {
                self.rest = rest;
                let packet_type = packet.packet_type;
                Some(parse_body(packet).ok_or(RtcpError::Body(packet_type)))
            }
            Err(error) => {
                self.rest = &[];
                Some(Err(error))
            }
        }
    }
}

/// One packet cut from a compound: its header's fields and its body without padding.
struct RawPacket<'a> {
    packet_type: u8,
    format: u8,
    body: &'a [u8],
}

fn split_packet(bytes: &[u8]) -> Result<(RawPacket<'_>, &[u8]), RtcpError> {
    let [first, packet_type, l0, l1] = *bytes.first_chunk().ok_or(RtcpError::TooShort)?;
    if first >> 6 != 2 {
        return Err(RtcpError::Version);
    }
    let len = 4 + 4 * usize::from(u16::from_be_bytes([l0, l1]));
    let (packet, rest) = bytes.split_at_checked(len).ok_or(RtcpError::TooShort)?;
    let mut body = &packet[4..];
    if first & 0x20 != 0 {
        let padding = usize::from(*body.last().ok_or(RtcpError::Padding)?);
        let len = body.len().checked_sub(padding).filter(|_| padding > 0);
        body = &body[..len.ok_or(RtcpError::Padding)?];
    }
    Ok((RawPacket { packet_type, format: first & 0x1f, body }, rest))
}

fn parse_body(packet: RawPacket<'_>) -> Option<RtcpPacket<'_>> {
    let RawPacket { packet_type, format, body } = packet;
    match (packet_type, format) {
        (SENDER_REPORT, count) => {
            let (info, blocks) = body.split_first_chunk::<24>()?;
            Some(RtcpPacket::SenderReport {
                info: SenderInfo::parse(info),
                reports: ReportBlocks::parse(blocks, count)?,
            })
        }
        (RECEIVER_REPORT, count) => {
            let (sender_ssrc, blocks) = split_word(body)?;
            Some(RtcpPacket::ReceiverReport { sender_ssrc, reports: ReportBlocks::parse(blocks, count)? })
        }
        (SOURCE_DESCRIPTION, count) => Some(RtcpPacket::SourceDescription(Descriptions::parse(body, count))),
        (GOODBYE, count) => Some(RtcpPacket::Goodbye(Ssrcs::parse(body, count)?)),
        (TRANSPORT_LAYER_FEEDBACK | PAYLOAD_SPECIFIC_FEEDBACK, _) => parse_feedback(packet_type, format, body),
        (packet_type, format) => Some(RtcpPacket::Other { packet_type, format }),
    }
}

fn parse_feedback(packet_type: u8, format: u8, body: &[u8]) -> Option<RtcpPacket<'_>> {
    let (sender_ssrc, rest) = split_word(body)?;
    let (media_ssrc, items) = split_word(rest)?;
    match (packet_type, format) {
        (TRANSPORT_LAYER_FEEDBACK, FORMAT_NACK) => {
            Some(RtcpPacket::Nack { sender_ssrc, media_ssrc, lost: NackItems::parse(items) })
        }
        (TRANSPORT_LAYER_FEEDBACK, FORMAT_TRANSPORT_WIDE) => {
            TransportFeedback::parse(sender_ssrc, media_ssrc, items).map(RtcpPacket::TransportFeedback)
        }
        (PAYLOAD_SPECIFIC_FEEDBACK, FORMAT_PLI) => Some(RtcpPacket::PictureLoss { sender_ssrc, media_ssrc }),
        (PAYLOAD_SPECIFIC_FEEDBACK, FORMAT_FIR) => {
            Some(RtcpPacket::FullIntra { sender_ssrc, requests: FirItems::parse(items) })
        }
        (PAYLOAD_SPECIFIC_FEEDBACK, FORMAT_APPLICATION) if items.starts_with(REMB_MARK) => {
            let ([count, b0, b1, b2], entries) = items[4..].split_first_chunk()?;
            let mantissa = u64::from(u32::from_be_bytes([0, b0 & 0x03, *b1, *b2]));
            // An estimate beyond 64 bits is no limit at all.
            let shift = u32::from(b0 >> 2);
            let bitrate_bps =
                if mantissa.leading_zeros() >= shift { mantissa.checked_shl(shift) } else { Some(u64::MAX) };
            Some(RtcpPacket::Remb {
                sender_ssrc,
                bitrate_bps: bitrate_bps.unwrap_or(0),
                ssrcs: Ssrcs::parse(entries, *count)?,
            })
        }
        (packet_type, format) => Some(RtcpPacket::Other { packet_type, format }),
    }
}

#[cfg(test)]
mod tests;
