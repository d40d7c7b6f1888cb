//! A Worker with clients whose keys are given instead of negotiated, so that a test can seal whatever it likes.
use super::*;
use crate::extension::{Extension, ExtensionMap};
use crate::media::codec::PayloadInfo;
use crate::media::command::{ConsumerParams, LayerLimit, ProducerParams, ReceiveCodec, SendCodec};
use crate::media::rtp::header::RtpPacket;
use crate::media::transport::Path;
use crate::media::transport::rtcp::{RtcpPacket, RtcpWriter, parse};
use crate::media::transport::srtp::{DtlsRole, SrtpInbound, SrtpOutbound, SrtpProfile, from_dtls};
use crate::media::{MediaCommand, Route, TransportParams};
use crate::sdp::{Codec, IceCredentials, MediaKind, Mid, SsrcGroup};
use std::time::Duration;

pub(super) const VP8: u8 = 96;
pub(super) const VP8_RTX: u8 = 97;
pub(super) const MID: u8 = 4;

/// A client.
pub(super) struct Peer {
    pub(super) transport: TransportId,
    pub(super) route: Route,
    pub(super) seals: SrtpOutbound,
    opens: SrtpInbound,
    /// The number of its next packet.
    pub(super) sequence: u64,
}

/// What a client got.
#[derive(Default)]
pub(super) struct Got {
    /// `(ssrc, payload type, sequence, payload)` of each packet of media.
    pub(super) media: Vec<(u32, u8, u16, Vec<u8>)>,
    /// Requests for keyframes.
    pub(super) keyframe_requests: usize,
}

pub(super) struct Meeting {
    pub(super) worker: Worker,
    pub(super) now: Instant,
    pub(super) room: RoomId,
    pub(super) peers: Vec<Peer>,
    random: Random,
}

impl Meeting {
    #[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
    pub(super) fn new(peers: u8) -> Self {
        let worker = worker(vec![local(Protocol::Udp, "192.0.2.1:7882")]).unwrap();
        let mut random = Random::seeded(5);
        let room = RoomId::random(&mut random);
        let mut meeting = Self { worker, now: Instant::now(), room, peers: Vec::new(), random };
        for number in 0..peers {
            meeting.join(number);
            meeting.connect(usize::from(number));
        }
        meeting
    }

    /// A client that has no path and no keys yet.
    pub(super) fn join(&mut self, number: u8) {
        let transport = TransportId::random(&mut self.random);
        let ufrag = MediaCommand::ufrag(WorkerId(0), transport, 0);
        let local_ice = IceCredentials { ufrag, password: self.random.alphanumeric(24) };
        let params = TransportParams { transport, room: self.room, local_ice };
        self.worker.handle_command(MediaCommand::OpenTransport(params), self.now);
        let ours = "192.0.2.1:7882".parse().unwrap();
        let remote = ([198, 51, 100, number], 5_000).into();
        let route = Route { protocol: Protocol::Udp, remote, local: ours };
        let keys = [number; SrtpProfile::AeadAes128Gcm.keying_material_len()];
        let (seals, opens) = from_dtls(SrtpProfile::AeadAes128Gcm, &keys, DtlsRole::Client).unwrap();
        self.peers.push(Peer { transport, route, seals, opens, sequence: 1_000 });
    }

    /// A client's path and keys are there.
    pub(super) fn connect(&mut self, peer: usize) {
        let Peer { transport, route, .. } = self.peers[peer];
        let keys = [peer as u8; SrtpProfile::AeadAes128Gcm.keying_material_len()];
        let slot = self.worker.by_transport[&transport];
        self.worker.demux.learn(route, slot);
        let path = Path { route, candidate: route.local };
        self.worker.transports[slot].connect_at_once(path, &keys, self.now);
    }

    /// A camera of a client with this SSRC.
    pub(super) fn publish(&mut self, peer: usize, ssrc: u32) -> ProducerId {
        let producer = ProducerId::random(&mut self.random);
        let mut extensions = ExtensionMap::new();
        assert!(extensions.insert(MID, Extension::Mid));
        let codec = ReceiveCodec {
            codec: Codec::Vp8,
            payload_type: VP8,
            rtx: Some(VP8_RTX),
            nack: true,
            pli: true,
            fir: false,
        };
        let params = ProducerParams {
            producer,
            transport: self.peers[peer].transport,
            kind: MediaKind::Video,
            mid: Mid(format!("m{ssrc}")),
            codecs: vec![codec],
            ssrcs: vec![SsrcGroup { media: ssrc, rtx: None }],
            rids: Vec::new(),
            extensions,
            transport_cc: false,
            remb: false,
            max_bitrate_bps: None,
            paused: false,
            levels: None,
        };
        self.worker.handle_command(MediaCommand::OpenProducer(Box::new(params)), self.now);
        producer
    }

