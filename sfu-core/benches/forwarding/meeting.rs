//! Rooms whose participants have an upward and a downward Transport, publish sound and picture, and receive those of
//! all others in the room. Time is virtual and goes by in ticks of a millisecond, each one batch for the Worker.
use crate::meter::Meter;
use crate::peer::{OPUS, Peer, VP8, VP8_RTX, extensions};
use sfu_core::id::{ConsumerId, ProducerId, RoomId, TransportId, WorkerId};
use sfu_core::media::{
    ConsumerParams, LayerLimit, LocalAddress, MediaCommand, ProducerParams, ReceiveCodec, Route, SendCodec,
    TransportParams, Worker, WorkerConfig,
};
use sfu_core::random::Random;
use sfu_core::sdp::{Codec, IceCredentials, MediaKind, Mid, Protocol, SsrcGroup};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use str0m::rtp::{ExtensionValues, RtpWrite, SeqNo};

const TICK: Duration = Duration::from_millis(1);
const VIDEO_BYTES: usize = 1_100;
const VIDEO_PARTS: usize = 3;
const AUDIO_BYTES: usize = 160;

/// A track on its way to the Worker.
struct Source {
    peer: usize,
    kind: MediaKind,
    ssrc: u32,
    mid: String,
    sequence: u64,
    timestamp: u32,
    frame: u32,
    next: Instant,
}

/// Datagrams of clients, a batch a millisecond.
pub struct Recording {
    start: Instant,
    batches: Vec<Vec<(SocketAddr, Vec<u8>)>>,
}

pub struct Meeting {
    pub meter: Meter,
    worker: Worker,
    address: SocketAddr,
    random: Random,
    now: Instant,
    peers: Vec<Peer>,
    by_address: HashMap<SocketAddr, usize>,
    sources: Vec<Source>,
    inbox: Vec<(SocketAddr, Vec<u8>)>,
    outbox: Vec<(SocketAddr, usize, usize)>,
    outbox_bytes: Vec<u8>,
}

impl Meeting {
    #[expect(clippy::disallowed_methods, reason = "virtual time needs some moment to count from")]
    pub fn new(participants: usize, room_size: usize) -> Self {
        let now = Instant::now();
        let mut random = Random::seeded(7);
        let address: SocketAddr = "10.0.0.1:7882".parse().unwrap();
        let addresses = vec![LocalAddress { protocol: Protocol::Udp, address }];
        let worker = Worker::new(WorkerConfig { id: WorkerId(0), addresses }, random.fork(), now).unwrap();
        let mut meeting = Self {
            meter: Meter::default(),
            worker,
            address,
            random,
            now,
            peers: Vec::new(),
            by_address: HashMap::new(),
            sources: Vec::new(),
            inbox: Vec::new(),
            outbox: Vec::with_capacity(1 << 14),
            outbox_bytes: Vec::with_capacity(1 << 25),
        };
        let mut left = participants;
        while left > 0 {
            meeting.add_room(left.min(room_size));
            left -= left.min(room_size);
        }
        meeting
    }

    fn add_room(&mut self, size: usize) {
        let room = RoomId::random(&mut self.random);
        let ups: Vec<usize> = (0..size).map(|_| self.join(room)).collect();
        let downs: Vec<usize> = (0..size).map(|_| self.join(room)).collect();
        for (publisher, up) in ups.into_iter().enumerate() {
            for kind in [MediaKind::Audio, MediaKind::Video] {
                let producer = self.publish(up, kind);
                let receivers = downs.iter().enumerate().filter(|(receiver, _)| *receiver != publisher);
                for down in receivers.map(|(_, down)| *down).collect::<Vec<_>>() {
                    self.subscribe(down, kind, producer);
                }
            }
        }
    }

    fn join(&mut self, room: RoomId) -> usize {
        let place = self.peers.len();
        let [_, _, high, low] = u32::try_from(place).unwrap().to_be_bytes();
        let address = SocketAddr::from(([10, 0, high + 1, low], 40_000));
        let transport = TransportId::random(&mut self.random);
        let mut ice = |ufrag: String| IceCredentials { ufrag, password: self.random.alphanumeric(24) };
        let ours = ice(MediaCommand::ufrag(WorkerId(0), transport, 0));
        let theirs = ice(format!("client{place}"));
        let mut peer = Peer::new(address, transport, &self.worker.facts(), (&ours, &theirs), self.now);
        let fingerprint = peer.fingerprint();
        self.peers.push(peer);
        self.by_address.insert(address, place);
        self.command(MediaCommand::OpenTransport(TransportParams { transport, room, local_ice: ours }));
        self.command(MediaCommand::ConnectTransport {
            transport,
            remote_ice: theirs,
            fingerprint,
            data_channels: true,
            dtls_client: false,
        });
        place
    }

