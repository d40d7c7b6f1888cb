//! A Worker, its clients, the network between them and one virtual clock.
use crate::client::{Client, Numbers, Received, rtc_kind, rtc_mid};
use crate::further::{Further, is_worker, worker_address, worker_id};
use crate::network::{Conditions, Network};
use crate::scheme::Scheme;
use crate::source::Source;
use sfu_core::id::{ConsumerId, ProducerId, RoomId, TransportId};
use sfu_core::media::{
    ConsumerParams, LayerLimit, LocalAddress, MediaCommand, MediaEvent, ProducerParams, ReceiveCodec, Route, SendCodec,
    TransportParams, Worker, WorkerConfig,
};
use sfu_core::random::Random;
use sfu_core::sdp::{Codec, IceCredentials, MediaKind, Mid, Protocol, Rid, SsrcGroup};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

pub struct World {
    pub now: Instant,
    pub start: Instant,
    pub worker: Worker,
    pub worker_address: SocketAddr,
    pub network: Network,
    pub clients: Vec<Client>,
    /// Which room each client is in.
    pub rooms: Vec<RoomId>,
    pub sources: Vec<Source>,
    pub events: Vec<MediaEvent>,
    /// When a picture was left out (true) or came back.
    pub starved: Vec<(bool, Instant)>,
    pub random: Random,
    /// Datagrams that the Worker sent.
    pub sent: u64,
    /// More Workers.
    pub further: Further,
}

/// A published track.
#[derive(Clone, Copy, Debug)]
pub struct Published {
    pub producer: ProducerId,
    pub source: usize,
}

/// A track that a client receives.
#[derive(Clone, Debug)]
pub struct Subscribed {
    pub consumer: ConsumerId,
    pub client: usize,
    pub kind: MediaKind,
    pub mid: Mid,
    pub ssrc: u32,
}

impl World {
    pub fn new(seed: u64) -> Self {
        println!("seed {seed}");
        let start = Instant::now();
        let mut random = Random::seeded(seed);
        let worker_address = worker_address(0);
        let addresses = vec![LocalAddress { protocol: Protocol::Udp, address: worker_address }];
        let worker = Worker::new(WorkerConfig { id: worker_id(0), addresses }, random.fork(), start).unwrap();
        Self {
            now: start,
            start,
            worker,
            worker_address,
            network: Network::new(seed, start),
            clients: Vec::new(),
            rooms: Vec::new(),
            sources: Vec::new(),
            events: Vec::new(),
            starved: Vec::new(),
            random,
            sent: 0,
            further: Further::default(),
        }
    }

    pub fn room(&mut self) -> RoomId {
        RoomId::random(&mut self.random)
    }

    fn credentials(&mut self, ufrag: String) -> IceCredentials {
        IceCredentials { ufrag, password: self.random.alphanumeric(24) }
    }

    /// Adds a client to a room; it connects as soon as time passes.
    pub fn join(&mut self, room: RoomId, numbers: Numbers) -> usize {
        self.join_on(room, numbers, 0)
    }

    /// The same on the `home`-th Worker.
    pub fn join_on(&mut self, room: RoomId, numbers: Numbers, home: usize) -> usize {
        let place = self.clients.len();
        let address = SocketAddr::from(([10, 0, 1 + (place / 250) as u8, (place % 250) as u8 + 1], 40_000));
        let transport = TransportId::random(&mut self.random);
        let ours = self.credentials(MediaCommand::ufrag(worker_id(home), transport, 0));
        let theirs = self.credentials(format!("client{place}"));
        let mut client = Client::new(address, transport, numbers, &theirs, self.now);
        client.connect(&self.worker_at(home).facts(), &ours, true);
        let fingerprint = client.fingerprint();
        self.clients.push(client);
        self.further.homes.push(home);
        self.rooms.push(room);
        self.command_to(home, MediaCommand::OpenTransport(TransportParams { transport, room, local_ice: ours }));
        let remote_ice = theirs;
        self.command_to(
            home,
            MediaCommand::ConnectTransport {
                transport,
                remote_ice,
                fingerprint,
                data_channels: true,
                dtls_client: false,
            },
        );
        place
    }

