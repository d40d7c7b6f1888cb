//! A worker that carries nothing and checks that what the room tells it makes sense.
use crate::id::{ConsumerId, ProducerId, TransportId, WorkerId};
use crate::media::{ConsumerParams, LayerLimit, MediaCommand, ProducerParams};
use crate::sdp::MediaKind;
use std::collections::{BTreeMap, BTreeSet};

/// What stands on the worker.
#[derive(Default)]
pub struct FakeWorker {
    pub transports: BTreeMap<TransportId, bool>,
    pub channels: Vec<String>,
    pub producers: BTreeMap<ProducerId, FakeProducer>,
    pub consumers: BTreeMap<ConsumerId, FakeConsumer>,
    /// Copies of Producers for other workers.
    pub pipes: BTreeSet<(ProducerId, WorkerId)>,
    ssrcs: BTreeSet<(TransportId, u32)>,
}

pub struct FakeProducer {
    pub transport: TransportId,
    pub kind: MediaKind,
    pub paused: bool,
}

pub struct FakeConsumer {
    pub transport: TransportId,
    pub kind: MediaKind,
    pub source: Option<ProducerId>,
    pub blank: bool,
    pub paused: bool,
    pub limit: LayerLimit,
    pub weight: u8,
}

impl FakeWorker {
    pub fn take(&mut self, command: &MediaCommand) {
        match command {
            MediaCommand::OpenTransport(params) => {
                assert!(self.transports.insert(params.transport, false).is_none(), "opened twice");
                let named = MediaCommand::transport_of_ufrag(&params.local_ice.ufrag).unwrap();
                assert_eq!(named.1, params.transport, "the ufrag names its Transport");
            }
            MediaCommand::ConnectTransport { transport, .. } => {
                *self.transports.get_mut(transport).expect("connect an open one") = true;
            }
            MediaCommand::RestartIce { transport, .. }
            | MediaCommand::SendChannel { transport, .. }
            | MediaCommand::CapTransport { transport, .. }
            | MediaCommand::ReportStats(transport) => assert!(self.transports.contains_key(transport)),
            MediaCommand::OpenChannel { transport, label, .. } => {
                assert!(self.transports.contains_key(transport));
                self.channels.push(label.clone());
            }
            MediaCommand::CloseTransport(transport) => {
                assert!(self.transports.remove(transport).is_some(), "close an open one");
                let gone: Vec<_> =
                    self.producers.iter().filter(|(_, p)| p.transport == *transport).map(|(id, _)| *id).collect();
                for producer in gone {
                    self.close_producer(producer);
                }
                self.consumers.retain(|_, consumer| consumer.transport != *transport);
            }
            MediaCommand::OpenProducer(params) => {
                assert!(self.transports.contains_key(&params.transport));
                assert!(!params.codecs.is_empty(), "a Producer has codecs");
                let (transport, kind, paused) = (params.transport, params.kind, params.paused);
                let old = self.producers.insert(params.producer, FakeProducer { transport, kind, paused });
                assert!(old.is_none(), "Producer opened twice");
            }
            MediaCommand::OpenPipe { producer, to } => {
                assert!(self.producers.contains_key(producer), "a pipe of an open Producer");
                assert!(self.pipes.insert((*producer, *to)), "a pipe is opened once");
            }
            MediaCommand::ClosePipe { producer, to } => {
                assert!(self.pipes.remove(&(*producer, *to)), "close an open pipe");
            }
            MediaCommand::OpenMirror(params) => {
                let ProducerParams { producer, transport, kind, paused, .. } = params.producer;
                let old = self.producers.insert(producer, FakeProducer { transport, kind, paused });
                assert!(old.is_none(), "mirrored once");
            }
            MediaCommand::PauseProducer { producer, paused } => {
                self.producers.get_mut(producer).expect("pause an open one").paused = *paused;
            }
            MediaCommand::CloseProducer(producer) => self.close_producer(*producer),
            MediaCommand::OpenConsumer(params) => self.open_consumer(params),
            MediaCommand::SetConsumerSource { consumer, source } => {
                let consumer = self.consumers.get_mut(consumer).expect("an open Consumer");
                if let Some(source) = source {
                    let producer = self.producers.get(source).expect("an open Producer");
                    assert_eq!(producer.kind, consumer.kind);
                }
                consumer.source = *source;
            }
            MediaCommand::PauseConsumer { consumer, paused } => {
                self.consumers.get_mut(consumer).expect("an open Consumer").paused = *paused;
            }
            MediaCommand::LimitConsumer { consumer, limit, weight } => {
                let consumer = self.consumers.get_mut(consumer).expect("an open Consumer");
                (consumer.limit, consumer.weight) = (*limit, *weight);
            }
            MediaCommand::CloseConsumer(consumer) => {
                assert!(self.consumers.remove(consumer).is_some(), "close an open Consumer");
            }
        }
    }

    /// The Transport ended by itself.
    pub fn lose(&mut self, transport: TransportId) {
        self.take(&MediaCommand::CloseTransport(transport));
    }

    pub fn is_empty(&self) -> bool {
        self.transports.is_empty() && self.producers.is_empty() && self.consumers.is_empty()
    }

    fn close_producer(&mut self, producer: ProducerId) {
        assert!(self.producers.remove(&producer).is_some(), "close an open Producer");
        self.pipes.retain(|(other, _)| *other != producer);
        for consumer in self.consumers.values_mut().filter(|consumer| consumer.source == Some(producer)) {
            consumer.source = None;
        }
    }

    fn open_consumer(&mut self, params: &ConsumerParams) {
        let ConsumerParams { transport, kind, source, blank, paused, limit, weight, .. } = *params;
        assert_eq!(self.transports.get(&transport), Some(&true), "its Transport is connected");
        assert!(!params.codecs.is_empty(), "a Consumer has codecs");
        assert!(self.ssrcs.insert((transport, params.ssrc.media)), "an SSRC is never used twice on a Transport");
        if let Some(source) = source {
            assert_eq!(self.producers.get(&source).expect("an open Producer").kind, kind);
        }
        let consumer = FakeConsumer { transport, kind, source, blank, paused, limit, weight };
        assert!(self.consumers.insert(params.consumer, consumer).is_none(), "Consumer opened twice");
    }
}
