//! When a source is asked for a keyframe: many receivers want one, the sender is asked once, not too often, and again
//! until it comes. Takes the time as an argument; PLI or FIR is written by the caller.

use std::time::{Duration, Instant};

/// Shortest time between two requests to one source.
pub const MIN_INTERVAL: Duration = Duration::from_millis(500);
/// Longest time between two requests while no keyframe comes.
pub const MAX_INTERVAL: Duration = Duration::from_secs(4);
/// Requests without a keyframe after which the source is left alone until somebody asks again.
pub const MAX_REQUESTS: u32 = 12;

/// Keyframe requests to one source.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyframeRequests {
    wanted: bool,
    last: Option<Instant>,
    /// Requests since the last keyframe.
    unanswered: u32,
}

impl KeyframeRequests {
    /// Nothing wanted.
    pub const fn new() -> Self {
        Self { wanted: false, last: None, unanswered: 0 }
    }

    /// Somebody needs a keyframe.
    pub const fn request(&mut self) {
        if !self.wanted {
            self.unanswered = 0;
        }
        self.wanted = true;
    }

    /// Somebody needs a keyframe, and packets of the source do come: what was asked before may have been lost as they were.
    pub const fn request_anew(&mut self) {
        self.wanted = true;
        self.unanswered = 0;
    }

    /// A keyframe came.
    pub const fn handle_keyframe(&mut self) {
        self.wanted = false;
        self.unanswered = 0;
    }

    /// Nobody waits any more: the source was paused or closed, or has no receiver left.
    pub const fn cancel(&mut self) {
        self.wanted = false;
    }

    /// Whether somebody waits for a keyframe.
    pub const fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Whether the source must be asked now; says so once per request that is due.
    pub fn poll_request(&mut self, now: Instant) -> bool {
        if self.poll_timeout(now).is_none_or(|due| due > now) {
            return false;
        }
        self.last = Some(now);
        self.unanswered += 1;
        if self.unanswered >= MAX_REQUESTS {
            self.wanted = false;
        }
        true
    }

    /// When the source is to be asked next; `now` or earlier where it is due.
    pub fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        if !self.wanted {
            return None;
        }
        let doublings = self.unanswered.saturating_sub(1).min(3);
        let interval = (MIN_INTERVAL * (1 << doublings)).min(MAX_INTERVAL);
        Some(self.last.map_or(now, |last| last + interval))
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn times(requests: &mut KeyframeRequests, start: Instant, from: u64, to: u64) -> Vec<u64> {
        (from..to).step_by(50).filter(|at| requests.poll_request(start + ms(*at))).collect()
    }

    #[test]
    fn many_wishes_are_one_request_at_once_and_then_one_per_interval() {
        let start = Instant::now();
        let mut requests = KeyframeRequests::new();
        assert!(!requests.poll_request(start));
        for _ in 0..5 {
            requests.request();
        }
        assert_eq!(times(&mut requests, start, 0, 400), [0]);
        requests.handle_keyframe();
        requests.request();
        assert!(requests.is_wanted());
        assert_eq!(times(&mut requests, start, 400, 1_000), [500], "a wish after the keyframe waits its turn");
        requests.handle_keyframe();
        assert_eq!(requests.poll_timeout(start), None);
        assert!(times(&mut requests, start, 1_000, 5_000).is_empty());
    }

    #[test]
    fn a_source_that_was_silent_is_asked_at_once_when_it_comes_again() {
        let start = Instant::now();
        let mut requests = KeyframeRequests::new();
        requests.request();
        assert_eq!(times(&mut requests, start, 0, 4_000), [0, 500, 1_500, 3_500]);
        requests.request_anew();
        assert_eq!(times(&mut requests, start, 4_000, 6_000), [4_000, 4_500, 5_500], "not only at 7.5 s");
        requests.request_anew();
        assert_eq!(times(&mut requests, start, 5_550, 6_050), [6_000], "half a second after the last one");
    }

    #[test]
    fn a_silent_source_is_asked_again_ever_more_slowly_and_not_for_ever() {
        let start = Instant::now();
        let mut requests = KeyframeRequests::new();
        requests.request();
        let asked = times(&mut requests, start, 0, 120_000);
        assert_eq!(asked[..6], [0, 500, 1_500, 3_500, 7_500, 11_500]);
        assert_eq!(asked.len(), MAX_REQUESTS as usize);
        requests.request();
        assert_eq!(times(&mut requests, start, 120_000, 121_000), [120_000, 120_500], "a new wish asks at once");
        requests.cancel();
        assert!(times(&mut requests, start, 121_000, 130_000).is_empty());
    }
}
