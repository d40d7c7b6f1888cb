//! A media worker without media: it keeps the books of what rooms told it, connects every Transport at once, and can
//! say what would flow where. A command that a real worker could make no sense of fails the story.
use sfu_core::id::{ConsumerId, ProducerId, RoomId, TransportId, WorkerId};
use sfu_core::media::{ConsumerParams, MediaCommand, MediaEvent, ProducerParams, WorkerFacts};
use sfu_core::sdp::{Candidate, CandidateKind, Codec, Fingerprint, Protocol};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The worker's number.
pub const WORKER: WorkerId = WorkerId(0);

/// The books.
#[derive(Default)]
pub struct Switchboard {
    transports: BTreeMap<TransportId, Transport>,
    producers: BTreeMap<ProducerId, Producer>,
    consumers: BTreeMap<ConsumerId, Consumer>,
    events: VecDeque<(RoomId, MediaEvent)>,
    /// Messages to clients: on which Transport, on which channel, what.
    pub sent: VecDeque<(TransportId, String, Vec<u8>)>,
    /// A real worker stands beside it: the books are kept, and nothing is made up.
    pub books_only: bool,
    /// Black keyframes that the room asked for: on which m-line of which Transport.
    pub blanks: Vec<(TransportId, String)>,
}

struct Transport {
    room: RoomId,
    connected: bool,
    ssrcs: BTreeSet<u32>,
}

struct Producer {
    params: ProducerParams,
    paused: bool,
    started: bool,
}

struct Consumer {
    params: ConsumerParams,
    source: Option<ProducerId>,
    paused: bool,
}

/// A copy that would flow now.
#[derive(Debug)]
pub struct Flow {
    /// From this Transport and m-line.
    pub from: (TransportId, String),
    /// To this m-line.
    pub to: String,
}

/// What a room is told of the worker.
pub fn facts() -> WorkerFacts {
    let address = "192.0.2.1:7882".parse().expect("an address");
    let candidate = Candidate {
        foundation: "1".to_owned(),
        protocol: Protocol::Udp,
        priority: 2_130_706_431,
        address,
        kind: CandidateKind::Host,
    };
    let fingerprint = Fingerprint { algorithm: "sha-256".to_owned(), bytes: vec![7; 32] };
    WorkerFacts { worker: WORKER, candidates: vec![candidate], fingerprint }
}

impl Switchboard {
    /// Takes a room's command.
    pub fn handle(&mut self, command: MediaCommand) {
        match command {
            MediaCommand::OpenTransport(params) => {
                let transport = Transport { room: params.room, connected: false, ssrcs: BTreeSet::new() };
                let ufrag = MediaCommand::transport_of_ufrag(&params.local_ice.ufrag);
                assert_eq!(ufrag, Some((WORKER, params.transport)), "the ufrag names its Transport");
                let old = self.transports.insert(params.transport, transport);
                assert!(old.is_none(), "a Transport is opened twice");
            }
            MediaCommand::ConnectTransport { transport, .. } => self.connect(transport),
            MediaCommand::RestartIce { transport, .. }
            | MediaCommand::CapTransport { transport, .. }
            | MediaCommand::ReportStats(transport) => {
                self.transport(transport);
            }
            MediaCommand::CloseTransport(transport) => self.close_transport(transport),
            MediaCommand::OpenChannel { transport, .. } => {
                self.transport(transport);
            }
            MediaCommand::SendChannel { transport, label, payload, .. } => {
                self.transport(transport);
                if !self.books_only {
                    self.sent.push_back((transport, label, payload));
                }
            }
            MediaCommand::OpenProducer(params) => self.open_producer(*params),
            MediaCommand::PauseProducer { producer, paused } => self.producer(producer).paused = paused,
            MediaCommand::CloseProducer(producer) => {
                assert!(self.producers.remove(&producer).is_some(), "a Producer that is not there is closed");
                self.let_go(producer);
            }
            MediaCommand::OpenConsumer(params) => self.open_consumer(*params),
            MediaCommand::SetConsumerSource { consumer, source } => {
                let room = self.room_of_consumer(consumer);
                self.check_source(room, source);
                self.consumer(consumer).source = source;
            }
            MediaCommand::PauseConsumer { consumer, paused } => self.consumer(consumer).paused = paused,
            MediaCommand::LimitConsumer { consumer, .. } => {
                self.consumer(consumer);
            }
            MediaCommand::OpenPipe { .. } | MediaCommand::ClosePipe { .. } | MediaCommand::OpenMirror(_) => {
                panic!("there is one worker only")
            }
            MediaCommand::CloseConsumer(consumer) => {
                assert!(self.consumers.remove(&consumer).is_some(), "a Consumer that is not there is closed");
            }
        }
        self.start_producers();
    }

