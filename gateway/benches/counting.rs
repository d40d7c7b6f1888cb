//! What counting what an app uses costs: a client's message, an HTTP request's share is the same addition.
//!
//! `cargo bench --workspace --bench counting`. A core that does signalling alone handles some ten thousand messages a second, so
//! a count of a microsecond would take 1 % of it.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
use gateway::usage::{AppId, Catalog, Face, Tally, Usage};
use sfu_core::usage::Used;
use std::sync::Arc;
use std::time::Instant;

const COUNTS: u32 = 1_000_000;
/// Messages of signalling in a second, of which a core is full.
const MESSAGES_A_SECOND: f64 = 10_000.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let usage = Arc::new(Usage::new(Catalog::new(openapi::compat::table()?), 1));
    let mut tally = Tally::new(&usage, AppId::new(Face::V2, "", None, "x"));
    tally.joined(1);
    let names = ["joinRoom", "publishVideo", "prepareReceiveVideoFrom", "receiveVideoFrom", "onIceCandidate", "ping"];
    for round in 1..=3 {
        let began = Instant::now();
        for name in names.into_iter().cycle().take(COUNTS as usize) {
            tally.note(Used::Request(std::hint::black_box(name)), 1, 5);
        }
        let each_ns = began.elapsed().as_nanos() as f64 / f64::from(COUNTS);
        let share = each_ns * MESSAGES_A_SECOND / 1e7;
        println!(
            "round {round}: a count takes {each_ns:.0} ns: {share:.3} % of a core at {MESSAGES_A_SECOND} messages a second"
        );
    }
    Ok(())
}
