//! What waits while the database takes nothing: bounded, in order, and what does not fit is counted, never silent.
//!
//! Pure: the [`super::writer`] fills and empties it. Where it is full, events go before the rest: a room that ended or a token
//! that was used must not come back after a restart, an event that is missing is only missed.
use crate::rooms::EffectJob;
use sfu_core::room::Effect;
use std::collections::VecDeque;

/// The queue.
pub(super) struct Backlog {
    /// A batch that was tried: written next, as it is. Whether it was written already may be in doubt.
    head: Vec<EffectJob>,
    jobs: VecDeque<EffectJob>,
    max: usize,
    lost: u64,
}

impl Backlog {
    /// An empty one that holds `max` beside the batch that was tried.
    pub(super) fn new(max: usize) -> Self {
        Self { head: Vec::new(), jobs: VecDeque::new(), max, lost: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.head.is_empty() && self.jobs.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.head.len() + self.jobs.len()
    }

    /// How many were lost.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// Takes one more; gives what is lost for it.
    pub(super) fn keep(&mut self, job: EffectJob) -> Option<EffectJob> {
        if self.jobs.len() < self.max {
            self.jobs.push_back(job);
            return None;
        }
        self.lost += 1;
        if is_event(&job) {
            return Some(job);
        }
        let Some(oldest) = self.jobs.iter().position(is_event) else { return Some(job) };
        let given_up = self.jobs.remove(oldest);
        self.jobs.push_back(job);
        given_up
    }

    /// The next batch: the one that was tried, or up to `max`.
    pub(super) fn take(&mut self, max: usize) -> Vec<EffectJob> {
        if !self.head.is_empty() {
            return std::mem::take(&mut self.head);
        }
        let count = self.jobs.len().min(max);
        self.jobs.drain(..count).collect()
    }

    /// Gives back a batch that could not be written.
    pub(super) fn put_back(&mut self, batch: Vec<EffectJob>) {
        self.head = batch;
    }

    /// Tells all who wait that it is not stored yet.
    pub(super) fn refuse_all(&mut self) {
        self.head.iter_mut().chain(&mut self.jobs).for_each(EffectJob::refuse);
    }
}

fn is_event(job: &EffectJob) -> bool {
    matches!(job.effect, Effect::Happened(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sfu_core::id::RoomId;
    use sfu_core::room::{Happening, LeaveReason, ProtocolName, RoomRecord};

    fn room(number: u64) -> RoomId {
        RoomId::from_number(number).unwrap()
    }

    fn event(number: u64) -> EffectJob {
        let record = RoomRecord {
            room: room(number),
            name: String::new(),
            created_ms: 1,
            made_by: ProtocolName("test"),
            at_ms: 1,
            by_api: false,
            facts: None,
            happening: Happening::RoomMade,
        };
        EffectJob { effect: Effect::Happened(Box::new(record)), done: None, trace: None }
    }

    fn end(number: u64) -> EffectJob {
        let effect = Effect::RoomEnded { room: room(number), reason: LeaveReason::RoomEmpty, by_api: false };
        EffectJob { effect, done: None, trace: None }
    }

    fn shown(job: &EffectJob) -> String {
        match &job.effect {
            Effect::Happened(record) => format!("event {}", record.room),
            Effect::RoomEnded { room, .. } => format!("end {room}"),
            Effect::RoomMade { .. }
            | Effect::RoomDescribed { .. }
            | Effect::SeatReserved { .. }
            | Effect::SeatGone { .. } => "other".to_owned(),
        }
    }

    #[test]
    fn where_it_is_full_the_oldest_event_goes_for_a_change_and_a_new_event_for_none() {
        let mut backlog = Backlog::new(2);
        assert!(backlog.keep(event(1)).is_none() && backlog.keep(event(2)).is_none());
        assert_eq!(backlog.keep(event(3)).map(|job| shown(&job)), Some("event 3".to_owned()));
        assert_eq!(backlog.keep(end(4)).map(|job| shown(&job)), Some("event 1".to_owned()));
        assert_eq!(backlog.keep(end(5)).map(|job| shown(&job)), Some("event 2".to_owned()));
        assert_eq!(backlog.keep(end(6)).map(|job| shown(&job)), Some("end 6".to_owned()), "no events are left");
        assert_eq!(backlog.lost(), 4, "each is counted");
        assert_eq!(backlog.take(9).iter().map(shown).collect::<Vec<_>>(), ["end 4", "end 5"]);
    }

    #[test]
    fn a_batch_that_was_tried_comes_again_as_it_was_whatever_came_meanwhile() {
        let mut backlog = Backlog::new(1);
        backlog.put_back(vec![event(1), event(2)]);
        assert!(backlog.keep(end(3)).is_none());
        assert!(backlog.keep(end(4)).is_some(), "what was tried is not given up");
        assert_eq!(backlog.len(), 3);
        assert_eq!(backlog.take(1).iter().map(shown).collect::<Vec<_>>(), ["event 1", "event 2"]);
        assert_eq!(backlog.take(1).iter().map(shown).collect::<Vec<_>>(), ["end 3"]);
        assert!(backlog.is_empty());
    }

    #[test]
    fn who_waits_is_refused_and_the_change_stays() {
        let mut backlog = Backlog::new(1);
        let (done, mut written) = tokio::sync::oneshot::channel();
        backlog.keep(EffectJob { done: Some(done), ..end(1) });
        backlog.refuse_all();
        assert_eq!(written.try_recv(), Ok(false));
        assert_eq!(backlog.len(), 1);
    }
}
