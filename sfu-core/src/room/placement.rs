//! Which worker carries a participant's media.
//!
//! A room has a main worker, the least loaded one when the first comes. All Transports of one participant are on one
//! worker; while the main one carries few enough of the room's Consumers, that is the main one. Whoever comes later goes
//! to another, and what has to cross between them, `pipes.rs` sees to. How loaded the workers are is handed in.
use super::meeting::Room;
use super::roster::Participant;
use crate::capability::{NotNow, Refusal};
use crate::id::{ParticipantId, WorkerId};
use crate::media::WorkerFacts;

/// What a participant counts for at least, in Consumers: one who came early receives sound and a picture soon.
const PARTICIPANT_LOAD_MIN: usize = 2;

impl Room {
    /// Hands in how loaded the workers are, in Consumers, by worker number. What is not told counts as idle.
    pub fn set_loads(&mut self, loads: &[usize]) {
        self.loads.clear();
        self.loads.extend_from_slice(loads);
    }

    /// The room's main worker, chosen now where it has none.
    pub(super) fn place_room(&mut self) -> Result<WorkerId, Refusal> {
        let known = self.worker.filter(|worker| self.facts_of(*worker).is_some());
        let worker = match known {
            Some(worker) => worker,
            None => self.least_loaded(|_| true).ok_or(Refusal::NotNow(NotNow::Unavailable))?,
        };
        self.worker = Some(worker);
        Ok(worker)
    }

    /// The worker for a participant's next Transport: where its others are, else where there is room.
    pub(super) fn place(&mut self, owner: ParticipantId) -> Result<WorkerFacts, Refusal> {
        let main = self.place_room()?;
        let worker = self.worker_of(owner).unwrap_or_else(|| self.choose_worker(main));
        self.facts_of(worker).cloned().ok_or(Refusal::NotNow(NotNow::Unavailable))
    }

    /// Where a participant's Transports are.
    pub(super) fn worker_of(&self, owner: ParticipantId) -> Option<WorkerId> {
        self.roster.get(owner).and_then(worker_of)
    }

    fn choose_worker(&self, main: WorkerId) -> WorkerId {
        let share = self.share_of(main);
        if self.config.workers.len() < 2 || share < self.config.consumers_per_worker {
            return main;
        }
        let shares: Vec<(usize, WorkerId)> =
            self.config.workers.iter().map(|facts| (self.share_of(facts.worker), facts.worker)).collect();
        let share_of =
            |worker: WorkerId| shares.iter().find(|(_, known)| *known == worker).map_or(0, |(share, _)| *share);
        let is_open = |worker: WorkerId| (1..self.config.consumers_per_worker).contains(&share_of(worker));
        // As few workers as carry it: each further one costs a copy of every packet.
        let open = shares.iter().filter(|(_, worker)| is_open(*worker)).min().map(|(_, worker)| *worker);
        open.or_else(|| self.least_loaded(|worker| share_of(worker) == 0))
            .or_else(|| shares.iter().min().map(|(_, worker)| *worker))
            .unwrap_or(main)
    }

    /// How much of the room a worker carries, in Consumers.
    fn share_of(&self, worker: WorkerId) -> usize {
        let here = self.roster.iter().filter(|participant| worker_of(participant) == Some(worker));
        here.map(|participant| participant.consumer_count().max(PARTICIPANT_LOAD_MIN)).sum()
    }

    /// The least loaded of these workers; of equals the one to use first.
    fn least_loaded(&self, is_asked: impl Fn(WorkerId) -> bool) -> Option<WorkerId> {
        let load = |worker: WorkerId| self.loads.get(usize::from(worker.0)).copied().unwrap_or(0);
        let workers = self.config.workers.iter().map(|facts| facts.worker);
        workers.filter(|worker| is_asked(*worker)).min_by_key(|worker| load(*worker))
    }

    pub(super) fn facts_of(&self, worker: WorkerId) -> Option<&WorkerFacts> {
        self.config.workers.iter().find(|facts| facts.worker == worker)
    }

    /// True where the room's main worker is this one.
    pub(super) fn is_on(&self, worker: WorkerId) -> bool {
        self.worker == Some(worker)
    }

    /// Forgets the choice: the worker is lost.
    pub(super) fn forget_worker(&mut self) {
        self.worker = None;
    }
}

fn worker_of(participant: &Participant) -> Option<WorkerId> {
    participant.links.values().find(|link| !link.closed).map(|link| link.worker)
}
