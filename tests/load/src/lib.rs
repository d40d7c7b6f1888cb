//! Load tester: participants by the hundred that cost next to nothing, and a book of what they saw.
//!
//! It is a client only: the server does not depend on it, and of the server's code it uses packet formats and SRTP alone.
//! `run` makes a run after a `plan`; `signal` gets a participant into its room, `media` sends and counts, or `browser`
//! does both with pages of a real one; `crew` is either of them to a run. `progress` keeps who is up, `process` looks at the server's costs, `results` and `report` say what came of it. `sendto` is the yardstick
//! of plain system calls, `rpc` and `storm` time signalling without media, `peers` the benchmark of two servers side by side.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod affinity;
pub mod args;
pub mod browser;
mod crew;
pub mod media;
pub mod peers;
pub mod plan;
pub mod process;
pub mod progress;
pub mod report;
pub mod results;
pub mod rpc;
pub mod run;
pub mod sdp;
pub mod sendto;
pub mod signal;
pub mod storm;
