//! What a Transport does with the estimate of its path: gives it out to its Consumers, and probes for more where that
//! is too little. The estimate itself is `congestion::estimate`'s, who gets how much `congestion::allocate`'s.
//!
//! A Transport whose path nothing bounds has no timer here and costs nothing.
use super::congestion::allocate::{Candidate, Outcome, allocate};
use super::congestion::estimate::Estimator;
use super::congestion::probe::Prober;
use super::congestion::twcc::PacketResult;
use super::congestion::wire_bytes;
use super::consumer::PADDING_BYTES;
use super::router::{Router, Surroundings};
use crate::sdp::MediaKind;
use std::time::{Duration, Instant};

/// Time between two allocations while the path is bounded: rates change, sources come and go.
const INTERVAL: Duration = Duration::from_millis(200);
/// After this time in which nobody wanted a picture, what was known of the path is forgotten.
const IDLE: Duration = Duration::from_secs(10);
/// A probe aims this much above what is needed, so that what it shows suffices although it shows a little less.
const PROBE_ABOVE: f64 = 1.2;
/// A probe's rate is at most so many times the estimate, and at most this, bits a second.
const PROBE_TIMES_MAX: u64 = 3;
const PROBE_BPS_MAX: u64 = 20_000_000;
/// It is at least this, whatever a receiver claims: a probe must come to its end.
const PROBE_BPS_MIN: u64 = 100_000;

/// The bandwidth of one Transport.
pub(super) struct Bandwidth {
    estimator: Estimator,
    prober: Prober,
    /// Cap on the pictures that are sent, bits a second.
    cap_bps: Option<u64>,
    allocate_at: Option<Instant>,
    is_strict: bool,
    /// Some Consumer may have been given less than all.
    is_limiting: bool,
    probing: Option<usize>,
    candidates: Vec<Candidate>,
    /// Whose pictures were wanted when it was given out last.
    known: Vec<usize>,
    /// Since when nobody has wanted a picture.
    idle_since: Option<Instant>,
}

impl Bandwidth {
    pub(super) fn new() -> Self {
        Self {
            estimator: Estimator::new(),
            prober: Prober::new(),
            cap_bps: None,
            allocate_at: None,
            is_strict: false,
            is_limiting: false,
            probing: None,
            candidates: Vec::new(),
            known: Vec::new(),
            idle_since: None,
        }
    }

    /// Caps the pictures that are sent, bits a second.
    pub(super) fn set_cap(&mut self, cap_bps: Option<u64>, now: Instant) {
        self.cap_bps = cap_bps;
        self.allocate_at = Some(now);
    }

    /// Takes the news of one feedback packet.
    pub(super) fn handle_feedback(&mut self, results: &[PacketResult], now: Instant) {
        if let Some(shown_bps) = self.prober.handle_feedback(results, now) {
            self.estimator.handle_probed(shown_bps);
            self.allocate_at = Some(now);
        }
        if self.estimator.handle_feedback(results, now) {
            self.note_reduction(now);
        }
    }

    /// Takes what the receiver itself estimates.
    pub(super) fn handle_remb(&mut self, bps: u64, now: Instant) {
        let before = self.estimator.bps(now);
        if self.estimator.handle_remb(bps, now) {
            self.note_reduction(now);
        } else if self.estimator.bps(now) != before {
            self.allocate_at = Some(now);
        }
    }

    /// Takes the round trip time.
    pub(super) const fn handle_round_trip(&mut self, round_trip: Duration) {
        self.estimator.handle_round_trip(round_trip);
    }

    fn note_reduction(&mut self, now: Instant) {
        self.is_strict = true;
        self.allocate_at = Some(now);
        self.prober.handle_reduction(now);
    }

    /// Notes who wants a picture, and who of them may be left out.
    fn note_wishes(&mut self, candidates: &mut [Candidate], now: Instant) {
        if candidates.is_empty() {
            let since = *self.idle_since.get_or_insert(now);
            if now.saturating_duration_since(since) >= IDLE {
                self.estimator.forget();
            }
        } else {
            self.idle_since = None;
        }
        if candidates.iter().any(|candidate| !self.known.contains(&candidate.slot)) {
            self.prober.handle_wish();
        }
        self.known.clear();
        self.known.extend(candidates.iter().map(|candidate| candidate.slot));
        // Pictures are left out only where it has been too much for some time, or where some are left out already.
        // A cap is no estimate that may be wrong for a moment.
        let may_starve = self.cap_bps.is_some()
            || self.estimator.may_starve(now)
            || candidates.iter().any(|candidate| candidate.current.is_none());
        candidates.iter_mut().for_each(|candidate| candidate.may_pause &= may_starve);
    }

    /// When [`run_due`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        [self.allocate_at, self.prober.deadline()].into_iter().flatten().min()
    }

    fn is_due(&self, now: Instant) -> bool {
        self.deadline().is_some_and(|at| at <= now)
    }
}

