//! A full WebRTC peer as a client: ICE, DTLS, SRTP, NACK, RTX and feedback are str0m's own.
use crate::scheme;
use sfu_core::extension::{Extension, ExtensionMap};
use sfu_core::id::TransportId;
use sfu_core::media::WorkerFacts;
use sfu_core::sdp::{Fingerprint, IceCredentials, MediaKind, Mid, SsrcGroup};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Instant, SystemTime};
use str0m::channel::ChannelId;
use str0m::config::Fingerprint as RtcFingerprint;
use str0m::format::{Codec as RtcCodec, FormatParams};
use str0m::media::{Frequency, MediaKind as RtcMediaKind, Mid as RtcMid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::rtcp::Rtcp;
use str0m::rtp::{Extension as RtcExtension, ExtensionMap as RtcExtensionMap, RawPacket};
use str0m::{Candidate, Event, IceCreds, Input, Output, Rtc, RtcConfig};

/// The numbers that a client gives codecs and extensions.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    pub opus: u8,
    pub vp8: u8,
    pub vp8_rtx: u8,
    pub vp9: u8,
    pub vp9_rtx: u8,
    pub av1: u8,
    pub av1_rtx: u8,
    pub descriptor: u8,
    pub audio_level: u8,
    pub abs_send_time: u8,
    pub transport_sequence: u8,
    pub mid: u8,
    pub rid: u8,
    pub repaired_rid: u8,
}

impl Numbers {
    pub const PUBLISHER: Self = Self {
        opus: 111,
        vp8: 96,
        vp8_rtx: 97,
        vp9: 98,
        vp9_rtx: 99,
        av1: 45,
        av1_rtx: 46,
        descriptor: 8,
        audio_level: 1,
        abs_send_time: 2,
        transport_sequence: 3,
        mid: 4,
        rid: 10,
        repaired_rid: 11,
    };
    pub const SUBSCRIBER: Self = Self {
        opus: 109,
        vp8: 120,
        vp8_rtx: 124,
        vp9: 100,
        vp9_rtx: 101,
        av1: 35,
        av1_rtx: 36,
        descriptor: 9,
        audio_level: 6,
        abs_send_time: 5,
        transport_sequence: 7,
        mid: 2,
        rid: 12,
        repaired_rid: 13,
    };

    pub fn extensions(&self) -> ExtensionMap {
        let mut map = ExtensionMap::new();
        assert!(map.insert(self.audio_level, Extension::AudioLevel));
        assert!(map.insert(self.abs_send_time, Extension::AbsSendTime));
        assert!(map.insert(self.transport_sequence, Extension::TransportSequence));
        assert!(map.insert(self.mid, Extension::Mid));
        assert!(map.insert(self.rid, Extension::RtpStreamId));
        assert!(map.insert(self.repaired_rid, Extension::RepairedRtpStreamId));
        assert!(map.insert(self.descriptor, Extension::DependencyDescriptor));
        map
    }

    pub fn config(&self) -> RtcConfig {
        let mut extensions = RtcExtensionMap::empty();
        extensions.set(self.audio_level, RtcExtension::AudioLevel);
        extensions.set(self.abs_send_time, RtcExtension::AbsoluteSendTime);
        extensions.set(self.transport_sequence, RtcExtension::TransportSequenceNumber);
        extensions.set(self.mid, RtcExtension::RtpMid);
        extensions.set(self.rid, RtcExtension::RtpStreamId);
        extensions.set(self.repaired_rid, RtcExtension::RepairedRtpStreamId);
        extensions.set(self.descriptor, scheme::extension());
        let mut config =
            RtcConfig::new().clear_codecs().set_rtp_mode(true).enable_raw_packets(true).set_extension_map(extensions);
        let codecs = config.codec_config();
        let (khz48, khz90) = (Frequency::FORTY_EIGHT_KHZ, Frequency::NINETY_KHZ);
        codecs.add_config(self.opus.into(), None, RtcCodec::Opus, khz48, Some(2), FormatParams::default());
        let video = [
            (self.vp8, self.vp8_rtx, RtcCodec::Vp8),
            (self.vp9, self.vp9_rtx, RtcCodec::Vp9),
            (self.av1, self.av1_rtx, RtcCodec::Av1),
        ];
        for (media, rtx, codec) in video {
            codecs.add_config(media.into(), Some(rtx.into()), codec, khz90, None, FormatParams::default());
        }
        config
    }
}