    pub fn publisher(&mut self, room: RoomId) -> usize {
        self.join(room, Numbers::PUBLISHER)
    }

    pub fn subscriber(&mut self, room: RoomId) -> usize {
        self.join(room, Numbers::SUBSCRIBER)
    }

    /// The credentials that a client checks with.
    pub fn remote_ice(&mut self, client: usize) -> IceCredentials {
        let own = self.clients[client].rtc.direct_api().local_ice_credentials();
        IceCredentials { ufrag: own.ufrag, password: own.pass }
    }

    /// Gives a client another address by an ICE restart; gives the old one.
    pub fn move_client(&mut self, place: usize, to: SocketAddr) -> SocketAddr {
        let transport = self.clients[place].transport;
        let ours = self.credentials(MediaCommand::ufrag(worker_id(0), transport, 1));
        let theirs = self.credentials(format!("moved{place}"));
        let (facts, local, remote) = (self.worker.facts(), theirs.clone(), ours.clone());
        let old = self.clients[place].move_to(to, &facts, &local, &remote);
        self.command(MediaCommand::RestartIce { transport, local_ice: ours, remote_ice: theirs });
        self.clients[place].handle_timeout(self.now);
        self.drain_client(place);
        old
    }

    pub fn command(&mut self, command: MediaCommand) {
        self.worker.handle_command(command, self.now);
        self.drain_worker();
    }

    /// Publishes a track; `rids` gives its simulcast layers, lowest first.
    pub fn publish(&mut self, client: usize, kind: MediaKind, rids: &[&str]) -> Published {
        self.publish_with(client, kind, rids, |_, _| ())
    }

    /// The same, with changes to what the Worker is told; these get the SSRCs that are sent with.
    pub fn publish_with(
        &mut self,
        client: usize,
        kind: MediaKind,
        rids: &[&str],
        change: impl FnOnce(&mut ProducerParams, &[SsrcGroup]),
    ) -> Published {
        let mid = self.clients[client].new_mid();
        let number = u8::try_from(self.sources.len()).unwrap();
        let rids: Vec<Option<&str>> =
            if rids.is_empty() { vec![None] } else { rids.iter().copied().map(Some).collect() };
        let (mut ssrcs, mut groups) = (Vec::new(), Vec::new());
        let mut direct = self.clients[client].rtc.direct_api();
        direct.declare_media(rtc_mid(&mid), rtc_kind(kind));
        for rid in &rids {
            let group = SsrcGroup { media: self.random.ssrc(), rtx: Some(self.random.ssrc()) };
            let rtx = if kind == MediaKind::Video { group.rtx.map(Into::into) } else { None };
            direct.declare_stream_tx(group.media.into(), rtx, rtc_mid(&mid), rid.map(Into::into));
            ssrcs.push((group.media, rid.map(Into::into)));
            groups.push(SsrcGroup { rtx: group.rtx.filter(|_| kind == MediaKind::Video), ..group });
        }
        let numbers = self.clients[client].numbers;
        let codec = match kind {
            MediaKind::Audio => receive(Codec::Opus, numbers.opus, None),
            MediaKind::Video => receive(Codec::Vp8, numbers.vp8, Some(numbers.vp8_rtx)),
        };
        let producer = ProducerId::random(&mut self.random);
        let transport = self.clients[client].transport;
        let mut params = ProducerParams {
            producer,
            transport,
            kind,
            mid: mid.clone(),
            codecs: vec![codec],
            // Never named: the SSRC is learned from the mid and rid extensions.
            ssrcs: Vec::new(),
            rids: rids.iter().flatten().map(|rid| Rid((*rid).to_owned())).collect(),
            extensions: numbers.extensions(),
            transport_cc: true,
            remb: false,
            max_bitrate_bps: None,
            paused: false,
            levels: None,
        };
        change(&mut params, &groups);
        let home = self.further.homes[client];
        self.further.produced.insert(producer, (home, self.rooms[client], params.clone()));
        self.command_to(home, MediaCommand::OpenProducer(Box::new(params)));
        self.sources.push(Source::new(client, number, kind, mid, &ssrcs, self.now));
        Published { producer, source: self.sources.len() - 1 }
    }

