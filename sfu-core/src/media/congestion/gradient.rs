//! The delay half of the estimate: does a queue grow on the path? (draft-ietf-rmcat-gcc-02 §5, with a trend line over
//! the last groups of packets in place of the draft's filter.) Takes departures and arrivals; what follows from its
//! verdict is `estimate`'s. Bounded, and nothing is allocated.
use std::time::{Duration, Instant};

/// Packets sent within this time are one group: a picture's packets leave together (§5.2).
const GROUP_SPAN: Duration = Duration::from_millis(5);
/// Groups that the trend line is drawn through.
const WINDOW: usize = 20;
/// Weight of the past in the smoothed delay.
const SMOOTHING: f64 = 0.9;
/// What makes a slope comparable with the threshold.
const GAIN: f64 = 4.0;
/// Groups up to which the verdict's weight grows.
const WEIGHT_MAX: f64 = 60.0;
/// The threshold at the start and its bounds, ms (§5.4).
const THRESHOLD_START_MS: f64 = 12.5;
const THRESHOLD_MIN_MS: f64 = 6.0;
const THRESHOLD_MAX_MS: f64 = 600.0;
/// How fast the threshold follows from below and from above, per ms (§5.4).
const THRESHOLD_UP: f64 = 0.0087;
const THRESHOLD_DOWN: f64 = 0.039;
/// Further above the threshold than this it does not follow: a jump is no trend, ms.
const OUTLIER_MS: f64 = 15.0;
/// How long the trend must be above the threshold, ms (§5.4).
const OVERUSE_MS: f64 = 10.0;
/// Units of an arrival in one ms.
const TICKS_PER_MS: f64 = 4.0;
/// A group that comes this much later than its predecessor starts a new line: the path was silent, ms.
const PAUSE_MS: f64 = 2_000.0;

/// What the delay says of the path.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Usage {
    /// The queue stays as it is.
    #[default]
    Normal,
    /// A queue grows: more is sent than the path carries.
    Over,
    /// A queue drains.
    Under,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    first_sent: Instant,
    last_sent: Instant,
    last_arrival_250us: i64,
}

/// The trend of the delay on one path.
#[derive(Clone, Debug)]
pub(super) struct DelayGradient {
    current: Option<Group>,
    previous: Option<Group>,
    first_arrival_250us: Option<i64>,
    accumulated_ms: f64,
    smoothed_ms: f64,
    points: [(f64, f64); WINDOW],
    count: usize,
    next: usize,
    groups: f64,
    threshold_ms: f64,
    threshold_at_ms: Option<f64>,
    over_ms: Option<f64>,
    over_groups: u32,
    last_trend: f64,
    usage: Usage,
}

impl DelayGradient {
    pub(super) const fn new() -> Self {
        Self {
            current: None,
            previous: None,
            first_arrival_250us: None,
            accumulated_ms: 0.0,
            smoothed_ms: 0.0,
            points: [(0.0, 0.0); WINDOW],
            count: 0,
            next: 0,
            groups: 0.0,
            threshold_ms: THRESHOLD_START_MS,
            threshold_at_ms: None,
            over_ms: None,
            over_groups: 0,
            last_trend: 0.0,
            usage: Usage::Normal,
        }
    }

    /// Forgets the line, but not how jittery the path is: what comes next has nothing to do with what was.
    pub(super) fn restart(&mut self) {
        *self = Self { threshold_ms: self.threshold_ms, ..Self::new() };
    }

    /// What the delay says now.
    pub(super) const fn usage(&self) -> Usage {
        self.usage
    }

    /// Takes a packet that arrived, in the order of sending.
    pub(super) fn handle_arrival(&mut self, sent: Instant, arrival_250us: i64) {
        let Some(current) = &mut self.current else {
            self.begin(sent, arrival_250us);
            return;
        };
        if sent < current.first_sent {
            return;
        }
        let is_of_group =
            sent.duration_since(current.first_sent) <= GROUP_SPAN || is_burst(current, sent, arrival_250us);
        if is_of_group {
            current.last_sent = sent.max(current.last_sent);
            current.last_arrival_250us = current.last_arrival_250us.max(arrival_250us);
            return;
        }
        let finished = *current;
        if let Some(previous) = self.previous.replace(finished) {
            let sent_ms = finished.last_sent.saturating_duration_since(previous.last_sent).as_secs_f64() * 1_000.0;
            let arrived_ms = (finished.last_arrival_250us - previous.last_arrival_250us) as f64 / TICKS_PER_MS;
            if arrived_ms > PAUSE_MS || sent_ms > PAUSE_MS {
                self.restart();
            } else {
                self.add(sent_ms, arrived_ms, finished.last_arrival_250us);
            }
        }
        self.begin(sent, arrival_250us);
    }

    const fn begin(&mut self, sent: Instant, arrival_250us: i64) {
        self.current = Some(Group { first_sent: sent, last_sent: sent, last_arrival_250us: arrival_250us });
    }

