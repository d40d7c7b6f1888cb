//! What each layer of a source costs: bits a second by spatial and temporal layer, measured over the last second.
//!
//! [`RateMeter`] counts packets of one SSRC and knows no clock but the moments it is given; [`RateTable`] is what the
//! allocation of bandwidth reads. Which layers go to whom is `congestion::allocate`'s.
use crate::media::command::LayerLimit;
use crate::media::congestion::wire_bytes;
use std::time::{Duration, Instant};

/// Spatial layers that are told apart; higher ones count as the highest.
pub(in crate::media) const SPATIAL_MAX: usize = 4;
/// Temporal layers that are told apart; higher ones count as the highest.
pub(in crate::media) const TEMPORAL_MAX: usize = 4;
/// Length of one bucket: four of them make the window.
const BUCKET: Duration = Duration::from_millis(250);
const BUCKETS: usize = 4;

type Grid<T> = [[T; TEMPORAL_MAX]; SPATIAL_MAX];

/// Bytes of one SSRC by layer, in a window of whole buckets.
#[derive(Clone, Debug, Default)]
pub(in crate::media) struct RateMeter {
    past: [Grid<u32>; BUCKETS],
    filling: Grid<u32>,
    next: usize,
    /// Buckets of `past` that were measured.
    known: usize,
    until: Option<Instant>,
}

impl RateMeter {
    /// Counts a packet of `len` bytes.
    pub(super) fn note(&mut self, spatial: u8, temporal: u8, len: usize, now: Instant) {
        if self.until.is_none_or(|until| until <= now) {
            self.roll(now);
        }
        let row = &mut self.filling[usize::from(spatial).min(SPATIAL_MAX - 1)];
        let cell = &mut row[usize::from(temporal).min(TEMPORAL_MAX - 1)];
        *cell = cell.saturating_add(wire_bytes(len));
    }

    /// Ends the buckets whose time is over.
    fn roll(&mut self, now: Instant) {
        let Some(mut until) = self.until else {
            self.until = Some(now + BUCKET);
            return;
        };
        if now >= until + BUCKET * BUCKETS as u32 {
            // A pause: what is known of the time before it says nothing any more.
            *self = Self { until: Some(now + BUCKET), ..Self::default() };
            return;
        }
        while until <= now {
            self.past[self.next] = std::mem::take(&mut self.filling);
            self.next = (self.next + 1) % BUCKETS;
            self.known = (self.known + 1).min(BUCKETS);
            until += BUCKET;
        }
        self.until = Some(until);
    }

    /// Bits a second of all layers up to these, and whether there is any packet of exactly these.
    fn measure(&self, spatial: usize, temporal: usize) -> (u32, bool) {
        let (buckets, window) = match self.known {
            0 => (&self.past[..0], BUCKET),
            known => (&self.past[..], BUCKET * known as u32),
        };
        let grids = || buckets.iter().chain((self.known == 0).then_some(&self.filling));
        let bytes_of = |grid: &Grid<u32>| -> u64 {
            let rows = grid.iter().take(spatial + 1);
            rows.flat_map(|row| row.iter().take(temporal + 1)).map(|bytes| u64::from(*bytes)).sum()
        };
        let bytes: u64 = grids().map(bytes_of).sum();
        let bps = bytes * 8_000 / u64::try_from(window.as_millis()).unwrap_or(1).max(1);
        let is_there = grids().any(|grid| grid[spatial][temporal] > 0);
        (u32::try_from(bps).unwrap_or(u32::MAX), is_there)
    }
}

/// Bits a second that each choice of layers of one source costs on the wire; 0 where there are no such layers now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::media) struct RateTable {
    rates: Grid<u32>,
}

