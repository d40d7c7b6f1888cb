//! One client's association: ICE, DTLS, SRTP and feedback are str0m's own.
use sfu_core::extension::{Extension, ExtensionMap};
use sfu_core::id::TransportId;
use sfu_core::media::WorkerFacts;
use sfu_core::sdp::{Fingerprint, IceCredentials, MediaKind, SsrcGroup};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use str0m::config::Fingerprint as RtcFingerprint;
use str0m::format::{Codec, FormatParams};
use str0m::media::{Frequency, MediaKind as RtcMediaKind};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{Extension as RtcExtension, ExtensionMap as RtcExtensionMap};
use str0m::{Candidate, Event, IceCreds, Input, Output, Rtc, RtcConfig};

pub const OPUS: u8 = 111;
pub const VP8: u8 = 96;
pub const VP8_RTX: u8 = 97;

const AUDIO_LEVEL: u8 = 1;
const ABS_SEND_TIME: u8 = 2;
const TRANSPORT_SEQUENCE: u8 = 3;
const MID: u8 = 4;

/// The ids that both sides give header extensions.
pub fn extensions() -> ExtensionMap {
    let mut map = ExtensionMap::new();
    assert!(map.insert(AUDIO_LEVEL, Extension::AudioLevel));
    assert!(map.insert(ABS_SEND_TIME, Extension::AbsSendTime));
    assert!(map.insert(TRANSPORT_SEQUENCE, Extension::TransportSequence));
    assert!(map.insert(MID, Extension::Mid));
    map
}

fn config() -> RtcConfig {
    let mut extensions = RtcExtensionMap::empty();
    extensions.set(AUDIO_LEVEL, RtcExtension::AudioLevel);
    extensions.set(ABS_SEND_TIME, RtcExtension::AbsoluteSendTime);
    extensions.set(TRANSPORT_SEQUENCE, RtcExtension::TransportSequenceNumber);
    extensions.set(MID, RtcExtension::RtpMid);
    let mut config = RtcConfig::new().clear_codecs().set_rtp_mode(true).set_extension_map(extensions);
    let codecs = config.codec_config();
    let (khz48, khz90) = (Frequency::FORTY_EIGHT_KHZ, Frequency::NINETY_KHZ);
    codecs.add_config(OPUS.into(), None, Codec::Opus, khz48, Some(2), FormatParams::default());
    codecs.add_config(VP8.into(), Some(VP8_RTX.into()), Codec::Vp8, khz90, None, FormatParams::default());
    config
}

pub struct Peer {
    pub rtc: Rtc,
    pub address: SocketAddr,
    pub transport: TransportId,
    pub connected: bool,
    pub received: u64,
    pub timeout: Instant,
    pub next_mid: usize,
    pub keyframe_wanted: bool,
}

impl Peer {
    pub fn new(
        address: SocketAddr,
        transport: TransportId,
        facts: &WorkerFacts,
        (ours, theirs): (&IceCredentials, &IceCredentials),
        now: Instant,
    ) -> Self {
        let creds = |ice: &IceCredentials| IceCreds { ufrag: ice.ufrag.clone(), pass: ice.password.clone() };
        let mut rtc = config().set_local_ice_credentials(creds(theirs)).build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        for candidate in &facts.candidates {
            rtc.add_remote_candidate(Candidate::host(candidate.address, "udp").unwrap());
        }
        let mut direct = rtc.direct_api();
        direct.enable_twcc_feedback();
        direct.set_ice_controlling(true);
        direct.set_remote_ice_credentials(creds(ours));
        direct.set_remote_fingerprint(RtcFingerprint {
            hash_func: facts.fingerprint.algorithm.clone(),
            bytes: facts.fingerprint.bytes.clone(),
        });
        direct.start_dtls(true).unwrap();
        direct.start_sctp(true);
        Self {
            rtc,
            address,
            transport,
            connected: false,
            received: 0,
            timeout: now,
            next_mid: 0,
            keyframe_wanted: false,
        }
    }

    pub fn fingerprint(&mut self) -> Fingerprint {
        let own = self.rtc.direct_api().local_dtls_fingerprint().clone();
        Fingerprint { algorithm: own.hash_func, bytes: own.bytes }
    }

    /// Declares a track and gives its mid.
    pub fn declare(&mut self, kind: MediaKind, ssrc: SsrcGroup, sends: bool) -> String {
        let mid = self.next_mid.to_string();
        self.next_mid += 1;
        let kind = match kind {
            MediaKind::Audio => RtcMediaKind::Audio,
            MediaKind::Video => RtcMediaKind::Video,
        };
        let mut direct = self.rtc.direct_api();
        direct.declare_media(mid.as_str().into(), kind);
        let (media, rtx) = (ssrc.media.into(), ssrc.rtx.map(Into::into));
        if sends {
            direct.declare_stream_tx(media, rtx, mid.as_str().into(), None);
        } else {
            direct.expect_stream_rx(media, rtx, mid.as_str().into(), None);
        }
        mid
    }

    pub fn handle_datagram(&mut self, from: SocketAddr, bytes: &[u8], now: Instant) {
        let receive = Receive::new(Protocol::Udp, from, self.address, bytes).unwrap();
        self.rtc.handle_input(Input::Receive(now, receive)).unwrap();
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
    }

    /// Takes all output; datagrams go to `send`.
    pub fn drain(&mut self, now: Instant, mut send: impl FnMut(SocketAddr, &[u8])) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(at) => {
                    self.timeout = at.max(now + Duration::from_micros(100));
                    return;
                }
                Output::Transmit(transmit) => send(self.address, &transmit.contents),
                Output::Event(Event::RtpPacket(_)) => self.received += 1,
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::KeyframeRequest(_)) => self.keyframe_wanted = true,
                Output::Event(_) => {}
            }
        }
    }
}