    /// What happened, oldest first.
    pub fn poll(&mut self) -> Option<(RoomId, MediaEvent)> {
        self.events.pop_front()
    }

    /// A message comes in from a client.
    pub fn receive(&mut self, transport: TransportId, label: &str, payload: Vec<u8>) {
        let room = self.transport(transport).room;
        let label = label.to_owned();
        self.events.push_back((room, MediaEvent::ChannelMessage { transport, label, binary: true, payload }));
    }

    /// A worker hears how loud the microphone on this Transport speaks; false where it is not listened to.
    pub fn hear(&mut self, transport: TransportId, level: u16) -> bool {
        let room = self.transport(transport).room;
        let here = self.producers.values().filter(|producer| producer.params.transport == transport);
        let heard: Vec<_> =
            here.filter(|producer| producer.params.levels.is_some()).map(|p| p.params.producer).collect();
        for producer in &heard {
            self.events.push_back((room, MediaEvent::ProducerHeard { producer: *producer, level }));
        }
        !heard.is_empty()
    }

    /// The Transport breaks.
    pub fn lose(&mut self, transport: TransportId, cause: sfu_core::media::FailureCause) {
        let room = self.transport(transport).room;
        self.close_transport(transport);
        self.events.push_back((room, MediaEvent::TransportClosed { transport, cause }));
    }

    /// The Transport's path is dead for now.
    pub fn interrupt(&mut self, transport: TransportId) {
        let room = self.transport(transport).room;
        self.events.push_back((room, MediaEvent::TransportDisconnected(transport)));
    }

    /// True where the Transport exists and stands.
    pub fn is_connected(&self, transport: TransportId) -> bool {
        self.transports.get(&transport).is_some_and(|transport| transport.connected)
    }

    /// The room that an event of a real worker is about.
    pub fn room_of(&self, event: &MediaEvent) -> Option<RoomId> {
        let transport = match event {
            MediaEvent::PathFound(transport)
            | MediaEvent::TransportConnected(transport)
            | MediaEvent::TransportDisconnected(transport)
            | MediaEvent::TransportClosed { transport, .. }
            | MediaEvent::ChannelOpened { transport, .. }
            | MediaEvent::ChannelMessage { transport, .. } => *transport,
            MediaEvent::ProducerStarted { producer, .. } | MediaEvent::ProducerHeard { producer, .. } => {
                self.producers.get(producer)?.params.transport
            }
            MediaEvent::ConsumerStarted(consumer)
            | MediaEvent::ConsumerMismatch { consumer, .. }
            | MediaEvent::ConsumerStarved { consumer, .. } => self.consumers.get(consumer)?.params.transport,
            MediaEvent::Stats(stats) => stats.transport,
            MediaEvent::ProducerStats(stats) => self.producers.get(&stats.producer)?.params.transport,
        };
        self.transports.get(&transport).map(|transport| transport.room)
    }

    /// The Transports of a room.
    pub fn transports_of(&self, room: RoomId) -> usize {
        self.transports.values().filter(|transport| transport.room == room).count()
    }

    /// What flows to this Transport now.
    pub fn flows_to(&self, transport: TransportId) -> Vec<Flow> {
        if !self.is_connected(transport) {
            return Vec::new();
        }
        self.consumers
            .values()
            .filter(|consumer| consumer.params.transport == transport)
            .filter_map(|c| self.flow(c))
            .collect()
    }

