//! A task that owns rooms: feeds them commands, media reports and time, and carries their outputs away.
//!
//! A panic of a room is caught here and ends that room alone.
use super::drain::{Call, Drain, undo};
use super::effects::EffectRunner;
use super::input::{Asker, ShardInput};
use super::intake::Intake;
use super::journey::Measures;
use super::living::Living;
use super::mailbox::{PeerMailbox, Undelivered};
use super::trail;
use crate::clock;
use crate::media::{MediaLink, MediaPool, MediaReport, ShardId};
use crate::telemetry::Caller;
use sfu_core::capability::{NotFound, NotNow, Profile, Refusal};
use sfu_core::id::{PeerId, RequestId, RoomId, WorkerId};
use sfu_core::media::{MediaCommand, MediaEvent, WorkerFacts};
use sfu_core::random::Random;
use sfu_core::room::{CommandEnvelope, LeaveReason, NativeConfig, Origin, Room, RoomCommand, RoomEvent, RoomOutput};
use sfu_core::time::Now;
use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;
use tokio::sync::mpsc;

/// Commands that the shard itself gives to a room have numbers that no call has.
pub(super) const OWN_REQUEST: RequestId = RequestId(u64::MAX);

pub(super) struct Shard {
    pub(super) id: ShardId,
    pub(super) profile: Profile,
    pub(super) consumers_per_worker: usize,
    pub(super) native: NativeConfig,
    pub(super) effects: EffectRunner,
    pub(super) workers: Vec<WorkerFacts>,
    pub(super) links: Vec<MediaLink>,
    pub(super) loads: Vec<usize>,
    pub(super) random: Random,
    pub(super) rooms: HashMap<RoomId, Living>,
    pub(super) names: HashMap<String, RoomId>,
    pub(super) clock: BTreeSet<(Instant, RoomId)>,
    /// The shard's own queue, for commands that undo what could not be stored.
    pub(super) own: mpsc::WeakSender<ShardInput>,
    /// Who is let in.
    pub(super) intake: Intake,
    pub(super) measures: Measures,
    /// For whom the shard works at the moment.
    pub(super) caller: Caller,
}

/// What is done with a room in one step.
pub(super) enum Step {
    Command(CommandEnvelope),
    Media(WorkerId, MediaEvent),
    WorkerLost(WorkerId),
    Timeout,
}

impl Shard {
    pub(super) fn new(
        id: ShardId,
        (profile, consumers_per_worker, native): (Profile, usize, NativeConfig),
        effects: EffectRunner,
        media: &MediaPool,
        (own, measures): (mpsc::WeakSender<ShardInput>, Measures),
    ) -> Self {
        Self {
            id,
            profile,
            consumers_per_worker,
            native,
            effects,
            workers: media.facts().to_vec(),
            links: media.links().to_vec(),
            loads: Vec::new(),
            random: clock::random(),
            rooms: HashMap::new(),
            names: HashMap::new(),
            clock: BTreeSet::new(),
            own,
            intake: Intake::default(),
            measures,
            caller: Caller::nobody(),
        }
    }