impl RateTable {
    /// The table of a source whose spatial layers are streams of their own (simulcast), lowest first; `None` for one
    /// that sends nothing.
    pub(super) fn of_streams<'a>(streams: impl Iterator<Item = Option<&'a RateMeter>>) -> Self {
        let mut table = Self::default();
        for (row, stream) in table.rates.iter_mut().zip(streams) {
            let Some(stream) = stream else { continue };
            for (temporal, cell) in row.iter_mut().enumerate() {
                let (bps, _) = stream.measure(SPATIAL_MAX - 1, temporal);
                let is_there = (0..SPATIAL_MAX).any(|spatial| stream.measure(spatial, temporal).1);
                *cell = if is_there { bps } else { 0 };
            }
        }
        table
    }

    /// The table of a source that sends one stream, which may hold several spatial layers.
    pub(super) fn of_one(stream: &RateMeter) -> Self {
        let mut table = Self::default();
        for (spatial, row) in table.rates.iter_mut().enumerate() {
            for (temporal, cell) in row.iter_mut().enumerate() {
                let (bps, is_there) = stream.measure(spatial, temporal);
                *cell = if is_there { bps } else { 0 };
            }
        }
        table
    }

    /// The choices that exist within `limit`, each with its bits a second, from the cheapest picture to the best.
    pub(in crate::media) fn steps(&self, limit: LayerLimit) -> impl Iterator<Item = (LayerLimit, u32)> + '_ {
        let within = move |(choice, bps): &(LayerLimit, u32)| {
            *bps > 0 && choice.spatial <= limit.spatial && choice.temporal <= limit.temporal
        };
        let all = (0u8..).zip(&self.rates).flat_map(|(spatial, row)| {
            (0u8..).zip(row).map(move |(temporal, bps)| (LayerLimit { spatial, temporal }, *bps))
        });
        all.filter(within)
    }

    /// Bits a second of the best choice.
    pub(in crate::media) fn highest_bps(&self) -> u64 {
        self.rates.iter().flatten().copied().max().map_or(0, u64::from)
    }

    /// A table with these choices, for tests of what reads it.
    #[cfg(test)]
    pub(in crate::media) fn with(choices: &[(u8, u8, u32)]) -> Self {
        let mut table = Self::default();
        for (spatial, temporal, bps) in choices {
            table.rates[usize::from(*spatial)][usize::from(*temporal)] = *bps;
        }
        table
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;

    /// Packets of 1,000 bytes on the wire, alternately of temporal layers 0 and 1, every 10 ms.
    fn flowing(meter: &mut RateMeter, from: Instant, ms: u64) {
        let len = 1_000 - usize::try_from(wire_bytes(0)).unwrap();
        for at in (0..ms).step_by(10) {
            let now = from + Duration::from_millis(at);
            meter.note(0, u8::try_from(at / 10 % 2).unwrap(), len, now);
        }
    }

    #[test]
    fn a_layers_cost_holds_the_layers_below_it() {
        let start = Instant::now();
        let mut meter = RateMeter::default();
        flowing(&mut meter, start, 2_000);
        let steps: Vec<_> = RateTable::of_one(&meter).steps(LayerLimit::ALL).collect();
        let choice = |temporal| LayerLimit { spatial: 0, temporal };
        assert_eq!(steps, [(choice(0), 400_000), (choice(1), 800_000)]);
        let limited: Vec<_> = RateTable::of_one(&meter).steps(choice(0)).collect();
        assert_eq!(limited, [(choice(0), 400_000)]);
    }

    #[test]
    fn simulcast_streams_are_steps_above_each_other_and_a_silent_one_is_none() {
        let start = Instant::now();
        let mut low = RateMeter::default();
        flowing(&mut low, start, 1_500);
        let table = RateTable::of_streams([Some(&low), None, Some(&low)].into_iter());
        let steps: Vec<_> = table.steps(LayerLimit::ALL).map(|(choice, _)| (choice.spatial, choice.temporal)).collect();
        assert_eq!(steps, [(0, 0), (0, 1), (2, 0), (2, 1)]);
    }

    #[test]
    fn after_a_pause_only_what_comes_then_counts() {
        let start = Instant::now();
        let mut meter = RateMeter::default();
        flowing(&mut meter, start, 2_000);
        meter.note(0, 0, 940, start + Duration::from_secs(9));
        assert_eq!(RateTable::of_one(&meter).steps(LayerLimit::ALL).count(), 1);
        assert_eq!(RateTable::of_one(&RateMeter::default()).steps(LayerLimit::ALL).count(), 0);
    }
}
