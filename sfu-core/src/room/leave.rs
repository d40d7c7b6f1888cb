//! Going out of the room, by one's own will or not, and the room's end.
use super::answer::{Answered, Ask};
use super::command::Origin;
use super::effect::Effect;
use super::event::{RoomEvent, RoomSnapshot};
use super::meeting::Room;
use super::participant::{ParticipantChange, ParticipantState};
use super::roster::Participant;
use super::{LeaveReason, Lifecycle, StreamKey, TransportRole};
use crate::capability::{NotFound, Refusal};
use crate::id::{ParticipantId, StreamId, WorkerId};
use crate::media::FailureCause;
use crate::time::Now;

impl Room {
    /// The others are told before the leaver has its answer (v2's order).
    pub(super) fn leave(&mut self, ask: Ask, reason: LeaveReason, now: Now) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        self.take_out(id, reason, None, now);
        Ok(self.done(ask))
    }

    /// The others are told, then the caller has its answer, then the one put out is told (v2's order).
    pub(super) fn remove_by_force(
        &mut self,
        ask: Ask,
        id: ParticipantId,
        reason: LeaveReason,
        now: Now,
    ) -> Result<Answered, Refusal> {
        let forcer = ask.origin;
        let by = self.sender(&ask).ok();
        let out = self.take_out(id, reason, Some(forcer), now).ok_or(Refusal::NotFound(NotFound::Participant))?;
        let answered = self.done(ask);
        self.tell(Origin::Peer(out.peer), RoomEvent::Closed { reason, by });
        Ok(answered)
    }

    /// The others are told, then the caller has its answer, then the one sent away learns where to.
    pub(super) fn send_away(
        &mut self,
        ask: Ask,
        id: ParticipantId,
        destination: Box<RoomSnapshot>,
        now: Now,
    ) -> Result<Answered, Refusal> {
        let participant = self.roster.get(id).ok_or(Refusal::NotFound(NotFound::Participant))?;
        if !participant.facts.may_move {
            let why = "its client cannot follow into another room".to_owned();
            return Err(Refusal::Invalid { what: "participant", why });
        }
        let reason = LeaveReason::Moved;
        let out = self.take_out(id, reason, Some(ask.origin), now).ok_or(Refusal::NotFound(NotFound::Participant))?;
        let answered = self.done(ask);
        self.tell(Origin::Peer(out.peer), RoomEvent::Moved { destination });
        self.tell(Origin::Peer(out.peer), RoomEvent::Closed { reason, by: None });
        Ok(answered)
    }

    /// Ends the room for an API: one participant after the other, the rest are told of each.
    pub(super) fn close(&mut self, ask: Ask, reason: LeaveReason, now: Now) -> Result<Answered, Refusal> {
        self.put_all_out(reason, Some(ask.origin), now);
        let answered = self.done(ask);
        self.end(reason);
        Ok(answered)
    }

    /// A worker is lost. Was it the room's main one, everybody is out, and whether the room stays is its lifecycle's
    /// affair; else the Transports that were on it have failed, each by itself.
    pub fn handle_worker_lost(&mut self, worker: WorkerId, now: Now) {
        if self.ended {
            return;
        }
        self.open_page(now, false);
        self.media_lost(worker);
        let mut failed = Vec::new();
        for id in self.roster.ids() {
            let links = self.roster.get(id).into_iter().flat_map(|participant| participant.links.values());
            let there = links.filter(|link| link.worker == worker && !link.closed);
            failed.extend(there.map(|link| link.transport));
        }
        if !self.is_on(worker) {
            for transport in failed {
                self.transport_closed(transport, FailureCause::WorkerLost);
            }
            self.settle();
            return;
        }
        self.forget_worker();
        for transport in failed {
            self.mark_closed(transport);
        }
        self.put_all_out(LeaveReason::ServerFailure, None, now);
        if matches!(self.settings.lifecycle, Lifecycle::WithLast { .. }) {
            self.end(LeaveReason::ServerFailure);
        }
        self.settle();
    }

    /// The server stops: everybody is out and the room ends.
    pub fn handle_shutdown(&mut self, now: Now) {
        if !self.ended {
            self.open_page(now, false);
            self.put_all_out(LeaveReason::ServerShutdown, None, now);
            self.end(LeaveReason::ServerShutdown);
        }
    }

    /// Puts a participant out: the others are told, then itself.
    pub(super) fn put_out(&mut self, id: ParticipantId, reason: LeaveReason, by: Option<Origin>, now: Now) {
        if let Some(out) = self.take_out(id, reason, by, now) {
            let by = by.and_then(|origin| self.participant_of(origin));
            self.tell(Origin::Peer(out.peer), RoomEvent::Closed { reason, by });
        }
    }

    pub(super) fn put_all_out(&mut self, reason: LeaveReason, by: Option<Origin>, now: Now) {
        for id in self.roster.ids() {
            self.put_out(id, reason, by, now);
        }
    }

    /// Takes a participant and all that is its out of the room and tells the others, but not itself.
    pub(super) fn take_out(
        &mut self,
        id: ParticipantId,
        reason: LeaveReason,
        by: Option<Origin>,
        now: Now,
    ) -> Option<Participant> {
        self.record_leave(id, reason);
        self.close_media_of(id);
        let mut out = self.roster.remove(id)?;
        self.timers.no_activation_of(id);
        self.timers.no_showing_of(id);
        self.forget_calls_of(id);
        self.data_tracks_changed |= !out.data_tracks.published.is_empty();
        out.state = ParticipantState::Disconnected;
        out.version = out.version.saturating_add(1);
        if out.is_visible() {
            let participant = Box::new(out.info());
            let change = ParticipantChange::Left { reason };
            let event = RoomEvent::ParticipantChanged { participant, change, by };
            let knows = |id: &ParticipantId| out.shown_to.as_ref().is_none_or(|shown_to| shown_to.contains(id));
            for other in self.roster.ids().into_iter().filter(knows) {
                self.tell_participant(other, event.clone());
            }
        }
        self.recorder_left(out.grant.kind);
        if !self.is_occupied() {
            self.timers.emptied(&self.settings.lifecycle, now.instant);
        }
        Some(out)
    }

    /// Closes the Transports of a leaving participant and what others receive from it.
    fn close_media_of(&mut self, id: ParticipantId) {
        let Some(participant) = self.roster.get(id) else { return };
        let mut roles: Vec<TransportRole> = participant.links.keys().copied().collect();
        roles.sort_unstable_by_key(|role| participant.links.get(role).map(|link| link.transport));
        let tracks: Vec<_> = participant
            .streams
            .iter()
            .flat_map(|stream| stream.tracks().map(|track| (stream.id, track.info.spec.kind, track.info.id)))
            .collect();
        let streams: Vec<StreamId> = participant.streams.iter().map(|stream| stream.id).collect();
        for role in roles {
            self.close_link(id, role);
        }
        for stream in streams {
            self.drop_receptions(StreamKey { participant: id, stream });
        }
        for (stream, kind, track) in tracks {
            self.drop_track(StreamKey { participant: id, stream }, kind, track);
        }
        self.producers.retain(|_, (owner, _)| *owner != id);
        self.unsettled.remove(&id);
    }

    /// Ends the room, from which everybody is out.
    pub(super) fn end(&mut self, reason: LeaveReason) {
        if !self.ended {
            self.ended = true;
            self.record_end(reason);
            let by_api = reason == LeaveReason::RoomClosedByApi;
            self.effect(Effect::RoomEnded { room: self.id, reason, by_api });
            self.push_end();
        }
    }
}
