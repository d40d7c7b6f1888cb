//! What an RTP source's packets say of the path: loss and jitter for receiver reports (RFC 3550 §6.4.1, A.3, A.8).
//! Counts what arrived first or again alike; the report's SSRC and when it is sent are the caller's.

use crate::media::transport::rtcp::{NtpTime, ReportBlock};
use std::time::{Duration, Instant};

/// Counters of one source.
#[derive(Clone, Copy, Debug)]
pub struct Reception {
    clock_rate_hz: u32,
    start: Instant,
    first: Option<u64>,
    highest: u64,
    received: u64,
    /// Expected and received at the last report.
    last_report: (u64, u64),
    /// 16 times the jitter in clock ticks.
    jitter_16: u32,
    last_transit: u32,
    last_timestamp: u32,
    last_sr: Option<(NtpTime, Instant)>,
}

impl Reception {
    /// A source that has sent nothing; `start` is any moment to count arrival times from.
    pub const fn new(clock_rate_hz: u32, start: Instant) -> Self {
        Self {
            clock_rate_hz,
            start,
            first: None,
            highest: 0,
            received: 0,
            last_report: (0, 0),
            jitter_16: 0,
            last_transit: 0,
            last_timestamp: 0,
            last_sr: None,
        }
    }

    /// Notes a packet by its extended sequence number.
    pub fn handle_packet(&mut self, index: u64, timestamp: u32, now: Instant) {
        let arrival = self.ticks(now.saturating_duration_since(self.start));
        let transit = arrival.wrapping_sub(timestamp);
        self.received += 1;
        match self.first {
            None => (self.first, self.highest) = (Some(index), index),
            // One sample a picture: the packets of a burst say nothing of the path.
            Some(_) if index > self.highest && timestamp != self.last_timestamp => {
                let difference = (transit.wrapping_sub(self.last_transit) as i32).unsigned_abs();
                // A jump of the source's clock is no jitter.
                if difference < 5 * self.clock_rate_hz {
                    self.jitter_16 =
                        self.jitter_16.saturating_sub((self.jitter_16 + 8) >> 4).saturating_add(difference);
                }
            }
            Some(_) => {}
        }
        if index >= self.highest {
            (self.last_transit, self.last_timestamp) = (transit, timestamp);
            self.highest = index;
        }
    }

    /// Notes a sender report of the source.
    pub const fn handle_sender_report(&mut self, ntp: NtpTime, now: Instant) {
        self.last_sr = Some((ntp, now));
    }

    /// Packets that did not arrive so far, repairs counted; never below zero.
    pub fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }

    /// The interarrival jitter.
    pub fn jitter(&self) -> Duration {
        let ticks = u64::from(self.jitter_16 >> 4);
        Duration::from_micros((ticks * 1_000_000).checked_div(u64::from(self.clock_rate_hz)).unwrap_or(0))
    }

    /// The report on this source since the last one; none before its first packet.
    pub fn report(&mut self, ssrc: u32, now: Instant) -> Option<ReportBlock> {
        self.first?;
        let expected = self.expected();
        let (last_expected, last_received) = self.last_report;
        self.last_report = (expected, self.received);
        let expected_now = expected - last_expected;
        let lost_now = expected_now.saturating_sub(self.received - last_received);
        let fraction = (lost_now << 8).checked_div(expected_now).unwrap_or(0).min(255);
        let delay = self.last_sr.map(|(_, at)| now.saturating_duration_since(at));
        Some(ReportBlock {
            ssrc,
            fraction_lost: fraction as u8,
            cumulative_lost: (expected as i64 - self.received as i64).clamp(-0x80_0000, 0x7f_ffff) as i32,
            highest_sequence: self.highest as u32,
            jitter: self.jitter_16 >> 4,
            last_sr: self.last_sr.map_or(0, |(ntp, _)| ntp.middle()),
            delay_since_last_sr: delay.map_or(0, |delay| ((delay.as_nanos() << 16) / 1_000_000_000) as u32),
        })
    }

    fn expected(&self) -> u64 {
        self.first.map_or(0, |first| (self.highest + 1).saturating_sub(first))
    }

    fn ticks(&self, time: Duration) -> u32 {
        (time.as_nanos() * u128::from(self.clock_rate_hz) / 1_000_000_000) as u32
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn loss_is_told_since_the_last_report_and_in_all() {
        let start = Instant::now();
        let mut reception = Reception::new(90_000, start);
        assert_eq!(reception.report(7, start), None);
        for index in [65_534, 65_535, 65_537, 65_538] {
            reception.handle_packet(index, 0, start);
        }
        let first = reception.report(7, start).unwrap();
        assert_eq!((first.fraction_lost, first.cumulative_lost), (51, 1), "one of five");
        assert_eq!((first.highest_sequence, first.last_sr), (0x0001_0002, 0));
        reception.handle_packet(65_536, 0, start);
        let second = reception.report(7, start).unwrap();
        assert_eq!((second.fraction_lost, second.cumulative_lost), (0, 0), "repaired");
        reception.handle_packet(65_538, 0, start);
        assert_eq!(reception.report(7, start).unwrap().cumulative_lost, -1, "a repeat");
        assert_eq!(reception.lost(), 0);
    }

    #[test]
    fn jitter_grows_with_uneven_arrival_only() {
        let start = Instant::now();
        let mut even = Reception::new(48_000, start);
        let mut uneven = Reception::new(48_000, start);
        for number in 0..200u64 {
            let timestamp = number as u32 * 960;
            even.handle_packet(number, timestamp, start + ms(20 * number));
            uneven.handle_packet(number, timestamp, start + ms(20 * number + 10 * (number % 2)));
        }
        assert_eq!(even.report(1, start).unwrap().jitter, 0);
        let jitter = uneven.report(1, start).unwrap().jitter;
        assert!((470..=481).contains(&jitter), "10 ms are 480 ticks: {jitter}");
        assert!((9_700..=10_100).contains(&uneven.jitter().as_micros()), "{:?}", uneven.jitter());
    }

    #[test]
    fn the_last_sender_report_is_referred_to_with_its_age() {
        let start = Instant::now();
        let mut reception = Reception::new(90_000, start);
        reception.handle_packet(1, 0, start);
        reception.handle_sender_report(NtpTime(0x0001_0002_0003_0004), start);
        let report = reception.report(1, start + ms(250)).unwrap();
        assert_eq!((report.last_sr, report.delay_since_last_sr), (0x0002_0003, 65_536 / 4));
    }
}
