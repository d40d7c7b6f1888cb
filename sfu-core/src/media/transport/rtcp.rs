//! RTCP as bytes: compound packets read as borrowed views, and written into a caller's buffer (RFC 3550 §6, RFC 4585,
//! RFC 5104, REMB, transport-wide feedback). Every read is bounded by the packet's own length; nothing allocates.
//! When to send what is decided by Producer, Consumer and `media::congestion`.

mod ntp;
mod transport_feedback;
mod write;

pub use ntp::NtpTime;
pub use transport_feedback::{FeedbackHead, FeedbackStatus, FeedbackStatuses, TransportFeedback};
pub use write::RtcpWriter;

use std::time::Duration;

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

const REPORT_BLOCK_LEN: usize = 24;

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

/// The sender's part of an SR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderInfo {
    /// Who sends.
    pub ssrc: u32,
    /// Wall clock of the report.
    pub ntp: NtpTime,
    /// The same moment on the media clock.
    pub rtp_timestamp: u32,
    /// Packets sent so far.
    pub packet_count: u32,
    /// Payload bytes sent so far.
    pub octet_count: u32,
}

/// What a receiver says of one source (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// Which source.
    pub ssrc: u32,
    /// Lost since the last report, of 256.
    pub fraction_lost: u8,
    /// Lost in all, 24 bits signed: repeats make it negative.
    pub cumulative_lost: i32,
    /// Highest sequence number with its cycles.
    pub highest_sequence: u32,
    /// Interarrival jitter in the media clock.
    pub jitter: u32,
    /// Middle 32 bits of the last SR's wall clock; 0 for none.
    pub last_sr: u32,
    /// Time since that SR in 1/65,536 s.
    pub delay_since_last_sr: u32,
}

impl ReportBlock {
    /// Round trip time, where the reporter has had an SR of ours: `now` is when this report arrived (RFC 3550 §6.4.1).
    pub fn round_trip(&self, now: NtpTime) -> Option<Duration> {
        if self.last_sr == 0 {
            return None;
        }
        let units = now.middle().wrapping_sub(self.last_sr).wrapping_sub(self.delay_since_last_sr);
        // A clock that is read more coarsely than the wire's units can give a little less than nothing.
        Some(if (units as i32) < 0 { Duration::ZERO } else { ntp::from_short_ntp(units) })
    }

    fn parse(block: &[u8; REPORT_BLOCK_LEN]) -> Self {
        let word = |at: usize| u32::from_be_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]);
        Self {
            ssrc: word(0),
            fraction_lost: block[4],
            cumulative_lost: ((word(4) << 8) as i32) >> 8,
            highest_sequence: word(8),
            jitter: word(12),
            last_sr: word(16),
            delay_since_last_sr: word(20),
        }
    }

    fn to_bytes(self) -> [u8; REPORT_BLOCK_LEN] {
        let lost = self.cumulative_lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
        let words = [
            self.ssrc,
            (u32::from(self.fraction_lost) << 24) | lost,
            self.highest_sequence,
            self.jitter,
            self.last_sr,
            self.delay_since_last_sr,
        ];
        let mut bytes = [0; REPORT_BLOCK_LEN];
        for (to, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *to = word.to_be_bytes();
        }
        bytes
    }
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
            Some(RtcpPacket::SenderReport { info: sender_info(info), reports: report_blocks(blocks, count)? })
        }
        (RECEIVER_REPORT, count) => {
            let (sender_ssrc, blocks) = split_word(body)?;
            Some(RtcpPacket::ReceiverReport { sender_ssrc, reports: report_blocks(blocks, count)? })
        }
        (SOURCE_DESCRIPTION, count) => Some(RtcpPacket::SourceDescription(Descriptions { rest: body, left: count })),
        (GOODBYE, count) => Some(RtcpPacket::Goodbye(ssrcs(body, count)?)),
        (TRANSPORT_LAYER_FEEDBACK | PAYLOAD_SPECIFIC_FEEDBACK, _) => parse_feedback(packet_type, format, body),
        (packet_type, format) => Some(RtcpPacket::Other { packet_type, format }),
    }
}

