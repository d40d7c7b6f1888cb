//! How much arrives: bits a second that the receiver acknowledged, in a short window of the receiver's own time.

/// Length of a bucket in units of 250 µs: 50 ms.
const BUCKET_250US: i64 = 200;
/// Buckets kept: half a second.
const BUCKETS: usize = 10;
/// Buckets of the short window: a quarter of a second.
const SHORT: usize = 5;
/// Buckets without which nothing can be said.
const KNOWN_MIN: usize = 3;

/// Acknowledged bytes by arrival.
#[derive(Clone, Debug, Default)]
pub(super) struct Throughput {
    /// The last full buckets, the latest at `next - 1`.
    past: [u32; BUCKETS],
    next: usize,
    known: usize,
    filling: u32,
    until_250us: Option<i64>,
}

impl Throughput {
    /// Counts a packet that arrived. Late ones count where they are told.
    pub(super) fn handle_arrival(&mut self, arrival_250us: i64, size_bytes: u32) {
        let mut until = *self.until_250us.get_or_insert(arrival_250us + BUCKET_250US);
        if arrival_250us >= until + BUCKET_250US * BUCKETS as i64 {
            *self = Self::default();
            until = arrival_250us + BUCKET_250US;
        }
        while arrival_250us >= until {
            self.past[self.next] = std::mem::take(&mut self.filling);
            self.next = (self.next + 1) % BUCKETS;
            self.known = (self.known + 1).min(BUCKETS);
            until += BUCKET_250US;
        }
        self.until_250us = Some(until);
        self.filling = self.filling.saturating_add(size_bytes);
    }

    /// Bits a second over the last half second.
    pub(super) fn bps(&self) -> Option<f64> {
        self.over(BUCKETS)
    }

    /// Bits a second over the last quarter of a second: what a path that has just become narrow still carries.
    pub(super) fn recent_bps(&self) -> Option<f64> {
        self.over(SHORT)
    }

    fn over(&self, buckets: usize) -> Option<f64> {
        let count = self.known.min(buckets);
        if count < KNOWN_MIN {
            return None;
        }
        let bytes: u64 = (1..=count).map(|back| u64::from(self.past[(self.next + BUCKETS - back) % BUCKETS])).sum();
        Some(bytes as f64 * 8.0 * 20.0 / count as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_is_measured_over_both_windows() {
        let mut throughput = Throughput::default();
        assert_eq!(throughput.bps(), None);
        for number in 0..100 {
            // 1,000 bytes every 10 ms for a second, then every 40 ms.
            throughput.handle_arrival(number * 40, 1_000);
        }
        assert_eq!(throughput.bps(), Some(800_000.0));
        for number in 1..=8 {
            throughput.handle_arrival(99 * 40 + number * 160, 1_000);
        }
        let recent = throughput.recent_bps().unwrap();
        assert!(recent < 330_000.0 && throughput.bps().unwrap() > recent, "{recent}");
        throughput.handle_arrival(1_000_000, 1_000);
        assert_eq!(throughput.bps(), None, "after silence it starts anew");
    }
}
