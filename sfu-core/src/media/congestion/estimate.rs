//! How much one Transport's path carries, by the receiver's feedback (transport-wide, or REMB).
//!
//! Optimistic: nothing bounds a path on which nothing was ever too much, so that a call on a good network starts at
//! its best and costs nothing here. The first growing queue or heavy loss sets a bound, which then moves as
//! draft-ietf-rmcat-gcc-02 says, and by probes (`probe`). What is done with the bound is `allocate`'s.
//!
//! What is not sent shows nothing: while only sound goes out, or far less than the bound, delay and loss do not say how
//! much the path carries.
use super::gradient::{DelayGradient, Usage};
use super::loss::Loss;
use super::queue::StandingQueue;
use super::throughput::Throughput;
use super::twcc::PacketResult;
use std::time::{Duration, Instant};

/// What of the acknowledged rate is left after a queue grew (§5.5: beta).
const BACK_OFF: f64 = 0.85;
/// The same after loss.
const BACK_OFF_LOSS: f64 = 0.95;
/// Growth a second while far from where it was too much (§5.5: eta).
const GROWTH_PER_SECOND: f64 = 1.08;
/// Growth close to where it was too much: a packet of this many bits each response time (§5.5).
const STEP_BITS: f64 = 9_600.0;
/// Time that a receiver takes to tell, beside the round trip (§5.5).
const RESPONSE: Duration = Duration::from_millis(100);
/// How far the bound may be above what is acknowledged: beyond, nothing shows that it is true (§5.5).
const AHEAD: f64 = 1.5;
/// The lowest bound, bits a second: sound alone needs no less.
const FLOOR_BPS: f64 = 50_000.0;
/// Below this share of the bound it is the sources that limit what is sent: what arrives is not what the path carries.
const SOURCE_LIMITED: f64 = 0.5;
/// The lowest bound that follows then, bits a second.
const SOURCE_LIMITED_FLOOR_BPS: f64 = 150_000.0;
/// A picture was sent within this time: something can be sent in less.
const PICTURE_LIFETIME: Duration = Duration::from_millis(500);
/// After this time without relief a picture may be left out altogether.
const ENDURED: Duration = Duration::from_millis(1_500);
/// Time between two reductions, beside the round trip: what was sent before the first one must have arrived.
const REDUCTION_PAUSE: Duration = Duration::from_millis(200);
/// A receiver's own estimate counts for so long.
const REMB_LIFETIME: Duration = Duration::from_secs(10);
/// After this time without congestion the path may be probed.
const CALM: Duration = Duration::from_secs(1);

/// The estimate of one path.
#[derive(Clone, Debug)]
pub(in crate::media) struct Estimator {
    gradient: DelayGradient,
    queue: StandingQueue,
    throughput: Throughput,
    loss: Loss,
    /// By our own measurement, bits a second.
    bound_bps: Option<f64>,
    /// What was acknowledged when it was too much for the last time.
    saturated_bps: Option<f64>,
    remb: Option<(u64, Instant)>,
    /// When transport-wide feedback came last.
    measured_at: Option<Instant>,
    /// When the last picture packet left that feedback told of.
    picture_at: Option<Instant>,
    /// Since when it is too much without relief.
    congested_since: Option<Instant>,
    round_trip: Duration,
    reduced_at: Option<Instant>,
    grown_at: Option<Instant>,
    /// Until then a queue is our own probe's.
    tolerant_until: Option<Instant>,
}

impl Estimator {
    pub(in crate::media) fn new() -> Self {
        Self {
            gradient: DelayGradient::new(),
            queue: StandingQueue::default(),
            throughput: Throughput::default(),
            loss: Loss::default(),
            bound_bps: None,
            saturated_bps: None,
            remb: None,
            measured_at: None,
            picture_at: None,
            congested_since: None,
            round_trip: Duration::ZERO,
            reduced_at: None,
            grown_at: None,
            tolerant_until: None,
        }
    }

    /// Bits a second that may be sent; `None`: nothing bounds them.
    pub(in crate::media) fn bps(&self, now: Instant) -> Option<u64> {
        let own = self.bound_bps.map(|bps| bps as u64);
        let theirs = self.remb.filter(|(_, at)| now.saturating_duration_since(*at) < REMB_LIFETIME).map(|(bps, _)| bps);
        [own, theirs].into_iter().flatten().min()
    }

    /// What the receiver itself estimates. True where the bound is lower now. It counts only where we cannot measure:
    /// of a path with transport-wide feedback the receiver knows less than we do.
    pub(in crate::media) fn handle_remb(&mut self, bps: u64, now: Instant) -> bool {
        if self.measured_at.is_some_and(|at| now.saturating_duration_since(at) < REMB_LIFETIME) {
            return false;
        }
        let before = self.bps(now);
        self.remb = Some((bps, now));
        self.bps(now) < before || before.is_none()
    }