/// A packet that a client decrypted.
#[derive(Clone, Debug)]
pub struct Received {
    pub at: Instant,
    pub mid: String,
    pub ssrc: u32,
    pub sequence: u64,
    pub timestamp: u32,
    pub marker: bool,
    pub payload_type: u8,
    pub audio_level: Option<i8>,
    /// Wall clock (seconds since 1900) and media clock of the last sender report.
    pub sender_report: Option<(SystemTime, u64)>,
    /// Dependency descriptor; empty where there is none.
    pub descriptor: Vec<u8>,
    pub payload: Vec<u8>,
}

pub struct Client {
    pub rtc: Rtc,
    pub address: SocketAddr,
    pub transport: TransportId,
    pub numbers: Numbers,
    pub received: Vec<Received>,
    pub keyframe_requests: Vec<(Instant, String, Option<String>)>,
    pub channels: Vec<(ChannelId, String)>,
    pub messages: Vec<(String, bool, Vec<u8>)>,
    /// RTCP of the Worker, by kind.
    pub rtcp: BTreeMap<&'static str, usize>,
    pub connected_at: Option<Instant>,
    pub closed: bool,
    pub next_mid: usize,
    timeout: Instant,
}

impl Client {
    pub fn new(
        address: SocketAddr,
        transport: TransportId,
        numbers: Numbers,
        local: &IceCredentials,
        now: Instant,
    ) -> Self {
        let local = IceCreds { ufrag: local.ufrag.clone(), pass: local.password.clone() };
        let mut rtc = numbers.config().set_local_ice_credentials(local).build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        rtc.direct_api().enable_twcc_feedback();
        Self {
            rtc,
            address,
            transport,
            numbers,
            received: Vec::new(),
            keyframe_requests: Vec::new(),
            channels: Vec::new(),
            messages: Vec::new(),
            rtcp: BTreeMap::new(),
            connected_at: None,
            closed: false,
            next_mid: 0,
            timeout: now,
        }
    }

    /// Learns the server's half of the description.
    pub fn connect(&mut self, facts: &WorkerFacts, remote: &IceCredentials, data_channels: bool) {
        for candidate in &facts.candidates {
            self.rtc.add_remote_candidate(Candidate::host(candidate.address, "udp").unwrap());
        }
        let mut direct = self.rtc.direct_api();
        direct.set_ice_controlling(true);
        direct.set_remote_ice_credentials(IceCreds { ufrag: remote.ufrag.clone(), pass: remote.password.clone() });
        direct.set_remote_fingerprint(RtcFingerprint {
            hash_func: facts.fingerprint.algorithm.clone(),
            bytes: facts.fingerprint.bytes.clone(),
        });
        direct.start_dtls(true).unwrap();
        if data_channels {
            direct.start_sctp(true);
        }
    }

    /// Restarts ICE on another address; gives the old one.
    pub fn move_to(
        &mut self,
        address: SocketAddr,
        facts: &WorkerFacts,
        local: &IceCredentials,
        remote: &IceCredentials,
    ) -> SocketAddr {
        let old = std::mem::replace(&mut self.address, address);
        let mut direct = self.rtc.direct_api();
        direct.set_local_ice_credentials(IceCreds { ufrag: local.ufrag.clone(), pass: local.password.clone() });
        direct.set_remote_ice_credentials(IceCreds { ufrag: remote.ufrag.clone(), pass: remote.password.clone() });
        direct.invalidate_candidate(&Candidate::host(old, "udp").unwrap());
        self.rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        for candidate in &facts.candidates {
            self.rtc.add_remote_candidate(Candidate::host(candidate.address, "udp").unwrap());
        }
        old
    }

    pub fn fingerprint(&mut self) -> Fingerprint {
        let own = self.rtc.direct_api().local_dtls_fingerprint().clone();
        Fingerprint { algorithm: own.hash_func, bytes: own.bytes }
    }

    pub fn new_mid(&mut self) -> Mid {
        self.next_mid += 1;
        Mid(format!("{}", self.next_mid - 1))
    }

