//! Where rooms live: a few tasks (shards), each owning the rooms whose names fall to it.
//!
//! [`Directory`] finds a room's shard and carries commands there; answers and events come back through the
//! [`PeerMailbox`] of a signalling peer or to the API call that waits. Effects are run beside the rooms.
mod census;
mod directory;
mod drain;
mod effects;
mod input;
mod intake;
mod journey;
mod living;
mod mailbox;
mod shard;
#[cfg(test)]
mod tests;
mod trail;

pub use directory::{Directory, ReportQueues, RoomsSettings};
pub use effects::{EffectJob, EffectJobs, EffectRunner, Records, Written};
pub use input::{Existing, Inspected};
pub use intake::{Admitted, Intake};
pub use mailbox::{Mail, PeerMailbox, PeerMails, mailbox};
