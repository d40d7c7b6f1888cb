//! Probes: short runs of padding that show whether a path carries more than is sent on it. Says when how many bytes
//! are due and what came of them; which packets these are is the Consumer's affair.
//!
//! A probe is small (a fortieth of a second at its rate) so that the queue it may build is gone before anybody notices.
use super::twcc::PacketResult;
use std::time::{Duration, Instant};

/// How long a probe lasts.
const LENGTH: Duration = Duration::from_millis(25);
/// Time between two of its packets or runs of packets.
const TICK: Duration = Duration::from_millis(5);
/// Packets of a probe: enough to measure by, and no more than a burst.
const PACKETS_MIN: u32 = 10;
const PACKETS_MAX: u32 = 120;
/// How long feedback on it is waited for.
const ANSWER_MAX: Duration = Duration::from_millis(1_000);
/// What of it must have arrived to say anything.
const ARRIVED_MIN: f64 = 0.8;
/// It went through unhindered where it arrived at least at this share of the rate it was sent at.
const UNHINDERED: f64 = 0.9;
/// What of the measured rate is believed where it was hindered.
const HINDERED: f64 = 0.95;
/// Time to the next probe after one that showed what was hoped for.
const PAUSE_MIN: Duration = Duration::from_millis(400);
/// The longest time to the next one after others.
const PAUSE_MAX: Duration = Duration::from_secs(4);
/// A reduction so soon after a successful probe shows that it was wrong.
const REGRET: Duration = Duration::from_secs(6);
/// The longest time to the next probe after such ones.
const REGRET_PAUSE_MAX: Duration = Duration::from_secs(32);

/// A rate that was sent and what arrived of it.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    bytes: u32,
    packets: u32,
    first: Option<(i64, u32)>,
    last: Option<(i64, u32)>,
}

impl Span {
    fn add(&mut self, at: i64, size_bytes: u32) {
        self.bytes += size_bytes;
        self.packets += 1;
        if self.first.is_none_or(|(first, _)| at < first) {
            self.first = Some((at, size_bytes));
        }
        if self.last.is_none_or(|(last, _)| at >= last) {
            self.last = Some((at, size_bytes));
        }
    }

    /// Bits per tick unit, without the packet (`first` or `last`) that begins or ends outside the span.
    fn rate(&self, without: Option<(i64, u32)>) -> Option<f64> {
        let ticks = self.last?.0 - self.first?.0;
        let bytes = self.bytes.checked_sub(without?.1)?;
        (ticks > 0).then(|| f64::from(bytes) * 8.0 / ticks as f64)
    }
}

#[derive(Clone, Copy, Debug)]
struct Sending {
    target_bps: u64,
    started: Instant,
    bytes_left: u32,
    bytes_sent: u32,
    next: Instant,
    first_number: u64,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    target_bps: u64,
    started: Instant,
    numbers: (u64, u64),
    until: Instant,
    sent: Span,
    arrived: Span,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Idle,
    Sending(Sending),
    Waiting(Waiting),
}

/// The probes of one path.
#[derive(Clone, Debug)]
pub(in crate::media) struct Prober {
    state: State,
    next: Option<Instant>,
    pause: Duration,
    regret_pause: Duration,
    succeeded_at: Option<Instant>,
}

impl Prober {
    pub(in crate::media) const fn new() -> Self {
        Self { state: State::Idle, next: None, pause: PAUSE_MIN, regret_pause: PAUSE_MAX, succeeded_at: None }
    }

    /// Whether a probe may be started now.
    pub(in crate::media) fn is_ready(&self, now: Instant) -> bool {
        matches!(self.state, State::Idle) && self.next.is_none_or(|next| next <= now)
    }

