//! Counts what the Worker's calls cost: time in windows (others use the machine, so the best and the median window say
//! more than the mean), allocations, and the heap that stays.
use crate::ALLOCATOR;
use cpu_time::ThreadTime;
use stats_alloc::Region;
use std::time::{Duration, Instant};

/// Virtual milliseconds of one window.
const WINDOW_TICKS: u32 = 50;

#[derive(Default)]
pub struct Meter {
    heap: isize,
    allocations: usize,
    delivered: u64,
    runs: u64,
    windows: Vec<(Duration, u64)>,
    window: (Duration, u64),
    ticks: u32,
    /// The thread's time at the start of the window, where nothing but the Worker runs.
    alone_since: Option<ThreadTime>,
}

/// Figures per delivered packet.
pub struct Report {
    pub delivered: u64,
    pub best_ns: f64,
    pub median_ns: f64,
    pub mean_ns: f64,
    pub allocations: f64,
    pub packets_per_run: f64,
}

impl Meter {
    /// Runs a part of the Worker's work.
    #[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
    pub fn measure<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let region = Region::new(ALLOCATOR);
        let start = Instant::now();
        let result = work();
        self.window.0 += start.elapsed();
        let change = region.change();
        self.allocations += change.allocations + change.reallocations;
        self.heap += change.bytes_allocated as isize - change.bytes_deallocated as isize;
        result
    }

    /// A tick is over in which so many packets were delivered, in so many runs.
    pub fn tick(&mut self, delivered: u64, runs: u64) {
        self.window.1 += delivered;
        self.delivered += delivered;
        self.runs += runs;
        self.ticks += 1;
        if self.ticks == WINDOW_TICKS {
            self.ticks = 0;
            if let Some(since) = self.alone_since.replace(ThreadTime::now()) {
                self.window.0 = since.elapsed();
            }
            self.windows.push(std::mem::take(&mut self.window));
        }
    }

    /// Bytes of heap that the Worker holds.
    pub fn heap_bytes(&self) -> isize {
        self.heap
    }

    /// Forgets what was counted so far, but for the heap.
    pub fn start(&mut self) {
        *self = Self { heap: self.heap, ..Self::default() };
    }

    /// The same; from now on nothing but the Worker runs, so that the thread's own time can be taken.
    pub fn start_alone(&mut self) {
        self.start();
        self.alone_since = Some(ThreadTime::now());
    }

    pub fn report(&self) -> Report {
        let each = |(time, count): &(Duration, u64)| time.as_nanos() as f64 / *count as f64;
        let mut windows: Vec<f64> = self.windows.iter().filter(|(_, count)| *count > 0).map(each).collect();
        windows.sort_by(f64::total_cmp);
        let total: Duration = self.windows.iter().map(|(time, _)| *time).sum();
        Report {
            delivered: self.delivered,
            best_ns: windows[0],
            median_ns: windows[windows.len() / 2],
            mean_ns: total.as_nanos() as f64 / self.delivered as f64,
            allocations: self.allocations as f64 / self.delivered as f64,
            packets_per_run: self.delivered as f64 / self.runs as f64,
        }
    }
}