    fn command(&mut self, command: MediaCommand) {
        let (worker, now) = (&mut self.worker, self.now);
        self.meter.measure(|| worker.handle_command(command, now));
    }

    fn group(&mut self, kind: MediaKind) -> SsrcGroup {
        let rtx = (kind == MediaKind::Video).then(|| self.random.ssrc());
        SsrcGroup { media: self.random.ssrc(), rtx }
    }

    fn publish(&mut self, peer: usize, kind: MediaKind) -> ProducerId {
        let ssrc = self.group(kind);
        let mid = self.peers[peer].declare(kind, ssrc, true);
        let producer = ProducerId::random(&mut self.random);
        let video = kind == MediaKind::Video;
        let codec = if video { Codec::Vp8 } else { Codec::Opus };
        let (payload_type, rtx) = if video { (VP8, Some(VP8_RTX)) } else { (OPUS, None) };
        let params = ProducerParams {
            producer,
            transport: self.peers[peer].transport,
            kind,
            mid: Mid(mid.clone()),
            codecs: vec![ReceiveCodec { codec, payload_type, rtx, nack: video, pli: video, fir: false }],
            ssrcs: vec![ssrc],
            rids: Vec::new(),
            extensions: extensions(),
            transport_cc: true,
            remb: false,
            max_bitrate_bps: None,
            paused: false,
            levels: None,
        };
        self.command(MediaCommand::OpenProducer(Box::new(params)));
        let phase = Duration::from_micros(u64::from(self.random.ssrc() % 33_000));
        self.sources.push(Source {
            peer,
            kind,
            ssrc: ssrc.media,
            mid,
            sequence: 30_000,
            timestamp: 0,
            frame: 0,
            next: self.now + phase,
        });
        producer
    }

    fn subscribe(&mut self, peer: usize, kind: MediaKind, source: ProducerId) {
        let ssrc = self.group(kind);
        let mid = self.peers[peer].declare(kind, ssrc, false);
        let video = kind == MediaKind::Video;
        let codec = if video { Codec::Vp8 } else { Codec::Opus };
        let (payload_type, rtx) = if video { (VP8, Some(VP8_RTX)) } else { (OPUS, None) };
        let params = ConsumerParams {
            consumer: ConsumerId::random(&mut self.random),
            transport: self.peers[peer].transport,
            source: Some(source),
            kind,
            mid: Mid(mid),
            ssrc,
            cname: format!("cname{peer}"),
            codecs: vec![SendCodec { codec, payload_type, rtx, nack: video }],
            extensions: extensions(),
            paused: false,
            blank: false,
            limit: LayerLimit::ALL,
            weight: 0,
            may_pause: false,
            max_bitrate_bps: None,
        };
        self.command(MediaCommand::OpenConsumer(Box::new(params)));
    }

    /// Lets time pass until all clients are connected.
    pub fn connect(&mut self) {
        for _ in 0..10_000 {
            if self.peers.iter().all(|peer| peer.connected) {
                return;
            }
            self.tick();
        }
        panic!("not all clients connected within 10 s");
    }