    fn add(&mut self, sent_ms: f64, arrived_ms: f64, arrival_250us: i64) {
        let first = *self.first_arrival_250us.get_or_insert(arrival_250us);
        let at_ms = (arrival_250us - first) as f64 / TICKS_PER_MS;
        self.groups = (self.groups + 1.0).min(WEIGHT_MAX);
        self.accumulated_ms += arrived_ms - sent_ms;
        self.smoothed_ms = SMOOTHING * self.smoothed_ms + (1.0 - SMOOTHING) * self.accumulated_ms;
        self.points[self.next] = (at_ms, self.smoothed_ms);
        self.next = (self.next + 1) % WINDOW;
        self.count = (self.count + 1).min(WINDOW);
        let trend = if self.count == WINDOW { slope(&self.points).unwrap_or(self.last_trend) } else { 0.0 };
        self.judge(trend, sent_ms, at_ms);
    }

    fn judge(&mut self, trend: f64, sent_ms: f64, at_ms: f64) {
        let strength_ms = self.groups * trend * GAIN;
        if strength_ms > self.threshold_ms {
            let over_ms = self.over_ms.map_or(sent_ms / 2.0, |over| over + sent_ms);
            self.over_ms = Some(over_ms);
            self.over_groups += 1;
            if over_ms > OVERUSE_MS && self.over_groups > 1 && trend >= self.last_trend {
                self.over_ms = Some(0.0);
                self.over_groups = 0;
                self.usage = Usage::Over;
            }
        } else {
            self.over_ms = None;
            self.over_groups = 0;
            self.usage = if strength_ms < -self.threshold_ms { Usage::Under } else { Usage::Normal };
        }
        self.last_trend = trend;
        self.adapt(strength_ms.abs(), at_ms);
    }

    fn adapt(&mut self, strength_ms: f64, at_ms: f64) {
        let elapsed_ms = (at_ms - self.threshold_at_ms.replace(at_ms).unwrap_or(at_ms)).clamp(0.0, 100.0);
        if strength_ms > self.threshold_ms + OUTLIER_MS {
            return;
        }
        let pace = if strength_ms < self.threshold_ms { THRESHOLD_DOWN } else { THRESHOLD_UP };
        let moved = self.threshold_ms + pace * (strength_ms - self.threshold_ms) * elapsed_ms;
        self.threshold_ms = moved.clamp(THRESHOLD_MIN_MS, THRESHOLD_MAX_MS);
    }
}

/// Packets that a queue on the way gave out together say nothing about its growth.
fn is_burst(group: &Group, sent: Instant, arrival_250us: i64) -> bool {
    let arrived_ms = (arrival_250us - group.last_arrival_250us) as f64 / TICKS_PER_MS;
    let sent_ms = sent.saturating_duration_since(group.last_sent).as_secs_f64() * 1_000.0;
    let span = sent.saturating_duration_since(group.first_sent);
    arrived_ms < sent_ms && arrived_ms <= 5.0 && span < Duration::from_millis(100)
}

/// The slope of the line of least squares.
fn slope(points: &[(f64, f64); WINDOW]) -> Option<f64> {
    let count = WINDOW as f64;
    let (sum_x, sum_y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    let (mean_x, mean_y) = (sum_x / count, sum_y / count);
    let (mut above, mut below) = (0.0, 0.0);
    for (x, y) in points {
        above += (x - mean_x) * (y - mean_y);
        below += (x - mean_x) * (x - mean_x);
    }
    (below > 0.0).then(|| above / below)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;

    /// Sends a packet every 10 ms, of which each arrives `growth_ms` later than it would after the one before; gives
    /// the verdicts' counts.
    fn verdicts(growth_ms: impl Fn(u32) -> f64) -> [usize; 3] {
        let start = Instant::now();
        let (mut gradient, mut late_ms, mut counts) = (DelayGradient::new(), 50.0, [0; 3]);
        for number in 0..200u32 {
            late_ms += growth_ms(number);
            let sent_ms = f64::from(number) * 10.0;
            let sent = start + Duration::from_secs_f64(sent_ms / 1_000.0);
            gradient.handle_arrival(sent, ((sent_ms + late_ms) * 4.0) as i64);
            counts[gradient.usage() as usize] += 1;
        }
        counts
    }

    #[test]
    fn a_growing_queue_is_seen_and_jitter_is_not_taken_for_one() {
        let [normal, over, under] = verdicts(|_| 0.0);
        assert_eq!((normal, over, under), (200, 0, 0), "a steady path");
        let [_, over, _] = verdicts(|number| if number > 50 { 2.0 } else { 0.0 });
        assert!(over > 100, "each packet waits 2 ms longer: {over}");
        let [_, over, _] = verdicts(|number| if number % 2 == 0 { 3.0 } else { -3.0 });
        assert_eq!(over, 0, "jitter that comes and goes");
        let [_, over, under] = verdicts(|number| if number > 50 { -1.0 } else { 0.0 });
        assert!(over == 0 && under > 20, "a queue that drains: {under}");
    }

    #[test]
    fn a_path_that_was_silent_starts_a_new_line() {
        let [_, over, _] = verdicts(|number| if number == 100 { 3_000.0 } else { 0.0 });
        assert_eq!(over, 0);
    }
}
