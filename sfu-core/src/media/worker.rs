//! A Worker: everything that one media thread does, as a state machine.
//!
//! Commands, datagrams and timeouts go in; datagrams and events come out. It owns its Transports and Routers alone. It
//! knows no socket, thread or clock; who drives it feeds a batch of input, then polls until `poll_transmit`,
//! `poll_pipe` and `poll_event` give nothing, then waits until [`Worker::deadline`].
mod command;
mod counters;
mod input;
mod pipe;

pub use counters::{DropCounters, WorkerCensus, WorkerCounters};

pub use input::worker_of_check;

use super::arena::SendArena;
use super::clock::{PeerClock, WallClock};
use super::datagram::{LocalAddress, Transmit};
use super::demux::Demux;
use super::event::{FailureCause, MediaEvent};
use super::pipe::{PipeBatch, PipeOutbox};
use super::router::{Router, Surroundings};
use super::rtp::extension::abs_send_time_bytes;
use super::timer::Timers;
use super::transport::certificate::Certificate;
use super::transport::{Outlet, Transport, WebrtcConfig};
use super::{WorkerFacts, bandwidth, reports};
use crate::id::{ConsumerId, ProducerId, RoomId, TransportId, WorkerId};
use crate::random::Random;
use crate::sdp::{Candidate, CandidateKind, Protocol};
use rustc_hash::FxHashMap;
use slab::Slab;
use std::collections::VecDeque;
use std::time::Instant;

/// What is fixed about a Worker for its life.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// Which worker: part of the ufrags that it answers to.
    pub id: WorkerId,
    /// The addresses clients reach it at, best first. At least one.
    pub addresses: Vec<LocalAddress>,
}

/// Why a Worker could not be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WorkerError {
    /// There is no address to be reached at, or one that no client can reach among them.
    #[error("a worker needs at least one address, and none may be unspecified, multicast or link-local")]
    Address,
    /// The crypto library made no certificate.
    #[error("no DTLS certificate could be made")]
    Certificate,
}

/// One media thread's state.
pub struct Worker {
    facts: WorkerFacts,
    webrtc: WebrtcConfig,
    random: Random,
    clock: WallClock,
    demux: Demux,
    transports: Slab<Transport>,
    routers: Slab<Router>,
    by_room: FxHashMap<RoomId, usize>,
    by_transport: FxHashMap<TransportId, usize>,
    by_producer: FxHashMap<ProducerId, (usize, usize)>,
    by_consumer: FxHashMap<ConsumerId, (usize, usize)>,
    arena: SendArena,
    pipes: PipeOutbox,
    events: VecDeque<MediaEvent>,
    timers: Timers,
    /// Used anew for each Transport that reports.
    clocks: Vec<(usize, PeerClock)>,
    /// Routers that hold packets of this batch, and when the last of these came.
    holding: Vec<usize>,
    last_input: Instant,
    drops: DropCounters,
    counters: WorkerCounters,
}

impl Worker {
    /// A Worker with a certificate of its own. May be made on one thread and driven on another.
    pub fn new(config: WorkerConfig, random: Random, now: Instant) -> Result<Self, WorkerError> {
        if config.addresses.is_empty() {
            return Err(WorkerError::Address);
        }
        let certificate = Certificate::generate().ok_or(WorkerError::Certificate)?;
        let facts = WorkerFacts {
            worker: config.id,
            candidates: candidates(&config.addresses),
            fingerprint: certificate.fingerprint(),
        };
        Ok(Self {
            facts,
            webrtc: WebrtcConfig::new(&certificate, &config.addresses).ok_or(WorkerError::Address)?,
            random,
            clock: WallClock::new(now),
            demux: Demux::new(config.addresses),
            transports: Slab::new(),
            routers: Slab::new(),
            by_room: FxHashMap::default(),
            by_transport: FxHashMap::default(),
            by_producer: FxHashMap::default(),
            by_consumer: FxHashMap::default(),
            arena: SendArena::default(),
            pipes: PipeOutbox::default(),
            events: VecDeque::new(),
            timers: Timers::default(),
            clocks: Vec::new(),
            holding: Vec::new(),
            last_input: now,
            drops: DropCounters::default(),
            counters: WorkerCounters::default(),
        })
    }