    fn flow(&self, consumer: &Consumer) -> Option<Flow> {
        let producer = self.producers.get(&consumer.source?)?;
        let sent = codec(&producer.params)?;
        let unwrapped = sent == Codec::Red && consumer.params.codecs.iter().any(|taken| taken.codec == Codec::Opus);
        let taken = unwrapped || consumer.params.codecs.iter().any(|taken| taken.codec == sent);
        let flows = taken && !consumer.paused && !producer.paused && self.is_connected(producer.params.transport);
        let from = (producer.params.transport, producer.params.mid.0.clone());
        flows.then(|| Flow { from, to: consumer.params.mid.0.clone() })
    }

    fn connect(&mut self, id: TransportId) {
        let transport = self.transport(id);
        let (room, fresh) = (transport.room, !transport.connected);
        transport.connected = true;
        if fresh && !self.books_only {
            self.events.push_back((room, MediaEvent::TransportConnected(id)));
        }
    }

    fn close_transport(&mut self, id: TransportId) {
        assert!(self.transports.remove(&id).is_some(), "a Transport that is not there is closed");
        self.consumers.retain(|_, consumer| consumer.params.transport != id);
        let gone: Vec<ProducerId> =
            self.producers.iter().filter(|(_, producer)| producer.params.transport == id).map(|(id, _)| *id).collect();
        for producer in gone {
            self.producers.remove(&producer);
            self.let_go(producer);
        }
    }

    /// Its Consumers stay, without a source.
    fn let_go(&mut self, gone: ProducerId) {
        for consumer in self.consumers.values_mut().filter(|consumer| consumer.source == Some(gone)) {
            consumer.source = None;
        }
    }

    fn open_producer(&mut self, params: ProducerParams) {
        self.transport(params.transport);
        assert!(!params.codecs.is_empty(), "a Producer has a codec: {params:?}");
        let producer = Producer { paused: params.paused, started: false, params };
        let old = self.producers.insert(producer.params.producer, producer);
        assert!(old.is_none(), "a Producer is opened twice");
    }

    fn open_consumer(&mut self, params: ConsumerParams) {
        let room = self.transport(params.transport).room;
        self.check_source(room, params.source);
        assert!(!params.codecs.is_empty(), "a Consumer has a codec: {params:?}");
        let fresh = self.transport(params.transport).ssrcs.insert(params.ssrc.media);
        assert!(fresh, "an SSRC is used again on a Transport");
        if params.blank {
            self.blanks.push((params.transport, params.mid.0.clone()));
        }
        let consumer = Consumer { source: params.source, paused: params.paused, params };
        let old = self.consumers.insert(consumer.params.consumer, consumer);
        assert!(old.is_none(), "a Consumer is opened twice");
    }

    /// Nothing crosses from one room to another.
    fn check_source(&mut self, room: RoomId, source: Option<ProducerId>) {
        if let Some(source) = source {
            let transport = self.producer(source).params.transport;
            assert_eq!(self.transport(transport).room, room, "a source is in the same room");
        }
    }

    fn room_of_consumer(&mut self, consumer: ConsumerId) -> RoomId {
        let transport = self.consumer(consumer).params.transport;
        self.transport(transport).room
    }

    /// Who is connected and not muted sends.
    fn start_producers(&mut self) {
        if self.books_only {
            return;
        }
        for (id, producer) in &mut self.producers {
            let transport = self.transports.get(&producer.params.transport).filter(|transport| transport.connected);
            if let (Some(transport), false, false) = (transport, producer.started, producer.paused)
                && let Some(codec) = codec(&producer.params)
            {
                producer.started = true;
                self.events.push_back((transport.room, MediaEvent::ProducerStarted { producer: *id, codec }));
            }
        }
    }

    fn transport(&mut self, id: TransportId) -> &mut Transport {
        self.transports.get_mut(&id).unwrap_or_else(|| panic!("{id:?} is not there"))
    }

    fn producer(&mut self, id: ProducerId) -> &mut Producer {
        self.producers.get_mut(&id).unwrap_or_else(|| panic!("{id:?} is not there"))
    }

    fn consumer(&mut self, id: ConsumerId) -> &mut Consumer {
        self.consumers.get_mut(&id).unwrap_or_else(|| panic!("{id:?} is not there"))
    }
}

/// What a client sends: the first codec that was agreed on.
fn codec(params: &ProducerParams) -> Option<Codec> {
    params.codecs.first().map(|agreed| agreed.codec)
}
