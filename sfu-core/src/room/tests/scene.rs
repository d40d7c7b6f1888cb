//! A room with its fake worker and virtual time, and outputs as lines of text, so that a test can state an order.
pub use super::outcome::Outcome;
use super::outcome::number_of;
pub use super::words::*;
use super::worker::FakeWorker;
use crate::capability::Profile;
use crate::id::{ParticipantId, PeerId, RequestId, RoomId, TransportId, WorkerId};
use crate::media::{MediaEvent, WorkerFacts};
use crate::random::Random;
use crate::room::*;
use crate::sdp::{Candidate, CandidateKind, Fingerprint, Protocol};
use crate::time::Now;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

pub const WORKER: WorkerId = WorkerId(0);

/// A participant of a test.
#[derive(Clone, Copy, Debug)]
pub struct Who {
    pub peer: PeerId,
    pub id: ParticipantId,
}

pub struct Scene {
    pub room: Room,
    pub now: Now,
    pub worker: FakeWorker,
    /// The other workers, from number 1.
    pub others: Vec<FakeWorker>,
    pub ended: bool,
    names: BTreeMap<ParticipantId, String>,
    peers: BTreeMap<PeerId, String>,
    next: u64,
}

pub fn worker_facts() -> WorkerFacts {
    let candidate = Candidate {
        foundation: "1".to_owned(),
        protocol: Protocol::Udp,
        priority: 1,
        address: ([192, 0, 2, 1], 7882).into(),
        kind: CandidateKind::Host,
    };
    let fingerprint = Fingerprint { algorithm: "sha-256".to_owned(), bytes: vec![1; 32] };
    WorkerFacts { worker: WORKER, candidates: vec![candidate], fingerprint }
}

pub fn config() -> RoomConfig {
    RoomConfig {
        profile: Profile::Mediasoup,
        workers: vec![worker_facts()],
        consumers_per_worker: 400,
        native: NativeConfig::default(),
    }
}

impl Scene {
    pub fn new(lifecycle: Lifecycle) -> Self {
        Self::with(settings(lifecycle))
    }

    pub fn with(settings: RoomSettings) -> Self {
        let now = Now { instant: Instant::now(), unix_ms: 1_700_000_000_000 };
        let mut random = Random::seeded(11);
        let id = RoomId::random(&mut random);
        let room = Room::new(id, "room".to_owned(), settings, false, config(), random, now);
        let mut scene = Self {
            room,
            now,
            worker: FakeWorker::default(),
            others: Vec::new(),
            ended: false,
            names: BTreeMap::new(),
            peers: BTreeMap::new(),
            next: 1,
        };
        let made = scene.drain(None);
        assert!(matches!(made.outputs[..], [RoomOutput::Effect(Effect::RoomMade { .. })]));
        scene
    }

    /// A LiveKit room on a server of several workers, of which one carries this many of its Consumers.
    pub fn spanning(workers: u8, consumers_per_worker: usize) -> Self {
        let mut scene = Self::new(livekit_lifecycle());
        let facts = |number| WorkerFacts { worker: WorkerId(number), ..worker_facts() };
        let config = RoomConfig { workers: (0..workers).map(facts).collect(), consumers_per_worker, ..config() };
        let mut random = Random::seeded(12);
        let id = RoomId::random(&mut random);
        let name = "wide".to_owned();
        scene.room = Room::new(id, name, settings(livekit_lifecycle()), false, config, random, scene.now);
        scene.others = (1..workers).map(|_| FakeWorker::default()).collect();
        scene.drain(None);
        scene
    }

    /// A worker by number.
    pub fn worker(&mut self, worker: WorkerId) -> &mut FakeWorker {
        match usize::from(worker.0) {
            0 => &mut self.worker,
            other => &mut self.others[other - 1],
        }
    }

    /// A LiveKit room under the profile that has everything.
    pub fn full() -> Self {
        let mut scene = Self::new(livekit_lifecycle());
        let config = RoomConfig { profile: Profile::Full, ..config() };
        let mut random = Random::seeded(13);
        let id = RoomId::random(&mut random);
        let name = "full".to_owned();
        scene.room = Room::new(id, name, settings(livekit_lifecycle()), false, config, random, scene.now);
        scene.drain(None);
        scene
    }

    pub fn v2() -> Self {
        Self::new(v2_lifecycle())
    }

    fn drain(&mut self, request: Option<(Origin, RequestId)>) -> Outcome {
        let mut outcome = Outcome { outputs: Vec::new(), answer: None };
        while let Some(output) = self.room.poll() {
            assert!(!self.ended, "nothing follows the end");
            match &output {
                RoomOutput::Media { worker, command } => {
                    self.worker(*worker).take(command);
                }
                RoomOutput::Event { to, event } => {
                    if let Some(number) = number_of(event) {
                        assert_eq!(request, Some((*to, number)), "an answer to the one who asked");
                        assert!(outcome.answer.is_none(), "one answer a command");
                        outcome.answer = Some(event.clone());
                    }
                }
                RoomOutput::Effect(_) => {}
                RoomOutput::Ended => self.ended = true,
            }
            outcome.outputs.push(output);
        }
        assert_eq!(request.is_some(), outcome.answer.is_some(), "each command is answered");
        outcome
    }

