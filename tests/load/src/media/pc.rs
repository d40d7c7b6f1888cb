//! One PeerConnection of a participant: a socket of its own, str0m for ICE, DTLS and SCTP, and our own SRTP past it.
//!
//! str0m sees handshakes, consent checks and data channels only: media is sealed here, and of what comes most is never
//! opened, since headers are in clear.
use super::inbox::Inbox;
use crate::sdp::Local;
use quinn_udp::{Transmit, UdpSocketState};
use sfu_core::media::transport::keys::{self, ExportedKeys};
use sfu_core::media::transport::srtp::{self, DtlsRole, SrtpError, SrtpInbound, SrtpOutbound, SrtpProfile};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};
use str0m::config::{CryptoProvider, DtlsVersion, Fingerprint};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, IceConnectionState, IceCreds, Input, Output, Rtc, RtcConfig, RtcError};

/// How long candidates at other addresses than the server's known one wait for it.
const OTHERS_AFTER: Duration = Duration::from_millis(700);
/// Timeouts further away than this are str0m's way to say "never".
const NEVER: Duration = Duration::from_secs(24 * 3600);
const SOCKET_BUFFER_BYTES: usize = 1024 * 1024;
/// Most bytes of a run that is sent.
const RUN_BYTES_MAX: usize = 60_000;
/// Longest packet that is sent, bytes.
const PACKET_BYTES_MAX: usize = 1500;

/// Which of a participant's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one that it offers and sends on.
    Publisher,
    /// One that it receives on, by its number: LiveKit has one, v2 one for each stream.
    Subscriber(usize),
}

/// The server's half of an association.
#[derive(Clone, Debug)]
pub struct Far {
    /// ICE user fragment.
    pub ufrag: String,
    /// ICE password.
    pub password: String,
    /// Hash function and bytes.
    pub fingerprint: (String, Vec<u8>),
    /// We open the DTLS handshake.
    pub we_are_active: bool,
    /// We choose the path.
    pub we_control: bool,
    /// Data channels are agreed on.
    pub data: bool,
}

