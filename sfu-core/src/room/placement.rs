//! Which worker carries the room's media.
//!
//! All of a room's Transports are on one worker, as nothing crosses from one worker's Router to another's yet. It is
//! chosen when the first Transport is made.
use super::meeting::Room;
use crate::capability::{NotNow, Refusal};
use crate::id::WorkerId;
use crate::media::WorkerFacts;

impl Room {
    /// The room's worker, chosen now where it has none.
    pub(super) fn place(&mut self) -> Result<WorkerFacts, Refusal> {
        let chosen = match self.worker {
            Some(worker) => self.config.workers.iter().find(|facts| facts.worker == worker),
            None => self.config.workers.first(),
        };
        let facts = chosen.cloned().ok_or(Refusal::NotNow(NotNow::Unavailable))?;
        self.worker = Some(facts.worker);
        Ok(facts)
    }

    /// True where the room's media is on this worker.
    pub(super) fn is_on(&self, worker: WorkerId) -> bool {
        self.worker == Some(worker)
    }

    /// Forgets the choice: the worker is lost.
    pub(super) fn forget_worker(&mut self) {
        self.worker = None;
    }
}