    /// Works until the directory is gone.
    pub(super) async fn run(
        mut self,
        mut inputs: mpsc::Receiver<ShardInput>,
        mut reports: mpsc::Receiver<MediaReport>,
    ) {
        loop {
            let next = self.clock.first().map(|(deadline, _)| tokio::time::Instant::from_std(*deadline));
            let alarm = async {
                match next {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                report = reports.recv() => match report {
                    Some(report) => self.handle_report(report),
                    None => return,
                },
                input = inputs.recv() => match input {
                    Some(ShardInput::Stop(done)) => {
                        drop(self);
                        // Whoever waited may have given up.
                        let _ = done.send(());
                        return;
                    }
                    Some(input) => self.handle_input(input),
                    None => return,
                },
                () = alarm => self.handle_deadlines(),
            }
        }
    }

    fn handle_input(&mut self, input: ShardInput) {
        match input {
            ShardInput::Command { room, request, command, asker } => {
                self.measures.meters.traffic.commands.note();
                let caller = asker.caller();
                self.work_for(caller, |shard| shard.handle_command(&room, request, *command, asker));
            }
            ShardInput::Create(create) => {
                let caller = create.caller.clone();
                self.work_for(caller, |shard| shard.create(create));
            }
            ShardInput::Restore(stored) => self.restore(*stored),
            ShardInput::List(reply) => {
                // Who asked may have given up waiting: then nobody needs the answer.
                let _ = reply.send(self.list());
            }
            ShardInput::Inspect(name, reply) => {
                // Likewise.
                let _ = reply.send(self.inspect(&name));
            }
            ShardInput::Count(reply) => {
                // Likewise.
                let _ = reply.send(self.count());
            }
            ShardInput::Stop(_) => {}
        }
    }

    fn handle_report(&mut self, report: MediaReport) {
        match report {
            MediaReport::Event { worker, room, event } => {
                self.measures.meters.traffic.reports.note();
                let Some(living) = self.rooms.get_mut(&room) else { return };
                let caller = living.journeys.handle_event(&event, &self.measures);
                let caller = caller.unwrap_or_else(|| living.itself.clone());
                self.work_for(caller, |shard| {
                    trail::reported(&event);
                    shard.step(room, Step::Media(worker, event), None, None);
                });
            }
            MediaReport::WorkerLost { facts } => self.replace_worker(facts),
        }
    }

    /// Does something on behalf of somebody: log lines and traces say so.
    fn work_for(&mut self, caller: Caller, work: impl FnOnce(&mut Self)) {
        let span = caller.span.clone();
        let _entered = span.enter();
        self.caller = caller;
        work(self);
        self.caller = Caller::nobody();
    }

    fn handle_deadlines(&mut self) {
        let now = Instant::now();
        while let Some((deadline, room)) = self.clock.first().copied() {
            if deadline > now {
                return;
            }
            self.clock.remove(&(deadline, room));
            let Some(living) = self.rooms.get_mut(&room) else { continue };
            living.deadline = None;
            let caller = living.itself.clone();
            self.work_for(caller, |shard| shard.step(room, Step::Timeout, None, None));
        }
    }

    fn handle_command(&mut self, name: &str, request: RequestId, command: RoomCommand, asker: Asker) {
        trail::asked(&command);
        let mut kept_out = false;
        if let RoomCommand::Join(join) = &command {
            kept_out = !self.intake.lets_in(self.names.contains_key(name));
            if !kept_out {
                self.make_for(name, join);
            }
        }
        let (origin, call, mailbox) = match asker {
            Asker::Peer(peer, mailbox) => (Origin::Peer(peer), None, Some((peer, mailbox))),
            Asker::Api(reply, _) => (Origin::Api(request), Some(Call { request, reply }), None),
        };
        let Some(room) = self.names.get(name).copied().filter(|_| !kept_out) else {
            let refusal =
                if kept_out { Refusal::NotNow(NotNow::Unavailable) } else { Refusal::NotFound(NotFound::Room) };
            trail::refused(&refusal);
            let refused = RoomEvent::Refused { request, refusal };
            if let Some(call) = call {
                call.answer(refused, Vec::new(), |_| {});
            } else if let Some((_, mailbox)) = mailbox {
                // A mailbox that takes nothing tells its own pump.
                let _ = mailbox.deliver(refused);
            }
            return;
        };
        let envelope = CommandEnvelope { origin, request, command };
        self.step(room, Step::Command(envelope), call, mailbox);
    }

    /// One input to one room, and everything that comes of it.
    pub(super) fn step(&mut self, id: RoomId, step: Step, call: Option<Call>, asker: Option<(PeerId, PeerMailbox)>) {
        let Some(mut living) = self.rooms.remove(&id) else { return };
        let leaving = leaver(&step);
        let now = clock::now();
        self.loads.clear();
        self.loads.extend(self.links.iter().map(|link| link.board().load()));
        living.room.set_loads(&self.loads);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            feed(&mut living.room, step, now);
            let drain = self.drain(&mut living, call, asker.as_ref());
            (drain, living.room.deadline())
        }));
        let Ok((drain, deadline)) = outcome else {
            return self.bury(id, living, asker);
        };
        if let Some(peer) = leaving {
            living.peers.remove(&peer);
        }
        if drain.ended {
            return self.forget(id, &living);
        }
        if living.deadline != deadline {
            if let Some(old) = living.deadline {
                self.clock.remove(&(old, id));
            }
            living.deadline = deadline;
            self.clock.extend(deadline.map(|deadline| (deadline, id)));
        }
        self.rooms.insert(id, living);
        for peer in drain.lost {
            let leave = RoomCommand::Leave { reason: LeaveReason::SignalLost };
            let envelope = CommandEnvelope { origin: Origin::Peer(peer), request: OWN_REQUEST, command: leave };
            self.step(id, Step::Command(envelope), None, None);
        }
    }

    fn drain(&self, living: &mut Living, mut call: Option<Call>, asker: Option<&(PeerId, PeerMailbox)>) -> Drain {
        let mut drain = Drain::default();
        // An answer waits for all that its call caused, what follows it too: the last one's leaving ends the room.
        let mut answer = None;
        while let Some(output) = living.room.poll() {
            match output {
                RoomOutput::Event { to: Origin::Api(request), event } => {
                    trail::said(&event);
                    let own = call.take_if(|call| call.request == request);
                    match own.or_else(|| living.calls.remove(&request)) {
                        Some(call) if answer.is_none() => answer = Some((call, event)),
                        // Further calls were answered by the same step: none of them caused what has to be stored.
                        Some(call) => call.answer(event, Vec::new(), |_| {}),
                        None => {}
                    }
                }
                RoomOutput::Event { to: Origin::Peer(peer), event } => {
                    trail::said(&event);
                    self.measures.meters.traffic.events.note();
                    if deliver(living, &mut drain, peer, event, asker).is_err() {
                        self.measures.meters.traffic.events_lost.note();
                    }
                }
                RoomOutput::Media { worker, command } => {
                    living.journeys.handle_command(worker, &command, &self.caller);
                    self.send(worker, command);
                }
                RoomOutput::Effect(effect) => {
                    let undo = undo(&effect);
                    drain.waits.extend(self.effects.run(effect, self.caller.trace).map(|written| (written, undo)));
                }
                RoomOutput::Ended => drain.ended = true,
            }
        }
        if let Some(call) = call {
            living.calls.insert(call.request, call);
        }
        if let Some((call, event)) = answer {
            let (own, name) = (self.own.clone(), living.room.name().to_owned());
            let waits = std::mem::take(&mut drain.waits);
            call.answer(event, waits, move |commands| take_back(&own, &name, commands));
        }
        drain
    }

    pub(super) fn send(&self, worker: WorkerId, command: MediaCommand) {
        match self.links.get(usize::from(worker.0)) {
            Some(link) => link.send(self.id, command),
            None => tracing::error!(worker = worker.0, "a room names a media worker that does not exist"),
        }
    }
}