    /// Publishes a picture with all its layers in one stream.
    pub fn publish_layered(&mut self, client: usize, scheme: Scheme) -> Published {
        let codec = codec_of(scheme, &self.clients[client].numbers);
        let video = self.publish_with(client, MediaKind::Video, &[], |params, _| {
            params.codecs = vec![receive(codec.0, codec.1, Some(codec.2))];
        });
        self.sources[video.source].scheme = scheme;
        video
    }

    /// Subscribes a client to it.
    pub fn subscribe_layered(&mut self, client: usize, video: Published, limit: LayerLimit) -> Subscribed {
        let codec = codec_of(self.sources[video.source].scheme, &self.clients[client].numbers);
        self.subscribe_with(client, MediaKind::Video, Some(video.producer), |params| {
            params.codecs = vec![send(codec.0, codec.1, Some(codec.2))];
            params.limit = limit;
        })
    }

    /// Subscribes a client to a track, or to none yet.
    pub fn subscribe(&mut self, client: usize, kind: MediaKind, source: Option<ProducerId>, blank: bool) -> Subscribed {
        self.subscribe_with(client, kind, source, |params| params.blank = blank)
    }

    pub fn subscribe_with(
        &mut self,
        client: usize,
        kind: MediaKind,
        source: Option<ProducerId>,
        change: impl FnOnce(&mut ConsumerParams),
    ) -> Subscribed {
        let mid = self.clients[client].new_mid();
        let rtx = (kind == MediaKind::Video).then(|| self.random.ssrc());
        let ssrc = SsrcGroup { media: self.random.ssrc(), rtx };
        self.clients[client].expect_track(&mid, kind, ssrc);
        let numbers = self.clients[client].numbers;
        let codec = match kind {
            MediaKind::Audio => send(Codec::Opus, numbers.opus, None),
            MediaKind::Video => send(Codec::Vp8, numbers.vp8, Some(numbers.vp8_rtx)),
        };
        let consumer = ConsumerId::random(&mut self.random);
        let mut params = ConsumerParams {
            consumer,
            transport: self.clients[client].transport,
            source,
            kind,
            mid: mid.clone(),
            ssrc,
            cname: format!("cname{client}"),
            codecs: vec![codec],
            extensions: numbers.extensions(),
            paused: false,
            blank: false,
            limit: LayerLimit::ALL,
            weight: 0,
            may_pause: false,
            max_bitrate_bps: None,
        };
        change(&mut params);
        let home = self.further.homes[client];
        if let Some(source) = params.source {
            self.reach(source, home);
        }
        self.command_to(home, MediaCommand::OpenConsumer(Box::new(params)));
        Subscribed { consumer, client, kind, mid, ssrc: ssrc.media }
    }

    /// What a client received of a track.
    pub fn received(&self, subscribed: &Subscribed) -> Vec<&Received> {
        self.clients[subscribed.client].received_on(subscribed.ssrc)
    }

