//! The same call without a Worker: whole WebRTC peers of str0m forward packet by packet, as their own engine numbers,
//! repairs and seals them. What a Worker makes of a call is measured against it.
use crate::client::{Client, Numbers, Received, rtc_kind, rtc_mid};
use crate::network::Network;
use crate::source::{Mark, Source};
use crate::world::World;
use sfu_core::id::TransportId;
use sfu_core::media::WorkerFacts;
use sfu_core::random::Random;
use sfu_core::sdp::{Fingerprint, IceCredentials, MediaKind, Mid, SsrcGroup};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use str0m::config::Fingerprint as RtcFingerprint;
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite};
use str0m::{Candidate, Event, IceCreds, Input, Output, Rtc};

/// The forwarding side of one client.
struct Leg {
    rtc: Rtc,
    timeout: Instant,
}

/// Which source goes to which client, and as what.
struct Forwarding {
    from: Mid,
    kind: MediaKind,
    to: usize,
    ssrc: u32,
    mid: Mid,
    /// The first packet that was passed on.
    first: Option<u64>,
}

/// One publisher and its receivers.
pub struct Reference {
    pub now: Instant,
    pub network: Network,
    pub clients: Vec<Client>,
    pub sources: Vec<Source>,
    facts: WorkerFacts,
    address: SocketAddr,
    legs: Vec<Leg>,
    forwardings: Vec<Forwarding>,
    random: Random,
}

impl Reference {
    /// A publisher and `receivers`, connected.
    pub fn connected(seed: u64, receivers: usize) -> Self {
        // Only for its addresses: what a client learns of a server.
        let world = World::new(seed);
        let mut call = Self {
            now: world.now,
            network: Network::new(seed, world.now),
            clients: Vec::new(),
            sources: Vec::new(),
            facts: world.worker.facts(),
            address: world.worker_address,
            legs: Vec::new(),
            forwardings: Vec::new(),
            random: Random::seeded(seed),
        };
        call.join(Numbers::PUBLISHER);
        (0..receivers).for_each(|_| call.join(Numbers::SUBSCRIBER));
        for _ in 0..100 {
            if call.clients.iter().all(|client| client.connected_at.is_some()) {
                return call;
            }
            call.run(Duration::from_millis(100));
        }
        panic!("not all clients connected within 10 s");
    }

    fn join(&mut self, numbers: Numbers) {
        let place = self.clients.len();
        let address = SocketAddr::from(([10, 0, 1, place as u8 + 1], 40_000));
        let mut credentials = |ufrag: String| IceCredentials { ufrag, password: self.random.alphanumeric(24) };
        let (ours, theirs) = (credentials(format!("server{place}")), credentials(format!("client{place}")));
        let creds = |of: &IceCredentials| IceCreds { ufrag: of.ufrag.clone(), pass: of.password.clone() };
        let transport = TransportId::random(&mut self.random);
        let mut client = Client::new(address, transport, numbers, &theirs, self.now);
        let mut rtc = numbers.config().set_local_ice_credentials(creds(&ours)).build(self.now);
        rtc.add_local_candidate(Candidate::host(self.address, "udp").unwrap());
        rtc.add_remote_candidate(Candidate::host(address, "udp").unwrap());
        let mut direct = rtc.direct_api();
        let own = direct.local_dtls_fingerprint().clone();
        self.facts.fingerprint = Fingerprint { algorithm: own.hash_func, bytes: own.bytes };
        client.connect(&self.facts, &ours, false);
        direct.set_ice_controlling(false);
        direct.set_remote_ice_credentials(creds(&theirs));
        let theirs = client.fingerprint();
        direct.set_remote_fingerprint(RtcFingerprint { hash_func: theirs.algorithm, bytes: theirs.bytes });
        direct.start_dtls(false).unwrap();
        direct.enable_twcc_feedback();
        self.clients.push(client);
        self.legs.push(Leg { rtc, timeout: self.now });
    }

    /// Publishes a track and sends it to all receivers; gives the SSRCs that these get.
    pub fn publish(&mut self, kind: MediaKind, key_every: u32) -> Vec<u32> {
        let mid = self.clients[0].new_mid();
        let (own, _) = self.declare(0, &mid, kind, true);
        let number = u8::try_from(self.sources.len()).unwrap();
        let mut source = Source::new(0, number, kind, mid.clone(), &[(own.media, None)], self.now);
        source.key_every = Some(key_every);
        self.sources.push(source);
        let mut ssrcs = Vec::new();
        for to in 1..self.clients.len() {
            let out_mid = self.clients[to].new_mid();
            let (group, _) = self.declare(to, &out_mid, kind, false);
            ssrcs.push(group.media);
            self.forwardings.push(Forwarding {
                from: mid.clone(),
                kind,
                to,
                ssrc: group.media,
                mid: out_mid,
                first: None,
            });
        }
        ssrcs
    }

