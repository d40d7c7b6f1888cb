//! Reserved seats: who may come with which token, and whose id a participant then has.
use super::answer::{Answered, Ask};
use super::effect::Effect;
use super::entry::Reservation;
use super::event::{ReservationInfo, RoomEvent};
use super::join::check_sizes;
use super::meeting::Room;
use crate::capability::{NotFound, Refusal};
use crate::id::ParticipantId;
use rustc_hash::FxHashMap;

/// The seats not yet taken.
#[derive(Default)]
pub(super) struct Seats {
    by_id: FxHashMap<ParticipantId, Reservation>,
    by_token: FxHashMap<String, ParticipantId>,
    order: Vec<ParticipantId>,
}

impl Seats {
    pub(super) fn insert(&mut self, id: ParticipantId, reservation: Reservation) {
        self.by_token.insert(reservation.token.clone(), id);
        self.order.push(id);
        self.by_id.insert(id, reservation);
    }

    pub(super) fn has(&self, id: ParticipantId) -> bool {
        self.by_id.contains_key(&id)
    }

    pub(super) fn get_mut(&mut self, id: ParticipantId) -> Option<&mut Reservation> {
        self.by_id.get_mut(&id)
    }

    pub(super) fn by_token(&self, token: &str) -> Option<(ParticipantId, &Reservation)> {
        let id = self.by_token.get(token)?;
        self.by_id.get(id).map(|reservation| (*id, reservation))
    }

    pub(super) fn take_by_token(&mut self, token: &str) -> Option<ParticipantId> {
        let id = *self.by_token.get(token)?;
        self.remove(id).then_some(id)
    }

    pub(super) fn remove(&mut self, id: ParticipantId) -> bool {
        let Some(reservation) = self.by_id.remove(&id) else { return false };
        self.by_token.remove(&reservation.token);
        self.order.retain(|other| *other != id);
        true
    }

    /// All of them, in the order in which they were made.
    pub(super) fn list(&self) -> Vec<ReservationInfo> {
        self.order.iter().filter_map(|id| self.by_id.get(id)).cloned().map(ReservationInfo).collect()
    }
}

impl Room {
    pub(super) fn reserve(&mut self, ask: Ask, mut reservation: Reservation) -> Result<Answered, Refusal> {
        check_sizes(&reservation.grant, None)?;
        if reservation.token.is_empty() || self.seats.by_token(&reservation.token).is_some() {
            return Err(Refusal::Invalid { what: "token", why: "empty, or in use already".to_owned() });
        }
        let id = reservation.grant.id.unwrap_or_else(|| self.unused_participant_id());
        if self.seats.has(id) || self.roster.get(id).is_some() {
            return Err(Refusal::Invalid { what: "participant id", why: format!("{id} is in use already") });
        }
        reservation.grant.id = Some(id);
        self.seats.insert(id, reservation.clone());
        self.effect(Effect::SeatReserved { room: self.id, reservation: Box::new(reservation) });
        Ok(self.answer(ask, |request| RoomEvent::Reserved { request, participant: id }))
    }

    pub(super) fn cancel_reservation(&mut self, ask: Ask, seat: ParticipantId) -> Result<Answered, Refusal> {
        if !self.seats.remove(seat) {
            return Err(Refusal::NotFound(NotFound::Participant));
        }
        self.effect(Effect::SeatGone { room: self.id, participant: seat, by_api: true });
        Ok(self.done(ask))
    }
}
