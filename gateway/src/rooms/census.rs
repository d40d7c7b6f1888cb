//! Rooms on their shard come and go: made, taken up from the store, ended by themselves, by a fault, by a worker's end.
use super::drain::Call;
use super::input::{Create, Existing, Inspected};
use super::living::Living;
use super::mailbox::PeerMailbox;
use super::shard::{OWN_REQUEST, Shard, Step};
use crate::clock;
use crate::telemetry::room_levels;
use sfu_core::capability::{NotNow, Refusal};
use sfu_core::id::{PeerId, RoomId};
use sfu_core::media::{MediaCommand, WorkerFacts};
use sfu_core::room::{
    Beginning, CommandEnvelope, Effect, Join, LeaveReason, Origin, Room, RoomCommand, RoomConfig, RoomCounts,
    RoomEvent, RoomSettings, RoomSnapshot, StoredRoom,
};

impl Shard {
    /// Makes the room that a join brings along, where there is none.
    pub(super) fn make_for(&mut self, name: &str, join: &Join) {
        if let Some(settings) = &join.create
            && !self.names.contains_key(name)
        {
            self.make(name.to_owned(), settings.as_ref().clone(), false);
        }
    }

    fn config(&self) -> RoomConfig {
        // Rooms are spread over equally loaded workers by their turn.
        let mut workers = self.workers.clone();
        if !workers.is_empty() {
            let turn = (self.id.0 + self.rooms.len()) % workers.len();
            workers.rotate_left(turn);
        }
        RoomConfig {
            profile: self.profile,
            workers,
            consumers_per_worker: self.consumers_per_worker,
            native: self.native,
        }
    }

    fn make(&mut self, name: String, settings: RoomSettings, by_api: bool) -> RoomId {
        let id = RoomId::random(&mut self.random);
        let (config, random) = (self.config(), self.random.fork());
        let now = clock::now();
        let mut room = Room::new(id, name.clone(), settings, by_api, config, random, now);
        if self.effects.wants_records() {
            room.keep_record(Beginning::Made { by_api }, now);
        }
        let living = Living::new(room);
        living.itself.span.in_scope(|| tracing::debug!(by_api, "the room begins"));
        self.names.insert(name, id);
        self.rooms.insert(id, living);
        id
    }

    pub(super) fn create(&mut self, create: Create) {
        let room = match self.names.get(&create.name) {
            Some(_) if create.existing == Existing::Refuse => {
                return create.refuse(Refusal::NotNow(NotNow::RoomExists));
            }
            Some(room) => *room,
            None if !self.intake.lets_in(false) => return create.refuse(Refusal::NotNow(NotNow::Unavailable)),
            None => self.make(create.name.clone(), *create.settings, true),
        };
        let request = create.request;
        let envelope = CommandEnvelope { origin: Origin::Api(request), request, command: RoomCommand::Describe };
        self.step(room, Step::Command(envelope), Some(Call { request, reply: create.reply }), None);
    }

    pub(super) fn restore(&mut self, stored: StoredRoom) {
        if self.names.contains_key(&stored.name) {
            return;
        }
        let (id, name) = (stored.id, stored.name.clone());
        let now = clock::now();
        let mut room = Room::restore(stored, self.config(), self.random.fork(), now);
        if self.effects.wants_records() {
            room.keep_record(Beginning::TakenUp, now);
        }
        self.names.insert(name, id);
        self.rooms.insert(id, Living::new(room));
        self.step(id, Step::Timeout, None, None);
    }

    pub(super) fn list(&mut self) -> Vec<RoomSnapshot> {
        let ids: Vec<RoomId> = self.rooms.keys().copied().collect();
        ids.into_iter().filter_map(|id| self.describe(id)).collect()
    }

    /// One room with what flows in it; its workers are asked for more.
    pub(super) fn inspect(&mut self, name: &str) -> Option<Inspected> {
        let id = *self.names.get(name)?;
        let room = self.describe(id)?;
        let now = clock::now().instant;
        let traffic = self.rooms.get_mut(&id)?.room.look_at_traffic(now);
        self.step(id, Step::Timeout, None, None);
        Some(Inspected { room, traffic })
    }

    fn describe(&mut self, id: RoomId) -> Option<RoomSnapshot> {
        let (reply, mut answer) = tokio::sync::oneshot::channel();
        let envelope =
            CommandEnvelope { origin: Origin::Api(OWN_REQUEST), request: OWN_REQUEST, command: RoomCommand::Describe };
        self.step(id, Step::Command(envelope), Some(Call { request: OWN_REQUEST, reply }), None);
        match answer.try_recv() {
            Ok(RoomEvent::Described { room, .. }) => Some(*room),
            Ok(_) | Err(_) => None,
        }
    }

    /// How many rooms there are, and how much is in them.
    pub(super) fn count(&self) -> (u64, RoomCounts) {
        let mut counts = RoomCounts::default();
        self.rooms.values().for_each(|living| counts += living.room.counts());
        (self.rooms.len() as u64, counts)
    }

    pub(super) fn forget(&mut self, id: RoomId, living: &Living) {
        if let Some(deadline) = living.deadline {
            self.clock.remove(&(deadline, id));
        }
        living.itself.span.in_scope(|| tracing::debug!("the room has ended"));
        if self.names.get(living.room.name()) == Some(&id) {
            self.names.remove(living.room.name());
            room_levels().remove(living.room.name());
        }
    }

    /// A room broke down: its peers are told, its Transports closed, its name is free again.
    pub(super) fn bury(&mut self, id: RoomId, living: Living, asker: Option<(PeerId, PeerMailbox)>) {
        tracing::error!(room = living.room.name(), "a room broke down and was ended");
        self.forget(id, &living);
        let newcomer = asker.filter(|(peer, _)| !living.peers.contains_key(peer));
        for (_, mailbox) in living.peers.into_iter().chain(newcomer) {
            // A mailbox that takes nothing tells its own pump.
            let _ = mailbox.deliver(RoomEvent::Closed { reason: LeaveReason::ServerFailure, by: None });
        }
        for (transport, worker) in living.journeys.transports() {
            self.send(worker, MediaCommand::CloseTransport(transport));
        }
        let ended = Effect::RoomEnded { room: id, reason: LeaveReason::ServerFailure, by_api: false };
        self.effects.run(ended, self.caller.trace);
    }

    /// A worker broke down: rooms with media on it lose their participants, and end where their lifecycle says so; all
    /// get to know the new one.
    pub(super) fn replace_worker(&mut self, facts: WorkerFacts) {
        let lost = facts.worker;
        for known in self.workers.iter_mut().filter(|known| known.worker == lost) {
            *known = facts.clone();
        }
        let workers = self.workers.clone();
        for living in self.rooms.values_mut() {
            living.room.set_workers(workers.clone());
            living.journeys.forget_worker(lost);
        }
        let rooms: Vec<RoomId> = self.rooms.keys().copied().collect();
        for id in rooms {
            self.step(id, Step::WorkerLost(lost), None, None);
        }
    }
}
