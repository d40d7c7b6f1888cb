//! From a room's name to the shard that owns it.
use super::effects::EffectRunner;
use super::input::{Asker, Create, Existing, Inspected, ShardInput};
use super::intake::Intake;
use super::journey::Measures;
use super::mailbox::PeerMailbox;
use super::shard::Shard;
use crate::media::{MediaPool, MediaReport, ShardId};
use crate::telemetry::{Caller, Meters, Refusals, Traces};
use sfu_core::capability::{LimitKind, NotNow, Profile, Refusal};
use sfu_core::id::{PeerId, RequestId};
use sfu_core::limits::ROOM_NAME_CHARS_MAX;
use sfu_core::room::{NativeConfig, RoomCommand, RoomCounts, RoomEvent, RoomSettings, RoomSnapshot, StoredRoom};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{mpsc, oneshot};

/// Inputs that may wait for one shard.
const INPUTS_MAX: usize = 1_024;
/// Media reports that may wait for one shard; more wait at the media thread.
const REPORTS_MAX: usize = 4_096;

/// What the shards are made with.
pub struct RoomsSettings {
    /// The engine profile.
    pub profile: Profile,
    /// Consumers of one room on its main worker from which on newcomers are given to another worker.
    pub consumers_per_worker: usize,
    /// How the features of the profile `full` are done.
    pub native: NativeConfig,
    /// Where effects go.
    pub effects: EffectRunner,
    /// What is counted.
    pub meters: Arc<Meters>,
    /// Where spans go.
    pub traces: Traces,
}

/// The way to every room; cheap to clone.
#[derive(Clone)]
pub struct Directory {
    shards: Arc<[mpsc::Sender<ShardInput>]>,
    hasher: RandomState,
    calls: Arc<AtomicU64>,
    refusals: Arc<Refusals>,
    intake: Intake,
    measures: Measures,
}

/// The shards' queues for media reports, to be read once [`Directory::start`] is called.
pub struct ReportQueues(Vec<mpsc::Receiver<MediaReport>>);

impl ReportQueues {
    /// Queues for `shards` shards, with their sending ends.
    pub fn new(shards: usize) -> (Vec<mpsc::Sender<MediaReport>>, Self) {
        let (senders, receivers) = (0..shards.max(1)).map(|_| mpsc::channel(REPORTS_MAX)).unzip();
        (senders, Self(receivers))
    }
}

impl Directory {
    /// Starts a shard for each queue of `reports`.
    pub fn start(settings: RoomsSettings, media: &MediaPool, reports: ReportQueues) -> Self {
        let (mut shards, intake) = (Vec::new(), Intake::default());
        let measures = Measures { meters: settings.meters, traces: settings.traces };
        for (number, reports) in reports.0.into_iter().enumerate() {
            let (sender, inputs) = mpsc::channel(INPUTS_MAX);
            let effects = settings.effects.clone();
            let limits = (settings.profile, settings.consumers_per_worker, settings.native);
            let mut shard = Shard::new(ShardId(number), limits, effects, media, (sender.downgrade(), measures.clone()));
            shard.intake = intake.clone();
            tokio::spawn(shard.run(inputs, reports));
            shards.push(sender);
        }
        let (calls, refusals) = (Arc::default(), Arc::default());
        Self { shards: shards.into(), hasher: RandomState::new(), calls, refusals, intake, measures }
    }

    /// What the server's parts count.
    pub fn meters(&self) -> &Meters {
        &self.measures.meters
    }

    /// The same, to be kept.
    pub fn shared_meters(&self) -> Arc<Meters> {
        Arc::clone(&self.measures.meters)
    }

    /// Where spans go.
    pub const fn traces(&self) -> &Traces {
        &self.measures.traces
    }

    /// The counts of what was refused for want of a feature.
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// Whether new rooms and newcomers are let in.
    pub fn intake(&self) -> &Intake {
        &self.intake
    }

    fn shard(&self, room: &str) -> Option<&mpsc::Sender<ShardInput>> {
        let count = self.shards.len().max(1);
        let hash = usize::try_from(self.hasher.hash_one(room) >> 1).unwrap_or(0);
        self.shards.get(hash % count)
    }

    async fn send(&self, room: &str, input: ShardInput) -> Result<(), Refusal> {
        let shard = self.shard(room).ok_or(Refusal::NotNow(NotNow::Unavailable))?;
        shard.send(input).await.map_err(|_| Refusal::NotNow(NotNow::Unavailable))
    }

