//! One client's association: its paths, its DTLS and SCTP, its SRTP keys, its counters.
//!
//! It opens what comes and seals what goes; what is inside the packets is `media::rtp`'s, who gets them is the
//! Router's. The parts: `ice` (whose address is it), `webrtc` (str0m), `dtls_filter` and
//! `clienthello` in front of it, `keys`, `srtp`, `rtcp`.
pub(in crate::media) mod certificate;
mod clienthello;
mod dtls_filter;
mod flow;
#[cfg(feature = "fuzzing")]
pub(in crate::media) mod fuzz;
mod ice;
mod incoming;
pub mod keys;
pub mod rtcp;
pub mod srtp;
mod webrtc;

pub(in crate::media) use flow::{OutgoingStream, Progress};
pub(in crate::media) use ice::Path;
pub(in crate::media) use incoming::{Incoming, Owner};
pub(in crate::media) use webrtc::WebrtcConfig;

use super::arena::SendArena;
use super::bandwidth::Bandwidth;
use super::command::TransportParams;
use super::congestion::twcc::{ArrivalRecorder, PacketResult, SendRecorder};
use super::datagram::Route;
use super::event::{FailureCause, MediaEvent, TransportStats};
use super::reports::Duties;
use crate::id::TransportId;
use crate::random::Random;
use crate::sdp::{Fingerprint, IceCredentials};
use clienthello::{ClientHello, Gathered};
use dtls_filter::DtlsFilter;
use ice::{CheckedBy, Ice};
use is::stun::StunMessage;
use srtp::{DtlsRole, SrtpInbound, SrtpOutbound};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use webrtc::{Webrtc, WebrtcOutput};

/// Silence after which a path counts as down: browsers check every 2.5 to 5.6 s.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// How long a handshake may take, from the first authentic check.
const HANDSHAKE_MAX: Duration = Duration::from_secs(30);
/// Room for the answer to a check, bytes.
const STUN_BYTES_MAX: usize = 256;
/// Room for a check, bytes: its user name has at most 513 (RFC 8489 §14.3).
const CHECK_BYTES_MAX: usize = 768;

/// Where a Transport's output goes.
pub(in crate::media) struct Outlet<'a> {
    /// Datagrams.
    pub(in crate::media) arena: &'a mut SendArena,
    /// Events.
    pub(in crate::media) events: &'a mut VecDeque<MediaEvent>,
}

/// What the demultiplexer must learn from a check.
#[derive(Clone, Copy, Default)]
pub(in crate::media) struct PathChange {
    /// This path is the Transport's from now on.
    pub(in crate::media) learned: Option<Route>,
    /// This one no longer.
    pub(in crate::media) forgotten: Option<Route>,
}

/// What the other side's description says of the association.
pub(in crate::media) struct Remote {
    pub(in crate::media) ice: IceCredentials,
    pub(in crate::media) fingerprint: Fingerprint,
    /// SCTP is wanted.
    pub(in crate::media) data_channels: bool,
    /// We begin the DTLS handshake.
    pub(in crate::media) dtls_client: bool,
}

/// One client's association.
pub(in crate::media) struct Transport {
    id: TransportId,
    lane: u32,
    ice: Ice,
    /// Apart, like all that is large and not needed for each packet: what is needed lies close together.
    webrtc: Box<Webrtc>,
    filter: DtlsFilter,
    hello: ClientHello,
    /// Our part in the handshake.
    dtls: DtlsRole,
    /// What seals and opens packets, once the handshake gave the keys.
    outbound: Option<SrtpOutbound>,
    inbound: Option<SrtpInbound>,
    state: State,
    webrtc_deadline: Option<Instant>,
    outputs: Vec<WebrtcOutput>,
    ssrc: u32,
    departures: SendRecorder,
    /// What the last feedback said, kept for its memory.
    results: Vec<PacketResult>,
    counters: TransportStats,
    /// Whom the SSRCs that come belong to.
    pub(in crate::media) incoming: Incoming,
    /// When what arrived, for transport-wide feedback; `None` where that is not negotiated.
    pub(in crate::media) arrivals: Option<ArrivalRecorder>,
    /// What its path carries, and who gets how much of it.
    pub(in crate::media) bandwidth: Box<Bandwidth>,
    /// What is reported when, and on whom.
    pub(in crate::media) duties: Duties,
    #[cfg(test)]
    pub(in crate::media) panics_at_next_packet: bool,
}

/// How far an association is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// No path is known.
    New,
    /// A path is known: DTLS must be done by then.
    Handshaking(Instant),
    /// Media flows.
    Connected,
    /// No check has come for a while.
    Silent,
}