    /// The round trip time by the receiver's reports.
    pub(in crate::media) const fn handle_round_trip(&mut self, round_trip: Duration) {
        self.round_trip = round_trip;
    }

    /// Takes the news of one feedback packet. True where the bound is lower now.
    pub(in crate::media) fn handle_feedback(&mut self, results: &[PacketResult], now: Instant) -> bool {
        if !results.is_empty() {
            self.measured_at = Some(now);
            self.remb = None;
        }
        let is_tolerant = self.tolerant_until.is_some_and(|until| now < until);
        if !is_tolerant && self.tolerant_until.take().is_some() {
            self.gradient.restart();
            self.queue.restart();
        }
        for result in results {
            if result.is_picture {
                self.picture_at = self.picture_at.max(Some(result.sent));
            }
            if !is_tolerant {
                self.loss.handle_result(result.arrival_250us.is_some());
            }
            let Some(arrival) = result.arrival_250us else { continue };
            self.throughput.handle_arrival(arrival, u32::from(result.size_bytes));
            if !is_tolerant {
                self.gradient.handle_arrival(result.sent, arrival);
                self.queue.handle_arrival(result.sent, arrival);
            }
        }
        if is_tolerant {
            return false;
        }
        let loses = self.loss.poll_cut(now);
        let is_standing = self.queue.is_standing();
        if self.sends_picture(now) && (is_standing || loses) {
            self.congested_since.get_or_insert(now);
        } else if !(self.sends_picture(now) && self.loss.cuts()) {
            self.congested_since = None;
        }
        match self.gradient.usage() {
            Usage::Over if is_standing => self.reduce(BACK_OFF, now),
            Usage::Over | Usage::Normal | Usage::Under if loses => self.reduce(BACK_OFF_LOSS, now),
            Usage::Normal => {
                self.grow(now);
                false
            }
            Usage::Over | Usage::Under => {
                self.grown_at = None;
                false
            }
        }
    }

    /// Whether a picture may be left out for the path's sake: it has been too much for some time.
    pub(in crate::media) fn may_starve(&self, now: Instant) -> bool {
        self.congested_since.is_some_and(|since| now.saturating_duration_since(since) >= ENDURED)
    }

    /// Nobody has wanted a picture for long: what the path carried then says nothing of what it carries now.
    pub(in crate::media) const fn forget(&mut self) {
        self.bound_bps = None;
        self.saturated_bps = None;
        self.grown_at = None;
    }

    /// Whether a picture was sent of late: only then less can be sent.
    fn sends_picture(&self, now: Instant) -> bool {
        self.picture_at.is_some_and(|at| now.saturating_duration_since(at) < PICTURE_LIFETIME + self.round_trip)
    }

    /// Sends less: a share of what arrives now.
    fn reduce(&mut self, share: f64, now: Instant) -> bool {
        self.grown_at = None;
        let pause = REDUCTION_PAUSE + self.round_trip;
        if !self.sends_picture(now) || self.reduced_at.is_some_and(|at| now.saturating_duration_since(at) < pause) {
            return false;
        }
        let (Some(lasting), Some(recent)) = (self.throughput.bps(), self.throughput.recent_bps()) else {
            return false;
        };
        let arriving = lasting.min(recent);
        self.reduced_at = Some(now);
        let reduced = if self.bound_bps.is_some_and(|bound| arriving < bound * SOURCE_LIMITED) {
            (arriving * AHEAD).max(SOURCE_LIMITED_FLOOR_BPS)
        } else {
            self.saturated_bps = Some(arriving);
            (arriving * share).max(FLOOR_BPS)
        };
        if self.bound_bps.is_some_and(|bound| bound <= reduced) {
            return false;
        }
        self.bound_bps = Some(reduced);
        true
    }

    /// Lets the bound rise with time.
    fn grow(&mut self, now: Instant) {
        let Some(bound) = self.bound_bps else { return };
        let Some(last) = self.grown_at.replace(now) else { return };
        if self.loss.holds() {
            return;
        }
        let seconds = now.saturating_duration_since(last).as_secs_f64().min(1.0);
        let is_close = self.saturated_bps.is_some_and(|saturated| bound > saturated * 0.8 && bound < saturated * 1.1);
        let grown = if is_close {
            bound + STEP_BITS / (self.round_trip + RESPONSE).as_secs_f64() * seconds
        } else {
            bound * GROWTH_PER_SECOND.powf(seconds)
        };
        let ceiling = self.throughput.bps().map_or(bound, |arriving| arriving * AHEAD);
        self.bound_bps = Some(grown.min(ceiling.max(bound)));
    }

