//! Which Producers cross from one worker to another: a book of what the room told its workers, kept from the commands
//! themselves, so that no other part of the room has to know where a source is.
//!
//! A Consumer that wants a Producer of another worker opens the pipe, the last one that goes closes it. Which worker a
//! Transport is on is `placement.rs`'s affair; how packets cross is the media core's.
use super::meeting::Room;
use crate::capability::{Feature, require};
use crate::id::{ConsumerId, ProducerId, RoomId, TransportId, WorkerId};
use crate::media::{MediaCommand, MirrorParams, ProducerParams};
use rustc_hash::FxHashMap;

/// Commands in the order in which they are to be sent.
type Commands = Vec<(WorkerId, MediaCommand)>;

/// The book. Empty where the server has one worker.
#[derive(Default)]
pub(super) struct Pipes {
    transports: FxHashMap<TransportId, Standing>,
    producers: FxHashMap<ProducerId, Produced>,
    consumers: FxHashMap<ConsumerId, Consumed>,
}

struct Standing {
    worker: WorkerId,
    producers: Vec<ProducerId>,
    consumers: Vec<ConsumerId>,
}

struct Produced {
    worker: WorkerId,
    params: Box<ProducerParams>,
    /// The workers that have a mirror of it, with the number of Consumers there.
    mirrors: Vec<(WorkerId, usize)>,
}

#[derive(Clone, Copy)]
struct Consumed {
    worker: WorkerId,
    source: Option<ProducerId>,
}

impl Room {
    /// Tells a worker something, and others what follows from it.
    pub(super) fn media(&mut self, worker: WorkerId, command: MediaCommand) {
        if require(self.config.profile, Feature::Dynacast).is_ok() {
            self.dynacast.note(&command);
        }
        if self.config.workers.len() < 2 {
            self.push_media(worker, command);
            return;
        }
        for (worker, command) in self.pipes.pass(self.id, worker, command) {
            self.push_media(worker, command);
        }
    }

    /// A Transport has ended by itself.
    pub(super) fn media_gone(&mut self, transport: TransportId) {
        let mut commands = Commands::new();
        self.pipes.forget_transport(transport, &mut commands);
        for (worker, command) in commands {
            self.push_media(worker, command);
        }
    }

    /// A worker is lost with all that was on it.
    pub(super) fn media_lost(&mut self, lost: WorkerId) {
        for (worker, command) in self.pipes.forget_worker(lost) {
            self.push_media(worker, command);
        }
    }
}

impl Pipes {
    /// Notes a command on its way to a worker; gives it back with what has to go before and after it.
    fn pass(&mut self, room: RoomId, worker: WorkerId, command: MediaCommand) -> Commands {
        let mut commands = Commands::new();
        match &command {
            MediaCommand::OpenConsumer(params) => self.attach(room, worker, params.source, &mut commands),
            MediaCommand::SetConsumerSource { source, .. } => self.attach(room, worker, *source, &mut commands),
            MediaCommand::OpenTransport(_)
            | MediaCommand::ConnectTransport { .. }
            | MediaCommand::RestartIce { .. }
            | MediaCommand::CloseTransport(_)
            | MediaCommand::OpenChannel { .. }
            | MediaCommand::SendChannel { .. }
            | MediaCommand::OpenProducer(_)
            | MediaCommand::PauseProducer { .. }
            | MediaCommand::CloseProducer(_)
            | MediaCommand::PauseConsumer { .. }
            | MediaCommand::LimitConsumer { .. }
            | MediaCommand::CloseConsumer(_)
            | MediaCommand::OpenPipe { .. }
            | MediaCommand::ClosePipe { .. }
            | MediaCommand::OpenMirror(_)
            | MediaCommand::CapTransport { .. }
            | MediaCommand::ReportStats(_) => {}
        }
        commands.push((worker, command.clone()));
        self.note(worker, command, &mut commands);
        commands
    }

