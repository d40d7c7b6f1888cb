//! Outgoing timestamps of a Consumer: one timeline over exchanged sources and layers, each of which has its own.
//! Where both sources sent reports on one wall clock (layers of one client) they are aligned by these, else by when
//! their packets arrived. Takes the time as an argument.

use crate::media::transport::rtcp::NtpTime;
use std::time::{Duration, Instant};

/// Where alignment by reports and by arrival differ by more than this, the reports are not believed.
const MAX_REPORT_ERROR: Duration = Duration::from_secs(1);

/// One moment on a sender's wall clock and on its media clock, from its last sender report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderClock {
    /// Wall clock.
    pub ntp: NtpTime,
    /// Media clock.
    pub rtp_timestamp: u32,
}

impl SenderClock {
    /// The timestamp that `other`, a stream of the same client and clock rate, has at the moment where this stream has
    /// `timestamp`.
    pub fn translate(&self, other: &SenderClock, timestamp: u32, clock_rate_hz: u32) -> u32 {
        let nanos = i128::from(self.ntp.nanos_since(other.ntp));
        let reports_apart = (nanos * i128::from(clock_rate_hz) / 1_000_000_000) as i64;
        let since_report = timestamp.wrapping_sub(self.rtp_timestamp);
        other.rtp_timestamp.wrapping_add(reports_apart as u32).wrapping_add(since_report)
    }
}

/// Maps timestamps of a Consumer's present source to outgoing ones.
#[derive(Clone, Copy, Debug)]
pub struct TimestampMapper {
    clock_rate_hz: u32,
    offset: u32,
    newest: Option<Newest>,
    first_out: u32,
}

/// The newest outgoing timestamp.
#[derive(Clone, Copy, Debug)]
struct Newest {
    timestamp: u32,
    at: Instant,
}

impl TimestampMapper {
    /// The first packet will get `first_out` (random, RFC 3550 §5.1).
    pub const fn new(clock_rate_hz: u32, first_out: u32) -> Self {
        Self { clock_rate_hz, offset: 0, newest: None, first_out }
    }

    /// Begins a source whose first packet, with `timestamp`, is sent at `now`.
    ///
    /// `in_old_source` is this packet's moment on the timeline of the source before, where reports tell it
    /// ([`SenderClock::translate`]). The output never goes back: at least one tick lies between two sources.
    pub fn start_source(&mut self, timestamp: u32, in_old_source: Option<u32>, now: Instant) {
        let Some(newest) = self.newest else {
            self.offset = self.first_out.wrapping_sub(timestamp);
            return;
        };
        let by_arrival = newest.timestamp.wrapping_add(self.ticks(now.saturating_duration_since(newest.at)));
        let tolerance = self.ticks(MAX_REPORT_ERROR);
        let by_reports = in_old_source
            .map(|moment| moment.wrapping_add(self.offset))
            .filter(|moment| moment.wrapping_sub(by_arrival).wrapping_add(tolerance) <= 2 * tolerance);
        let wanted = by_reports.unwrap_or(by_arrival);
        let least = newest.timestamp.wrapping_add(1);
        let out = if is_newer(wanted, least) { wanted } else { least };
        self.offset = out.wrapping_sub(timestamp);
    }

    /// The outgoing timestamp of a packet of the present source that is sent at `now`.
    pub fn map(&mut self, timestamp: u32, now: Instant) -> u32 {
        let out = timestamp.wrapping_add(self.offset);
        if self.newest.is_none_or(|newest| is_newer(out, newest.timestamp)) {
            self.newest = Some(Newest { timestamp: out, at: now });
        }
        out
    }

    /// The outgoing timestamp of a moment on the source's timeline, for sender reports; notes nothing.
    pub const fn peek(&self, timestamp: u32) -> u32 {
        timestamp.wrapping_add(self.offset)
    }

    /// The timestamp for a packet that comes from no source, such as a black frame, sent at `now`.
    pub fn insert(&mut self, now: Instant) -> u32 {
        self.start_source(0, None, now);
        self.map(0, now)
    }

    fn ticks(&self, time: Duration) -> u32 {
        (time.as_nanos() * u128::from(self.clock_rate_hz) / 1_000_000_000) as u32
    }
}

const fn is_newer(timestamp: u32, than: u32) -> bool {
    timestamp != than && timestamp.wrapping_sub(than) < 1 << 31
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;

    const RATE: u32 = 90_000;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn layers_of_one_client_are_aligned_by_their_reports() {
        let (start, unix) = (Instant::now(), |at: u64| NtpTime::from_unix(ms(1_000_000 + at)));
        let low = SenderClock { ntp: unix(0), rtp_timestamp: 1_000 };
        let high = SenderClock { ntp: unix(500), rtp_timestamp: 4_000_000_000 };
        let mut mapper = TimestampMapper::new(RATE, 7);
        mapper.start_source(10_000, None, start);
        assert_eq!(mapper.map(10_000, start), 7);
        // 100 ms after the first picture by the sender's clocks, though it arrives after 140 ms.
        let moment = 1_000_u32.wrapping_add(9_000 + 9_000);
        let same = 4_000_000_000_u32.wrapping_add(moment - 1_000).wrapping_sub(45_000);
        assert_eq!(high.translate(&low, same, RATE), moment);
        mapper.start_source(same, Some(moment), start + ms(140));
        assert_eq!(mapper.map(same, start + ms(140)), 7 + 9_000);
        assert_eq!(mapper.peek(same.wrapping_add(90)), 7 + 9_090);
    }

    #[test]
    fn without_believable_reports_time_goes_on_by_arrival() {
        let start = Instant::now();
        let cases = [
            (None, "no reports"),
            (Some(500_000_000), "reports that are seconds off"),
            (Some(u32::MAX / 2), "reports of another age"),
        ];
        for (in_old_source, message) in cases {
            let mut mapper = TimestampMapper::new(RATE, u32::MAX - 10);
            mapper.start_source(0, None, start);
            assert_eq!(mapper.map(0, start), u32::MAX - 10);
            mapper.start_source(777, in_old_source, start + ms(100));
            assert_eq!(mapper.map(777, start + ms(100)), 9_000 - 11, "{message}");
        }
    }

    #[test]
    fn output_never_goes_back_over_a_switch() {
        let start = Instant::now();
        let mut mapper = TimestampMapper::new(RATE, 1_000);
        mapper.start_source(0, None, start);
        assert_eq!(mapper.map(90_000, start), 91_000, "a source may run ahead");
        mapper.start_source(5, Some(89_000), start);
        assert_eq!(mapper.map(5, start), 91_001);
        assert_eq!(mapper.map(2, start), 90_998, "a late packet of the same source keeps its distance");
        assert_eq!(mapper.insert(start), 91_002);
    }

    #[test]
    fn a_black_frame_first_is_followed_by_the_source_in_time() {
        let start = Instant::now();
        let mut mapper = TimestampMapper::new(RATE, 50);
        assert_eq!(mapper.insert(start), 50);
        mapper.start_source(123_456, None, start + ms(2_000));
        assert_eq!(mapper.map(123_456, start + ms(2_000)), 180_050);
    }
}
