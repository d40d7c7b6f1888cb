//! What a receiver of RTP misses and when it asks for it: a list of lost packets with their next request. Gives up in
//! bounded time and says so, as only a keyframe helps then. Takes the time as an argument; the RTCP packet is written
//! by the caller.

use std::time::{Duration, Instant};

/// Time a gap may still close by reordering before it is asked for.
pub const FIRST_REQUEST: Duration = Duration::from_millis(10);
/// Time between two requests of one packet, where the round trip is not longer.
pub const REQUEST_INTERVAL: Duration = Duration::from_millis(40);
/// Requests of one packet before it is given up.
pub const MAX_REQUESTS: u8 = 10;
/// Age at which a packet is given up whatever was tried: its picture is late by then.
pub const MAX_AGE: Duration = Duration::from_secs(1);
/// Most packets missed at once; more is an outage that repairs do not heal.
pub const MAX_MISSING: usize = 256;

/// What a packet was to the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Newer than all before it.
    Newest,
    /// One that was missed.
    Missed,
    /// Neither: a repeat, or one that was given up.
    Known,
}

/// Packets missed from one source.
#[derive(Clone, Debug, Default)]
pub struct NackList {
    highest: Option<u64>,
    /// When the highest came.
    highest_at: Option<Instant>,
    /// In rising order.
    missing: Vec<Missing>,
    gave_up: bool,
}

#[derive(Clone, Copy, Debug)]
struct Missing {
    index: u64,
    noticed: Instant,
    due: Instant,
    requests: u8,
}

impl NackList {
    /// A list that has seen nothing.
    pub const fn new() -> Self {
        Self { highest: None, highest_at: None, missing: Vec::new(), gave_up: false }
    }

    /// Notes a packet, sent first or again, by its extended sequence number.
    pub fn handle_packet(&mut self, index: u64, now: Instant) -> Arrival {
        let Some(highest) = self.highest else {
            (self.highest, self.highest_at) = (Some(index), Some(now));
            return Arrival::Newest;
        };
        if index <= highest {
            return match self.missing.binary_search_by_key(&index, |missing| missing.index) {
                Ok(place) => {
                    self.missing.remove(place);
                    Arrival::Missed
                }
                Err(_) => Arrival::Known,
            };
        }
        self.highest = Some(index);
        let before = self.highest_at.replace(now);
        let gap = (index - highest - 1) as usize;
        // What was lost while nothing came is as old as that.
        let is_late = gap > 0 && before.is_some_and(|before| now.saturating_duration_since(before) >= MAX_AGE);
        if is_late || self.missing.len().saturating_add(gap) > MAX_MISSING {
            self.missing.clear();
            self.gave_up = true;
        } else {
            let missing = |index| Missing { index, noticed: now, due: now + FIRST_REQUEST, requests: 0 };
            self.missing.extend((highest + 1..index).map(missing));
        }
        Arrival::Newest
    }

    /// Whether a packet with this index is missed: decides cheaply what of an RTX stream is worth a look.
    pub fn is_missed(&self, index: u64) -> bool {
        self.missing.binary_search_by_key(&index, |missing| missing.index).is_ok()
    }

    /// Forgets what lies before a keyframe: it is not needed any more.
    pub fn forget_before(&mut self, index: u64) {
        self.missing.retain(|missing| missing.index >= index);
        self.gave_up = false;
    }

    /// Forgets everything; the next packet starts anew.
    pub fn reset(&mut self) {
        *self = Self { missing: std::mem::take(&mut self.missing), ..Self::new() };
        self.missing.clear();
    }

    /// Appends to `wanted` the numbers to ask for now, in order.
    pub fn poll_requests(&mut self, round_trip: Duration, now: Instant, wanted: &mut Vec<u16>) {
        let interval = round_trip.max(REQUEST_INTERVAL);
        let before = self.missing.len();
        self.missing.retain(|missing| {
            let old = now.saturating_duration_since(missing.noticed) >= MAX_AGE;
            let tried = missing.requests >= MAX_REQUESTS && missing.due <= now;
            !old && !tried
        });
        self.gave_up |= self.missing.len() < before;
        for missing in self.missing.iter_mut().filter(|missing| missing.due <= now) {
            missing.due = now + interval;
            missing.requests += 1;
            wanted.push(missing.index as u16);
        }
    }

    /// Whether a packet was given up since the last call: video then needs a keyframe.
    pub fn take_gave_up(&mut self) -> bool {
        std::mem::take(&mut self.gave_up)
    }

