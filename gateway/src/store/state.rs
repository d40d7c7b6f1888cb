//! How the store is doing, for those who ask: health, figures. Written by the queue's two ends, read by anybody.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The figures; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct StoreState {
    figures: Arc<Figures>,
}

#[derive(Debug, Default)]
struct Figures {
    /// 0: the database takes what it is given.
    away_since_ms: AtomicU64,
    waiting: AtomicU64,
    lost: AtomicU64,
    written: AtomicU64,
    transactions: AtomicU64,
    writing_us: AtomicU64,
}

impl StoreState {
    /// Since when the database takes nothing, ms since 1970; `None`: it does.
    pub fn away_since_ms(&self) -> Option<u64> {
        Some(self.figures.away_since_ms.load(Ordering::Relaxed)).filter(|since| *since > 0)
    }

    /// Changes that wait to be written.
    pub fn waiting(&self) -> u64 {
        self.figures.waiting.load(Ordering::Relaxed)
    }

    /// Changes that were lost since the start: the queue was full, or they cannot be stored.
    pub fn lost(&self) -> u64 {
        self.figures.lost.load(Ordering::Relaxed)
    }

    /// Changes that were written since the start.
    pub fn written(&self) -> u64 {
        self.figures.written.load(Ordering::Relaxed)
    }

    /// Transactions since the start, and the time that they took in all, microseconds.
    pub fn transactions(&self) -> (u64, u64) {
        (self.figures.transactions.load(Ordering::Relaxed), self.figures.writing_us.load(Ordering::Relaxed))
    }

    pub(super) fn note_away(&self, now_ms: u64) {
        // The first moment is kept; a failed exchange means that it is there already.
        let _ = self.figures.away_since_ms.compare_exchange(0, now_ms.max(1), Ordering::Relaxed, Ordering::Relaxed);
    }

    pub(super) fn note_back(&self) {
        self.figures.away_since_ms.store(0, Ordering::Relaxed);
    }

    pub(super) fn note_waiting(&self, waiting: usize) {
        self.figures.waiting.store(waiting as u64, Ordering::Relaxed);
    }

    /// A change is lost; gives how many are by now.
    pub(crate) fn note_lost(&self) -> u64 {
        self.figures.lost.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn note_written(&self, changes: usize, took: Duration) {
        self.figures.written.fetch_add(changes as u64, Ordering::Relaxed);
        self.figures.transactions.fetch_add(1, Ordering::Relaxed);
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.figures.writing_us.fetch_add(took_us, Ordering::Relaxed);
    }
}