    fn call(&self) -> RequestId {
        RequestId(self.calls.fetch_add(1, Ordering::Relaxed))
    }

    /// Makes a room for an API.
    pub async fn create_room(
        &self,
        name: String,
        settings: RoomSettings,
        existing: Existing,
    ) -> Result<RoomSnapshot, Refusal> {
        if name.chars().count() > ROOM_NAME_CHARS_MAX {
            return Err(Refusal::LimitReached(LimitKind::Size));
        }
        let (reply, answer) = oneshot::channel();
        let settings = Box::new(settings);
        let caller = Caller::current();
        caller.span.record("room", name.as_str());
        let create = Create { name: name.clone(), settings, request: self.call(), reply, existing, caller };
        self.send(&name, ShardInput::Create(create)).await?;
        let event = answer_of(answer).await?;
        if let RoomEvent::Described { room, .. } = event {
            return Ok(*room);
        }
        tracing::error!("a new room was not described");
        Err(Refusal::NotNow(NotNow::Unavailable))
    }

    /// All rooms.
    pub async fn rooms(&self) -> Vec<RoomSnapshot> {
        let mut rooms = Vec::new();
        for shard in self.shards.iter() {
            let (reply, answer) = oneshot::channel();
            if shard.send(ShardInput::List(reply)).await.is_ok() {
                rooms.extend(answer.await.unwrap_or_default());
            }
        }
        rooms.sort_by(|a, b| (a.created_ms, &a.name).cmp(&(b.created_ms, &b.name)));
        rooms
    }

    /// One room with what flows in it; `None` where there is none.
    pub async fn inspect(&self, room: &str) -> Option<Inspected> {
        let (reply, answer) = oneshot::channel();
        self.send(room, ShardInput::Inspect(room.to_owned(), reply)).await.ok()?;
        answer.await.ok().flatten()
    }

    /// How many rooms there are, and how much is in all of them together.
    pub async fn counts(&self) -> (u64, RoomCounts) {
        let (mut rooms, mut counts) = (0, RoomCounts::default());
        for shard in self.shards.iter() {
            let (reply, answer) = oneshot::channel();
            if shard.send(ShardInput::Count(reply)).await.is_ok()
                && let Ok((more, of_shard)) = answer.await
            {
                rooms += more;
                counts += of_shard;
            }
        }
        (rooms, counts)
    }

    /// Hands an API's command to a room; a refusal comes back as the error.
    pub async fn api_command(&self, room: &str, command: RoomCommand) -> Result<RoomEvent, Refusal> {
        let (reply, answer) = oneshot::channel();
        let caller = Caller::current();
        caller.span.record("room", room);
        let asker = Asker::Api(reply, caller);
        let input =
            ShardInput::Command { room: room.to_owned(), request: self.call(), command: Box::new(command), asker };
        self.send(room, input).await?;
        let outcome = answer_of(answer).await;
        self.refusals.note(&outcome);
        outcome
    }

    /// Hands a signalling peer's command to a room; the answer goes to its mailbox.
    pub async fn peer_command(
        &self,
        room: String,
        request: RequestId,
        command: Box<RoomCommand>,
        (peer, mailbox): (PeerId, PeerMailbox),
    ) {
        let asker = Asker::Peer(peer, mailbox.clone());
        let input = ShardInput::Command { room: room.clone(), request, command, asker };
        if let Err(refusal) = self.send(&room, input).await {
            // A mailbox that takes nothing tells its own pump.
            let _ = mailbox.deliver(RoomEvent::Refused { request, refusal });
        }
    }

    /// Ends the shards with all their rooms, after what they were asked before.
    pub async fn stop(&self) {
        for shard in self.shards.iter() {
            let (reply, done) = oneshot::channel();
            // A shard that has ended needs no order to end.
            if shard.send(ShardInput::Stop(reply)).await.is_ok() {
                let _ = done.await;
            }
        }
    }

    /// Takes up a room that the store remembers.
    pub async fn restore(&self, room: StoredRoom) {
        let name = room.name.clone();
        if let Err(refusal) = self.send(&name, ShardInput::Restore(Box::new(room))).await {
            tracing::error!(%refusal, "a stored room is not taken up");
        }
    }
}

async fn answer_of(answer: oneshot::Receiver<RoomEvent>) -> Result<RoomEvent, Refusal> {
    match answer.await {
        Ok(RoomEvent::Refused { refusal, .. }) => Err(refusal),
        Ok(event) => Ok(event),
        Err(_) => Err(Refusal::NotNow(NotNow::Unavailable)),
    }
}
