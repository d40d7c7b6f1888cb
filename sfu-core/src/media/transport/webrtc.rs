//! ICE answers, DTLS and SCTP of one Transport: str0m by its direct API, with no media declared on it.
//!
//! Always ICE-lite, the DTLS server unless the other side insists on being it, DTLS 1.2 (then browsers get AES-GCM).
//! str0m owns no SRTP key (`keys`) and never sends SRTP. What it sends as DTLS goes where `ice` says, not where it says itself. After each change it is
//! drained to its timeout, as it demands. Errors end the association; panics are caught by the Transport's owner.
use super::Remote;
use super::certificate::Certificate;
use super::ice::Path;
use super::keys::{self, ExportedKeys};
use crate::media::datagram::LocalAddress;
use crate::sdp::{IceCredentials, Protocol};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use str0m::channel::{ChannelConfig, ChannelId, Reliability};
use str0m::config::{CryptoProvider, DtlsVersion, Fingerprint as RtcFingerprint};
use str0m::net::{Protocol as RtcProtocol, Receive};
use str0m::{Candidate as RtcCandidate, Event, IceCreds, Input, Output, Rtc, RtcConfig, RtcError};

/// Largest message a peer may send us, bytes: one more ends str0m's association with its media, so it is no smaller
/// than what any browser sends (Chromium's own maximum).
const MESSAGE_BYTES_MAX: u32 = 256 * 1024;
/// Bytes that may wait to be sent on all channels of a Transport together.
const BUFFERED_BYTES_MAX: usize = 1024 * 1024;
/// Bytes that may wait on them for a message that need not arrive to be sent at all: later it is worth nothing.
const LOSSY_BUFFERED_BYTES_MAX: usize = 64 * 1024;
/// Bytes of reliable messages that are kept for channels that are not open yet; LiveKit's cache for those who join.
const HELD_BYTES_MAX: usize = 100_000;
/// Timeouts further away than this are str0m's way to say "never".
const NEVER: Duration = Duration::from_secs(24 * 3600);
/// Checks that are kept for the time before the other side's credentials are known.
const EARLY_CHECKS_MAX: u8 = 20;

/// What all Transports of a Worker have in common: made once, cloned for each.
#[derive(Clone)]
pub(in crate::media) struct WebrtcConfig {
    config: RtcConfig,
    candidates: Vec<RtcCandidate>,
}

impl WebrtcConfig {
    /// `None` where an address is none that ICE may use.
    pub(in crate::media) fn new(certificate: &Certificate, addresses: &[LocalAddress]) -> Option<Self> {
        let provider: Arc<CryptoProvider> = Arc::new(keys::crypto_provider());
        let config = RtcConfig::new()
            .clear_codecs()
            .set_rtp_mode(true)
            .set_ice_lite(true)
            .set_crypto_provider(provider)
            .set_dtls_cert(certificate.dtls())
            .set_dtls_version(DtlsVersion::Dtls12)
            .set_sctp_max_message_size(MESSAGE_BYTES_MAX)
            .set_sctp_max_buffered_amount(BUFFERED_BYTES_MAX);
        let host = |local: &LocalAddress| RtcCandidate::host(local.address, protocol(local.protocol)).ok();
        let candidates = addresses.iter().map(host).collect::<Option<Vec<_>>>()?;
        Some(Self { config, candidates })
    }
}

/// What comes out of an association.
pub(super) enum WebrtcOutput {
    /// An answer to a check, for the address it came from.
    Stun { destination: SocketAddr, bytes: Vec<u8> },
    /// DTLS, for the selected path.
    Dtls(Vec<u8>),
    /// The handshake is done and the certificate is the right one: these are the SRTP keys.
    Connected(ExportedKeys),
    /// A data channel opened.
    ChannelOpened(String),
    /// A message on a data channel.
    ChannelMessage { label: String, binary: bool, payload: Vec<u8> },
    /// The other side ended the association.
    Closed,
}

/// Why an association cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum WebrtcError {
    /// str0m gave up.
    #[error("the association failed: {0}")]
    Rtc(#[from] RtcError),
    /// The handshake ended without keys of a profile that we speak.
    #[error("the DTLS handshake gave no SRTP keys")]
    NoKeys,
}