    /// When [`poll_requests`](Self::poll_requests) has something to do next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.missing.iter().map(|missing| missing.due.min(missing.noticed + MAX_AGE)).min()
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn requests(list: &mut NackList, rtt_ms: u64, now: Instant) -> Vec<u16> {
        let mut wanted = Vec::new();
        list.poll_requests(ms(rtt_ms), now, &mut wanted);
        wanted
    }

    #[test]
    fn a_gap_is_asked_for_after_10_ms_and_again_every_40() {
        let start = Instant::now();
        let mut list = NackList::new();
        assert_eq!(list.handle_packet(65_534, start), Arrival::Newest);
        assert_eq!(list.poll_timeout(), None);
        assert_eq!(list.handle_packet(65_538, start), Arrival::Newest);
        assert_eq!(list.poll_timeout(), Some(start + ms(10)));
        let steps: [(u64, &[u16], &str); 5] = [
            (9, &[], "it may still come by itself"),
            (10, &[65_535, 0, 1], "the first request"),
            (49, &[], "the answer is under way"),
            (50, &[65_535, 0, 1], "the second request"),
            (90, &[65_535, 0, 1], "the third"),
        ];
        for (at, expected, message) in steps {
            assert_eq!(requests(&mut list, 5, start + ms(at)), expected, "{message}");
        }
        assert!(list.is_missed(65_536));
        assert_eq!(list.handle_packet(65_536, start + ms(91)), Arrival::Missed);
        assert_eq!(list.handle_packet(65_536, start + ms(91)), Arrival::Known);
        assert_eq!(requests(&mut list, 5, start + ms(130)), [65_535, 1]);
        assert!(!list.take_gave_up());
    }

    #[test]
    fn a_long_round_trip_spaces_the_requests() {
        let start = Instant::now();
        let mut list = NackList::new();
        list.handle_packet(1, start);
        list.handle_packet(3, start);
        let times: Vec<u64> =
            (0..1_200).step_by(10).filter(|at| !requests(&mut list, 300, start + ms(*at)).is_empty()).collect();
        assert_eq!(times, [10, 310, 610, 910], "and none beyond a second of age");
        assert!(list.take_gave_up());
        assert_eq!(list.poll_timeout(), None);
    }

    #[test]
    fn after_ten_requests_a_packet_is_given_up_once() {
        let start = Instant::now();
        let mut list = NackList::new();
        list.handle_packet(1, start);
        list.handle_packet(3, start);
        let count = (0..100).filter(|at| !requests(&mut list, 0, start + ms(at * 10)).is_empty()).count();
        assert_eq!(count, usize::from(MAX_REQUESTS));
        assert!(list.take_gave_up());
        assert!(!list.take_gave_up(), "told once");
        assert_eq!(list.handle_packet(2, start), Arrival::Known);
    }

    #[test]
    fn an_outage_is_given_up_at_once_and_a_keyframe_clears_the_list() {
        let start = Instant::now();
        let mut list = NackList::new();
        list.handle_packet(1, start);
        list.handle_packet(3 + MAX_MISSING as u64, start);
        assert!(list.take_gave_up());
        assert_eq!(list.poll_timeout(), None);
        list.handle_packet(10 + MAX_MISSING as u64, start);
        list.forget_before(8 + MAX_MISSING as u64);
        let left = requests(&mut list, 0, start + ms(10));
        assert_eq!(left, [264, 265]);
        list.reset();
        assert_eq!(list.handle_packet(5, start), Arrival::Newest);
    }

    #[test]
    fn what_was_lost_in_a_silence_of_a_second_is_given_up_at_once() {
        let start = Instant::now();
        for (silence_ms, next, gives_up) in [(999, 5, false), (1_000, 5, true), (1_000, 2, false)] {
            let mut list = NackList::new();
            list.handle_packet(1, start);
            list.handle_packet(next, start + ms(silence_ms));
            assert_eq!(list.take_gave_up(), gives_up, "{silence_ms} ms, then {next}");
            assert_eq!(list.is_missed(3), next > 3 && !gives_up);
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_the_list_stays_bounded_and_sorted(steps in proptest::collection::vec((0u64..700, 0u64..60), 1..300)) {
            let mut now = Instant::now();
            let mut list = NackList::new();
            for (at, (index, wait)) in steps.into_iter().enumerate() {
                now += ms(wait);
                list.handle_packet(index + at as u64 * 3, now);
                prop_assert!(list.missing.len() <= MAX_MISSING);
                prop_assert!(list.missing.is_sorted_by_key(|missing| missing.index));
                let _ = requests(&mut list, 30, now);
                prop_assert!(list.poll_timeout().is_none_or(|due| due > now));
            }
        }
    }
}
