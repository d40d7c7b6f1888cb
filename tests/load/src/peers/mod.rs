//! The peer benchmark: the same load against livekit-server and Viaduct in turn, each on one core, the load on another.
//!
//! It starts and ends the servers itself (`server`), makes every measurement as a process of its own kind would (`round`),
//! and prints ratios of figures of one run only (`table`): absolute ones drift from machine to machine and hour to hour.
mod build;
mod round;
mod server;
mod table;

pub use build::BuildError;
pub use round::{PeersError, PeersPlan, measure};
pub use server::{Kind, ServerError};
pub use table::{PeersResults, Row, markdown};
