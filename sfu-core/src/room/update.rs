//! Changes to what is known of a participant and what it may.
use super::answer::{Answered, Ask};
use super::command::ParticipantUpdate;
use super::effect::Effect;
use super::join::check_sizes;
use super::meeting::{Audience, Room};
use super::participant::{Grant, ParticipantChange, Permissions, UnpublishReason};
use super::publication::Stream;
use super::record::EndCause;
use super::roster::Participant;
use super::{StreamKey, TransportRole};
use crate::capability::{NotFound, Refusal};
use crate::id::{ParticipantId, TrackId};
use crate::time::Now;
use rustc_hash::FxHashSet;

impl Room {
    /// Everybody, the participant itself too, is told before the answer, so that a client sees its own change first.
    pub(super) fn update(
        &mut self,
        ask: Ask,
        whose: Option<ParticipantId>,
        update: ParticipantUpdate,
        now: Now,
    ) -> Result<Answered, Refusal> {
        let sender = self.sender(&ask).ok();
        let id = whose.or(sender).ok_or(Refusal::NotFound(NotFound::Participant))?;
        if self.seats.has(id) {
            return self.update_seat(ask, id, update);
        }
        let participant = self.roster.get_mut(id).ok_or(Refusal::NotFound(NotFound::Participant))?;
        let mut grant = participant.grant.clone();
        let (permissions, keep_published) = (update.permissions.clone(), update.keep_published);
        amend(&mut grant, update);
        check_sizes(&grant, None)?;
        let by = if sender == Some(id) { None } else { Some(ask.origin) };
        if grant != participant.grant {
            participant.grant = grant;
            self.announce(id, ParticipantChange::Described, by, Audience::Everyone);
        }
        if let Some(permissions) = permissions {
            self.permit(id, permissions, keep_published, by, now);
        }
        Ok(self.done(ask))
    }

    /// Changes what a reserved seat grants: its token stays good.
    fn update_seat(&mut self, ask: Ask, id: ParticipantId, update: ParticipantUpdate) -> Result<Answered, Refusal> {
        let Some(seat) = self.seats.get_mut(id) else { return Err(Refusal::NotFound(NotFound::Participant)) };
        let mut grant = seat.grant.clone();
        if let Some(permissions) = &update.permissions {
            grant.permissions = permissions.clone();
        }
        amend(&mut grant, update);
        check_sizes(&grant, None)?;
        if grant != seat.grant {
            seat.grant = grant;
            let reservation = Box::new(seat.clone());
            self.effect(Effect::SeatReserved { room: self.id, reservation });
        }
        Ok(self.done(ask))
    }

    /// Sets the permissions as a whole; what they do not allow any more ends. To the others somebody who is hidden from now
    /// on has gone, and one who no longer is has come.
    fn permit(
        &mut self,
        id: ParticipantId,
        permissions: Permissions,
        keep_published: bool,
        by: Option<super::Origin>,
        now: Now,
    ) {
        let Some(participant) = self.roster.get(id).filter(|it| it.grant.permissions != permissions) else { return };
        let was_hidden = participant.grant.permissions.hidden;
        let (vanishes, appears) = (permissions.hidden && !was_hidden, was_hidden && !permissions.hidden);
        if vanishes {
            self.hide(id, by);
        }
        let Some(participant) = self.roster.get_mut(id) else { return };
        participant.grant.permissions = permissions;
        if appears {
            participant.shown_to = Some(FxHashSet::default());
        }
        self.data_tracks_changed = true;
        let lost = if keep_published { Vec::new() } else { not_allowed_any_more(participant) };
        self.announce(id, ParticipantChange::Permitted, by, Audience::Everyone);
        for track in lost {
            self.withdraw_track(id, track, UnpublishReason::PermissionLost, by);
        }
        self.end_forbidden_receptions(id);
        self.reconcile(id, now);
        if vanishes || appears {
            self.show_streams(id, appears, now);
        }
    }

    /// The others may have the streams of one who is no longer hidden, or no longer those of one who is.
    fn show_streams(&mut self, id: ParticipantId, appears: bool, now: Now) {
        let streams = self.roster.get(id).map(|owner| owner.streams.iter().map(|stream| stream.id).collect::<Vec<_>>());
        for stream in streams.unwrap_or_default() {
            if appears {
                self.announce(id, ParticipantChange::StreamPublished(stream), None, Audience::Others);
            } else {
                self.drop_receptions(StreamKey { participant: id, stream });
            }
        }
        for viewer in self.roster.ids() {
            self.reconcile(viewer, now);
        }
    }

    /// Closes the Transports on which single streams are received, where receiving is not allowed any more.
    fn end_forbidden_receptions(&mut self, id: ParticipantId) {
        let Some(participant) = self.roster.get(id) else { return };
        if participant.grant.permissions.subscribe || participant.common_downlink().is_some() {
            return;
        }
        let mut keys: Vec<_> = participant.received.keys().copied().collect();
        keys.sort_unstable();
        for key in keys {
            self.record_reception_end(id, key, EndCause::Unsubscribed);
            if let Some(participant) = self.roster.get_mut(id) {
                participant.received.remove(&key);
            }
            self.close_link(id, TransportRole::Down(key));
        }
    }
}

/// Changes all of a grant but its permissions.
fn amend(grant: &mut Grant, update: ParticipantUpdate) {
    let ParticipantUpdate { name, metadata, attributes, permissions: _, keep_published: _, face_data } = update;
    if let Some(name) = name {
        grant.name = name;
    }
    if let Some(metadata) = metadata {
        grant.metadata = metadata;
    }
    if let Some(face_data) = face_data {
        grant.face_data = face_data;
    }
    for (key, value) in attributes {
        if value.is_empty() {
            grant.attributes.remove(&key);
        } else {
            grant.attributes.insert(key, value);
        }
    }
}

/// The tracks that the participant publishes and may not publish.
fn not_allowed_any_more(participant: &Participant) -> Vec<TrackId> {
    let permissions = &participant.grant.permissions;
    let allowed = |source| {
        permissions.publish && (permissions.publish_sources.is_empty() || permissions.publish_sources.contains(source))
    };
    let tracks = participant.streams.iter().flat_map(Stream::tracks);
    tracks.filter(|track| !allowed(&track.info.spec.source)).map(|track| track.info.id).collect()
}