    /// What a room needs to know to write this worker's half of a session description.
    pub fn facts(&self) -> WorkerFacts {
        self.facts.clone()
    }

    /// Does what is due. To be called at [`Worker::deadline`] or any time before.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.pass_all_on(now);
        // Each Transport once: what becomes due meanwhile waits for the next call.
        for _ in 0..self.transports.len() {
            let Some(slot) = self.timers.pop(now) else { return };
            self.guarded(slot, now, |worker| {
                let Some(transport) = worker.transports.get_mut(slot) else { return Ok(()) };
                let out = &mut Outlet { arena: &mut worker.arena, events: &mut worker.events };
                let progress = transport.handle_timeout(now, out)?;
                worker.follow(slot, progress, now);
                worker.send_reports(slot, now);
                worker.repeat_blanks(slot, now);
                worker.share_bandwidth(slot, now);
                Ok(())
            });
            self.schedule(slot, now);
        }
    }

    /// Datagrams to send, until `None`.
    pub fn poll_transmit(&mut self) -> Option<Transmit<'_>> {
        // One room after the other, so that what is sent is still in the processor's cache.
        while self.arena.is_empty() {
            let router = self.holding.pop()?;
            self.pass_on(router, self.last_input);
        }
        let transmit = self.arena.poll()?;
        let bytes = transmit.payload.len();
        self.counters.runs_out += 1;
        self.counters.bytes_out += bytes as u64;
        self.counters.datagrams_out += bytes.div_ceil(transmit.segment_bytes.max(1)) as u64;
        Some(transmit)
    }

    /// Bytes of datagrams that wait for [`Worker::poll_transmit`]: whoever feeds several batches before polling can
    /// see when it is enough.
    pub const fn waiting_bytes(&self) -> usize {
        self.arena.waiting_bytes()
    }

    /// What happened, until `None`.
    pub fn poll_event(&mut self) -> Option<MediaEvent> {
        self.events.pop_front()
    }

    /// Exchanges `spare`, which is emptied, for a batch for another Worker; gives which one. Until `None`.
    pub fn poll_pipe(&mut self, spare: &mut PipeBatch) -> Option<WorkerId> {
        let to = self.pipes.poll(spare)?;
        self.counters.pipe_packets_out += spare.packets() as u64;
        Some(to)
    }

    /// When `handle_timeout` must be called next; `None`: not before the next input.
    pub fn deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Notes that a Router may hold packets back until the batch of input has ended.
    fn note_held(&mut self, router: usize, was_holding: bool, now: Instant) {
        self.last_input = now;
        if !was_holding && self.routers.get(router).is_some_and(Router::is_holding) {
            self.holding.push(router);
        }
    }

    /// Passes on the packets that came since the last time.
    fn pass_all_on(&mut self, now: Instant) {
        while let Some(router) = self.holding.pop() {
            self.pass_on(router, now);
        }
    }

    fn pass_on(&mut self, slot: usize, now: Instant) {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            if let Some((router, mut around)) = self.router_around(slot, now) {
                router.pass_on(&mut around);
            }
        }));
        if outcome.is_err() {
            tracing::error!(slot, "a fault while packets were passed on: their sender is closed");
            if let Some(sender) = self.routers.get(slot).and_then(Router::faulty_sender) {
                self.fail(sender, FailureCause::Internal, now);
            }
        }
    }

    fn send_reports(&mut self, slot: usize, now: Instant) {
        let Some(router) = self.transports.get(slot).map(|transport| transport.duties.router) else { return };
        let Some(router) = self.routers.get_mut(router) else { return };
        // The one Transport is taken out of sight while it reports; clocks are small and copied, where they are needed.
        let needs_clocks = self.transports.get(slot).is_some_and(|transport| transport.duties.are_reports_due(now));
        self.clocks.clear();
        if needs_clocks {
            router.sources_of(slot, &self.transports, &mut self.clocks);
        }
        let clocks = &self.clocks;
        let Some(transport) = self.transports.get_mut(slot) else { return };
        let clock_of = |source: usize| clocks.iter().find(|(known, _)| *known == source).map(|(_, clock)| *clock);
        let source_clock = |source: usize| clock_of(source).unwrap_or_default();
        reports::send_due(transport, router, source_clock, self.clock, now, &mut self.arena);
    }

    fn repeat_blanks(&mut self, slot: usize, now: Instant) {
        let Some(router) = self.transports.get(slot).map(|transport| transport.duties.router) else { return };
        if let Some((router, mut around)) = self.router_around(router, now) {
            router.repeat_blanks(slot, &mut around);
        }
    }

    fn share_bandwidth(&mut self, slot: usize, now: Instant) {
        let Some(router) = self.transports.get(slot).map(|transport| transport.duties.router) else { return };
        if let Some((router, mut around)) = self.router_around(router, now) {
            bandwidth::run_due(slot, router, &mut around);
        }
    }

    /// Sets when a Transport must be looked at next.
    fn schedule(&mut self, slot: usize, now: Instant) {
        let Some(transport) = self.transports.get(slot) else {
            self.timers.set(slot, None);
            return;
        };
        let reports = self.routers.get(transport.duties.router);
        let reports = reports.and_then(|router| reports::deadline(transport, router, now));
        let deadline = [transport.deadline(), transport.bandwidth.deadline(), reports].into_iter().flatten().min();
        self.timers.set(slot, deadline);
    }

    /// Lends a Router what it works with.
    fn router_around(&mut self, router: usize, now: Instant) -> Option<(&mut Router, Surroundings<'_>)> {
        let around = Surroundings {
            transports: &mut self.transports,
            arena: &mut self.arena,
            events: &mut self.events,
            timers: &mut self.timers,
            pipes: &mut self.pipes,
            clock: self.clock,
            send_time: abs_send_time_bytes(self.clock.since_start(now)),
            now,
        };
        Some((self.routers.get_mut(router)?, around))
    }

    /// Runs something that concerns one Transport: an error or a panic in it ends that Transport alone.
    fn guarded(&mut self, slot: usize, now: Instant, run: impl FnOnce(&mut Self) -> Result<(), FailureCause>) {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(self)));
        let cause = match outcome {
            Ok(Ok(())) => return,
            Ok(Err(cause)) => cause,
            Err(_) => {
                tracing::error!(slot, "a fault in one Transport: it is closed");
                FailureCause::Internal
            }
        };
        self.fail(slot, cause, now);
    }
}

/// Host candidates of component 1 (RFC 8445 §5.1.2.1): UDP before TCP, then in the order given.
fn candidates(addresses: &[LocalAddress]) -> Vec<Candidate> {
    let mut candidates = Vec::with_capacity(addresses.len());
    for (place, local) in (0u32..).zip(addresses) {
        let (kind_preference, local_preference): (u32, u32) = match local.protocol {
            Protocol::Udp => (126, 65_535),
            // Passive TCP (RFC 6544 §4.2): direction preference 4.
            Protocol::Tcp => (90, (4 << 13) | 0x1fff),
        };
        candidates.push(Candidate {
            foundation: (place + 1).to_string(),
            protocol: local.protocol,
            priority: (kind_preference << 24) | (local_preference.saturating_sub(place) << 8) | 255,
            address: local.address,
            kind: CandidateKind::Host,
        });
    }
    candidates
}

#[cfg(test)]
mod tests;
