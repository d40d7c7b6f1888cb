//! The only place where a clock or the system's randomness is read.
use sfu_core::random::Random;
use sfu_core::time::Now;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// This moment.
pub fn now() -> Now {
    let unix_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Now { instant: Instant::now(), unix_ms: u64::try_from(unix_ms).unwrap_or(u64::MAX) }
}

/// A generator seeded by the system.
pub fn random() -> Random {
    Random::from_seed(rand::random())
}
