//! Commands of rooms. Whatever names something that is not there (any more) is counted and dropped: a room that closed
//! a Transport may still have sent commands about it.
use super::Worker;
use crate::id::{RoomId, TransportId};
use crate::media::MediaCommand;
use crate::media::command::{ConsumerParams, ProducerParams, TransportParams};
use crate::media::congestion::twcc::ArrivalRecorder;
use crate::media::event::{FailureCause, MediaEvent};
use crate::media::producer::Inlet;
use crate::media::router::Router;
use crate::media::transport::{Outlet, Progress, Remote, Transport};
use std::time::Instant;

impl Worker {
    /// Takes a command. What goes wrong with it is reported as an event.
    pub fn handle_command(&mut self, command: MediaCommand, now: Instant) {
        self.pass_all_on(now);
        if self.run(command, now).is_none() {
            self.drops.commands += 1;
        }
    }

    /// Runs a command; `None` where what it names is not there.
    fn run(&mut self, command: MediaCommand, now: Instant) -> Option<()> {
        match command {
            MediaCommand::OpenTransport(params) => self.open_transport(&params, now),
            MediaCommand::ConnectTransport { transport, remote_ice, fingerprint, data_channels, dtls_client } => self
                .with_transport(transport, now, |transport, out| {
                    let remote = Remote { ice: remote_ice, fingerprint, data_channels, dtls_client };
                    transport.connect(&remote, now, out)
                }),
            MediaCommand::RestartIce { transport, local_ice, remote_ice } => {
                self.with_transport(transport, now, |transport, out| {
                    transport.restart_ice(local_ice, &remote_ice, now, out)
                })
            }
            MediaCommand::CloseTransport(transport) => {
                let slot = self.by_transport.get(&transport).copied()?;
                self.close_transport(slot, now);
                Some(())
            }
            MediaCommand::OpenChannel { transport, label, ordered, max_retransmits } => {
                self.with_transport(transport, now, |transport, out| {
                    transport.open_channel(label, ordered, max_retransmits, now, out)
                })
            }
            MediaCommand::SendChannel { transport, label, binary, reliable, payload } => {
                self.with_transport(transport, now, |transport, out| {
                    transport.send_channel(&label, (binary, reliable), &payload, now, out)
                })
            }
            MediaCommand::OpenProducer(params) => self.open_producer(&params, now),
            MediaCommand::PauseProducer { producer, paused } => {
                let (router, slot) = self.by_producer.get(&producer).copied()?;
                let (router, mut around) = self.router_around(router, now)?;
                router.pause_producer(slot, paused, &mut around);
                Some(())
            }
            MediaCommand::CloseProducer(producer) => {
                let (router, slot) = self.by_producer.remove(&producer)?;
                self.close_producer(router, slot, now)
            }
            MediaCommand::OpenConsumer(params) => self.open_consumer(*params, now),
            MediaCommand::SetConsumerSource { consumer, source } => {
                let (router_slot, slot) = self.by_consumer.get(&consumer).copied()?;
                let source = source.and_then(|source| self.by_producer.get(&source).copied());
                // Only a Producer of the same room can be a source.
                let source = source.filter(|(router, _)| *router == router_slot).map(|(_, source)| source);
                let (router, mut around) = self.router_around(router_slot, now)?;
                router.set_source(slot, source, &mut around);
                Some(())
            }
            MediaCommand::PauseConsumer { consumer, paused } => {
                let (router, slot) = self.by_consumer.get(&consumer).copied()?;
                let (router, mut around) = self.router_around(router, now)?;
                router.pause_consumer(slot, paused, &mut around);
                Some(())
            }
            MediaCommand::LimitConsumer { consumer, limit, weight } => {
                let (router, slot) = self.by_consumer.get(&consumer).copied()?;
                let (router, mut around) = self.router_around(router, now)?;
                router.limit_consumer(slot, limit, weight, &mut around);
                Some(())
            }
            MediaCommand::CloseConsumer(consumer) => {
                let (router, slot) = self.by_consumer.remove(&consumer)?;
                let closed = self.routers.get_mut(router)?.close_consumer(slot)?;
                let duties = &mut self.transports.get_mut(closed.transport())?.duties;
                duties.consumers.retain(|known| *known != slot);
                if let (Some(source), Some((router, mut around))) = (closed.source(), self.router_around(router, now)) {
                    router.tell_wanted_layers(source, &mut around);
                }
                Some(())
            }
            MediaCommand::OpenPipe { producer, to } => self.open_pipe(producer, to, now),
            MediaCommand::ClosePipe { producer, to } => self.close_pipe(producer, to),
            MediaCommand::OpenMirror(params) => self.open_mirror(&params),
            MediaCommand::CapTransport { transport, bitrate_bps } => {
                let slot = self.by_transport.get(&transport).copied()?;
                self.transports.get_mut(slot)?.bandwidth.set_cap(bitrate_bps, now);
                self.timers.no_later_than(slot, now);
                Some(())
            }
            MediaCommand::ReportStats(transport) => self.report_stats(transport),
        }
    }