impl Transport {
    /// An association that knows only its own half. `lane` is its slot's number.
    pub(in crate::media) fn new(
        params: &TransportParams,
        config: &WebrtcConfig,
        lane: u32,
        random: &mut Random,
        now: Instant,
    ) -> Self {
        Self {
            id: params.transport,
            lane,
            ice: Ice::new(params.local_ice.clone()),
            webrtc: Box::new(Webrtc::new(config, &params.local_ice, now)),
            filter: DtlsFilter::default(),
            hello: ClientHello::default(),
            dtls: DtlsRole::Server,
            outbound: None,
            inbound: None,
            state: State::New,
            webrtc_deadline: Some(now),
            outputs: Vec::new(),
            ssrc: random.ssrc(),
            departures: SendRecorder::new(),
            results: Vec::new(),
            counters: TransportStats::new(params.transport),
            incoming: Incoming::default(),
            arrivals: None,
            bandwidth: Box::new(Bandwidth::new()),
            duties: Duties::default(),
            #[cfg(test)]
            panics_at_next_packet: false,
        }
    }

    /// Which Transport.
    pub(in crate::media) const fn id(&self) -> TransportId {
        self.id
    }

    /// The SSRC that our reports carry as their sender.
    pub(in crate::media) const fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Media can be sent: keys are there, and a path is known to work.
    pub(in crate::media) fn can_send(&self) -> bool {
        self.outbound.is_some() && self.state == State::Connected && self.ice.selected().is_some()
    }

