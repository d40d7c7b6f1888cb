//! Time as an argument: no state machine reads a clock.
use std::time::Instant;

/// One moment, on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The monotonic clock: deadlines and intervals.
    pub instant: Instant,
    /// The wall clock, milliseconds since 1970-01-01 UTC: what the protocols show.
    pub unix_ms: u64,
}

impl Now {
    /// The same moment `duration` later, on both clocks.
    pub fn plus(self, duration: std::time::Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self { instant: self.instant + duration, unix_ms: self.unix_ms.saturating_add(millis) }
    }
}
