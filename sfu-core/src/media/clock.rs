//! Wall clocks of RTCP: ours (which counts from a fixed moment, as no clock is read here) and how far each client's is
//! from it. All streams of a client are moved by one distance, so its sound and picture stay together.
use super::rtp::timestamp::SenderClock;
use super::transport::rtcp::NtpTime;
use std::time::{Duration, Instant};

/// The moment our wall clock starts at, since 1970: RTCP compares its times, it never shows them.
const START: Duration = Duration::from_secs(1_700_000_000);
/// A client's clock that moved further than this was set anew, 32.32 seconds.
const RESET: u64 = 5 << 32;
/// How fast a distance may grow: clocks drift by less than 1/2,048, and a report that travelled fast is the better one.
const DRIFT_SHIFT: u32 = 11;

/// Our own wall clock.
#[derive(Clone, Copy)]
pub(super) struct WallClock {
    start: Instant,
}

impl WallClock {
    pub(super) const fn new(start: Instant) -> Self {
        Self { start }
    }

    /// The time at `now`.
    pub(super) fn at(&self, now: Instant) -> NtpTime {
        NtpTime::from_unix(START + now.saturating_duration_since(self.start))
    }

    /// Time since the Worker's start.
    pub(super) fn since_start(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
    }
}

/// How far our clock is ahead of one client's: by its sender reports, and the least delayed of them.
#[derive(Clone, Copy, Default)]
pub(super) struct PeerClock {
    distance: Option<(u64, NtpTime)>,
}

impl PeerClock {
    /// Notes a sender report that says `theirs` and came at `ours`.
    pub(super) fn handle_report(&mut self, theirs: NtpTime, ours: NtpTime) {
        let seen = ours.0.wrapping_sub(theirs.0);
        let distance = match self.distance {
            None => seen,
            Some((known, at)) => {
                let drifted = known.wrapping_add(ours.0.wrapping_sub(at.0) >> DRIFT_SHIFT);
                let later = seen.wrapping_sub(drifted).cast_signed();
                if later < 0 || later.unsigned_abs() > RESET { seen } else { drifted }
            }
        };
        self.distance = Some((distance, ours));
    }

    /// Takes over what another Worker knows: the client's clock says `theirs` when ours says `ours`.
    pub(super) fn set(&mut self, theirs: NtpTime, ours: NtpTime) {
        self.distance = Some((ours.0.wrapping_sub(theirs.0), ours));
    }

    /// What the client's clock says when ours says `ours`; `None` before its first report.
    pub(super) fn theirs(&self, ours: NtpTime) -> Option<NtpTime> {
        self.distance.map(|(distance, _)| NtpTime(ours.0.wrapping_sub(distance)))
    }
}

/// A stream's media clock when its sender's wall clock says `moment`.
pub(super) fn media_time(clock: &SenderClock, moment: NtpTime, clock_rate_hz: u32) -> u32 {
    let nanos = i128::from(moment.nanos_since(clock.ntp));
    let ticks = (nanos * i128::from(clock_rate_hz)).div_euclid(1_000_000_000);
    // Only the low 32 bits of a media clock exist.
    clock.rtp_timestamp.wrapping_add((ticks & 0xffff_ffff) as u32)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;

    fn at(ms: u64) -> NtpTime {
        NtpTime::from_unix(Duration::from_millis(ms))
    }

    #[test]
    fn the_least_delayed_report_decides_and_drift_is_followed() {
        let mut clock = PeerClock::default();
        assert_eq!(clock.theirs(at(5_000)), None);
        let theirs = |clock: &PeerClock, ours| clock.theirs(at(ours)).map(|t| t.nanos_since(at(0)) / 1_000_000);
        clock.handle_report(at(1_000), at(5_100));
        assert_eq!(theirs(&clock, 5_100), Some(1_000));
        clock.handle_report(at(2_000), at(6_050));
        assert_eq!(theirs(&clock, 6_050), Some(2_000), "50 ms faster");
        clock.handle_report(at(3_000), at(7_300));
        assert_eq!(theirs(&clock, 7_300), Some(3_249), "250 ms late is not believed, but half a millisecond of drift");
        clock.handle_report(at(900_000), at(8_000));
        assert_eq!(theirs(&clock, 8_000), Some(900_000), "the client's clock was set");
    }

    #[test]
    fn media_time_runs_both_ways_from_a_report() {
        let clock = SenderClock { ntp: at(1_000), rtp_timestamp: 50 };
        assert_eq!(media_time(&clock, at(2_000), 90_000), 90_050);
        assert_eq!(media_time(&clock, at(0), 90_000), 50u32.wrapping_sub(90_000));
    }

    #[test]
    fn our_clock_runs_with_the_instants_given() {
        let start = Instant::now();
        let clock = WallClock::new(start);
        assert_eq!(clock.at(start + Duration::from_secs(3)).nanos_since(clock.at(start)), 3_000_000_000);
    }
}