    /// Whether a probe would say anything now: the path is bounded by what we measured, and calm.
    pub(in crate::media) fn is_calm(&self, now: Instant) -> bool {
        self.reduced_at.is_none_or(|at| now.saturating_duration_since(at) >= CALM + self.round_trip)
            && !self.queue.is_standing()
            && !self.loss.cuts()
    }

    /// A probe is under way until then: its queue is no congestion.
    pub(in crate::media) fn tolerate_until(&mut self, until: Instant) {
        self.tolerant_until = Some(until);
    }

    /// A probe showed that the path carries this.
    pub(in crate::media) fn handle_probed(&mut self, bps: f64) {
        if let Some(bound) = &mut self.bound_bps {
            *bound = bound.max(bps);
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;

    /// A receiver's end: its estimator, and what was sent to it so far.
    struct Path {
        estimator: Estimator,
        start: Instant,
        now_ms: f64,
        late_ms: f64,
        number: u64,
    }

    impl Path {
        fn new() -> Self {
            Self { estimator: Estimator::new(), start: Instant::now(), now_ms: 0.0, late_ms: 30.0, number: 0 }
        }

        fn now(&self) -> Instant {
            self.start + Duration::from_secs_f64(self.now_ms / 1_000.0)
        }

        fn bps(&self) -> Option<u64> {
            self.estimator.bps(self.now())
        }

        /// Sends `bps` for a while, of which each packet comes `growth` ms a ms later than the one before.
        fn send(&mut self, bps: f64, is_picture: bool, seconds: f64, growth: f64) {
            let end = self.now_ms + seconds * 1_000.0;
            while self.now_ms < end {
                let sent = self.now();
                self.now_ms += 10.0;
                self.late_ms += growth * 10.0;
                let size_bytes = (bps * 0.01 / 8.0) as u16;
                let arrival_250us = Some(((self.now_ms + self.late_ms) * 4.0) as i64);
                let number = self.number;
                self.number += 1;
                let result = PacketResult { number, sent, size_bytes, is_picture, arrival_250us };
                self.estimator.handle_feedback(&[result], self.now());
            }
        }
    }

    #[test]
    fn only_a_queue_behind_pictures_bounds_a_path() {
        for (is_picture, growth, expected) in [(true, 0.0, false), (false, 0.2, false), (true, 0.2, true)] {
            let mut path = Path::new();
            path.send(400_000.0, is_picture, 2.0, 0.0);
            path.send(400_000.0, is_picture, 2.5, growth);
            assert_eq!(path.bps().is_some(), expected, "picture: {is_picture}, growth: {growth}");
            assert_eq!(path.estimator.may_starve(path.now()), expected, "picture: {is_picture}, growth: {growth}");
        }
    }

    #[test]
    fn sound_alone_lowers_no_bound_and_long_silence_of_pictures_ends_it() {
        let mut path = Path::new();
        path.send(2_000_000.0, true, 2.0, 0.0);
        path.send(2_000_000.0, true, 1.0, 0.2);
        let bound = path.bps().unwrap();
        path.send(60_000.0, false, 2.0, 0.0);
        path.send(60_000.0, false, 5.0, 0.2);
        assert!(path.bps().unwrap() >= bound, "{:?} {bound}", path.bps());
        path.estimator.forget();
        assert_eq!(path.bps(), None);
    }

    #[test]
    fn where_the_sources_send_little_a_queue_does_not_lower_the_bound_to_that() {
        let mut path = Path::new();
        path.send(2_000_000.0, true, 2.0, 0.0);
        path.send(2_000_000.0, true, 1.0, 0.2);
        path.send(80_000.0, true, 2.0, 0.0);
        path.send(80_000.0, true, 0.7, 0.2);
        let bound = path.bps().unwrap();
        assert!((150_000..160_000).contains(&bound), "{bound}");
    }

    #[test]
    fn what_the_receiver_estimates_counts_only_where_we_cannot_measure() {
        let mut path = Path::new();
        path.estimator.handle_remb(300_000, path.now());
        assert_eq!(path.bps(), Some(300_000));
        path.send(400_000.0, true, 0.1, 0.0);
        assert_eq!(path.bps(), None, "feedback has come");
        assert!(!path.estimator.handle_remb(300_000, path.now()));
        assert_eq!(path.bps(), None);
        path.now_ms += 11_000.0;
        path.estimator.handle_remb(300_000, path.now());
        assert_eq!(path.bps(), Some(300_000), "feedback has stopped");
    }
}
