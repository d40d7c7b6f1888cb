//! A histogram that many threads write and one reads now and then: plain atomic numbers, no lock.
use prometheus_client::encoding::{MetricEncoder, NoLabelSet};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Parts of one unit in which sums are kept.
const PARTS: f64 = 1e6;

/// Counts by class; a class holds what is above the one before and at most its bound, the last class has none.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [f64],
    classes: Vec<AtomicU64>,
    /// Millionths.
    sum: AtomicU64,
}

impl Histogram {
    /// An empty one with these rising bounds.
    pub fn new(bounds: &'static [f64]) -> Self {
        let classes = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, classes, sum: AtomicU64::new(0) }
    }

    /// Counts a value; what is not a number from 0 up counts as 0.
    pub fn observe(&self, value: f64) {
        let value = if value.is_finite() { value.max(0.0) } else { 0.0 };
        let class = self.bounds.iter().position(|bound| value <= *bound).unwrap_or(self.bounds.len());
        if let Some(count) = self.classes.get(class) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add((value * PARTS) as u64, Ordering::Relaxed);
    }

    /// Counts a time, in seconds.
    pub fn observe_time(&self, time: Duration) {
        self.observe(time.as_secs_f64());
    }

    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.classes.iter().map(|class| class.load(Ordering::Relaxed)).sum()
    }

    /// The sum of all values, multiplied by `scale`.
    fn sum(&self, scale: f64) -> f64 {
        self.sum.load(Ordering::Relaxed) as f64 / PARTS * scale
    }

    /// Writes it, in units of which `scale` make one of its own.
    pub fn write(&self, metric: &mut MetricEncoder<'_>, scale: f64) -> fmt::Result {
        let bounds = self.bounds.iter().map(|bound| bound * scale).chain([f64::INFINITY]);
        let counts = self.classes.iter().map(|class| class.load(Ordering::Relaxed));
        let classes: Vec<(f64, u64)> = bounds.zip(counts).collect();
        let count = classes.iter().map(|(_, count)| count).sum();
        metric.encode_histogram::<NoLabelSet>(self.sum(scale), count, &classes, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_counted_in_the_class_that_it_does_not_exceed() {
        let histogram = Histogram::new(&[0.1, 1.0]);
        for value in [0.05, 0.1, 0.5, 7.0, -1.0, f64::NAN] {
            histogram.observe(value);
        }
        let counts: Vec<u64> = histogram.classes.iter().map(|class| class.load(Ordering::Relaxed)).collect();
        assert_eq!(counts, [4, 1, 1]);
        assert_eq!(histogram.count(), 6);
        assert!((histogram.sum(1_000.0) - 7_650.0).abs() < 0.01);
    }
}