    /// Lets time pass; every packet must arrive.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.tick();
        }
    }

    /// What the clients send in a time, batch by batch, without the Worker seeing it.
    pub fn record(&mut self, time: Duration) -> Recording {
        let start = self.now;
        let mut batches = Vec::new();
        while self.now < start + time {
            self.send_all();
            batches.push(std::mem::take(&mut self.inbox));
        }
        Recording { start, batches }
    }

    /// Gives a recording to the Worker, one batch after the other.
    pub fn replay(&mut self, recording: Recording) {
        self.now = recording.start;
        for batch in recording.batches {
            self.now += TICK;
            self.inbox = batch;
            let (delivered, runs) = self.drive_worker();
            self.meter.tick(delivered, runs);
        }
    }

    fn send_all(&mut self) {
        self.now += TICK;
        self.send_media();
        for place in 0..self.peers.len() {
            if self.peers[place].timeout <= self.now {
                self.peers[place].handle_timeout(self.now);
                self.drain(place);
            }
        }
    }

    fn tick(&mut self) {
        self.send_all();
        let (delivered, runs) = self.drive_worker();
        self.meter.tick(delivered, runs);
        for place in 0..self.outbox.len() {
            let (to, start, end) = self.outbox[place];
            let peer = self.by_address[&to];
            self.peers[peer].handle_datagram(self.address, &self.outbox_bytes[start..end], self.now);
            self.drain(peer);
        }
    }

    fn drain(&mut self, place: usize) {
        let inbox = &mut self.inbox;
        self.peers[place].drain(self.now, |from, bytes| inbox.push((from, bytes.to_vec())));
    }

    /// One batch of the Worker; gives how many packets of media it sent, in how many runs.
    fn drive_worker(&mut self) -> (u64, u64) {
        self.outbox.clear();
        self.outbox_bytes.clear();
        let Self { meter, worker, inbox, outbox, outbox_bytes, now, address, .. } = self;
        let (mut delivered, mut runs) = (0, 0);
        meter.measure(|| {
            for (remote, bytes) in inbox.iter_mut() {
                let route = Route { protocol: Protocol::Udp, remote: *remote, local: *address };
                worker.handle_datagram(route, bytes, *now);
            }
            if worker.deadline().is_some_and(|at| at <= *now) {
                worker.handle_timeout(*now);
            }
            while let Some(transmit) = worker.poll_transmit() {
                let mut is_media = false;
                for datagram in transmit.datagrams() {
                    let start = outbox_bytes.len();
                    outbox_bytes.extend_from_slice(datagram);
                    outbox.push((transmit.route.remote, start, outbox_bytes.len()));
                    if datagram[0] >> 6 == 2 && !(192..=223).contains(&datagram[1]) {
                        delivered += 1;
                        is_media = true;
                    }
                }
                runs += u64::from(is_media);
            }
            while worker.poll_event().is_some() {}
        });
        self.inbox.clear();
        (delivered, runs)
    }

    fn send_media(&mut self) {
        for place in 0..self.sources.len() {
            let source = &mut self.sources[place];
            let peer = &mut self.peers[source.peer];
            if source.next > self.now || !peer.connected {
                continue;
            }
            let interval = Duration::from_micros(if source.kind == MediaKind::Audio { 20_000 } else { 33_333 });
            source.next = (source.next + interval).max(self.now);
            match source.kind {
                MediaKind::Audio => source.send(peer, OPUS, vec![0x78; AUDIO_BYTES], true, self.now),
                MediaKind::Video => {
                    let key = source.frame == 0 || std::mem::take(&mut peer.keyframe_wanted);
                    for part in 0..VIDEO_PARTS {
                        let payload = picture_part(source.frame, part, key);
                        source.send(peer, VP8, payload, part + 1 == VIDEO_PARTS, self.now);
                    }
                }
            }
            let rate = if source.kind == MediaKind::Audio { 960 } else { 3_000 };
            source.timestamp = source.timestamp.wrapping_add(rate);
            source.frame += 1;
            let place = source.peer;
            self.peers[place].handle_timeout(self.now);
            self.drain(place);
        }
    }
}

impl Source {
    fn send(&mut self, peer: &mut Peer, payload_type: u8, payload: Vec<u8>, marker: bool, now: Instant) {
        let values = ExtensionValues {
            audio_level: (self.kind == MediaKind::Audio).then_some(-30),
            voice_activity: (self.kind == MediaKind::Audio).then_some(true),
            mid: Some(self.mid.as_str().into()),
            ..Default::default()
        };
        let sequence = SeqNo::from(self.sequence);
        self.sequence += 1;
        let write = RtpWrite::new(payload_type.into(), sequence, self.timestamp, now, payload)
            .marker(marker)
            .nackable(self.kind == MediaKind::Video)
            .ext_vals(values);
        peer.rtc.direct_api().stream_tx(&self.ssrc.into()).unwrap().write_rtp(write);
    }
}

/// A packet of a VP8 picture (RFC 7741): 15-bit picture id, TL0PICIDX, temporal layer 0.
fn picture_part(frame: u32, part: usize, key: bool) -> Vec<u8> {
    let [_, _, high, low] = frame.to_be_bytes();
    let first = if part == 0 { 0x90 } else { 0x80 };
    let mut payload = vec![first, 0xe0, high | 0x80, low, low, 0x20];
    if part == 0 {
        payload.extend([if key { 0x10 } else { 0x11 }, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01]);
    }
    payload.resize(VIDEO_BYTES, 0xab);
    payload
}
