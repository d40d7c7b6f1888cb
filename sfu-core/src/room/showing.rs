//! Who is told of whom: what changes about a participant, and from when on the others know that it is there.
//!
//! A participant that has no media path yet and publishes nothing is kept back for a moment, so that one who goes at once
//! comes and goes unseen; who joins meanwhile finds it there. Who is in the room says `roster.rs`, and what happens to it the
//! handlers that call [`Room::announce`].
use super::LeaveReason;
use super::command::Origin;
use super::event::RoomEvent;
use super::meeting::{Audience, Room};
use super::participant::{ParticipantChange, ParticipantState};
use crate::id::ParticipantId;

impl Room {
    /// Tells what changed about a participant that is in the room. Its version rises; a hidden one's changes are told
    /// to itself alone. Who was not told of it yet is told that it has joined, where it has done something since.
    pub(super) fn announce(
        &mut self,
        about: ParticipantId,
        change: ParticipantChange,
        by: Option<Origin>,
        audience: Audience,
    ) {
        if change != ParticipantChange::Joined {
            self.show(about);
        }
        let Some(participant) = self.roster.get_mut(about) else { return };
        participant.version = participant.version.saturating_add(1);
        let info = Box::new(participant.info());
        let event = RoomEvent::ParticipantChanged { participant: info, change, by };
        self.tell_viewers(about, &event);
        if audience == Audience::Everyone {
            self.tell_participant(about, event);
        }
    }

    /// From now on everybody is told of a participant: who was not yet learns that it has joined.
    pub(super) fn show(&mut self, about: ParticipantId) {
        self.timers.no_showing_of(about);
        let Some(participant) = self.roster.get_mut(about) else { return };
        let Some(shown_to) = participant.shown_to.take() else { return };
        let (visible, info) = (participant.is_visible(), Box::new(participant.info()));
        let change = ParticipantChange::Joined;
        let event = RoomEvent::ParticipantChanged { participant: info, change, by: None };
        let ids = if visible { self.roster.ids() } else { Vec::new() };
        for other in ids.into_iter().filter(|id| *id != about && !shown_to.contains(id)) {
            self.tell_participant(other, event.clone());
        }
    }

    /// Tells the others of a participant that it has gone, though it is there: they are told no more of it.
    pub(super) fn hide(&mut self, about: ParticipantId, by: Option<Origin>) {
        let Some(participant) = self.roster.get(about) else { return };
        let mut info = Box::new(participant.info());
        info.state = ParticipantState::Disconnected;
        info.version = info.version.saturating_add(1);
        let change = ParticipantChange::Left { reason: LeaveReason::ByClient };
        self.tell_viewers(about, &RoomEvent::ParticipantChanged { participant: info, change, by });
    }

    /// Tells an event of a participant to the others who know that it is there.
    fn tell_viewers(&mut self, about: ParticipantId, event: &RoomEvent) {
        let Some(participant) = self.roster.get(about).filter(|participant| participant.is_visible()) else { return };
        let knows = |id: &ParticipantId| participant.shown_to.as_ref().is_none_or(|shown_to| shown_to.contains(id));
        let viewers: Vec<_> = self.roster.ids().into_iter().filter(|id| *id != about && knows(id)).collect();
        for viewer in viewers {
            self.tell_participant(viewer, event.clone());
        }
    }

    /// A participant has been told of all others that it may see.
    pub(super) fn note_shown(&mut self, viewer: ParticipantId) {
        for other in self.roster.ids() {
            let shown_to = self.roster.get_mut(other).and_then(|other| other.shown_to.as_mut());
            shown_to.map(|shown_to| shown_to.insert(viewer));
        }
    }
}
