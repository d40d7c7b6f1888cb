//! What forwarding costs: a Worker with rooms of 8 whose clients are full WebRTC peers, in virtual time.
//!
//! Only the Worker's calls are measured. `live`: between them the clients run and push its data out of the caches,
//! worse than a kernel would; `replay`: it gets what the clients had sent in one go, and the thread's
//! own time is taken. Printed: time and allocations per
//! delivered packet, heap per participant. The parts: `peer` (a client's association), `meeting` (rooms and their
//! tracks), `meter` (what is counted).
//!
//! `cargo bench -p sfu-core` runs 2, 8, 48 and 200 participants; numbers as arguments run those instead.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod meeting;
mod meter;
mod peer;

use meeting::Meeting;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Participants of one room.
const ROOM: usize = 8;

fn main() {
    let named: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let counts = if named.is_empty() { vec![2, 8, 48, 200] } else { named };
    println!("video 30 x 3 x 1,100 bytes, audio 50 x 160 bytes a second each; rooms of {ROOM}; AES-GCM");
    println!("participants  mode   delivered  ns best   ns p50  ns mean  allocs/packet  packets/run  KiB/participant");
    for count in counts {
        let mut meeting = Meeting::new(count, ROOM);
        meeting.connect();
        meeting.run(Duration::from_secs(4));
        meeting.meter.start();
        meeting.run(Duration::from_millis(if count > 100 { 2_000 } else { 5_000 }));
        print(count, "live", &meeting);
        let recording = meeting.record(Duration::from_secs(2));
        meeting.meter.start_alone();
        meeting.replay(recording);
        print(count, "replay", &meeting);
    }
}

fn print(count: usize, mode: &str, meeting: &Meeting) {
    let report = meeting.meter.report();
    println!(
        "{count:>12} {mode:>6} {:>10} {:>8.0} {:>8.0} {:>8.0} {:>14.4} {:>12.2} {:>16.1}",
        report.delivered,
        report.best_ns,
        report.median_ns,
        report.mean_ns,
        report.allocations,
        report.packets_per_run,
        meeting.meter.heap_bytes() as f64 / 1_024.0 / count as f64,
    );
}
