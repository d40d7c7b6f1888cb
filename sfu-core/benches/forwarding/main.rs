//! What forwarding costs: a Worker with rooms of 8 whose clients are full WebRTC peers, in virtual time.
//!
//! Only the Worker's calls are measured; between them the clients run and push its data out of the caches, as a
//! kernel would. Printed: time and allocations per delivered packet, heap per participant. The parts: `peer` (a
//! client's association), `meeting` (rooms and their tracks), `meter` (what is counted).
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
    println!(
        "{:>12} {:>10} {:>9} {:>9} {:>9} {:>12} {:>12} {:>12} {:>10}",
        "participants", "delivered", "ns best", "ns p50", "ns mean", "allocs/pkt", "KiB/partic.", "of it media", "pkts/run"
    );
    for count in counts {
        let mut meeting = Meeting::new(count, ROOM);
        meeting.connect();
        let connected = meeting.meter.heap_bytes();
        meeting.run(Duration::from_secs(4));
        meeting.meter.start();
        meeting.run(Duration::from_millis(if count > 100 { 3_000 } else { 10_000 }));
        let heap = |bytes: isize| bytes as f64 / 1_024.0 / count as f64;
        let report = meeting.meter.report();
        println!(
            "{count:>12} {:>10} {:>9.0} {:>9.0} {:>9.0} {:>12.4} {:>12.1} {:>12.1} {:>10.2}",
            report.delivered,
            report.best_ns,
            report.median_ns,
            report.mean_ns,
            report.allocations,
            heap(meeting.meter.heap_bytes()),
            heap(meeting.meter.heap_bytes() - connected),
            report.packets_per_run,
        );
    }
}
