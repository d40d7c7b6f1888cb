//! The counts of one app: how often, when first, when last, for each thing of the catalog.
use std::sync::atomic::{AtomicU64, Ordering};

/// What was counted of one thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Seen {
    pub(crate) count: u64,
    /// Ms since 1970.
    pub(crate) first_ms: u64,
    pub(crate) last_ms: u64,
}

#[derive(Debug, Default)]
struct Cell {
    count: AtomicU64,
    first_ms: AtomicU64,
    last_ms: AtomicU64,
    /// As much of the count as the store has.
    kept: AtomicU64,
}

/// An app's counts.
#[derive(Debug)]
pub(crate) struct AppUsage(Box<[Cell]>);

impl AppUsage {
    /// Nothing yet of so many things.
    pub(crate) fn new(things: usize) -> Self {
        Self((0..things).map(|_| Cell::default()).collect())
    }

    /// Counts `count` uses of the thing in this place.
    pub(crate) fn add(&self, place: usize, count: u64, now_ms: u64) {
        let Some(cell) = self.0.get(place) else { return };
        if cell.count.fetch_add(count, Ordering::Relaxed) == 0 {
            cell.first_ms.store(now_ms, Ordering::Relaxed);
        }
        cell.last_ms.store(now_ms, Ordering::Relaxed);
    }

    /// What was counted in this place; `None`: nothing.
    pub(crate) fn seen(&self, place: usize) -> Option<Seen> {
        let cell = self.0.get(place)?;
        let load = |value: &AtomicU64| value.load(Ordering::Relaxed);
        let seen = Seen { count: load(&cell.count), first_ms: load(&cell.first_ms), last_ms: load(&cell.last_ms) };
        (seen.count > 0).then_some(seen)
    }

    /// What the store knew when the server started.
    pub(crate) fn restore(&self, place: usize, seen: Seen) {
        let Some(cell) = self.0.get(place) else { return };
        cell.count.fetch_add(seen.count, Ordering::Relaxed);
        cell.kept.fetch_add(seen.count, Ordering::Relaxed);
        let first = cell.first_ms.load(Ordering::Relaxed);
        let first = if first == 0 { seen.first_ms } else { first.min(seen.first_ms) };
        cell.first_ms.store(first, Ordering::Relaxed);
        cell.last_ms.fetch_max(seen.last_ms, Ordering::Relaxed);
    }

    /// What the store does not have yet: places, with the count since it was last told.
    pub(crate) fn unkept(&self) -> Vec<(usize, Seen)> {
        let fresh = |place: usize| {
            let seen = self.seen(place)?;
            let kept = self.0.get(place)?.kept.load(Ordering::Relaxed);
            let count = seen.count.saturating_sub(kept);
            (count > 0).then_some((place, Seen { count, ..seen }))
        };
        (0..self.0.len()).filter_map(fresh).collect()
    }

    /// The store has them now.
    pub(crate) fn kept(&self, place: usize, count: u64) {
        if let Some(cell) = self.0.get(place) {
            cell.kept.fetch_add(count, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_shows_with_its_times_and_is_told_to_the_store_once() {
        let usage = AppUsage::new(2);
        usage.add(1, 2, 10);
        usage.add(1, 1, 20);
        usage.add(9, 1, 20);
        let seen = Seen { count: 3, first_ms: 10, last_ms: 20 };
        assert_eq!((usage.seen(0), usage.seen(1)), (None, Some(seen)));
        assert_eq!(usage.unkept(), [(1, seen)]);
        usage.kept(1, 3);
        assert_eq!(usage.unkept(), []);
        usage.add(1, 1, 30);
        assert_eq!(usage.unkept(), [(1, Seen { count: 1, first_ms: 10, last_ms: 30 })]);
    }

    #[test]
    fn what_was_counted_before_a_restart_is_added() {
        let usage = AppUsage::new(1);
        usage.restore(0, Seen { count: 5, first_ms: 3, last_ms: 7 });
        usage.add(0, 1, 50);
        assert_eq!(usage.seen(0), Some(Seen { count: 6, first_ms: 3, last_ms: 50 }));
        assert_eq!(usage.unkept(), [(0, Seen { count: 1, first_ms: 3, last_ms: 50 })]);
    }
}
