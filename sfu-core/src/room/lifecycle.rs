//! When things end by themselves: the room by its [`Lifecycle`], a participant that never becomes active.
use super::meeting::Room;
use super::{LeaveReason, Lifecycle};
use crate::capability::{Feature, require};
use crate::id::ParticipantId;
use crate::time::Now;
use std::collections::BTreeSet;
use std::time::Instant;

/// Since when nobody is in a room.
#[derive(Clone, Copy)]
enum EmptySince {
    /// Since it was made: nobody has come yet.
    Made(Instant),
    /// Since the last one left.
    Left(Instant),
}

/// The room's deadlines.
pub(super) struct Timers {
    /// The next check of a room that was never joined, or the end of an empty one.
    room: Option<Instant>,
    /// From when on a check of a room that was never joined collects it.
    never_joined_from: Option<Instant>,
    /// Since when nobody is in it.
    empty_since: Option<EmptySince>,
    /// Who has until when to become active.
    activations: BTreeSet<(Instant, ParticipantId)>,
    /// Of whom the others are told when, unless something happens before.
    showings: BTreeSet<(Instant, ParticipantId)>,
}

impl Timers {
    /// Those of a room that nobody has joined, from `now` on.
    pub(super) fn new(lifecycle: &Lifecycle, now: Instant) -> Self {
        let (room, never_joined_from) = match *lifecycle {
            Lifecycle::WithLast { check_interval, .. } if check_interval.is_zero() => (None, None),
            Lifecycle::WithLast { check_interval, never_joined } => {
                (now.checked_add(check_interval), now.checked_add(never_joined))
            }
            Lifecycle::Timeouts { empty, .. } => (now.checked_add(empty), None),
        };
        let empty_since = Some(EmptySince::Made(now));
        Self { room, never_joined_from, empty_since, activations: BTreeSet::new(), showings: BTreeSet::new() }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        let first = |due: &BTreeSet<(Instant, ParticipantId)>| due.first().map(|(instant, _)| *instant);
        [self.room, first(&self.activations), first(&self.showings)].into_iter().flatten().min()
    }

    pub(super) fn expect_activation(&mut self, id: ParticipantId, until: Instant) {
        self.activations.insert((until, id));
    }

    pub(super) fn no_activation_of(&mut self, id: ParticipantId) {
        self.activations.retain(|(_, other)| *other != id);
    }

    pub(super) fn expect_showing(&mut self, id: ParticipantId, at: Instant) {
        self.showings.insert((at, id));
    }

    pub(super) fn no_showing_of(&mut self, id: ParticipantId) {
        self.showings.retain(|(_, other)| *other != id);
    }

    /// Those of whom the others are to be told by now.
    fn to_show(&self, now: Instant) -> Vec<ParticipantId> {
        self.showings.iter().take_while(|(at, _)| *at <= now).map(|(_, id)| *id).collect()
    }

    /// Somebody is in the room.
    pub(super) fn occupied(&mut self) {
        self.room = None;
        self.empty_since = None;
    }

    /// Nobody is in the room any more.
    pub(super) fn emptied(&mut self, lifecycle: &Lifecycle, now: Instant) {
        self.empty_since = Some(EmptySince::Left(now));
        if matches!(lifecycle, Lifecycle::WithLast { .. }) {
            self.room = None;
        }
        self.retime(lifecycle);
    }

    /// The timeouts are (now) these. A time that is over by then has come at once.
    pub(super) fn retime(&mut self, lifecycle: &Lifecycle) {
        let Lifecycle::Timeouts { empty, departure } = *lifecycle else { return };
        self.room = match self.empty_since {
            Some(EmptySince::Made(since)) => since.checked_add(empty),
            Some(EmptySince::Left(since)) => since.checked_add(departure),
            None => None,
        };
    }

    /// Those whose time to become active is over.
    fn overdue(&self, now: Instant) -> Vec<ParticipantId> {
        self.activations.iter().take_while(|(until, _)| *until <= now).map(|(_, id)| *id).collect()
    }

    /// True where the room's deadline has passed; a check that collects nothing sets the next one.
    fn room_is_due(&mut self, lifecycle: &Lifecycle, now: Instant) -> bool {
        let Some(due) = self.room.filter(|due| *due <= now) else { return false };
        match *lifecycle {
            Lifecycle::Timeouts { .. } => true,
            Lifecycle::WithLast { check_interval, .. } => {
                let collected = self.never_joined_from.is_some_and(|from| from <= now);
                if !collected {
                    let mut next = due;
                    while next <= now && !check_interval.is_zero() {
                        next += check_interval;
                    }
                    self.room = Some(next);
                }
                collected
            }
        }
    }
}

impl Room {
    /// Time went on; spurious calls do no harm.
    pub fn handle_timeout(&mut self, now: Now) {
        if self.ended {
            return;
        }
        self.open_page(now, false);
        for id in self.timers.overdue(now.instant) {
            self.put_out(id, LeaveReason::JoinTimeout, None, now);
        }
        for id in self.timers.to_show(now.instant) {
            self.show(id);
        }
        self.measure(now.instant);
        self.tell_speakers(now.instant);
        self.grade(now.instant);
        if self.timers.room_is_due(&self.settings.lifecycle, now.instant) {
            self.put_all_out(LeaveReason::RoomEmpty, None, now);
            self.end(LeaveReason::RoomEmpty);
        }
        self.settle();
    }

    /// After every input: what changed on common Transports is said, and a room that ends with its last participant
    /// ends where that one is gone.
    pub(super) fn settle(&mut self) {
        while let Some(id) = self.unsettled.pop_first() {
            self.flush(id);
        }
        self.settle_data_tracks();
        if require(self.config.profile, Feature::Dynacast).is_ok() {
            self.order_layers();
        }
        let with_last = matches!(self.settings.lifecycle, Lifecycle::WithLast { .. });
        if with_last && self.active && !self.ended && self.roster.is_empty() {
            self.end(LeaveReason::RoomEmpty);
        }
    }

    /// True while somebody is in the room who keeps it open.
    pub(super) fn is_occupied(&self) -> bool {
        match self.settings.lifecycle {
            Lifecycle::WithLast { .. } => !self.roster.is_empty(),
            Lifecycle::Timeouts { .. } => self.roster.iter().any(|participant| participant.grant.kind.takes_a_place()),
        }
    }
}
