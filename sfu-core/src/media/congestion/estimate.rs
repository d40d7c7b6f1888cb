//! How much one Transport's path carries, by the receiver's feedback (transport-wide, or REMB).
//!
//! Optimistic: nothing bounds a path on which nothing was ever too much, so that a call on a good network starts at
//! its best and costs nothing here. The first growing queue or heavy loss sets a bound, which then moves as
//! draft-ietf-rmcat-gcc-02 says, and by probes (`probe`). What is done with the bound is `allocate`'s.
use super::gradient::{DelayGradient, Usage};
use super::loss::Loss;
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
    throughput: Throughput,
    loss: Loss,
    /// By our own measurement, bits a second.
    bound_bps: Option<f64>,
    /// What was acknowledged when it was too much for the last time.
    saturated_bps: Option<f64>,
    remb: Option<(u64, Instant)>,
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
            throughput: Throughput::default(),
            loss: Loss::default(),
            bound_bps: None,
            saturated_bps: None,
            remb: None,
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

    /// What the receiver itself estimates. True where the bound is lower now.
    pub(in crate::media) fn handle_remb(&mut self, bps: u64, now: Instant) -> bool {
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
        let is_tolerant = self.tolerant_until.is_some_and(|until| now < until);
        if !is_tolerant && self.tolerant_until.take().is_some() {
            self.gradient.restart();
        }
        for result in results {
            if !is_tolerant {
                self.loss.handle_result(result.arrival_250us.is_some());
            }
            let Some(arrival) = result.arrival_250us else { continue };
            self.throughput.handle_arrival(arrival, u32::from(result.size_bytes));
            if !is_tolerant {
                self.gradient.handle_arrival(result.sent, arrival);
            }
        }
        if is_tolerant {
            return false;
        }
        let loses = self.loss.poll_cut(now);
        match self.gradient.usage() {
            Usage::Over => self.reduce(BACK_OFF, now),
            Usage::Normal | Usage::Under if loses => self.reduce(BACK_OFF_LOSS, now),
            Usage::Normal => {
                self.grow(now);
                false
            }
            Usage::Under => {
                self.grown_at = None;
                false
            }
        }
    }

    /// Sends less: a share of what arrives now.
    fn reduce(&mut self, share: f64, now: Instant) -> bool {
        self.grown_at = None;
        let pause = REDUCTION_PAUSE + self.round_trip;
        if self.reduced_at.is_some_and(|at| now.saturating_duration_since(at) < pause) {
            return false;
        }
        let (Some(lasting), Some(recent)) = (self.throughput.bps(), self.throughput.recent_bps()) else {
            return false;
        };
        let arriving = lasting.min(recent);
        self.reduced_at = Some(now);
        self.saturated_bps = Some(arriving);
        let reduced = (arriving * share).max(FLOOR_BPS);
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
            && self.gradient.usage() != Usage::Over
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