    pub fn from(&mut self, origin: Origin, command: RoomCommand) -> Outcome {
        self.next += 1;
        let request = RequestId(self.next);
        self.room.handle_command(CommandEnvelope { origin, request, command }, self.now);
        self.drain(Some((origin, request)))
    }

    pub fn ask(&mut self, who: Who, command: RoomCommand) -> Outcome {
        self.from(Origin::Peer(who.peer), command)
    }

    pub fn api(&mut self, command: RoomCommand) -> Outcome {
        self.next += 1;
        self.from(Origin::Api(RequestId(self.next)), command)
    }

    pub fn peer(&mut self, name: &str) -> PeerId {
        self.next += 1;
        let peer = PeerId::from_number(self.next).unwrap();
        self.peers.insert(peer, name.to_owned());
        peer
    }

    pub fn join(&mut self, name: &str, facts: ClientFacts, grant: Grant) -> (Who, Outcome) {
        let peer = self.peer(name);
        let outcome = self.from(Origin::Peer(peer), join_with(Credential::Granted(Box::new(grant)), facts));
        let id = outcome.joined().participant.id;
        self.names.insert(id, name.to_owned());
        (Who { peer, id }, outcome)
    }

    pub fn v2_client(&mut self, name: &str) -> Who {
        self.join(name, facts(Topology::PerStream), grant(name)).0
    }

    pub fn moderator(&mut self, name: &str) -> Who {
        let mut grant = grant(name);
        grant.permissions.moderate = true;
        self.join(name, facts(Topology::PerStream), grant).0
    }

    pub fn livekit(&mut self, name: &str, topology: Topology) -> Who {
        self.join(name, facts(topology), grant(name)).0
    }

    pub fn media(&mut self, event: MediaEvent) -> Outcome {
        let mut on = WORKER;
        if let MediaEvent::TransportClosed { transport, .. } = &event {
            let is_there = |worker: &FakeWorker| worker.transports.contains_key(transport);
            let place = self.others.iter().position(is_there).map_or(0, |place| place + 1);
            on = WorkerId(u8::try_from(place).unwrap());
            self.worker(on).lose(*transport);
        }
        self.room.handle_media(on, event, self.now);
        self.drain(None)
    }

    pub fn after(&mut self, time: Duration) -> Outcome {
        self.now = self.now.plus(time);
        self.room.handle_timeout(self.now);
        self.drain(None)
    }

    pub fn worker_lost(&mut self) -> Outcome {
        self.lose_worker(WORKER)
    }

    pub fn lose_worker(&mut self, lost: WorkerId) -> Outcome {
        self.room.handle_worker_lost(lost, self.now);
        *self.worker(lost) = FakeWorker::default();
        self.drain(None)
    }

    pub fn shutdown(&mut self) -> Outcome {
        self.room.handle_shutdown(self.now);
        self.drain(None)
    }

    pub fn transport(&self, who: Who, role: TransportRole) -> TransportId {
        self.room.address_of(who.id, role).unwrap().1
    }

    fn name(&self, id: ParticipantId) -> &str {
        self.names.get(&id).map_or("?", String::as_str)
    }

    /// What was said to whom, in order, without the worker's commands.
    pub fn said(&self, outcome: &Outcome) -> Vec<String> {
        let line = |output: &RoomOutput| match output {
            RoomOutput::Event { to, event } => {
                let to = match to {
                    Origin::Peer(peer) => self.peers.get(peer).map_or("?", String::as_str),
                    Origin::Api(_) => "api",
                };
                Some(format!("{to}: {}", self.line(event)))
            }
            RoomOutput::Media { .. } => None,
            RoomOutput::Effect(effect) => Some(format!("effect {}", first_word(effect))),
            RoomOutput::Ended => Some("ended".to_owned()),
        };
        outcome.outputs.iter().filter_map(line).collect()
    }

    fn line(&self, event: &RoomEvent) -> String {
        match event {
            RoomEvent::ParticipantChanged { participant, change, .. } => {
                let change = match change {
                    ParticipantChange::Left { reason } => format!("Left({reason:?})"),
                    ParticipantChange::StreamUnpublished { reason, .. } => format!("StreamUnpublished({reason:?})"),
                    ParticipantChange::TrackUnpublished { reason, .. } => format!("TrackUnpublished({reason:?})"),
                    other => first_word(other),
                };
                format!("{} {change}", self.name(participant.id))
            }
            RoomEvent::Refused { refusal, .. } => format!("Refused({refusal:?})"),
            RoomEvent::Closed { reason, by } => {
                let by = by.map(|by| format!(" by {}", self.name(by))).unwrap_or_default();
                format!("Closed({reason:?}){by}")
            }
            RoomEvent::Signalled { from, .. } => {
                format!("Signalled from {}", from.map_or("server", |from| self.name(from)))
            }
            RoomEvent::SectionsWanted { audio, video } => format!("SectionsWanted({audio},{video})"),
            RoomEvent::MutedByServer { muted, .. } => format!("MutedByServer({muted})"),
            RoomEvent::TransportChanged { state, .. } => format!("TransportChanged({state:?})"),
            other => first_word(other),
        }
    }
}

/// A value's variant.
fn first_word(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}