    /// Starts a probe of `target_bps` with packets of `packet_bytes`; `number` is the next transport-wide one. Gives
    /// the time until which its queue may last.
    pub(in crate::media) fn start(&mut self, target_bps: u64, packet_bytes: u32, number: u64, now: Instant) -> Instant {
        let wanted = target_bps as f64 * LENGTH.as_secs_f64() / 8.0;
        let packets = (wanted / f64::from(packet_bytes.max(1))).ceil() as u32;
        let bytes_left = packets.clamp(PACKETS_MIN, PACKETS_MAX) * packet_bytes;
        self.state = State::Sending(Sending {
            target_bps,
            started: now,
            bytes_left,
            bytes_sent: 0,
            next: now,
            first_number: number,
        });
        let length = f64::from(bytes_left) * 8.0 / target_bps.max(1) as f64;
        now + Duration::from_secs_f64(length.min(1.0)) + ANSWER_MAX / 2
    }

    /// Whether a packet of the probe is to be sent now; call until it is not.
    pub(in crate::media) fn poll_packet(&mut self, packet_bytes: u32, number: u64, now: Instant) -> bool {
        let State::Sending(sending) = &mut self.state else { return false };
        if sending.bytes_left == 0 {
            let sending = *sending;
            self.state = State::Waiting(Waiting {
                target_bps: sending.target_bps,
                started: sending.started,
                numbers: (sending.first_number, number),
                until: now + ANSWER_MAX,
                sent: Span::default(),
                arrived: Span::default(),
            });
            return false;
        }
        let elapsed = (now + TICK).saturating_duration_since(sending.started).as_secs_f64();
        if f64::from(sending.bytes_sent) >= sending.target_bps as f64 * elapsed / 8.0 {
            sending.next = now + TICK;
            return false;
        }
        sending.bytes_sent += packet_bytes;
        sending.bytes_left = sending.bytes_left.saturating_sub(packet_bytes);
        true
    }

    /// A picture wants in for which there is no room: what is known is out of date for it, it is tried soon.
    pub(in crate::media) fn handle_wish(&mut self) {
        if matches!(self.state, State::Idle) {
            self.next = None;
            self.pause = PAUSE_MIN;
        }
    }

    /// More is sent without a probe, as there is nothing to probe with.
    pub(in crate::media) fn handle_trial(&mut self, now: Instant) {
        self.next = Some(now + self.regret_pause);
        self.succeeded_at = Some(now);
    }

    /// Gives a probe up: it cannot be sent.
    pub(in crate::media) fn cancel(&mut self, now: Instant) {
        self.state = State::Idle;
        self.lengthen(now);
    }

    /// When the prober must be looked at next.
    pub(in crate::media) const fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Idle => None,
            State::Sending(sending) => Some(sending.next),
            State::Waiting(waiting) => Some(waiting.until),
        }
    }

    /// Takes the news of one feedback packet; gives what the path was shown to carry, bits a second.
    pub(in crate::media) fn handle_feedback(&mut self, results: &[PacketResult], now: Instant) -> Option<f64> {
        let State::Waiting(waiting) = &mut self.state else { return None };
        let (first, end) = waiting.numbers;
        let mut is_complete = false;
        for result in results.iter().filter(|result| result.number >= first) {
            is_complete |= result.number + 1 >= end;
            if result.number >= end {
                continue;
            }
            let sent = result.sent.saturating_duration_since(waiting.started).as_micros() / 250;
            waiting.sent.add(i64::try_from(sent).unwrap_or(i64::MAX), u32::from(result.size_bytes));
            if let Some(arrival) = result.arrival_250us {
                waiting.arrived.add(arrival, u32::from(result.size_bytes));
            }
        }
        is_complete.then(|| self.conclude(now)).flatten()
    }

    /// Ends a probe that no feedback came on.
    pub(in crate::media) fn handle_timeout(&mut self, now: Instant) {
        if let State::Waiting(waiting) = &self.state
            && waiting.until <= now
        {
            self.state = State::Idle;
            self.lengthen(now);
        }
    }

    fn conclude(&mut self, now: Instant) -> Option<f64> {
        let State::Waiting(waiting) = std::mem::replace(&mut self.state, State::Idle) else { return None };
        let measured = measure(&waiting);
        let target = waiting.target_bps as f64;
        if measured.is_some_and(|bps| bps >= target * UNHINDERED) {
            self.pause = PAUSE_MIN;
            self.next = Some(now + PAUSE_MIN);
            self.succeeded_at = Some(now);
        } else {
            self.lengthen(now);
        }
        measured.map(|bps| bps.min(target))
    }

    fn lengthen(&mut self, now: Instant) {
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        self.next = Some(now + self.pause);
    }

    /// The bound was lowered. Where that follows a probe that promised more, the next one waits ever longer.
    pub(in crate::media) fn handle_reduction(&mut self, now: Instant) {
        if !matches!(self.state, State::Idle) {
            self.state = State::Idle;
            self.lengthen(now);
        }
        let regrets = self.succeeded_at.take().is_some_and(|at| now.saturating_duration_since(at) < REGRET);
        if regrets {
            self.next = Some(now + self.regret_pause);
            self.regret_pause = (self.regret_pause * 2).min(REGRET_PAUSE_MAX);
        } else {
            self.regret_pause = PAUSE_MAX;
        }
    }
}

