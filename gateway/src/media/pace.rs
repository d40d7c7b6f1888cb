//! How often a media thread looks at its sockets: at once while little comes, in small steps while much does.
//!
//! Sending several datagrams to one receiver in one call costs far less than one call each, so a thread that is busy
//! lets a little come together first. Knows no socket; the thread tells it what came.
use std::time::{Duration, Instant};

/// How long packets may come together, by how many datagrams come in a millisecond: from a meeting of thirty with sound
/// and picture on, and from sixty on. Browsers send and play out in steps of 5 ms and more.
const STEPS: [(u32, Duration); 2] = [(8, Duration::from_millis(5)), (4, Duration::from_millis(2))];
/// How long it takes to change one's mind.
const WINDOW: Duration = Duration::from_millis(20);

/// What came lately.
pub(super) struct Pace {
    window_start: Instant,
    count: u32,
    step: Option<Duration>,
}

impl Pace {
    pub(super) const fn new(now: Instant) -> Self {
        Self { window_start: now, count: 0, step: None }
    }

    /// So many datagrams came.
    pub(super) fn note(&mut self, count: u32, now: Instant) {
        self.count = self.count.saturating_add(count);
        let elapsed = now.saturating_duration_since(self.window_start);
        if elapsed >= WINDOW {
            let is_reached = |rate: u32| Duration::from_millis(1) * self.count >= elapsed * rate;
            self.step = STEPS.into_iter().find(|(rate, _)| is_reached(*rate)).map(|(_, step)| step);
            (self.window_start, self.count) = (now, 0);
        }
    }

    /// How long to rest after a turn that started then. Where nothing has come for a while nothing is waited for.
    pub(super) fn rest(&self, turn_started: Instant, now: Instant) -> Option<Duration> {
        if now.saturating_duration_since(self.window_start) > WINDOW * 2 {
            return None;
        }
        let spent = now.saturating_duration_since(turn_started);
        self.step?.checked_sub(spent).filter(|rest| !rest.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_thread_lets_packets_come_together_and_an_idle_one_does_not() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut pace = Pace::new(start);
        assert_eq!(pace.rest(start, start), None, "nothing came yet");
        for ms in 1..=20 {
            pace.note(5, at(ms));
        }
        assert_eq!(pace.rest(at(20), at(20)), Some(Duration::from_millis(2)));
        assert_eq!(pace.rest(at(20), at(21)), Some(Duration::from_millis(1)), "the turn itself counts");
        assert_eq!(pace.rest(at(20), at(22)), None, "a turn that took a step needs no rest");
        for ms in 21..=40 {
            pace.note(9, at(ms));
        }
        assert_eq!(pace.rest(at(40), at(40)), Some(Duration::from_millis(5)), "the more comes, the more together");
        assert_eq!(pace.rest(at(90), at(90)), None, "traffic has stopped");
        for ms in (44..=80).step_by(4) {
            pace.note(1, at(ms));
        }
        assert_eq!(pace.rest(at(80), at(80)), None, "a small meeting is not made to wait");
    }
}
