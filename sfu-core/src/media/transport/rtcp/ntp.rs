//! Wall-clock time as RTCP writes it: seconds since 1900 in 32.32 fixed point (RFC 3550 §4). No clock is read here.

use std::time::Duration;

/// Seconds between 1900-01-01 and 1970-01-01.
const UNIX_EPOCH_SECS: u64 = 2_208_988_800;

/// An NTP timestamp, 32 bits of seconds and 32 of fraction; wraps in 2036 as the format does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NtpTime(pub u64);

impl NtpTime {
    /// From the time since 1970-01-01 UTC.
    pub fn from_unix(since_epoch: Duration) -> Self {
        let secs = since_epoch.as_secs().wrapping_add(UNIX_EPOCH_SECS);
        let fraction = (u64::from(since_epoch.subsec_nanos()) << 32) / 1_000_000_000;
        Self((secs << 32) | fraction)
    }

    /// The middle 32 bits (units of 1/65,536 s), which reports refer to an SR by.
    pub const fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }

    /// Signed distance `self - earlier` in nanoseconds; right over a wrap while under 68 years.
    pub fn nanos_since(self, earlier: Self) -> i64 {
        let distance = i128::from(self.0.wrapping_sub(earlier.0) as i64);
        ((distance * 1_000_000_000) >> 32) as i64
    }
}

/// Time of a report block's delay field (1/65,536 s).
pub(super) fn from_short_ntp(units: u32) -> Duration {
    Duration::from_nanos((u64::from(units) * 1_000_000_000) >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unix_time_becomes_ntp_and_differences_survive_the_wrap() {
        assert_eq!(NtpTime::from_unix(Duration::ZERO).0 >> 32, UNIX_EPOCH_SECS);
        let half = NtpTime::from_unix(Duration::from_millis(1_500));
        assert_eq!(half.0 & 0xffff_ffff, 1 << 31);
        assert_eq!(half.nanos_since(NtpTime::from_unix(Duration::ZERO)), 1_500_000_000);
        assert_eq!(NtpTime(0).nanos_since(NtpTime(u64::MAX - (1 << 31) + 1)), 500_000_000);
        assert_eq!(NtpTime(0x0001_2345_6789_abcd).middle(), 0x2345_6789);
        assert_eq!(from_short_ntp(65_536 * 3 / 2), Duration::from_millis(1_500));
    }
}