    /// What has to follow a command.
    fn note(&mut self, worker: WorkerId, command: MediaCommand, after: &mut Commands) {
        match command {
            MediaCommand::OpenTransport(params) => {
                let standing = Standing { worker, producers: Vec::new(), consumers: Vec::new() };
                self.transports.insert(params.transport, standing);
            }
            MediaCommand::CloseTransport(transport) => self.forget_transport(transport, after),
            MediaCommand::OpenProducer(params) => {
                if let Some(standing) = self.transports.get_mut(&params.transport) {
                    standing.producers.push(params.producer);
                }
                self.producers.insert(params.producer, Produced { worker, params, mirrors: Vec::new() });
            }
            MediaCommand::PauseProducer { producer, paused } => {
                let Some(produced) = self.producers.get_mut(&producer) else { return };
                produced.params.paused = paused;
                let pause =
                    |(mirror, _): &(WorkerId, usize)| (*mirror, MediaCommand::PauseProducer { producer, paused });
                after.extend(produced.mirrors.iter().map(pause));
            }
            MediaCommand::CloseProducer(producer) => self.forget_producer(producer, after),
            MediaCommand::OpenConsumer(params) => {
                if let Some(standing) = self.transports.get_mut(&params.transport) {
                    standing.consumers.push(params.consumer);
                }
                self.consumers.insert(params.consumer, Consumed { worker, source: params.source });
            }
            MediaCommand::SetConsumerSource { consumer, source } => {
                let Some(consumed) = self.consumers.get_mut(&consumer) else { return };
                let old = std::mem::replace(&mut consumed.source, source);
                self.detach(worker, old, after);
            }
            MediaCommand::CloseConsumer(consumer) => self.forget_consumer(consumer, after),
            MediaCommand::ConnectTransport { .. }
            | MediaCommand::RestartIce { .. }
            | MediaCommand::OpenChannel { .. }
            | MediaCommand::SendChannel { .. }
            | MediaCommand::PauseConsumer { .. }
            | MediaCommand::LimitConsumer { .. }
            | MediaCommand::OpenPipe { .. }
            | MediaCommand::ClosePipe { .. }
            | MediaCommand::OpenMirror(_)
            | MediaCommand::CapTransport { .. }
            | MediaCommand::ReportStats(_) => {}
        }
    }

    /// A Consumer on `worker` gets this source: it is mirrored there where it is not there itself.
    fn attach(&mut self, room: RoomId, worker: WorkerId, source: Option<ProducerId>, before: &mut Commands) {
        let Some(producer) = source else { return };
        let Some(produced) = self.producers.get_mut(&producer).filter(|produced| produced.worker != worker) else {
            return;
        };
        if let Some((_, consumers)) = produced.mirrors.iter_mut().find(|(mirror, _)| *mirror == worker) {
            *consumers += 1;
            return;
        }
        produced.mirrors.push((worker, 1));
        let params = MirrorParams { room, from: produced.worker, producer: produced.params.as_ref().clone() };
        before.push((worker, MediaCommand::OpenMirror(Box::new(params))));
        before.push((produced.worker, MediaCommand::OpenPipe { producer, to: worker }));
    }

    /// A Consumer on `worker` has this source no longer.
    fn detach(&mut self, worker: WorkerId, source: Option<ProducerId>, after: &mut Commands) {
        let Some(producer) = source else { return };
        let Some(produced) = self.producers.get_mut(&producer) else { return };
        let Some(place) = produced.mirrors.iter().position(|(mirror, _)| *mirror == worker) else { return };
        let Some((_, consumers)) = produced.mirrors.get_mut(place) else { return };
        *consumers = consumers.saturating_sub(1);
        if *consumers == 0 {
            produced.mirrors.swap_remove(place);
            after.push((produced.worker, MediaCommand::ClosePipe { producer, to: worker }));
            after.push((worker, MediaCommand::CloseProducer(producer)));
        }
    }

    fn forget_consumer(&mut self, consumer: ConsumerId, after: &mut Commands) {
        if let Some(consumed) = self.consumers.remove(&consumer) {
            self.detach(consumed.worker, consumed.source, after);
        }
    }

    /// A Producer is gone: its pipes end with it, its mirrors have to be closed.
    fn forget_producer(&mut self, producer: ProducerId, after: &mut Commands) {
        let Some(produced) = self.producers.remove(&producer) else { return };
        after.extend(produced.mirrors.iter().map(|(mirror, _)| (*mirror, MediaCommand::CloseProducer(producer))));
        for consumed in self.consumers.values_mut().filter(|consumed| consumed.source == Some(producer)) {
            consumed.source = None;
        }
    }

    fn forget_transport(&mut self, transport: TransportId, after: &mut Commands) {
        let Some(standing) = self.transports.remove(&transport) else { return };
        for consumer in standing.consumers {
            self.forget_consumer(consumer, after);
        }
        for producer in standing.producers {
            self.forget_producer(producer, after);
        }
    }

    fn forget_worker(&mut self, lost: WorkerId) -> Commands {
        let there = self.transports.iter().filter(|(_, standing)| standing.worker == lost);
        let mut gone: Vec<TransportId> = there.map(|(transport, _)| *transport).collect();
        gone.sort_unstable();
        let mut commands = Commands::new();
        for transport in gone {
            self.forget_transport(transport, &mut commands);
        }
        commands.retain(|(worker, _)| *worker != lost);
        commands
    }
}