    /// All addresses that are known as this client's.
    pub(in crate::media) fn routes(&self) -> impl Iterator<Item = Route> + '_ {
        self.ice.paths().iter().map(|path| path.route)
    }

    /// Another Transport proved that this address is its client's now.
    pub(in crate::media) fn forget_path(&mut self, route: &Route) {
        self.ice.forget(route);
    }

    /// The path that datagrams from `route` come on, if it is this client's.
    pub(in crate::media) fn path(&self, route: &Route) -> Option<Path> {
        self.ice.paths().iter().find(|path| path.route == *route).copied()
    }

    /// Counters, to add to.
    pub(in crate::media) const fn counters(&mut self) -> &mut TransportStats {
        &mut self.counters
    }

    /// The other side's half has come.
    pub(in crate::media) fn connect(
        &mut self,
        remote: &Remote,
        now: Instant,
        out: &mut Outlet<'_>,
    ) -> Result<Progress, FailureCause> {
        self.ice.set_remote(&remote.ice.ufrag);
        if !self.webrtc.has_remote() && remote.dtls_client {
            self.dtls = DtlsRole::Client;
        }
        let connected = self.webrtc.connect(remote);
        connected.map_err(|error| self.failed(&error))?;
        self.settle(now, out)
    }

    /// New credentials on both sides.
    pub(in crate::media) fn restart_ice(
        &mut self,
        local: IceCredentials,
        remote: &IceCredentials,
        now: Instant,
        out: &mut Outlet<'_>,
    ) -> Result<Progress, FailureCause> {
        self.webrtc.restart_ice(&local, remote);
        self.ice.restart(local);
        self.ice.set_remote(&remote.ufrag);
        self.settle(now, out)
    }

    /// Takes a binding request that names this Transport. Gives `None` where it is not authentic.
    pub(in crate::media) fn handle_check(
        &mut self,
        path: Path,
        request: &StunMessage<'_>,
        bytes: &[u8],
        now: Instant,
        out: &mut Outlet<'_>,
    ) -> Option<Result<(PathChange, Progress), FailureCause>> {
        let by = self.ice.authenticate(request)?;
        let outcome = self.ice.handle_check(path, by, request.use_candidate(), now);
        let change = PathChange { learned: outcome.new_path.then_some(path.route), forgotten: outcome.forgotten };
        self.note_check(outcome.selected, outcome.restarted, now, out);
        let progress = match by {
            CheckedBy::Previous => {
                let source = path.route.remote;
                let answer = |buffer: &mut [u8]| self.ice.answer_previous(request, source, buffer);
                out.arena.push(self.lane, path.route, STUN_BYTES_MAX, answer);
                Ok(Progress::default())
            }
            CheckedBy::Current => {
                let mut buffer = [0; CHECK_BYTES_MAX];
                let early = outcome.selected && !request.use_candidate();
                let nominating = if early { self.ice.nominating(request, &mut buffer) } else { None };
                let bytes = nominating.and_then(|len| buffer.get(..len)).unwrap_or(bytes);
                match self.webrtc.handle_stun(&path, bytes, now) {
                    Ok(()) => self.drain(now, out),
                    Err(error) => Err(self.failed(&error)),
                }
            }
        };
        Some(progress.map(|progress| (change, progress)))
    }

    /// Tells the room where a check shows that the path works (again).
    fn note_check(&mut self, selected: bool, restarted: bool, now: Instant, out: &mut Outlet<'_>) {
        match self.state {
            State::New if selected => {
                self.state = State::Handshaking(now + HANDSHAKE_MAX);
                out.events.push_back(MediaEvent::PathFound(self.id));
            }
            State::Silent => {
                self.state = State::Connected;
                out.events.push_back(MediaEvent::TransportConnected(self.id));
            }
            State::Connected if restarted => out.events.push_back(MediaEvent::TransportConnected(self.id)),
            State::New | State::Handshaking(_) | State::Connected => {}
        }
    }

    /// Takes a DTLS datagram from one of this client's paths.
    pub(in crate::media) fn handle_dtls(
        &mut self,
        path: &Path,
        bytes: &[u8],
        now: Instant,
        out: &mut Outlet<'_>,
    ) -> Result<Progress, FailureCause> {
        if !self.filter.passes(bytes) {
            return Ok(Progress::default());
        }
        match self.hello.handle_datagram(bytes) {
            Gathered::Incomplete => return Ok(Progress::default()),
            Gathered::AsItIs => self.webrtc.handle_dtls(path, bytes, now),
            Gathered::Whole(record) => self.webrtc.handle_dtls(path, &record, now),
        }
        self.drain(now, out)
    }

    /// Opens a data channel from our side.
    pub(in crate::media) fn open_channel(
        &mut self,
        label: String,
        ordered: bool,
        max_retransmits: Option<u16>,
        now: Instant,
        out: &mut Outlet<'_>,
    ) -> Result<Progress, FailureCause> {
        self.webrtc.open_channel(label, ordered, max_retransmits);
        self.settle(now, out)
    }

    /// Sends a message on a data channel.
    pub(in crate::media) fn send_channel(
        &mut self,
        label: &str,
        (binary, reliable): (bool, bool),
        payload: &[u8],
        now: Instant,
        out: &mut Outlet<'_>,
    ) -> Result<Progress, FailureCause> {
        self.webrtc.send(label, binary, reliable, payload);
        self.settle(now, out)
    }

    /// Says goodbye to the other side.
    pub(in crate::media) fn close(&mut self, now: Instant, out: &mut Outlet<'_>) {
        if self.webrtc.close().is_ok() {
            // The events of a Transport that was told to close interest nobody.
            let mut events = VecDeque::new();
            let _ = self.settle(now, &mut Outlet { arena: out.arena, events: &mut events });
        }
    }

    /// Lets time pass for ICE, DTLS and SCTP.
    pub(in crate::media) fn handle_timeout(
        &mut self,
        now: Instant,
        out: &mut Outlet<'_>,
    ) -> Result<Progress, FailureCause> {
        match self.state {
            State::Handshaking(until) if until <= now => return Err(FailureCause::Dtls),
            State::Connected if self.silent_at().is_some_and(|at| at <= now) => {
                self.state = State::Silent;
                out.events.push_back(MediaEvent::TransportDisconnected(self.id));
            }
            State::New | State::Handshaking(_) | State::Connected | State::Silent => {}
        }
        if self.webrtc_deadline.is_some_and(|at| at <= now) {
            return self.settle(now, out);
        }
        Ok(Progress::default())
    }

    /// When [`Transport::handle_timeout`] is due.
    pub(in crate::media) fn deadline(&self) -> Option<Instant> {
        let own = match self.state {
            State::Handshaking(until) => Some(until),
            State::Connected => self.silent_at(),
            State::New | State::Silent => None,
        };
        [own, self.webrtc_deadline].into_iter().flatten().min()
    }

    /// As if a check had nominated `path` and the handshake had given these keys.
    #[cfg(test)]
    pub(in crate::media) fn connect_at_once(&mut self, path: Path, keys: &[u8], now: Instant) {
        let made = srtp::from_dtls(srtp::SrtpProfile::AeadAes128Gcm, keys, srtp::DtlsRole::Server);
        (self.outbound, self.inbound) = made.ok().unzip();
        self.ice.handle_check(path, CheckedBy::Current, true, now);
        self.state = State::Connected;
    }

    fn silent_at(&self) -> Option<Instant> {
        self.ice.last_check().map(|at| at + SILENCE_MAX)
    }
}
