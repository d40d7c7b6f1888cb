//! Does a queue stand on the path? The least delay of the last packets, above the least that the path has had: bursts
//! held up by a busy machine or a radio link leave it where it was, as the last packet of each burst comes without
//! delay; a queue that does not drain lifts all of them. Knows departures and arrivals; what follows is `estimate`'s.
use std::time::Instant;

/// Units of an arrival in one ms.
const TICKS_PER_MS: i64 = 4;
/// Length of a bucket, and how many of them are looked at: 300 ms, as long as a machine may be busy with other things.
const BUCKET_250US: i64 = 75 * TICKS_PER_MS;
const BUCKETS: usize = 4;
/// Buckets without which nothing can be said: a single late packet is no queue.
const KNOWN_MIN: usize = 3;
/// A queue of less than this is none, 250 µs.
const STANDING_250US: i64 = 20 * TICKS_PER_MS;
/// The least delay is remembered for one to two of these: clocks drift, paths change.
const MEMORY_250US: i64 = 15_000 * TICKS_PER_MS;

/// The least delay of the packets that arrived in one span of the receiver's time.
#[derive(Clone, Copy, Debug)]
struct Least {
    span: i64,
    delay_250us: i64,
}

impl Least {
    /// Takes a packet into the span that it belongs to.
    fn note(place: &mut Option<Self>, span: i64, delay_250us: i64) {
        match place {
            Some(least) if least.span == span => least.delay_250us = least.delay_250us.min(delay_250us),
            Some(least) if least.span > span => {}
            Some(_) | None => *place = Some(Self { span, delay_250us }),
        }
    }
}

/// The queue on one path.
#[derive(Clone, Debug, Default)]
pub(super) struct StandingQueue {
    first_sent: Option<Instant>,
    newest: i64,
    recent: [Option<Least>; BUCKETS],
    /// The delay of the empty path: of this span of the memory and the one before.
    empty: [Option<Least>; 2],
}

impl StandingQueue {
    /// Takes a packet that arrived.
    pub(super) fn handle_arrival(&mut self, sent: Instant, arrival_250us: i64) {
        let first = *self.first_sent.get_or_insert(sent);
        let sent_250us = i64::try_from(sent.saturating_duration_since(first).as_micros() / 250).unwrap_or(i64::MAX);
        let delay = arrival_250us.saturating_sub(sent_250us);
        let bucket = arrival_250us.div_euclid(BUCKET_250US);
        self.newest = self.newest.max(bucket);
        if let Some(place) = self.recent.get_mut(bucket.rem_euclid(BUCKETS as i64) as usize) {
            Least::note(place, bucket, delay);
        }
        let span = arrival_250us.div_euclid(MEMORY_250US);
        if let Some(place) = self.empty.get_mut(span.rem_euclid(2) as usize) {
            Least::note(place, span, delay);
        }
    }

    /// Forgets the last packets, but not how empty the path can be.
    pub(super) const fn restart(&mut self) {
        self.recent = [None; BUCKETS];
    }

    /// Whether a queue stands on the path.
    pub(super) fn is_standing(&self) -> bool {
        let oldest = self.newest - BUCKETS as i64;
        let known = self.recent.iter().flatten().filter(|least| least.span > oldest);
        let (count, least) = known.fold((0, i64::MAX), |(count, min), one| (count + 1, min.min(one.delay_250us)));
        let empty = self.empty.iter().flatten().map(|least| least.delay_250us).min();
        count >= KNOWN_MIN && empty.is_some_and(|empty| least.saturating_sub(empty) >= STANDING_250US)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Sends a packet every 20 ms for 20 s, of which each arrives as late as told; gives the share of time in which a
    /// queue stood, from the second second on.
    fn standing(late_ms: impl Fn(f64) -> f64) -> f64 {
        let start = Instant::now();
        let (mut queue, mut count) = (StandingQueue::default(), 0);
        for number in 0..1_000u32 {
            let sent_ms = f64::from(number) * 20.0;
            let sent = start + Duration::from_secs_f64(sent_ms / 1_000.0);
            queue.handle_arrival(sent, ((sent_ms + 30.0 + late_ms(sent_ms)) * 4.0) as i64);
            count += u32::from(number >= 50 && queue.is_standing());
        }
        f64::from(count) / 950.0
    }

    #[test]
    fn bursts_are_no_queue_and_a_queue_that_does_not_drain_is_one() {
        assert_eq!(standing(|_| 0.0), 0.0, "a steady path");
        assert_eq!(standing(|at| 200.0 - at % 200.0), 0.0, "the machine looks at it every 200 ms");
        assert_eq!(standing(|at| if at % 1_000.0 < 250.0 { 250.0 - at % 1_000.0 } else { 0.0 }), 0.0);
        assert_eq!(standing(|at| if at % 500.0 < 20.0 { 150.0 } else { 0.0 }), 0.0, "single late packets");
        let full = standing(|at| if at > 10_000.0 { 80.0 } else { 0.0 });
        assert!(full > 0.45, "a queue that stays full: {full}");
        let growing = standing(|at| (at - 10_000.0).max(0.0) * 0.2);
        assert!(growing > 0.45, "a queue that grows: {growing}");
    }

    #[test]
    fn a_clock_that_drifts_and_a_path_that_got_longer_are_no_queue_for_long() {
        assert_eq!(standing(|at| at * 0.0005), 0.0, "500 ppm");
        let start = Instant::now();
        let mut queue = StandingQueue::default();
        for number in 0..3_000u32 {
            let sent_ms = f64::from(number) * 20.0;
            let late_ms = if number > 500 { 100.0 } else { 0.0 };
            queue.handle_arrival(start + Duration::from_secs_f64(sent_ms / 1e3), ((sent_ms + late_ms) * 4.0) as i64);
        }
        assert!(!queue.is_standing());
    }
}
