//! What SR and RR say: a sender's clocks and counters, and a receiver's view of one source (RFC 3550 §6.4).

use super::ntp::{NtpTime, from_short_ntp};
use std::time::Duration;

/// Length of a report block, in bytes.
pub(super) const REPORT_BLOCK_LEN: usize = 24;

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

impl SenderInfo {
    pub(super) fn parse(info: &[u8; 24]) -> Self {
        let word = |at: usize| u32::from_be_bytes([info[at], info[at + 1], info[at + 2], info[at + 3]]);
        Self {
            ssrc: word(0),
            ntp: NtpTime((u64::from(word(4)) << 32) | u64::from(word(8))),
            rtp_timestamp: word(12),
            packet_count: word(16),
            octet_count: word(20),
        }
    }
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
        Some(if (units as i32) < 0 { Duration::ZERO } else { from_short_ntp(units) })
    }

    pub(super) fn parse(block: &[u8; REPORT_BLOCK_LEN]) -> Self {
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

    pub(super) fn to_bytes(self) -> [u8; REPORT_BLOCK_LEN] {
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
