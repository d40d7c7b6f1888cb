//! A Worker: everything that one media thread does, as a state machine.
//!
//! Commands, datagrams and timeouts go in; datagrams and events come out. It owns its Transports and Routers alone. It
//! knows no socket, thread or clock; who drives it feeds a batch of input, then polls until both `poll_transmit` and
//! `poll_event` give nothing, then waits until [`Worker::deadline`].
use super::datagram::{LocalAddress, Route, Transmit};
use super::transport::certificate::Certificate;
use super::{MediaCommand, MediaEvent, WorkerFacts};
use crate::id::WorkerId;
use crate::random::Random;
use crate::sdp::{Candidate, CandidateKind, Protocol};
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
    /// There is no address to be reached at, or an unspecified one among them.
    #[error("a worker needs at least one address, and none may be unspecified")]
    Address,
    /// The crypto library made no certificate.
    #[error("no DTLS certificate could be made")]
    Certificate,
}

/// One media thread's state.
pub struct Worker {
    facts: WorkerFacts,
    #[expect(dead_code, reason = "Transports present it once they exist")]
    certificate: Certificate,
    #[expect(dead_code, reason = "Transports draw from it once they exist")]
    random: Random,
    events: VecDeque<MediaEvent>,
}

impl Worker {
    /// A Worker with a certificate of its own. May be made on one thread and driven on another.
    pub fn new(config: WorkerConfig, random: Random, _now: Instant) -> Result<Self, WorkerError> {
        if config.addresses.is_empty() || config.addresses.iter().any(|a| a.address.ip().is_unspecified()) {
            return Err(WorkerError::Address);
        }
        let certificate = Certificate::generate().ok_or(WorkerError::Certificate)?;
        let facts = WorkerFacts {
            worker: config.id,
            candidates: candidates(&config.addresses),
            fingerprint: certificate.fingerprint(),
        };
        Ok(Self { facts, certificate, random, events: VecDeque::new() })
    }

    /// What a room needs to know to write this worker's half of a session description.
    pub fn facts(&self) -> WorkerFacts {
        self.facts.clone()
    }

    /// Takes a command. What goes wrong with it is reported as an event.
    pub fn handle_command(&mut self, _command: MediaCommand, _now: Instant) {}

    /// Takes one datagram; its bytes are decrypted in place and worthless afterwards. Several may be given before
    /// polling: the answers to a batch are grouped by destination.
    pub fn handle_datagram(&mut self, _route: Route, _payload: &mut [u8], _now: Instant) {}

    /// Does what is due. To be called at [`Worker::deadline`] or any time before.
    pub fn handle_timeout(&mut self, _now: Instant) {}

    /// Datagrams to send, until `None`.
    pub fn poll_transmit(&mut self) -> Option<Transmit<'_>> {
        None
    }

    /// What happened, until `None`.
    pub fn poll_event(&mut self) -> Option<MediaEvent> {
        self.events.pop_front()
    }

    /// When `handle_timeout` must be called next; `None`: not before the next input.
    pub fn deadline(&self) -> Option<Instant> {
        None
    }
}

/// Host candidates of component 1 (RFC 8445 §5.1.2.1): UDP before TCP, then in the order given.
fn candidates(addresses: &[LocalAddress]) -> Vec<Candidate> {
    let mut candidates = Vec::with_capacity(addresses.len());
    for (place, local) in (0u32..).zip(addresses) {
        let preference = match local.protocol {
            Protocol::Udp => 65_535u32,
            // Passive TCP (RFC 6544 §4.2): direction preference 4.
            Protocol::Tcp => (4 << 13) | 0x1fff,
        };
        let preference = preference.saturating_sub(place);
        let kind_preference: u32 = match local.protocol {
            Protocol::Udp => 126,
            Protocol::Tcp => 90,
        };
        candidates.push(Candidate {
            foundation: (place + 1).to_string(),
            protocol: local.protocol,
            priority: (kind_preference << 24) | (preference << 8) | 255,
            address: local.address,
            kind: CandidateKind::Host,
        });
    }
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(protocol: Protocol, address: &str) -> LocalAddress {
        LocalAddress { protocol, address: address.parse().unwrap() }
    }

    #[test]
    fn candidates_keep_their_order_and_udp_comes_first() {
        let addresses = [
            local(Protocol::Tcp, "192.0.2.1:7881"),
            local(Protocol::Udp, "192.0.2.1:7882"),
            local(Protocol::Udp, "127.0.0.1:7882"),
        ];
        let config = WorkerConfig { id: WorkerId(0), addresses: addresses.to_vec() };
        let worker = Worker::new(config, Random::seeded(1), Instant::now()).unwrap();
        let priorities: Vec<u32> = worker.facts().candidates.iter().map(|c| c.priority).collect();
        assert!(priorities[1] > priorities[2] && priorities[2] > priorities[0], "{priorities:?}");
        assert_eq!(worker.facts().fingerprint.bytes.len(), 32);
    }

    #[test]
    fn a_worker_without_a_reachable_address_is_refused() {
        for addresses in [vec![], vec![local(Protocol::Udp, "0.0.0.0:7882")]] {
            let config = WorkerConfig { id: WorkerId(0), addresses };
            assert!(matches!(Worker::new(config, Random::seeded(1), Instant::now()), Err(WorkerError::Address)));
        }
    }
}
