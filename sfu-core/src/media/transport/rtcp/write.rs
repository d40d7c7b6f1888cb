//! Writing RTCP: packets are appended to a compound in a caller's buffer, each whole or not at all.

use super::{
    FORMAT_APPLICATION, FORMAT_FIR, FORMAT_NACK, FORMAT_PLI, FORMAT_TRANSPORT_WIDE, FeedbackHead, GOODBYE,
    PAYLOAD_SPECIFIC_FEEDBACK, RECEIVER_REPORT, REMB_MARK, ReportBlock, RtcpError, SDES_CNAME, SENDER_REPORT,
    SOURCE_DESCRIPTION, SenderInfo, TRANSPORT_LAYER_FEEDBACK, transport_feedback,
};

/// Most report blocks, chunks or SSRCs in one packet: the count field has five bits.
const MAX_COUNT: usize = 31;
const MAX_REMB_MANTISSA: u64 = (1 << 18) - 1;

/// Appends packets to a compound; after an error the compound is as it was before the call.
#[derive(Debug)]
pub struct RtcpWriter<'a> {
    out: &'a mut [u8],
    len: usize,
}

impl<'a> RtcpWriter<'a> {
    /// An empty compound in `out`.
    pub const fn new(out: &'a mut [u8]) -> Self {
        Self { out, len: 0 }
    }

    /// Length of the compound so far, in bytes.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was written yet.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The compound so far.
    pub fn bytes(&self) -> &[u8] {
        &self.out[..self.len]
    }

    /// SR with up to 31 report blocks.
    pub fn sender_report(&mut self, info: &SenderInfo, reports: &[ReportBlock]) -> Result<(), RtcpError> {
        self.packet(SENDER_REPORT, count(reports.len())?, |body| {
            body.word(info.ssrc)?;
            body.word((info.ntp.0 >> 32) as u32)?;
            body.word(info.ntp.0 as u32)?;
            body.word(info.rtp_timestamp)?;
            body.word(info.packet_count)?;
            body.word(info.octet_count)?;
            reports.iter().try_for_each(|report| body.put(&report.to_bytes()))
        })
    }

    /// RR with up to 31 report blocks.
    pub fn receiver_report(&mut self, sender_ssrc: u32, reports: &[ReportBlock]) -> Result<(), RtcpError> {
        self.packet(RECEIVER_REPORT, count(reports.len())?, |body| {
            body.word(sender_ssrc)?;
            reports.iter().try_for_each(|report| body.put(&report.to_bytes()))
        })
    }

    /// SDES with the canonical name of one SSRC; a name over 255 bytes is refused.
    pub fn source_description(&mut self, ssrc: u32, cname: &str) -> Result<(), RtcpError> {
        let len = u8::try_from(cname.len()).map_err(|_| RtcpError::TooMany)?;
        self.packet(SOURCE_DESCRIPTION, 1, |body| {
            body.word(ssrc)?;
            body.put(&[SDES_CNAME, len])?;
            body.put(cname.as_bytes())?;
            body.put(&[0])?;
            body.fill_word()
        })
    }

    /// BYE of up to 31 SSRCs.
    pub fn goodbye(&mut self, ssrcs: &[u32]) -> Result<(), RtcpError> {
        self.packet(GOODBYE, count(ssrcs.len())?, |body| ssrcs.iter().try_for_each(|ssrc| body.word(*ssrc)))
    }

    /// Generic NACK of `lost`, which is sorted in sequence order; neighbours share an item.
    pub fn nack(&mut self, sender_ssrc: u32, media_ssrc: u32, lost: &[u16]) -> Result<(), RtcpError> {
        self.packet(TRANSPORT_LAYER_FEEDBACK, FORMAT_NACK, |body| {
            body.word(sender_ssrc)?;
            body.word(media_ssrc)?;
            let mut rest = lost;
            while let [first, others @ ..] = rest {
                let near = |sequence: &&u16| (1..=16).contains(&sequence.wrapping_sub(*first));
                let taken = others.iter().take_while(near).count();
                let mask =
                    others[..taken].iter().fold(0u16, |mask, other| mask | 1 << (other.wrapping_sub(*first) - 1));
                body.word((u32::from(*first) << 16) | u32::from(mask))?;
                rest = &others[taken..];
            }
            Ok(())
        })
    }

