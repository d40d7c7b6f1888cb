//! How much there was to do in the last minutes: samples in memory, for the dashboard's charts. Prometheus keeps the rest.
use super::process;
use sfu_core::time::Now;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Samples that are kept: ten minutes.
const SAMPLES_MAX: usize = 120;

/// What stands and what was counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Rooms.
    pub rooms: u64,
    /// Participants.
    pub participants: u64,
    /// Packets of media received.
    pub packets_in: u64,
    /// Packets of media sent.
    pub packets_out: u64,
    /// Bytes of them, received.
    pub bytes_in: u64,
    /// Bytes of them, sent.
    pub bytes_out: u64,
    /// Time that processors worked, seconds.
    pub cpu_s: f64,
}

/// A sample.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LoadSample {
    /// When, ms since 1970.
    pub at_ms: u64,
    /// Rooms.
    pub rooms: u64,
    /// Participants.
    pub participants: u64,
    /// Packets of media received, a second.
    pub packets_in_per_second: f64,
    /// Packets of media sent, a second.
    pub packets_out_per_second: f64,
    /// Bits of them received, a second.
    pub bits_in_per_second: f64,
    /// Bits of them sent, a second.
    pub bits_out_per_second: f64,
    /// Per cent of one core.
    pub cpu_percent: f64,
}

/// The samples, oldest first; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct LoadHistory(Arc<Mutex<History>>);

#[derive(Debug, Default)]
struct History {
    last: Option<(Totals, Now)>,
    samples: VecDeque<LoadSample>,
}

impl LoadHistory {
    /// Time between two samples.
    pub const INTERVAL: Duration = Duration::from_secs(5);

    /// Notes how things stand; the first time there is nothing to compare with.
    pub fn note(&self, totals: Totals, now: Now) {
        let cpu = process::figures().into_iter().find(|figure| figure.0 == "process_cpu_seconds");
        self.add(Totals { cpu_s: cpu.map(|figure| figure.3).unwrap_or_default(), ..totals }, now);
    }

    fn add(&self, totals: Totals, now: Now) {
        let mut history = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((before, at)) = history.last.replace((totals, now)) {
            if history.samples.len() >= SAMPLES_MAX {
                history.samples.pop_front();
            }
            history.samples.push_back(between(&before, &totals, (at, now)));
        }
    }

    /// All samples.
    pub fn samples(&self) -> Vec<LoadSample> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).samples.iter().copied().collect()
    }
}

fn between(before: &Totals, after: &Totals, (from, until): (Now, Now)) -> LoadSample {
    let seconds = until.instant.saturating_duration_since(from.instant).as_secs_f64().max(0.001);
    // A media thread that was replaced counts from zero again.
    let rate = |read: fn(&Totals) -> u64| read(after).saturating_sub(read(before)) as f64 / seconds;
    LoadSample {
        at_ms: until.unix_ms,
        rooms: after.rooms,
        participants: after.participants,
        packets_in_per_second: rate(|totals| totals.packets_in),
        packets_out_per_second: rate(|totals| totals.packets_out),
        bits_in_per_second: 8.0 * rate(|totals| totals.bytes_in),
        bits_out_per_second: 8.0 * rate(|totals| totals.bytes_out),
        cpu_percent: 100.0 * (after.cpu_s - before.cpu_s).max(0.0) / seconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_between_two_looks_and_old_samples_go() {
        let history = LoadHistory::default();
        let mut now = crate::clock::now();
        let mut totals = Totals { rooms: 1, participants: 2, ..Totals::default() };
        history.add(totals, now);
        assert_eq!(history.samples(), []);
        for _ in 0..SAMPLES_MAX + 3 {
            now = now.plus(Duration::from_secs(5));
            totals.packets_out += 500;
            totals.bytes_out += 5_000;
            totals.cpu_s += 2.5;
            history.add(totals, now);
        }
        let samples = history.samples();
        assert_eq!(samples.len(), SAMPLES_MAX);
        let last = samples[SAMPLES_MAX - 1];
        assert_eq!((last.packets_out_per_second, last.bits_out_per_second, last.cpu_percent), (100.0, 8_000.0, 50.0));
        assert_eq!((last.at_ms, last.participants), (now.unix_ms, 2));
        history.add(Totals::default(), now.plus(Duration::from_secs(5)));
        assert_eq!(history.samples()[SAMPLES_MAX - 1].packets_out_per_second, 0.0, "counters began anew");
    }
}