/// Why a PeerConnection cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum PcError {
    /// The socket.
    #[error("media socket: {0}")]
    Socket(#[from] io::Error),
    /// ICE, DTLS or SCTP.
    #[error("association: {0}")]
    Rtc(#[from] RtcError),
    /// SRTP.
    #[error("SRTP: {0}")]
    Srtp(#[from] SrtpError),
    /// The handshake ended without keys.
    #[error("the DTLS handshake gave no SRTP keys")]
    NoKeys,
    /// No answer to the checks any more.
    #[error("ICE: the path to the server is lost")]
    PathLost,
    /// The server ended it.
    #[error("the server closed the association")]
    Closed,
    /// Our address is none that ICE can use.
    #[error("address {0} cannot be used")]
    Address(SocketAddr),
}

/// What all PeerConnections have in common.
#[derive(Clone)]
pub struct PcConfig {
    rtc: RtcConfig,
    ip: IpAddr,
    server: IpAddr,
}

impl PcConfig {
    /// `ip` is our address towards the server at `server`. One certificate serves all, as making them costs.
    pub fn new(ip: IpAddr, server: IpAddr) -> Option<Self> {
        let provider: Arc<CryptoProvider> = Arc::new(keys::crypto_provider());
        let certificate = provider.dtls_provider.generate_certificate()?;
        let rtc = RtcConfig::new()
            .clear_codecs()
            .set_rtp_mode(true)
            .set_crypto_provider(provider)
            .set_dtls_cert(certificate)
            .set_dtls_version(DtlsVersion::Dtls12);
        Some(Self { rtc, ip, server })
    }
}

/// What a datagram was.
#[derive(Debug)]
pub enum Arrival<'a> {
    /// Nothing that its owner has to see.
    Handled,
    /// An RTP packet, still sealed.
    Rtp(&'a mut [u8]),
    /// An RTCP compound, opened.
    Rtcp(&'a [u8]),
}

/// One PeerConnection.
pub struct Pc {
    socket: UdpSocket,
    local: SocketAddr,
    server: IpAddr,
    rtc: Rtc,
    deadline: Option<Instant>,
    remote: Option<SocketAddr>,
    /// Candidates that came before the server's half did.
    early: Vec<String>,
    held: Vec<Candidate>,
    has_matching: bool,
    held_until: Option<Instant>,
    role: DtlsRole,
    has_far: bool,
    exported: Option<ExportedKeys>,
    profile: Option<SrtpProfile>,
    outbound: Option<SrtpOutbound>,
    inbound: Option<SrtpInbound>,
    /// Runs of datagrams in one call, where they are wanted.
    offloads: Option<UdpSocketState>,
    run: Run,
    /// Datagrams that the system did not take.
    pub unsent: u64,
}

/// Packets of one length that wait to go out in one call.
#[derive(Default)]
struct Run {
    bytes: Vec<u8>,
    segment: usize,
}

impl Pc {
    /// A PeerConnection with a socket and nothing else.
    ///
    /// With `offload` the system may hand over and take several datagrams at a time (GRO, GSO).
    pub fn new(config: &PcConfig, offload: bool, now: Instant) -> Result<Self, PcError> {
        let socket = UdpSocket::bind(SocketAddr::new(config.ip, 0))?;
        socket.set_nonblocking(true)?;
        let options = socket2::SockRef::from(&socket);
        options.set_recv_buffer_size(SOCKET_BUFFER_BYTES)?;
        options.set_send_buffer_size(SOCKET_BUFFER_BYTES)?;
        let offloads = if offload { Some(UdpSocketState::new((&socket).into())?) } else { None };
        let local = socket.local_addr()?;
        let mut rtc = config.rtc.clone().build(now);
        rtc.add_local_candidate(Candidate::host(local, "udp").map_err(|_| PcError::Address(local))?);
        Ok(Self {
            socket,
            local,
            server: config.server,
            rtc,
            deadline: Some(now),
            remote: None,
            early: Vec::new(),
            held: Vec::new(),
            has_matching: false,
            held_until: None,
            role: DtlsRole::Client,
            has_far: false,
            exported: None,
            profile: None,
            outbound: None,
            inbound: None,
            offloads,
            run: Run::default(),
            unsent: 0,
        })
    }

    /// Our half of the association.
    pub fn local(&mut self) -> Local {
        let direct = self.rtc.direct_api();
        let IceCreds { ufrag, pass } = direct.local_ice_credentials();
        let fingerprint = direct.local_dtls_fingerprint().to_string();
        Local { ufrag, password: pass, fingerprint, address: self.local }
    }

    /// The server's half has come; later ones of the same association change nothing.
    pub fn connect(&mut self, far: &Far, now: Instant) -> Result<(), PcError> {
        if self.has_far {
            return Ok(());
        }
        self.has_far = true;
        self.role = if far.we_are_active { DtlsRole::Client } else { DtlsRole::Server };
        let mut direct = self.rtc.direct_api();
        direct.set_ice_controlling(far.we_control);
        direct.set_remote_ice_credentials(IceCreds { ufrag: far.ufrag.clone(), pass: far.password.clone() });
        let (hash_func, bytes) = far.fingerprint.clone();
        direct.set_remote_fingerprint(Fingerprint { hash_func, bytes });
        direct.start_dtls(far.we_are_active)?;
        if far.data {
            direct.start_sctp(far.we_are_active);
        }
        self.drive(now)?;
        for candidate in std::mem::take(&mut self.early) {
            self.add_candidate(&candidate, now)?;
        }
        Ok(())
    }

    /// A candidate of the server's, from `candidate:` on; others than UDP are left alone.
    pub fn add_candidate(&mut self, text: &str, now: Instant) -> Result<(), PcError> {
        if !self.has_far {
            self.early.push(text.to_owned());
            return Ok(());
        }
        let Ok(candidate) = Candidate::from_sdp_string(text) else { return Ok(()) };
        let address = candidate.addr();
        if candidate.proto() != Protocol::Udp || address.is_ipv4() != self.local.is_ipv4() {
            return Ok(());
        }
        if address.ip() == self.server {
            self.has_matching = true;
            self.held.clear();
            self.rtc.add_remote_candidate(candidate);
            self.drive(now)?;
        } else if !self.has_matching {
            self.held.push(candidate);
            self.held_until.get_or_insert(now + OTHERS_AFTER);
        }
        Ok(())
    }

    /// Lets time pass where it matters; true when the association has just come to stand.
    pub fn tick(&mut self, now: Instant) -> Result<bool, PcError> {
        if self.held_until.is_some_and(|until| until <= now) {
            self.held_until = None;
            for candidate in std::mem::take(&mut self.held) {
                self.rtc.add_remote_candidate(candidate);
            }
            self.deadline = Some(now);
        }
        if self.deadline.is_some_and(|deadline| deadline <= now) { self.drive(now) } else { Ok(false) }
    }

    /// Lets time pass; true when the association has just come to stand.
    fn drive(&mut self, now: Instant) -> Result<bool, PcError> {
        self.rtc.handle_input(Input::Timeout(now))?;
        self.drain(now)
    }

    fn drain(&mut self, now: Instant) -> Result<bool, PcError> {
        let mut connected = false;
        loop {
            let output = self.rtc.poll_output()?;
            if let Some(exported) = keys::take_exported() {
                self.exported = Some(exported);
            }
            match output {
                Output::Timeout(at) => {
                    self.deadline = (at < now + NEVER).then_some(at);
                    return Ok(connected);
                }
                Output::Transmit(transmit) => {
                    if transmit.contents.first().is_some_and(|first| (20..=63).contains(first)) {
                        self.remote = Some(transmit.destination);
                    }
                    if self.socket.send_to(&transmit.contents, transmit.destination).is_err() {
                        self.unsent += 1;
                    }
                }
                Output::Event(event) => connected |= self.on_event(&event)?,
            }
        }
    }

    fn on_event(&mut self, event: &Event) -> Result<bool, PcError> {
        if let Event::Connected = event {
            let keys = self.exported.take().ok_or(PcError::NoKeys)?;
            let (outbound, inbound) = srtp::from_dtls(keys.profile, &keys.material, self.role)?;
            self.profile = Some(keys.profile);
            self.outbound = Some(outbound);
            self.inbound = Some(inbound);
            return Ok(true);
        }
        if let Event::IceConnectionStateChange(IceConnectionState::Disconnected) = event {
            return Err(PcError::PathLost);
        }
        if let Event::Closed = event {
            return Err(PcError::Closed);
        }
        Ok(false)
    }

    /// Takes what waits on the socket into `inbox`.
    pub fn receive(&mut self, inbox: &mut Inbox) -> Result<(), PcError> {
        Ok(inbox.fill(&self.socket, self.offloads.as_ref())?)
    }

    /// Looks at a received datagram; the flag is true when the association has just come to stand.
    pub fn sort<'a>(
        &mut self,
        from: SocketAddr,
        datagram: &'a mut [u8],
        now: Instant,
    ) -> Result<(bool, Arrival<'a>), PcError> {
        match datagram {
            [128..=191, second, ..] if (192..=223).contains(second) => {
                let Some(inbound) = &mut self.inbound else { return Ok((false, Arrival::Handled)) };
                let arrival = match inbound.open_rtcp(datagram) {
                    Ok(len) => Arrival::Rtcp(&datagram[..len]),
                    Err(_) => Arrival::Handled,
                };
                Ok((false, arrival))
            }
            [128..=191, ..] => Ok((false, Arrival::Rtp(datagram))),
            _ => Ok((self.handle(from, datagram, now)?, Arrival::Handled)),
        }
    }

    fn handle(&mut self, from: SocketAddr, datagram: &[u8], now: Instant) -> Result<bool, PcError> {
        let Ok(receive) = Receive::new(Protocol::Udp, from, self.local, datagram) else { return Ok(false) };
        self.rtc.handle_input(Input::Receive(now, receive))?;
        let connected = self.drain(now)?;
        Ok(self.drive(now)? || connected)
    }

    /// Opens an RTP packet that [`Pc::receive`] gave; the length of header and of the plain packet.
    pub fn open(&mut self, packet: &mut [u8]) -> Option<(usize, usize)> {
        let opened = self.inbound.as_mut()?.open_rtp(packet).ok()?;
        Some((opened.header.len(), opened.len))
    }

    /// True once media can be sent.
    pub const fn is_connected(&self) -> bool {
        self.outbound.is_some()
    }

    /// The SRTP profile that the handshake chose.
    pub const fn profile(&self) -> Option<SrtpProfile> {
        self.profile
    }

    /// Seals and sends an RTP packet; nothing happens before the association stands.
    pub fn send_rtp(&mut self, header: &[u8], payload: &[u8], index: u64) -> Result<(), PcError> {
        let (Some(outbound), Some(remote)) = (&mut self.outbound, self.remote) else { return Ok(()) };
        let mut sealed = [0; PACKET_BYTES_MAX];
        let len = outbound.seal_rtp(header, &[], payload, index, &mut sealed)?;
        if self.offloads.is_none() {
            self.send(&sealed[..len], remote);
            return Ok(());
        }
        // A run is of packets of one length, of which the last may be shorter.
        if !self.run.bytes.is_empty() && (len > self.run.segment || self.run.bytes.len() + len > RUN_BYTES_MAX) {
            self.flush();
        }
        if self.run.bytes.is_empty() {
            self.run.segment = len;
        }
        self.run.bytes.extend_from_slice(&sealed[..len]);
        if len < self.run.segment {
            self.flush();
        }
        Ok(())
    }

    /// Sends what waits for being sent in one call.
    pub fn flush(&mut self) {
        let run = std::mem::take(&mut self.run);
        if let (Some(state), Some(destination), false) = (&self.offloads, self.remote, run.bytes.is_empty()) {
            let segment_size = Some(run.segment);
            let transmit = Transmit { destination, ecn: None, contents: &run.bytes, segment_size, src_ip: None };
            if state.try_send((&self.socket).into(), &transmit).is_err() {
                self.unsent += 1;
            }
        }
        self.run = Run { bytes: run.bytes, segment: 0 };
        self.run.bytes.clear();
    }

    /// Seals and sends an RTCP compound.
    pub fn send_rtcp(&mut self, compound: &[u8]) -> Result<(), PcError> {
        let (Some(outbound), Some(remote)) = (&mut self.outbound, self.remote) else { return Ok(()) };
        let mut sealed = [0; PACKET_BYTES_MAX];
        let len = outbound.seal_rtcp(compound, &mut sealed)?;
        self.send(&sealed[..len], remote);
        Ok(())
    }

    fn send(&mut self, datagram: &[u8], remote: SocketAddr) {
        if self.socket.send_to(datagram, remote).is_err() {
            self.unsent += 1;
        }
    }

    /// Says goodbye; the socket goes with the value.
    pub fn close(&mut self, now: Instant) {
        if self.rtc.close().is_ok() {
            let _ = self.drain(now);
        }
    }
}