    /// PLI.
    pub fn picture_loss(&mut self, sender_ssrc: u32, media_ssrc: u32) -> Result<(), RtcpError> {
        self.packet(PAYLOAD_SPECIFIC_FEEDBACK, FORMAT_PLI, |body| {
            body.word(sender_ssrc)?;
            body.word(media_ssrc)
        })
    }

    /// FIR to one SSRC; `number` counts up per new request and stays for a repeat.
    pub fn full_intra(&mut self, sender_ssrc: u32, media_ssrc: u32, number: u8) -> Result<(), RtcpError> {
        self.packet(PAYLOAD_SPECIFIC_FEEDBACK, FORMAT_FIR, |body| {
            body.word(sender_ssrc)?;
            // RFC 5104 §4.3.1.2: the common media SSRC is 0, the item names it.
            body.word(0)?;
            body.word(media_ssrc)?;
            body.put(&[number, 0, 0, 0])
        })
    }

    /// REMB: what these SSRCs together may send; the value is cut to 18 significant bits, downwards.
    pub fn remb(&mut self, sender_ssrc: u32, bitrate_bps: u64, ssrcs: &[u32]) -> Result<(), RtcpError> {
        let number = u8::try_from(ssrcs.len()).map_err(|_| RtcpError::TooMany)?;
        let (mut mantissa, mut exponent) = (bitrate_bps, 0u32);
        while mantissa > MAX_REMB_MANTISSA {
            mantissa >>= 1;
            exponent += 1;
        }
        self.packet(PAYLOAD_SPECIFIC_FEEDBACK, FORMAT_APPLICATION, |body| {
            body.word(sender_ssrc)?;
            body.word(0)?;
            body.put(REMB_MARK)?;
            body.word((u32::from(number) << 24) | (exponent << 18) | mantissa as u32)?;
            ssrcs.iter().try_for_each(|ssrc| body.word(*ssrc))
        })
    }

    /// Transport-wide feedback: one entry per sequence number from `head.base_sequence` on, with its distance to the
    /// arrival before it (the first: to the reference time) in units of 250 µs, or none where it did not arrive.
    pub fn transport_feedback(&mut self, head: &FeedbackHead, deltas: &[Option<i16>]) -> Result<(), RtcpError> {
        let number = u16::try_from(deltas.len()).map_err(|_| RtcpError::TooMany)?;
        self.packet(TRANSPORT_LAYER_FEEDBACK, FORMAT_TRANSPORT_WIDE, |body| {
            body.word(head.sender_ssrc)?;
            body.word(head.media_ssrc)?;
            body.word((u32::from(head.base_sequence) << 16) | u32::from(number))?;
            body.word((head.reference_time_64ms << 8) | u32::from(head.feedback_count))?;
            transport_feedback::write_statuses(deltas, |bytes| body.put(bytes))?;
            body.fill_word()
        })
    }

    fn packet(
        &mut self,
        packet_type: u8,
        format: u8,
        write: impl FnOnce(&mut Body<'_>) -> Result<(), RtcpError>,
    ) -> Result<(), RtcpError> {
        let (head, rest) = self.out[self.len..].split_first_chunk_mut::<4>().ok_or(RtcpError::BufferFull)?;
        let mut body = Body { out: rest, len: 0 };
        write(&mut body)?;
        let words = u16::try_from(body.len / 4).map_err(|_| RtcpError::TooMany)?;
        let [l0, l1] = words.to_be_bytes();
        *head = [0x80 | format, packet_type, l0, l1];
        self.len += 4 + body.len;
        Ok(())
    }
}

/// The body of the packet being written.
struct Body<'a> {
    out: &'a mut [u8],
    len: usize,
}

impl Body<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), RtcpError> {
        let end = self.len + bytes.len();
        self.out.get_mut(self.len..end).ok_or(RtcpError::BufferFull)?.copy_from_slice(bytes);
        self.len = end;
        Ok(())
    }

    fn word(&mut self, word: u32) -> Result<(), RtcpError> {
        self.put(&word.to_be_bytes())
    }

    fn fill_word(&mut self) -> Result<(), RtcpError> {
        let missing = self.len.next_multiple_of(4) - self.len;
        self.put(&[0; 3][..missing])
    }
}

fn count(len: usize) -> Result<u8, RtcpError> {
    if len > MAX_COUNT {
        return Err(RtcpError::TooMany);
    }
    Ok(len as u8)
}