/// One association.
pub(super) struct Webrtc {
    rtc: Rtc,
    channels: Vec<(ChannelId, String)>,
    exported: Option<ExportedKeys>,
    has_remote: bool,
    early_checks: u8,
    dropped_messages: u64,
    /// Reliable messages for channels that are not open yet, oldest first.
    held: Vec<HeldMessage>,
}

struct HeldMessage {
    label: String,
    binary: bool,
    payload: Vec<u8>,
}

impl Webrtc {
    pub(super) fn new(config: &WebrtcConfig, local: &IceCredentials, now: Instant) -> Self {
        let mut rtc = config.config.clone().set_local_ice_credentials(credentials(local)).build(now);
        for candidate in &config.candidates {
            rtc.add_local_candidate(candidate.clone());
        }
        Self {
            rtc,
            channels: Vec::new(),
            exported: None,
            has_remote: false,
            early_checks: 0,
            dropped_messages: 0,
            held: Vec::new(),
        }
    }

    /// The other side's half of the description.
    pub(super) fn connect(&mut self, remote: &Remote) -> Result<(), WebrtcError> {
        self.has_remote = true;
        let mut direct = self.rtc.direct_api();
        direct.set_remote_ice_credentials(credentials(&remote.ice));
        direct.set_remote_fingerprint(RtcFingerprint {
            hash_func: remote.fingerprint.algorithm.clone(),
            bytes: remote.fingerprint.bytes.clone(),
        });
        direct.start_dtls(remote.dtls_client)?;
        // Whoever begins DTLS, SCTP is begun by the other side: clients always do.
        if remote.data_channels {
            direct.start_sctp(false);
        }
        Ok(())
    }

    /// The other side's half has come.
    pub(super) const fn has_remote(&self) -> bool {
        self.has_remote
    }

    /// New credentials (ICE restart).
    pub(super) fn restart_ice(&mut self, local: &IceCredentials, remote: &IceCredentials) {
        let mut direct = self.rtc.direct_api();
        direct.set_local_ice_credentials(credentials(local));
        direct.set_remote_ice_credentials(credentials(remote));
    }

    /// Takes an authentic check.
    pub(super) fn handle_stun(&mut self, path: &Path, bytes: &[u8], now: Instant) -> Result<(), WebrtcError> {
        if !self.has_remote {
            self.early_checks = self.early_checks.saturating_add(1).min(EARLY_CHECKS_MAX);
        }
        self.receive(path, bytes, now)
    }

    /// Takes DTLS from one of the client's paths. A record that str0m refuses is a forged or damaged one: the
    /// association goes on without it.
    pub(super) fn handle_dtls(&mut self, path: &Path, bytes: &[u8], now: Instant) {
        if let Err(error) = self.receive(path, bytes, now) {
            tracing::debug!(%error, "DTLS datagram refused");
        }
    }

    fn receive(&mut self, path: &Path, bytes: &[u8], now: Instant) -> Result<(), WebrtcError> {
        let via = protocol(path.route.protocol);
        let Ok(receive) = Receive::new(via, path.route.remote, path.candidate, bytes) else { return Ok(()) };
        Ok(self.rtc.handle_input(Input::Receive(now, receive))?)
    }

    /// Lets time pass. Checks that waited for the other side's credentials are answered one by one.
    pub(super) fn handle_timeout(
        &mut self,
        now: Instant,
        outputs: &mut Vec<WebrtcOutput>,
    ) -> Result<Option<Instant>, WebrtcError> {
        let early = if self.has_remote { std::mem::take(&mut self.early_checks) } else { 0 };
        let rounds = early.saturating_add(1);
        let mut deadline = None;
        for _ in 0..rounds {
            self.rtc.handle_input(Input::Timeout(now))?;
            deadline = self.drain(now, outputs)?;
        }
        Ok(deadline)
    }

    /// Takes all output; gives when [`Webrtc::handle_timeout`] is due next.
    pub(super) fn drain(
        &mut self,
        now: Instant,
        outputs: &mut Vec<WebrtcOutput>,
    ) -> Result<Option<Instant>, WebrtcError> {
        loop {
            let output = self.rtc.poll_output()?;
            if let Some(keys) = keys::take_exported() {
                self.exported = Some(keys);
            }
            match output {
                Output::Timeout(at) => return Ok((at < now + NEVER).then_some(at)),
                Output::Transmit(transmit) => {
                    let destination = transmit.destination;
                    outputs.extend(sorted(destination, transmit.contents.into()));
                }
                Output::Event(event) => self.handle_event(event, outputs)?,
            }
        }
    }