/// Does what is due for the Transport in `slot`.
pub(super) fn run_due(slot: usize, router: &mut Router, around: &mut Surroundings<'_>) {
    let now = around.now;
    let Some(transport) = around.transports.get_mut(slot) else { return };
    let bandwidth = &mut transport.bandwidth;
    if !bandwidth.is_due(now) {
        return;
    }
    bandwidth.prober.handle_timeout(now);
    if bandwidth.allocate_at.is_some_and(|at| at <= now) {
        give_out(slot, router, around);
    }
    send_probe(slot, router, around);
}

/// Gives the estimate out to the Transport's Consumers.
fn give_out(slot: usize, router: &mut Router, around: &mut Surroundings<'_>) {
    let now = around.now;
    let Some(transport) = around.transports.get_mut(slot) else { return };
    let consumers = std::mem::take(&mut transport.duties.consumers);
    let bandwidth = &mut transport.bandwidth;
    let mut candidates = std::mem::take(&mut bandwidth.candidates);
    let is_strict = std::mem::take(&mut bandwidth.is_strict);
    candidates.clear();
    let audio_bps = gather(&consumers, router, now, &mut candidates);
    bandwidth.note_wishes(&mut candidates, now);
    let capped_bps = bandwidth.cap_bps.map(|cap| cap.saturating_add(audio_bps));
    let budget_bps = [bandwidth.estimator.bps(now), capped_bps].into_iter().flatten().min();
    bandwidth.allocate_at = budget_bps.map(|_| now + INTERVAL);
    let was_limiting = std::mem::replace(&mut bandwidth.is_limiting, budget_bps.is_some());
    match budget_bps {
        Some(budget_bps) => {
            let outcome = allocate(budget_bps, audio_bps, is_strict, &mut candidates);
            for candidate in &candidates {
                router.grant(candidate.slot, candidate.granted, around);
            }
            let is_capped = capped_bps.is_some_and(|cap| cap <= budget_bps);
            if !is_capped {
                consider_probe(slot, &outcome, budget_bps, &consumers, router, around);
            }
        }
        None if was_limiting => consumers.iter().for_each(|consumer| router.lift(*consumer, around)),
        None => {}
    }
    if let Some(transport) = around.transports.get_mut(slot) {
        transport.duties.consumers = consumers;
        transport.bandwidth.candidates = candidates;
    }
}

/// The pictures that are to be sent; gives what sound costs.
fn gather(consumers: &[usize], router: &mut Router, now: Instant, candidates: &mut Vec<Candidate>) -> u64 {
    let mut audio_bps = 0;
    for slot in consumers {
        let Some((consumer, source)) = router.consumer_and_source(*slot) else { continue };
        let Some(source) = source.filter(|source| !source.is_paused()) else { continue };
        match source.kind() {
            MediaKind::Audio => audio_bps += source.rates(now).highest_bps(),
            MediaKind::Video => candidates.extend(consumer.candidate(*slot, source, now)),
        }
    }
    audio_bps
}

/// Starts a probe where more is wanted than the path is known to carry.
fn consider_probe(
    slot: usize,
    outcome: &Outcome,
    budget_bps: u64,
    consumers: &[usize],
    router: &mut Router,
    around: &mut Surroundings<'_>,
) {
    let now = around.now;
    let Some(missing_bps) = outcome.missing_bps else { return };
    let Some(transport) = around.transports.get_mut(slot) else { return };
    let next_number = transport.next_departure();
    let bandwidth = &mut transport.bandwidth;
    if !bandwidth.estimator.is_calm(now) || !bandwidth.prober.is_ready(now) {
        return;
    }
    let can_probe = |slot: &&usize| router.consumer_mut(**slot).is_some_and(|consumer| consumer.can_probe());
    let Some(prober) = consumers.iter().find(can_probe).copied() else {
        // Nothing to probe with: the step itself is the probe, and rarer each time it was wrong.
        bandwidth.prober.handle_trial(now);
        bandwidth.estimator.handle_probed(missing_bps as f64);
        return;
    };
    let wanted_bps = (missing_bps as f64 * PROBE_ABOVE) as u64;
    let target_bps = wanted_bps.min(budget_bps.saturating_mul(PROBE_TIMES_MAX)).clamp(PROBE_BPS_MIN, PROBE_BPS_MAX);
    let until = bandwidth.prober.start(target_bps, wire_bytes(PADDING_BYTES), next_number, now);
    bandwidth.estimator.tolerate_until(until);
    bandwidth.probing = Some(prober);
}

/// Sends what of a probe is due.
fn send_probe(slot: usize, router: &mut Router, around: &mut Surroundings<'_>) {
    let now = around.now;
    loop {
        let Some(transport) = around.transports.get_mut(slot) else { return };
        let next_number = transport.next_departure();
        let bandwidth = &mut transport.bandwidth;
        if !bandwidth.prober.poll_packet(wire_bytes(PADDING_BYTES), next_number, now) {
            return;
        }
        let consumer = bandwidth.probing.and_then(|probing| router.consumer_mut(probing));
        let consumer = consumer.filter(|consumer| consumer.transport() == slot);
        let Some(mut to) = around.destination(slot) else { return };
        if !consumer.is_some_and(|consumer| consumer.send_padding(&mut to)) {
            to.transport.bandwidth.prober.cancel(now);
            return;
        }
    }
}
