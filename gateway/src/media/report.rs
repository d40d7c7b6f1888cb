//! What a media thread counts, copied out for others to read now and then: nothing is shared on a packet's way.
use sfu_core::id::WorkerId;
use sfu_core::media::{DropCounters, WorkerCensus, WorkerCounters};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Time between two copies.
const INTERVAL: Duration = Duration::from_secs(1);
/// Upper bounds of the classes in which turns are counted by their length, microseconds; the last class has none.
pub const TURN_CLASSES_US: [u64; 8] = [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/// Turns of a thread by how long they took: from waking up to waiting again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Turns {
    /// Turns of each class: longer than the class before, at most its bound.
    pub by_class: [u64; TURN_CLASSES_US.len() + 1],
    /// All of them together, microseconds.
    pub sum_us: u64,
}

/// What went through a thread's sockets, beside what its Worker counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SocketCounters {
    /// Batches received: one system call takes one.
    pub batches_in: u64,
    /// Runs that the system did not take: lost, as on a network.
    pub runs_dropped: u64,
}

/// A media thread's figures since its start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ThreadReport {
    /// Which worker.
    pub worker: WorkerId,
    /// What stands on it.
    pub census: WorkerCensus,
    /// What went through it.
    pub counters: WorkerCounters,
    /// What led to nothing.
    pub drops: DropCounters,
    /// Its sockets.
    pub sockets: SocketCounters,
    /// Packets for other workers that found their ring full.
    pub pipe_packets_dropped: u64,
    /// Its turns.
    pub turns: Turns,
}

/// Where a thread's figures are read.
#[derive(Clone, Debug, Default)]
pub struct Board {
    report: Arc<Mutex<Option<ThreadReport>>>,
    load: Arc<AtomicUsize>,
    /// Turns so far: a sign of life.
    beats: Arc<AtomicU64>,
}

/// The thread's end of a board.
pub(super) struct Reporter {
    board: Board,
    due: Option<Instant>,
    last: Option<ThreadReport>,
    /// Turns so far.
    pub(super) turns: Turns,
    /// The sockets' counters so far.
    pub(super) sockets: SocketCounters,
}

impl Board {
    /// The last copy; `None` before the first.
    pub fn report(&self) -> Option<ThreadReport> {
        // A thread that broke down while it wrote left the copy whole: it is plain values.
        *self.report.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// How many turns the thread has done: a thread that was woken does one more.
    pub fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }

    /// How much stands on the worker, in Consumers.
    pub fn load(&self) -> usize {
        self.load.load(Ordering::Relaxed)
    }
}

impl Turns {
    /// Notes a turn.
    pub(super) fn note(&mut self, length: Duration) {
        let us = u64::try_from(length.as_micros()).unwrap_or(u64::MAX);
        let class = TURN_CLASSES_US.iter().position(|bound| us <= *bound).unwrap_or(TURN_CLASSES_US.len());
        self.by_class[class] += 1;
        self.sum_us = self.sum_us.saturating_add(us);
    }
}

impl Reporter {
    /// Writes to this board.
    pub(super) fn new(board: Board) -> Self {
        Self { board, due: None, last: None, turns: Turns::default(), sockets: SocketCounters::default() }
    }

    /// A turn is done.
    pub(super) fn beat(&self) {
        self.board.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// Says how much stands on the worker now.
    pub(super) fn note_load(&self, load: usize) {
        self.board.load.store(load, Ordering::Relaxed);
    }

    /// When the next copy is to be made; `None`: nothing has happened since the last.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Makes a copy where one is due. An idle thread makes one more after its last packet, and then sleeps.
    pub(super) fn publish(&mut self, now: Instant, make: impl FnOnce(&Self) -> ThreadReport) {
        match self.due {
            None => self.due = Some(now + INTERVAL),
            Some(due) if due <= now => {
                let report = make(self);
                let quiet = self.last.is_some_and(|last| ThreadReport { turns: report.turns, ..last } == report);
                self.due = if quiet { None } else { Some(now + INTERVAL) };
                self.last = Some(report);
                *self.board.report.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(report);
            }
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(reporter: &Reporter) -> ThreadReport {
        ThreadReport {
            worker: WorkerId(0),
            census: WorkerCensus::default(),
            counters: WorkerCounters::default(),
            drops: DropCounters::default(),
            sockets: reporter.sockets,
            pipe_packets_dropped: 0,
            turns: reporter.turns,
        }
    }

    #[test]
    fn figures_are_copied_once_a_second_and_not_when_nothing_happens() {
        let (board, start) = (Board::default(), Instant::now());
        let mut reporter = Reporter::new(board.clone());
        reporter.publish(start, report);
        assert_eq!((board.report(), reporter.due()), (None, Some(start + INTERVAL)));
        reporter.sockets.batches_in = 7;
        reporter.publish(start + INTERVAL, report);
        assert_eq!(board.report().map(|report| report.sockets.batches_in), Some(7));
        reporter.turns.note(Duration::from_micros(60));
        reporter.publish(start + 2 * INTERVAL, report);
        assert_eq!(reporter.due(), None, "a turn of its own is nothing new");
        assert_eq!(board.report().map(|report| report.turns.by_class[1]), Some(1));
    }
}
