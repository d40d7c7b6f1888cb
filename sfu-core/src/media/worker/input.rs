//! Datagrams: each goes to the Transport that proved to own its address; checks prove it.
use super::Worker;
use crate::extension::Extension;
use crate::id::WorkerId;
use crate::media::MediaCommand;
use crate::media::datagram::Route;
use crate::media::demux::{Class, classify};
use crate::media::event::{FailureCause, MediaEvent};
use crate::media::feedback;
use crate::media::prefetch::prefetch;
use crate::media::rtp::extension::parse_transport_sequence;
use crate::media::rtp::header::RtpPacket;
use crate::media::transport::{Outlet, Path, Progress};
use is::stun::StunMessage;
use std::time::Instant;

/// The worker that a binding request names by its user name: for whoever must choose a Worker before one has seen the
/// request. Nothing is verified; `None` where the bytes are no such request, or name nothing of ours.
pub fn worker_of_check(datagram: &[u8]) -> Option<WorkerId> {
    let request = StunMessage::parse(datagram).ok().filter(StunMessage::is_binding_request)?;
    let (local, _) = request.split_username()?;
    MediaCommand::transport_of_ufrag(local).map(|(worker, _)| worker)
}

impl Worker {
    /// True where a Transport proved that this address is its client's.
    pub fn owns(&self, route: &Route) -> bool {
        self.demux.slot(route).is_some()
    }

    /// A datagram from this address will be given soon: what it needs can be fetched from memory meanwhile.
    pub fn expect_datagram(&self, route: &Route) {
        self.demux.slot(route).and_then(|slot| self.transports.get(slot)).map(prefetch);
    }

    /// Takes one datagram; its bytes are decrypted in place and worthless afterwards. Several may be given before
    /// polling: the answers to a batch are grouped by destination. IPv4 addresses must come as IPv4.
    pub fn handle_datagram(&mut self, route: Route, payload: &mut [u8], now: Instant) {
        self.counters.datagrams_in += 1;
        self.counters.bytes_in += payload.len() as u64;
        let Some(class) = classify(payload) else {
            self.drops.unknown += 1;
            return;
        };
        if class == Class::Stun {
            self.handle_stun(route, payload, now);
            return;
        }
        let Some(slot) = self.demux.slot(&route) else {
            self.drops.unvalidated += 1;
            return;
        };
        match class {
            Class::Rtp => self.guarded(slot, now, |worker| {
                worker.handle_rtp(slot, payload, now);
                Ok(())
            }),
            Class::Rtcp => self.guarded(slot, now, |worker| {
                worker.handle_rtcp(slot, payload, now);
                Ok(())
            }),
            Class::Dtls | Class::Stun => {
                self.guarded(slot, now, |worker| worker.handle_dtls(slot, &route, payload, now));
                self.schedule(slot, now);
            }
        }
    }

    fn handle_stun(&mut self, route: Route, bytes: &[u8], now: Instant) {
        let request = StunMessage::parse(bytes).ok().filter(StunMessage::is_binding_request);
        let named = request.as_ref().and_then(StunMessage::split_username);
        let owner = named.and_then(|(local, _)| MediaCommand::transport_of_ufrag(local));
        let slot = owner.filter(|(worker, _)| *worker == self.facts.worker);
        let slot = slot.and_then(|(_, transport)| self.by_transport.get(&transport).copied());
        let (Some(request), Some(slot), Some(path)) = (request, slot, self.demux.path(route)) else {
            self.drops.unauthentic_checks += 1;
            return;
        };
        self.guarded(slot, now, |worker| worker.handle_check(slot, path, &request, bytes, now));
        self.schedule(slot, now);
    }

    fn handle_check(
        &mut self,
        slot: usize,
        path: Path,
        request: &StunMessage<'_>,
        bytes: &[u8],
        now: Instant,
    ) -> Result<(), FailureCause> {
        let Some(transport) = self.transports.get_mut(slot) else { return Ok(()) };
        let out = &mut Outlet { arena: &mut self.arena, events: &mut self.events };
        let Some(outcome) = transport.handle_check(path, request, bytes, now, out) else {
            self.drops.unauthentic_checks += 1;
            return Ok(());
        };
        let (change, progress) = outcome?;
        if let Some(forgotten) = change.forgotten {
            self.demux.forget(&forgotten, slot);
        }
        if let Some(learned) = change.learned
            && let Some(old) = self.demux.learn(learned, slot)
            && let Some(old) = self.transports.get_mut(old)
        {
            old.forget_path(&learned);
        }
        self.follow(slot, progress, now);
        Ok(())
    }