fn feed(room: &mut Room, step: Step, now: Now) {
    match step {
        Step::Command(envelope) => room.handle_command(envelope, now),
        Step::Media(worker, event) => room.handle_media(worker, event, now),
        Step::WorkerLost(worker) => room.handle_worker_lost(worker, now),
        Step::Timeout => room.handle_timeout(now),
    }
}

/// The peer to which nothing comes after this step.
fn leaver(step: &Step) -> Option<PeerId> {
    match step {
        Step::Command(CommandEnvelope { origin: Origin::Peer(peer), command: RoomCommand::Leave { .. }, .. }) => {
            Some(*peer)
        }
        Step::Command(_) | Step::Media(..) | Step::WorkerLost(_) | Step::Timeout => None,
    }
}

fn deliver(
    living: &mut Living,
    drain: &mut Drain,
    peer: PeerId,
    event: RoomEvent,
    asker: Option<&(PeerId, PeerMailbox)>,
) -> Result<(), Undelivered> {
    let of_asker = asker.filter(|(asking, _)| *asking == peer).map(|(_, mailbox)| mailbox);
    if let (RoomEvent::Joined { .. }, Some(mailbox)) = (&event, of_asker) {
        living.peers.insert(peer, mailbox.clone());
    }
    let last = matches!(event, RoomEvent::Closed { .. });
    let delivered = match living.peers.get(&peer).or(of_asker) {
        Some(mailbox) => mailbox.deliver(event),
        None => return Ok(()),
    };
    if last {
        living.peers.remove(&peer);
    } else if delivered.is_err() && living.peers.remove(&peer).is_some() {
        drain.lost.push(peer);
    }
    delivered
}

/// Gives the commands that undo what could not be stored to the shard itself.
fn take_back(own: &mpsc::WeakSender<ShardInput>, room: &str, commands: Vec<RoomCommand>) {
    let Some(own) = own.upgrade() else { return };
    for command in commands {
        let (reply, _) = tokio::sync::oneshot::channel();
        let input = ShardInput::Command {
            room: room.to_owned(),
            request: OWN_REQUEST,
            command: Box::new(command),
            asker: Asker::Api(reply, Caller::nobody()),
        };
        if own.try_send(input).is_err() {
            tracing::error!(room, "what could not be stored could not be taken back");
        }
    }
}