fn parse_feedback(packet_type: u8, format: u8, body: &[u8]) -> Option<RtcpPacket<'_>> {
    let (sender_ssrc, rest) = split_word(body)?;
    let (media_ssrc, items) = split_word(rest)?;
    match (packet_type, format) {
        (TRANSPORT_LAYER_FEEDBACK, FORMAT_NACK) => {
            Some(RtcpPacket::Nack { sender_ssrc, media_ssrc, lost: NackItems { rest: items, pending: None } })
        }
        (TRANSPORT_LAYER_FEEDBACK, FORMAT_TRANSPORT_WIDE) => {
            TransportFeedback::parse(sender_ssrc, media_ssrc, items).map(RtcpPacket::TransportFeedback)
        }
        (PAYLOAD_SPECIFIC_FEEDBACK, FORMAT_PLI) => Some(RtcpPacket::PictureLoss { sender_ssrc, media_ssrc }),
        (PAYLOAD_SPECIFIC_FEEDBACK, FORMAT_FIR) => {
            Some(RtcpPacket::FullIntra { sender_ssrc, requests: FirItems { rest: items } })
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
                ssrcs: ssrcs(entries, *count)?,
            })
        }
        (packet_type, format) => Some(RtcpPacket::Other { packet_type, format }),
    }
}

fn sender_info(info: &[u8; 24]) -> SenderInfo {
    let word = |at: usize| u32::from_be_bytes([info[at], info[at + 1], info[at + 2], info[at + 3]]);
    SenderInfo {
        ssrc: word(0),
        ntp: NtpTime((u64::from(word(4)) << 32) | u64::from(word(8))),
        rtp_timestamp: word(12),
        packet_count: word(16),
        octet_count: word(20),
    }
}

fn split_word(bytes: &[u8]) -> Option<(u32, &[u8])> {
    bytes.split_first_chunk().map(|(word, rest)| (u32::from_be_bytes(*word), rest))
}

fn report_blocks(body: &[u8], count: u8) -> Option<ReportBlocks<'_>> {
    body.get(..REPORT_BLOCK_LEN * usize::from(count)).map(|rest| ReportBlocks { rest })
}

fn ssrcs(body: &[u8], count: u8) -> Option<Ssrcs<'_>> {
    body.get(..4 * usize::from(count)).map(|rest| Ssrcs { rest })
}

/// Iterator over report blocks.
#[derive(Clone, Debug)]
pub struct ReportBlocks<'a> {
    rest: &'a [u8],
}

impl Iterator for ReportBlocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (block, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(ReportBlock::parse(block))
    }
}

/// Iterator over SSRCs.
#[derive(Clone, Debug)]
pub struct Ssrcs<'a> {
    rest: &'a [u8],
}

impl Iterator for Ssrcs<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (ssrc, rest) = split_word(self.rest)?;
        self.rest = rest;
        Some(ssrc)
    }
}

/// Iterator over `(ssrc, canonical name)` of an SDES; ends at the first malformed chunk.
#[derive(Clone, Debug)]
pub struct Descriptions<'a> {
    rest: &'a [u8],
    left: u8,
}

impl<'a> Iterator for Descriptions<'a> {
    type Item = (u32, Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let (ssrc, mut items) = split_word(self.rest)?;
        let mut name = None;
        while let [kind, rest @ ..] = items {
            if *kind == 0 {
                break;
            }
            let (len, rest) = rest.split_first()?;
            let (value, rest) = rest.split_at_checked(usize::from(*len))?;
            if *kind == SDES_CNAME {
                name = Some(value);
            }
            items = rest;
        }
        // The list ends with one zero byte at least, then fills its word.
        let used = self.rest.len() - items.len();
        self.rest = self.rest.get((used + 1).next_multiple_of(4)..).unwrap_or_default();
        Some((ssrc, name))
    }
}

/// Iterator over the sequence numbers of a NACK.
#[derive(Clone, Debug)]
pub struct NackItems<'a> {
    rest: &'a [u8],
    pending: Option<(u16, u16)>,
}

impl Iterator for NackItems<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        if let Some((first, mask)) = self.pending.take_if(|(_, mask)| *mask != 0) {
            let bit = mask.trailing_zeros() as u16;
            self.pending = Some((first, mask & (mask - 1)));
            return Some(first.wrapping_add(bit + 1));
        }
        let ([f0, f1, m0, m1], rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        let first = u16::from_be_bytes([*f0, *f1]);
        self.pending = Some((first, u16::from_be_bytes([*m0, *m1])));
        Some(first)
    }
}

/// Iterator over `(ssrc, request number)` of a FIR.
#[derive(Clone, Debug)]
pub struct FirItems<'a> {
    rest: &'a [u8],
}

impl Iterator for FirItems<'_> {
    type Item = (u32, u8);

    fn next(&mut self) -> Option<(u32, u8)> {
        let ([s0, s1, s2, s3, number, ..], rest) = self.rest.split_first_chunk::<8>()?;
        self.rest = rest;
        Some((u32::from_be_bytes([*s0, *s1, *s2, *s3]), *number))
    }
}

#[cfg(test)]
mod tests;