    fn handle_event(&mut self, event: Event, outputs: &mut Vec<WebrtcOutput>) -> Result<(), WebrtcError> {
        if let Event::Connected = event {
            let keys = self.exported.take().ok_or(WebrtcError::NoKeys)?;
            outputs.push(WebrtcOutput::Connected(keys));
        } else if let Event::ChannelOpen(id, label) = event {
            self.channels.retain(|(known, _)| *known != id);
            self.channels.push((id, label.clone()));
            self.send_held(&label);
            outputs.push(WebrtcOutput::ChannelOpened(label));
        } else if let Event::ChannelData(message) = event {
            if let Some((_, label)) = self.channels.iter().find(|(id, _)| *id == message.id) {
                let (label, binary) = (label.clone(), message.binary);
                outputs.push(WebrtcOutput::ChannelMessage { label, binary, payload: message.data });
            }
        } else if let Event::ChannelClose(id) = event {
            self.channels.retain(|(known, _)| *known != id);
        } else if let Event::Closed = event {
            outputs.push(WebrtcOutput::Closed);
        }
        Ok(())
    }

    /// Opens a channel as soon as SCTP stands.
    pub(super) fn open_channel(&mut self, label: String, ordered: bool, max_retransmits: Option<u16>) {
        let reliability = match max_retransmits {
            None => Reliability::Reliable,
            Some(retransmits) => Reliability::MaxRetransmits { retransmits },
        };
        let config = ChannelConfig { label, ordered, reliability, ..ChannelConfig::default() };
        self.rtc.direct_api().create_data_channel(config);
    }

    /// Sends a message on the channel that last opened under `label`. Where there is none yet, a reliable one is kept
    /// for it; what cannot be kept, and what the receiver is too slow for, is dropped and counted.
    pub(super) fn send(&mut self, label: &str, binary: bool, reliable: bool, payload: &[u8]) {
        let id = self.channels.iter().rev().find(|(_, known)| known == label).map(|(id, _)| *id);
        let sent = match id.and_then(|id| self.rtc.channel(id)) {
            Some(mut channel) => {
                let late = !reliable && channel.buffered_amount() > LOSSY_BUFFERED_BYTES_MAX;
                !late && matches!(channel.write(binary, payload), Ok(true))
            }
            None => reliable && self.hold(label, binary, payload),
        };
        if !sent {
            self.dropped_messages += 1;
            tracing::debug!(label, total = self.dropped_messages, "data channel message dropped");
        }
    }

    fn hold(&mut self, label: &str, binary: bool, payload: &[u8]) -> bool {
        let held: usize = self.held.iter().map(|held| held.payload.len()).sum();
        let fits = held + payload.len() <= HELD_BYTES_MAX;
        if fits {
            self.held.push(HeldMessage { label: label.to_owned(), binary, payload: payload.to_vec() });
        }
        fits
    }

    fn send_held(&mut self, label: &str) {
        let (now, later) = std::mem::take(&mut self.held).into_iter().partition(|held| held.label == label);
        self.held = later;
        let now: Vec<HeldMessage> = now;
        for HeldMessage { label, binary, payload } in now {
            self.send(&label, binary, true, &payload);
        }
    }

    /// Ends the association: what [`Webrtc::drain`] gives afterwards tells the other side.
    pub(super) fn close(&mut self) -> Result<(), WebrtcError> {
        Ok(self.rtc.close()?)
    }

    /// False once nothing more can come of it.
    pub(super) fn is_alive(&self) -> bool {
        self.rtc.is_alive()
    }
}

/// Sorts what str0m sends by its first byte (RFC 7983); it never has SRTP to send.
fn sorted(destination: SocketAddr, bytes: Vec<u8>) -> Option<WebrtcOutput> {
    match bytes.first() {
        Some(0..=3) => Some(WebrtcOutput::Stun { destination, bytes }),
        Some(20..=63) => Some(WebrtcOutput::Dtls(bytes)),
        Some(_) | None => None,
    }
}

fn credentials(ice: &IceCredentials) -> IceCreds {
    IceCreds { ufrag: ice.ufrag.clone(), pass: ice.password.clone() }
}

const fn protocol(protocol: Protocol) -> RtcProtocol {
    match protocol {
        Protocol::Udp => RtcProtocol::Udp,
        Protocol::Tcp => RtcProtocol::Tcp,
    }
}
