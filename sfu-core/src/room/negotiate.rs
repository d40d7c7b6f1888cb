//! Session descriptions of the client, by the role of the Transport they are for.
use super::answer::{Answered, Ask};
use super::event::RoomEvent;
use super::meeting::Room;
use super::plan::{Matching, Planner};
use super::publish::invalid;
use super::{StreamKey, Topology, TransportRole};
use crate::capability::{NotFound, Refusal};
use crate::id::ParticipantId;
use crate::sdp::{Description, DescriptionKind};
use crate::time::Now;

impl Room {
    pub(super) fn negotiate(
        &mut self,
        ask: Ask,
        role: TransportRole,
        description: &Description,
        renew: bool,
        now: Now,
    ) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        let topology = self.roster.get(id).map(|participant| participant.facts.topology);
        if topology.is_none_or(|topology| !fits(role, topology)) {
            return Err(Refusal::NotFound(NotFound::Transport));
        }
        match (role, description.kind) {
            (TransportRole::Publisher | TransportRole::Single, DescriptionKind::Offer) if !renew => {
                self.offer_common(ask, id, role, description, now)
            }
            (TransportRole::Publisher | TransportRole::Single, DescriptionKind::Offer) => {
                Err(invalid("renewal", "only a stream's own Transport is renewed"))
            }
            (TransportRole::Up(stream), DescriptionKind::Offer) => {
                self.offer_up(ask, id, stream, description, renew, now)
            }
            (TransportRole::Down(key), DescriptionKind::Offer) => {
                self.offer_down(ask, id, key, description, renew, now)
            }
            (TransportRole::Subscriber, DescriptionKind::Offer) => {
                Err(invalid("session description", "the room makes the offers on this Transport"))
            }
            (
                TransportRole::Publisher
                | TransportRole::Single
                | TransportRole::Up(_)
                | TransportRole::Down(_)
                | TransportRole::Subscriber,
                DescriptionKind::Answer,
            ) => self.take_answer(ask, id, role, description),
        }
    }

    /// An offer on the Transport that a stream is received on, or on a new one in its place.
    fn offer_down(
        &mut self,
        ask: Ask,
        viewer: ParticipantId,
        key: StreamKey,
        offer: &Description,
        renew: bool,
        now: Now,
    ) -> Result<Answered, Refusal> {
        let subscribed = self.roster.get(viewer).is_some_and(|viewer| viewer.received.contains_key(&key));
        if !subscribed {
            return Err(Refusal::NotFound(NotFound::Stream));
        }
        if renew {
            return self.answer_stream(ask, viewer, key, offer, now);
        }
        let role = TransportRole::Down(key);
        let mut planner = Planner::new(Matching::Nothing, self.random.fork());
        let applied = self.accept_offer(viewer, role, offer, &mut planner, false)?;
        let mut aftermath = self.apply(viewer, role, applied);
        let (description, tracks) = (aftermath.answer.take(), self.carried(viewer, role));
        Ok(self.answer(ask, |request| RoomEvent::Negotiated { request, role, description, tracks }))
    }

    fn take_answer(
        &mut self,
        ask: Ask,
        id: ParticipantId,
        role: TransportRole,
        answer: &Description,
    ) -> Result<Answered, Refusal> {
        let link = self.roster.get_mut(id).and_then(|participant| participant.links.get_mut(&role));
        let link = link.filter(|link| !link.closed).ok_or(Refusal::NotFound(NotFound::Transport))?;
        let applied = link.negotiation.accept_answer(answer, &mut self.random)?;
        self.apply(id, role, applied);
        if role == TransportRole::Subscriber {
            self.unsettled.insert(id);
        }
        Ok(self.answer(ask, |request| RoomEvent::Negotiated { request, role, description: None, tracks: Vec::new() }))
    }

    /// A new start of ICE on the Transport that the room offers on.
    pub(super) fn restart_ice(&mut self, ask: Ask, role: TransportRole) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        if role != TransportRole::Subscriber {
            return Err(invalid("transport", "the client offers on this one and restarts by its own offer"));
        }
        self.start_ice_anew(id, role)?;
        Ok(self.done(ask))
    }

    /// Draws new credentials for a Transport on which the room offers; an open offer is made again with them.
    pub(super) fn start_ice_anew(&mut self, id: ParticipantId, role: TransportRole) -> Result<(), Refusal> {
        let (worker, transport) = self.address_of(id, role).ok_or(Refusal::NotFound(NotFound::Transport))?;
        let generation = self.roster.get(id).and_then(|owner| owner.links.get(&role)).map_or(0, |link| link.generation);
        let local = self.local_ice(worker, transport, generation.wrapping_add(1));
        if let Some(link) = self.roster.get_mut(id).and_then(|owner| owner.links.get_mut(&role)) {
            link.generation = generation.wrapping_add(1);
            link.negotiation.withdraw_offer();
            link.negotiation.restart_ice(local);
            self.unsettled.insert(id);
        }
        Ok(())
    }
}

/// True where clients of this topology have Transports of this role.
const fn fits(role: TransportRole, topology: Topology) -> bool {
    match topology {
        Topology::PerStream => matches!(role, TransportRole::Up(_) | TransportRole::Down(_)),
        Topology::PublisherSubscriber => matches!(role, TransportRole::Publisher | TransportRole::Subscriber),
        Topology::Single => matches!(role, TransportRole::Single),
    }
}