    /// A copy of a camera for a client, sent with this SSRC.
    pub(super) fn subscribe(&mut self, peer: usize, source: ProducerId, ssrc: u32) {
        let params = ConsumerParams {
            consumer: ConsumerId::random(&mut self.random),
            transport: self.peers[peer].transport,
            source: Some(source),
            kind: MediaKind::Video,
            mid: Mid("0".to_owned()),
            ssrc: SsrcGroup { media: ssrc, rtx: Some(ssrc + 1) },
            cname: "cname".to_owned(),
            codecs: vec![SendCodec { codec: Codec::Vp8, payload_type: VP8, rtx: Some(VP8_RTX), nack: true }],
            extensions: ExtensionMap::new(),
            paused: false,
            blank: false,
            limit: LayerLimit::ALL,
            weight: 0,
            may_pause: false,
            max_bitrate_bps: None,
        };
        self.worker.handle_command(MediaCommand::OpenConsumer(Box::new(params)), self.now);
    }

    /// Sends a packet of a client as it stands, sealed; its sequence number is the client's next.
    pub(super) fn send(&mut self, peer: usize, ssrc: u32, payload_type: u8, payload: &[u8]) {
        let sequence = self.peers[peer].sequence;
        self.peers[peer].sequence += 1;
        let mut header = [0x80, payload_type, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        header[2..4].copy_from_slice(&(sequence as u16).to_be_bytes());
        header[8..].copy_from_slice(&ssrc.to_be_bytes());
        let mut datagram = self.seal(peer, &header, payload, sequence);
        self.give(peer, &mut datagram);
    }

    /// A client's packet, sealed.
    pub(super) fn seal(&mut self, peer: usize, header: &[u8], payload: &[u8], index: u64) -> Vec<u8> {
        let mut datagram = vec![0; header.len() + payload.len() + 16];
        self.peers[peer].seals.seal_rtp(header, &[], payload, index, &mut datagram).unwrap();
        datagram
    }

    /// Sends RTCP of a client.
    pub(super) fn send_rtcp(&mut self, peer: usize, write: impl FnOnce(&mut RtcpWriter<'_>)) {
        let mut compound = [0; 1_200];
        let mut writer = RtcpWriter::new(&mut compound);
        write(&mut writer);
        let len = writer.len();
        self.send_rtcp_bytes(peer, &compound[..len]);
    }

    /// Sends a compound of a client as it stands.
    pub(super) fn send_rtcp_bytes(&mut self, peer: usize, compound: &[u8]) {
        let mut datagram = vec![0; compound.len() + 20];
        let len = self.peers[peer].seals.seal_rtcp(compound, &mut datagram).unwrap();
        self.give(peer, &mut datagram[..len]);
    }

    /// A datagram from a client's address.
    pub(super) fn give(&mut self, peer: usize, datagram: &mut [u8]) {
        let route = self.peers[peer].route;
        self.worker.handle_datagram(route, datagram, self.now);
    }

    /// Lets time pass, then takes what goes out to each client.
    pub(super) fn pass(&mut self, time: Duration) -> Vec<Got> {
        self.now += time;
        self.worker.handle_timeout(self.now);
        let mut got: Vec<Got> = self.peers.iter().map(|_| Got::default()).collect();
        while let Some(transmit) = self.worker.poll_transmit() {
            let place = self.peers.iter().position(|peer| peer.route.remote == transmit.route.remote).unwrap();
            for datagram in transmit.datagrams() {
                self.peers[place].open(&mut datagram.to_vec(), &mut got[place]);
            }
        }
        got
    }
}

impl Peer {
    fn open(&mut self, datagram: &mut [u8], got: &mut Got) {
        if (192..=223).contains(&datagram[1]) {
            let len = self.opens.open_rtcp(datagram).expect("RTCP of ours opens");
            let is_request = |packet: &RtcpPacket<'_>| matches!(packet, RtcpPacket::PictureLoss { .. });
            got.keyframe_requests += parse(&datagram[..len]).filter_map(Result::ok).filter(is_request).count();
            return;
        }
        let opened = self.opens.open_rtp(datagram).expect("RTP of ours opens");
        let packet = RtpPacket::parse(&datagram[..opened.len]).unwrap();
        let header = packet.header();
        got.media.push((header.ssrc, header.payload_type, header.sequence, packet.payload().to_vec()));
    }
}

/// The first packet of a VP8 keyframe, or of another picture.
pub(super) fn picture(key: bool, number: u16) -> Vec<u8> {
    let [high, low] = number.to_be_bytes();
    let frame = if key { 0x10 } else { 0x11 };
    let mut payload = vec![0x90, 0xe0, high | 0x80, low, low, 0x20, frame, 0, 0, 0x9d, 1, 0x2a, 0x80, 2, 0xe0, 1];
    assert_eq!(PayloadInfo::parse(Codec::Vp8, &payload).is_keyframe_start, key);
    payload.resize(1_000, number as u8);
    payload
}