    /// Makes a stream known on both sides of a client's connection.
    fn declare(&mut self, place: usize, mid: &Mid, kind: MediaKind, upwards: bool) -> (SsrcGroup, Mid) {
        let rtx = (kind == MediaKind::Video).then(|| self.random.ssrc());
        let group = SsrcGroup { media: self.random.ssrc(), rtx };
        let (client, server) = (&mut self.clients[place].rtc, &mut self.legs[place].rtc);
        let (from, to) = if upwards { (client, server) } else { (server, client) };
        let mut from = from.direct_api();
        from.declare_media(rtc_mid(mid), rtc_kind(kind));
        from.declare_stream_tx(group.media.into(), group.rtx.map(Into::into), rtc_mid(mid), None);
        let mut to = to.direct_api();
        to.declare_media(rtc_mid(mid), rtc_kind(kind));
        to.expect_stream_rx(group.media.into(), group.rtx.map(Into::into), rtc_mid(mid), None);
        (group, mid.clone())
    }

    pub fn received(&self, client: usize, ssrc: u32) -> Vec<&Received> {
        self.clients[client].received_on(ssrc)
    }

    pub fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(next) = self.next().filter(|at| *at <= end) {
            self.now = next.max(self.now);
            self.step();
        }
        self.now = end;
    }

    fn next(&self) -> Option<Instant> {
        let clients = self.clients.iter().map(Client::deadline);
        let legs = self.legs.iter().map(|leg| leg.timeout);
        let sources = self.sources.iter().map(|source| source.next);
        clients.chain(legs).chain(sources).chain(self.network.next()).min()
    }

    fn step(&mut self) {
        let now = self.now;
        while let Some(delivery) = self.network.receive(now) {
            let place = self.clients.iter().position(|c| c.address == delivery.to || c.address == delivery.from);
            let Some(place) = place else { continue };
            if delivery.to == self.address {
                let received = Receive::new(Protocol::Udp, delivery.from, delivery.to, &delivery.bytes);
                let Ok(received) = received else { continue };
                let input = Input::Receive(now, received);
                if self.legs[place].rtc.accepts(&input) {
                    self.legs[place].rtc.handle_input(input).unwrap();
                }
                self.drain_leg(place);
            } else {
                self.clients[place].handle_datagram(delivery.from, &delivery.bytes, now);
                self.drain_client(place);
            }
        }
        for place in 0..self.clients.len() {
            if self.clients[place].deadline() <= now {
                self.clients[place].handle_timeout(now);
                self.drain_client(place);
            }
            if self.legs[place].timeout <= now {
                self.legs[place].rtc.handle_input(Input::Timeout(now)).unwrap();
                self.drain_leg(place);
            }
        }
        for place in 0..self.sources.len() {
            if self.sources[place].next <= now {
                self.sources[place].tick(&mut self.clients[0], now);
                self.clients[0].handle_timeout(now);
                self.drain_client(0);
            }
        }
    }

    fn drain_client(&mut self, place: usize) {
        let (now, network) = (self.now, &mut self.network);
        self.clients[place].drain(now, |from, to, bytes| network.send(from, to, bytes, now));
    }

    fn drain_leg(&mut self, place: usize) {
        let mut packets = Vec::new();
        loop {
            match self.legs[place].rtc.poll_output().unwrap() {
                Output::Timeout(at) => {
                    self.legs[place].timeout = at.max(self.now + Duration::from_micros(100));
                    break;
                }
                Output::Transmit(out) => self.network.send(out.source, out.destination, &out.contents, self.now),
                Output::Event(Event::RtpPacket(packet)) => packets.push(packet),
                Output::Event(_) => {}
            }
        }
        for packet in packets {
            self.forward(&packet);
        }
    }

    fn forward(&mut self, packet: &RtpPacket) {
        if packet.payload.is_empty() {
            return;
        }
        for at in 0..self.forwardings.len() {
            let forwarding = &mut self.forwardings[at];
            let mid = packet.header.ext_vals.mid;
            if mid != Some(rtc_mid(&forwarding.from)) {
                continue;
            }
            let mark = Mark::read(&packet.payload);
            let can_start = forwarding.kind == MediaKind::Audio || (mark.key && mark.part == 0);
            if forwarding.first.is_none() && can_start {
                forwarding.first = Some(*packet.seq_no);
            }
            if forwarding.first.is_none_or(|first| *packet.seq_no < first) {
                continue;
            }
            let numbers = self.clients[forwarding.to].numbers;
            let payload_type = if forwarding.kind == MediaKind::Audio { numbers.opus } else { numbers.vp8 };
            let values = ExtensionValues {
                mid: Some(rtc_mid(&forwarding.mid)),
                audio_level: packet.header.ext_vals.audio_level,
                voice_activity: packet.header.ext_vals.voice_activity,
                ..Default::default()
            };
            let payload = packet.payload.to_vec();
            let write = RtpWrite::new(payload_type.into(), packet.seq_no, packet.header.timestamp, self.now, payload)
                .marker(packet.header.marker)
                .nackable(forwarding.kind == MediaKind::Video)
                .ext_vals(values);
            let (to, ssrc) = (forwarding.to, forwarding.ssrc);
            self.legs[to].rtc.direct_api().stream_tx(&ssrc.into()).unwrap().write_rtp(write);
            self.legs[to].rtc.handle_input(Input::Timeout(self.now)).unwrap();
            self.drain_leg(to);
        }
    }
}