    fn open_transport(&mut self, params: &TransportParams, now: Instant) -> Option<()> {
        if self.by_transport.contains_key(&params.transport) {
            return None;
        }
        let router = self.router_of(params.room);
        let lane = u32::try_from(self.transports.vacant_key()).ok()?;
        let mut transport = Transport::new(params, &self.webrtc, lane, &mut self.random, now);
        transport.duties.router = router;
        let slot = self.transports.insert(transport);
        self.by_transport.insert(params.transport, slot);
        self.routers.get_mut(router)?.members += 1;
        self.schedule(slot, now);
        Some(())
    }

    /// The slot of a room's Router, which is made where there is none.
    pub(super) fn router_of(&mut self, room: RoomId) -> usize {
        if let Some(router) = self.by_room.get(&room) {
            return *router;
        }
        let router = self.routers.insert(Router::new(room));
        self.by_room.insert(room, router);
        router
    }

    /// One Transport or mirror fewer is on a Router; it ends with the last one.
    fn leave_router(&mut self, slot: usize) {
        let Some(router) = self.routers.get_mut(slot) else { return };
        router.members -= 1;
        if router.members == 0 {
            self.by_room.remove(&router.room());
            self.routers.remove(slot);
        }
    }

    /// Runs something on a Transport's association.
    fn with_transport(
        &mut self,
        transport: TransportId,
        now: Instant,
        run: impl FnOnce(&mut Transport, &mut Outlet<'_>) -> Result<Progress, FailureCause>,
    ) -> Option<()> {
        let slot = self.by_transport.get(&transport).copied()?;
        self.guarded(slot, now, |worker| {
            let Some(transport) = worker.transports.get_mut(slot) else { return Ok(()) };
            let out = &mut Outlet { arena: &mut worker.arena, events: &mut worker.events };
            let progress = run(transport, out)?;
            worker.follow(slot, progress, now);
            Ok(())
        });
        self.schedule(slot, now);
        Some(())
    }

    fn open_producer(&mut self, params: &ProducerParams, now: Instant) -> Option<()> {
        let transport_slot = self.by_transport.get(&params.transport).copied()?;
        if self.by_producer.contains_key(&params.producer) {
            return None;
        }
        let transport = self.transports.get_mut(transport_slot)?;
        let router = transport.duties.router;
        let slot = self.routers.get_mut(router)?.open_producer(params, Inlet::Transport(transport_slot));
        transport.incoming.expect(slot, params);
        transport.duties.producers.push(slot);
        if params.transport_cc {
            transport.arrivals.get_or_insert_with(|| ArrivalRecorder::new(now));
        }
        self.by_producer.insert(params.producer, (router, slot));
        Some(())
    }

    pub(super) fn close_producer(&mut self, router_slot: usize, slot: usize, now: Instant) -> Option<()> {
        let producer = self.routers.get_mut(router_slot)?.close_producer(slot)?;
        if let Some(transport) = producer.transport().and_then(|slot| self.transports.get_mut(slot)) {
            transport.incoming.forget(slot);
            transport.duties.producers.retain(|known| *known != slot);
        }
        let (router, mut around) = self.router_around(router_slot, now)?;
        for consumer in &producer.consumers {
            router.start_consumer(*consumer, &mut around);
        }
        if producer.mirror().is_some() {
            self.leave_router(router_slot);
        }
        Some(())
    }

    fn open_consumer(&mut self, params: ConsumerParams, now: Instant) -> Option<()> {
        let transport_slot = self.by_transport.get(&params.transport).copied()?;
        let (id, max_bitrate_bps) = (params.consumer, params.max_bitrate_bps);
        if self.by_consumer.contains_key(&id) {
            return None;
        }
        let router_slot = self.transports.get(transport_slot)?.duties.router;
        let source = params.source.and_then(|source| self.by_producer.get(&source).copied());
        let source = source.filter(|(router, _)| *router == router_slot).map(|(_, source)| source);
        let mut random = self.random.fork();
        let (router, mut around) = self.router_around(router_slot, now)?;
        let slot = router.open_consumer(params, source, transport_slot, &mut random, &mut around);
        let transport = self.transports.get_mut(transport_slot)?;
        transport.duties.consumers.push(slot);
        if max_bitrate_bps.is_some() {
            transport.bandwidth.set_cap(max_bitrate_bps, now);
            self.timers.no_later_than(transport_slot, now);
        }
        self.by_consumer.insert(id, (router_slot, slot));
        Some(())
    }

    /// Closes a Transport with its Producers and Consumers, and its Router with the last one.
    pub(super) fn close_transport(&mut self, slot: usize, now: Instant) {
        let Some(mut transport) = self.transports.try_remove(slot) else { return };
        self.timers.set(slot, None);
        self.by_transport.remove(&transport.id());
        let routes: Vec<_> = transport.routes().collect();
        for route in routes {
            self.demux.forget(&route, slot);
        }
        let router_slot = transport.duties.router;
        let consumers = std::mem::take(&mut transport.duties.consumers);
        let producers = std::mem::take(&mut transport.duties.producers);
        if let Some(router) = self.routers.get_mut(router_slot) {
            for closed in consumers.into_iter().filter_map(|consumer| router.close_consumer(consumer)) {
                self.by_consumer.remove(&closed.id());
            }
            for producer in producers.iter().filter_map(|producer| router.producer(*producer)) {
                self.by_producer.remove(&producer.id());
            }
        }
        for producer in producers {
            self.close_producer(router_slot, producer, now);
        }
        self.leave_router(router_slot);
        let out = &mut Outlet { arena: &mut self.arena, events: &mut self.events };
        let goodbye = std::panic::AssertUnwindSafe(|| transport.close(now, out));
        if std::panic::catch_unwind(goodbye).is_err() {
            tracing::error!(slot, "a fault while a Transport was closed");
        }
    }

    fn report_stats(&mut self, transport: TransportId) -> Option<()> {
        let slot = self.by_transport.get(&transport).copied()?;
        let transport = self.transports.get_mut(slot)?;
        let router = self.routers.get_mut(transport.duties.router)?;
        let mut stats = *transport.counters();
        let mut of_producers = Vec::new();
        for producer in transport.duties.producers.iter().filter_map(|slot| router.producer(*slot)) {
            stats.packets_lost_in += producer.lost();
            of_producers.push(producer.stats());
            let jitter = u64::try_from(producer.jitter().as_micros()).unwrap_or(u64::MAX);
            stats.jitter_us = stats.jitter_us.max(jitter);
        }
        for slot in &transport.duties.consumers {
            let Some(consumer) = router.consumer_mut(*slot) else { continue };
            stats.packets_lost_out += consumer.lost();
            let round_trip = u64::try_from(consumer.round_trip().as_micros()).unwrap_or(u64::MAX);
            stats.rtt_us = stats.rtt_us.max(round_trip);
        }
        self.events.push_back(MediaEvent::Stats(Box::new(stats)));
        self.events.extend(of_producers.into_iter().map(|stats| MediaEvent::ProducerStats(Box::new(stats))));
        Some(())
    }
}