/// Bits a second that arrived; `None` where too little did.
fn measure(waiting: &Waiting) -> Option<f64> {
    let (sent, arrived) = (&waiting.sent, &waiting.arrived);
    if f64::from(arrived.packets) < f64::from(sent.packets) * ARRIVED_MIN {
        return None;
    }
    // Both spans count in units of 250 µs.
    let sent_bps = sent.rate(sent.last)? * 4_000.0;
    let arrived_bps = arrived.rate(arrived.first)? * 4_000.0;
    let is_unhindered = arrived_bps >= sent_bps * UNHINDERED;
    Some(if is_unhindered { sent_bps } else { arrived_bps * HINDERED })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;

    /// Probes a path that carries `path_bps`; gives what was measured and the time to the next probe.
    fn probe(target_bps: u64, path_bps: f64) -> (Option<f64>, Duration) {
        let start = Instant::now();
        let mut prober = Prober::new();
        assert!(prober.is_ready(start));
        prober.start(target_bps, 400, 100, start);
        let (mut now, mut number, mut results, mut free_250us) = (start, 100, Vec::new(), 0.0f64);
        while let State::Sending(_) = prober.state {
            while prober.poll_packet(400, number, now) {
                let sent_250us = now.duration_since(start).as_secs_f64() * 4_000.0;
                free_250us = free_250us.max(sent_250us) + 3_200.0 / path_bps * 4_000.0;
                let arrival_250us = Some(free_250us as i64 + 200);
                results.push(PacketResult { number, sent: now, size_bytes: 400, is_picture: false, arrival_250us });
                number += 1;
            }
            now += TICK;
        }
        assert!(results.len() >= 10, "{}", results.len());
        let measured = prober.handle_feedback(&results, now);
        (measured, prober.next.unwrap().duration_since(now))
    }

    #[test]
    fn a_free_path_is_shown_to_carry_the_probes_rate_and_a_narrow_one_its_own() {
        let (measured, next) = probe(1_500_000, 50_000_000.0);
        assert!(measured.is_some_and(|bps| (1_300_000.0..=1_500_000.0).contains(&bps)), "{measured:?}");
        assert_eq!(next, PAUSE_MIN);
        let (measured, next) = probe(1_500_000, 600_000.0);
        assert!(measured.is_some_and(|bps| (500_000.0..=600_000.0).contains(&bps)), "{measured:?}");
        assert_eq!(next, PAUSE_MIN * 2);
    }

    #[test]
    fn a_promise_that_was_not_kept_makes_the_next_probe_wait_longer_each_time() {
        let start = Instant::now();
        let mut prober = Prober::new();
        let mut waits = Vec::new();
        for _ in 0..4 {
            prober.succeeded_at = Some(start);
            prober.handle_reduction(start);
            waits.push(prober.next.unwrap().duration_since(start).as_secs());
        }
        assert_eq!(waits, [4, 8, 16, 32]);
    }
}