    /// Lets time pass.
    pub fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(next) = self.next().filter(|at| *at <= end) {
            self.now = next.max(self.now);
            self.step();
        }
        self.now = end;
    }

    /// Lets time pass until all clients are connected.
    pub fn connect(&mut self) {
        for _ in 0..100 {
            if self.clients.iter().all(|client| client.connected_at.is_some()) {
                return;
            }
            self.run(Duration::from_millis(100));
        }
        panic!("not all clients connected within 10 s");
    }

    fn next(&self) -> Option<Instant> {
        let clients = self.clients.iter().map(Client::deadline);
        let sources = self.sources.iter().map(|source| source.next);
        let further = self.further.workers.iter().filter_map(|worker| worker.deadline());
        clients.chain(sources).chain(self.network.next()).chain(self.worker.deadline()).chain(further).min()
    }

    fn step(&mut self) {
        let now = self.now;
        while let Some(mut delivery) = self.network.receive(now) {
            if is_worker(delivery.to) {
                let (remote, local) = (delivery.from, delivery.to);
                let route = Route { protocol: Protocol::Udp, remote, local };
                let place = (0..self.workers()).find(|place| worker_address(*place) == local).unwrap();
                self.worker_at(place).handle_datagram(route, &mut delivery.bytes, now);
            } else if let Some(place) = self.clients.iter().position(|client| client.address == delivery.to) {
                self.clients[place].handle_datagram(delivery.from, &delivery.bytes, now);
                self.drain_client(place);
            }
        }
        for place in 0..self.workers() {
            let worker = self.worker_at(place);
            if worker.deadline().is_some_and(|at| at <= now) {
                worker.handle_timeout(now);
            }
        }
        self.drain_worker();
        for place in 0..self.clients.len() {
            if self.clients[place].deadline() <= now {
                self.clients[place].handle_timeout(now);
                self.drain_client(place);
            }
        }
        for place in 0..self.sources.len() {
            let client = self.sources[place].client;
            if self.sources[place].next <= now {
                let connected = self.clients[client].connected_at.is_some();
                if connected {
                    self.sources[place].tick(&mut self.clients[client], now);
                    self.clients[client].handle_timeout(now);
                    self.drain_client(client);
                } else {
                    self.sources[place].next += Duration::from_millis(20);
                }
            }
        }
    }

    pub fn drain_client(&mut self, place: usize) {
        let (now, network) = (self.now, &mut self.network);
        self.clients[place].drain(now, |from, to, bytes| network.send(from, to, bytes, now));
    }

    pub fn drain_worker(&mut self) {
        while self.carry_pipes() {}
        for worker in std::iter::once(&mut self.worker).chain(&mut self.further.workers) {
            while let Some(transmit) = worker.poll_transmit() {
                for datagram in transmit.datagrams() {
                    self.sent += 1;
                    self.network.send(transmit.route.local, transmit.route.remote, datagram, self.now);
                }
            }
            while let Some(event) = worker.poll_event() {
                if let MediaEvent::ConsumerStarved { starved, .. } = &event {
                    self.starved.push((*starved, self.now));
                }
                self.events.push(event);
            }
        }
    }

    pub fn conditions(&mut self, conditions: Conditions) {
        self.network.conditions = conditions;
    }
}

/// The codec of a scheme, with a client's payload types for it and its repairs.
fn codec_of(scheme: Scheme, numbers: &Numbers) -> (Codec, u8, u8) {
    match scheme {
        Scheme::Vp8 => (Codec::Vp8, numbers.vp8, numbers.vp8_rtx),
        Scheme::Vp9 { .. } => (Codec::Vp9 { profile: 0 }, numbers.vp9, numbers.vp9_rtx),
        Scheme::Av1 { .. } => (Codec::Av1, numbers.av1, numbers.av1_rtx),
    }
}

fn receive(codec: Codec, payload_type: u8, rtx: Option<u8>) -> ReceiveCodec {
    let video = codec.kind() == MediaKind::Video;
    ReceiveCodec { codec, payload_type, rtx, nack: video, pli: video, fir: video }
}

fn send(codec: Codec, payload_type: u8, rtx: Option<u8>) -> SendCodec {
    SendCodec { codec, payload_type, rtx, nack: codec.kind() == MediaKind::Video }
}

/// Asserts that a receiver's numbers rise by one from packet to packet, once they are sorted (repairs come late).
pub fn assert_gapless(packets: &[&Received]) {
    let mut sequences: Vec<u64> = packets.iter().map(|packet| packet.sequence).collect();
    sequences.sort_unstable();
    for pair in sequences.windows(2) {
        assert_eq!(pair[0] + 1, pair[1], "a gap or a repeat in {} packets", sequences.len());
    }
}