    fn handle_dtls(&mut self, slot: usize, route: &Route, bytes: &[u8], now: Instant) -> Result<(), FailureCause> {
        let Some(transport) = self.transports.get_mut(slot) else { return Ok(()) };
        let Some(path) = transport.path(route) else { return Ok(()) };
        let out = &mut Outlet { arena: &mut self.arena, events: &mut self.events };
        let progress = transport.handle_dtls(&path, bytes, now, out)?;
        self.follow(slot, progress, now);
        Ok(())
    }

    fn handle_rtp(&mut self, slot: usize, bytes: &mut [u8], now: Instant) {
        let Some(transport) = self.transports.get_mut(slot) else { return };
        #[cfg(test)]
        assert!(!transport.panics_at_next_packet, "a fault, on purpose");
        let Some(opened) = transport.open_rtp(bytes) else {
            self.drops.unowned += 1;
            return;
        };
        let Some(bytes) = bytes.get_mut(..opened.len) else { return };
        let Ok(packet) = RtpPacket::with_header(opened.header, bytes) else {
            self.drops.malformed += 1;
            return;
        };
        let values = packet.extension_values(transport.incoming.extensions());
        if let Some(arrivals) = &mut transport.arrivals
            && let Some(sequence) = values.get(Extension::TransportSequence).and_then(parse_transport_sequence)
        {
            arrivals.handle_packet(sequence, opened.header.ssrc, now);
            if let Some(at) = arrivals.poll_timeout() {
                self.timers.no_later_than(slot, at);
            }
        }
        let Some(owner) = transport.incoming.owner(&opened.header, &values) else {
            self.drops.unowned += 1;
            return;
        };
        let slot = transport.duties.router;
        let Some((router, mut around)) = self.router_around(slot, now) else { return };
        let was_holding = router.is_holding();
        router.handle_rtp(owner, opened.index, bytes, &mut around);
        self.note_held(slot, was_holding, now);
    }

    fn handle_rtcp(&mut self, slot: usize, bytes: &mut [u8], now: Instant) {
        let Some(transport) = self.transports.get_mut(slot) else { return };
        let Some(compound) = transport.open_rtcp(bytes).and_then(|len| bytes.get(..len)) else {
            self.drops.unowned += 1;
            return;
        };
        let router = transport.duties.router;
        let Some((router, mut around)) = self.router_around(router, now) else { return };
        let heard = feedback::handle_rtcp(slot, compound, router, &mut around);
        self.drops.malformed += heard.malformed;
        self.counters.nacks_in += heard.nacks;
        self.counters.plis_in += heard.plis;
        self.counters.firs_in += heard.firs;
    }

    /// Does what follows from a Transport's progress.
    pub(super) fn follow(&mut self, slot: usize, progress: Progress, now: Instant) {
        if progress.connected {
            self.start_consumers(slot, now);
        }
        if progress.closed {
            self.fail(slot, FailureCause::ClosedByPeer, now);
        }
    }

    /// A Transport can send from now on: its Consumers get pictures to start with.
    fn start_consumers(&mut self, slot: usize, now: Instant) {
        let Some(transport) = self.transports.get(slot) else { return };
        let (router, consumers) = (transport.duties.router, transport.duties.consumers.clone());
        let Some((router, mut around)) = self.router_around(router, now) else { return };
        for consumer in consumers {
            router.start_consumer(consumer, &mut around);
        }
    }

    /// Ends a Transport and tells the room.
    pub(super) fn fail(&mut self, slot: usize, cause: FailureCause, now: Instant) {
        if let Some(transport) = self.transports.get(slot).map(|transport| transport.id()) {
            self.close_transport(slot, now);
            self.events.push_back(MediaEvent::TransportClosed { transport, cause });
        }
    }
}
