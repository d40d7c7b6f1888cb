//! Media threads: each drives one `sfu_core::media::Worker` with its own UDP port.
//!
//! [`MediaPool`] starts them; a shard of rooms sends [`MediaCommand`](sfu_core::media::MediaCommand)s through a
//! [`MediaLink`] and is told what happened by [`MediaReport`]s. Nothing here knows rooms beyond their ids.
mod addresses;
mod external;
mod link;
mod pace;
mod pipe;
mod pool;
mod report;
mod routes;
mod socket;
mod tcp;
mod thread;

pub use addresses::{AddressChoice, Choice, addresses};
pub use external::external_ip;
pub use link::{MediaLink, MediaReport, ShardId};
pub use pool::{MediaError, MediaPool, MediaSettings, TcpPort};
pub use report::{Board, SocketCounters, TURN_CLASSES_US, ThreadReport, Turns};