    pub fn expect_track(&mut self, mid: &Mid, kind: MediaKind, ssrc: SsrcGroup) {
        let mut direct = self.rtc.direct_api();
        direct.declare_media(rtc_mid(mid), rtc_kind(kind));
        direct.expect_stream_rx(ssrc.media.into(), ssrc.rtx.map(Into::into), rtc_mid(mid), None);
    }

    pub fn deadline(&self) -> Instant {
        self.timeout
    }

    pub fn handle_datagram(&mut self, from: SocketAddr, bytes: &[u8], now: Instant) {
        let Ok(receive) = Receive::new(Protocol::Udp, from, self.address, bytes) else { return };
        let input = Input::Receive(now, receive);
        if self.rtc.accepts(&input) {
            self.rtc.handle_input(input).unwrap();
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
    }

    /// Takes all output; datagrams go to `send`.
    pub fn drain(&mut self, now: Instant, mut send: impl FnMut(SocketAddr, SocketAddr, &[u8])) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(at) => {
                    // Never "now" again: virtual time must advance.
                    self.timeout = at.max(now + std::time::Duration::from_micros(100));
                    return;
                }
                Output::Transmit(transmit) => send(transmit.source, transmit.destination, &transmit.contents),
                Output::Event(event) => self.note(event, now),
            }
        }
    }

    fn note(&mut self, event: Event, now: Instant) {
        if let Event::RtpPacket(packet) = event {
            let descriptor = packet.header.ext_vals.user_values.get::<scheme::Descriptor>();
            self.received.push(Received {
                at: now,
                mid: packet.header.ext_vals.mid.map(|mid| mid.to_string()).unwrap_or_default(),
                ssrc: *packet.header.ssrc,
                sequence: *packet.seq_no,
                timestamp: packet.header.timestamp,
                marker: packet.header.marker,
                payload_type: *packet.header.payload_type,
                audio_level: packet.header.ext_vals.audio_level,
                sender_report: packet.last_sender_info.map(|info| (info.ntp_time, info.rtp_time.numer())),
                descriptor: descriptor.map(|scheme::Descriptor(bytes)| bytes.clone()).unwrap_or_default(),
                payload: packet.payload.to_vec(),
            });
        } else if let Event::KeyframeRequest(request) = event {
            let rid = request.rid.map(|rid| rid.to_string());
            self.keyframe_requests.push((now, request.mid.to_string(), rid));
        } else if let Event::ChannelOpen(id, label) = event {
            self.channels.push((id, label));
        } else if let Event::ChannelData(data) = event {
            let label = self.channels.iter().find(|(id, _)| *id == data.id).map(|(_, label)| label.clone());
            self.messages.push((label.unwrap_or_default(), data.binary, data.data));
        } else if let Event::RawPacket(raw) = event {
            if let RawPacket::RtcpRx(rtcp) = *raw {
                *self.rtcp.entry(kind_of(&rtcp)).or_default() += 1;
            }
        } else if let Event::Connected = event {
            self.connected_at = Some(now);
        } else if let Event::Closed = event {
            self.closed = true;
        }
    }

    /// What came of one m-line (its SSRC), in the order of arrival.
    pub fn received_on(&self, ssrc: u32) -> Vec<&Received> {
        self.received.iter().filter(|packet| packet.ssrc == ssrc).collect()
    }
}

pub fn rtc_mid(mid: &Mid) -> RtcMid {
    mid.0.as_str().into()
}

pub fn rtc_kind(kind: MediaKind) -> RtcMediaKind {
    match kind {
        MediaKind::Audio => RtcMediaKind::Audio,
        MediaKind::Video => RtcMediaKind::Video,
    }
}

fn kind_of(rtcp: &Rtcp) -> &'static str {
    match rtcp {
        Rtcp::SenderReport(_) => "SR",
        Rtcp::ReceiverReport(_) => "RR",
        Rtcp::SourceDescription(_) => "SDES",
        Rtcp::Nack(_) => "NACK",
        Rtcp::Pli(_) => "PLI",
        Rtcp::Twcc(_) => "transport-wide feedback",
        Rtcp::Remb(_) => "REMB",
        Rtcp::ExtendedReport(_) | Rtcp::Goodbye(_) | Rtcp::Fir(_) | Rtcp::AppSpecificFeedback(_) => "other",
    }
}
