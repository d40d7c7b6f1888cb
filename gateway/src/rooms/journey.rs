//! The Transports of a room: which worker carries each, so that the shard can close it where the room cannot any more, and how
//! far it has come on its way to media, for those who measure joins.
//!
//! Learned from the commands to workers and from what these report, as they pass the shard: room and worker are not asked.
use crate::clock;
use crate::telemetry::{Caller, Finished, JoinStep, Kind, Meters, Traces};
use sfu_core::id::{ConsumerId, ProducerId, TransportId, WorkerId};
use sfu_core::media::{MediaCommand, MediaEvent, TransportStats};
use sfu_core::time::Now;
use std::collections::HashMap;

/// Where what is measured goes.
#[derive(Clone, Default)]
pub(super) struct Measures {
    /// Counts and times.
    pub meters: std::sync::Arc<Meters>,
    /// Spans.
    pub traces: Traces,
}

/// The Transports of one room.
#[derive(Default)]
pub(super) struct Journeys {
    legs: HashMap<TransportId, Leg>,
    producers: HashMap<ProducerId, TransportId>,
    consumers: HashMap<ConsumerId, TransportId>,
}

/// One Transport's way.
struct Leg {
    worker: WorkerId,
    caller: Caller,
    /// What is waited for, and since when; `None`: media flows.
    waits: Option<(JoinStep, Now)>,
    last: Option<TransportStats>,
    view: View,
}

/// What a Transport's client is to receive.
#[derive(Default)]
struct View {
    /// Since when media may flow.
    connected: Option<Now>,
    /// Since when there is a source for it.
    wanted: Option<Now>,
    /// It got something.
    has_begun: bool,
}

impl View {
    /// It gets the first packet of a source: since when that was waited for.
    fn begin(&mut self) -> Option<Now> {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        let (connected, wanted) = (self.connected?, self.wanted?);
        is_first.then(|| if wanted.instant > connected.instant { wanted } else { connected })
    }
}

impl Journeys {
    /// Takes note of a command to `worker`, which `caller` caused.
    pub(super) fn handle_command(&mut self, worker: WorkerId, command: &MediaCommand, caller: &Caller) {
        match command {
            MediaCommand::OpenTransport(params) => {
                let waits = Some((JoinStep::Ice, clock::now()));
                let leg = Leg { worker, caller: caller.clone(), waits, last: None, view: View::default() };
                self.legs.insert(params.transport, leg);
            }
            MediaCommand::CloseTransport(transport) => self.forget(*transport),
            MediaCommand::OpenProducer(params) => {
                self.producers.insert(params.producer, params.transport);
            }
            MediaCommand::CloseProducer(producer) => {
                self.producers.remove(producer);
            }
            MediaCommand::OpenConsumer(params) => {
                self.consumers.insert(params.consumer, params.transport);
                if params.source.is_some() {
                    self.wanted(params.consumer);
                }
            }
            MediaCommand::SetConsumerSource { consumer, source: Some(_) } => self.wanted(*consumer),
            MediaCommand::CloseConsumer(consumer) => {
                self.consumers.remove(consumer);
            }
            MediaCommand::ConnectTransport { .. }
            | MediaCommand::RestartIce { .. }
            | MediaCommand::OpenChannel { .. }
            | MediaCommand::SendChannel { .. }
            | MediaCommand::PauseProducer { .. }
            | MediaCommand::SetConsumerSource { source: None, .. }
            | MediaCommand::PauseConsumer { .. }
            | MediaCommand::LimitConsumer { .. }
            | MediaCommand::OpenPipe { .. }
            | MediaCommand::ClosePipe { .. }
            | MediaCommand::OpenMirror(_)
            | MediaCommand::CapTransport { .. }
            | MediaCommand::ReportStats(_) => {}
        }
    }

    /// Takes what a worker reports; gives whose Transport it is about.
    pub(super) fn handle_event(&mut self, event: &MediaEvent, measures: &Measures) -> Option<Caller> {
        let now = clock::now();
        let (transport, reached, next) = match event {
            MediaEvent::PathFound(transport) => (*transport, Some(JoinStep::Ice), Some(JoinStep::Dtls)),
            MediaEvent::TransportConnected(transport) => {
                (*transport, Some(JoinStep::Dtls), Some(JoinStep::FirstPacket))
            }
            MediaEvent::ProducerStarted { producer, .. } => {
                (*self.producers.get(producer)?, Some(JoinStep::FirstPacket), None)
            }
            MediaEvent::Stats(stats) => {
                self.measured(stats, measures);
                (stats.transport, None, None)
            }
            MediaEvent::ConsumerStarted(consumer) => {
                let transport = *self.consumers.get(consumer)?;
                self.seen(transport, now, measures);
                (transport, None, None)
            }
            MediaEvent::ProducerHeard { producer, .. } => (*self.producers.get(producer)?, None, None),
            MediaEvent::TransportDisconnected(transport)
            | MediaEvent::TransportClosed { transport, .. }
            | MediaEvent::ChannelOpened { transport, .. }
            | MediaEvent::ChannelMessage { transport, .. } => (*transport, None, None),
            MediaEvent::ProducerStats(_) | MediaEvent::ConsumerMismatch { .. } | MediaEvent::ConsumerStarved { .. } => {
                return None;
            }
        };
        let leg = self.legs.get_mut(&transport)?;
        if matches!(event, MediaEvent::TransportConnected(_)) {
            leg.view.connected.get_or_insert(now);
        }
        if let (Some(step), Some((awaited, since))) = (reached, leg.waits)
            && step == awaited
        {
            leg.waits = next.map(|next| (next, now));
            arrived(&leg.caller, step, since, now, measures);
        }
        let caller = leg.caller.clone();
        if matches!(event, MediaEvent::TransportClosed { .. }) {
            self.forget(transport);
        }
        Some(caller)
    }

    /// The Transports that stand, each with its worker.
    pub(super) fn transports(&self) -> impl Iterator<Item = (TransportId, WorkerId)> {
        self.legs.iter().map(|(transport, leg)| (*transport, leg.worker))
    }

    /// A worker is gone, and its Transports with it.
    pub(super) fn forget_worker(&mut self, worker: WorkerId) {
        self.legs.retain(|_, leg| leg.worker != worker);
        self.producers.retain(|_, transport| self.legs.contains_key(transport));
    }

    fn forget(&mut self, transport: TransportId) {
        self.legs.remove(&transport);
        self.producers.retain(|_, other| *other != transport);
        self.consumers.retain(|_, other| *other != transport);
    }

    /// There is a source for this Consumer.
    fn wanted(&mut self, consumer: ConsumerId) {
        let leg = self.consumers.get(&consumer).and_then(|transport| self.legs.get_mut(transport));
        if let Some(leg) = leg.filter(|leg| leg.view.wanted.is_none()) {
            leg.view.wanted = Some(clock::now());
        }
    }

    /// A source's first packet went out on this Transport.
    fn seen(&mut self, transport: TransportId, now: Now, measures: &Measures) {
        let Some(leg) = self.legs.get_mut(&transport) else { return };
        if let Some(since) = leg.view.begin() {
            arrived(&leg.caller, JoinStep::FirstFrame, since, now, measures);
        }
    }

    fn measured(&mut self, stats: &TransportStats, measures: &Measures) {
        let Some(leg) = self.legs.get_mut(&stats.transport) else { return };
        let before = leg.last.replace(*stats).unwrap_or(TransportStats::new(stats.transport));
        let paths = &measures.meters.paths;
        let received = stats.packets_received.saturating_sub(before.packets_received);
        let lost = stats.packets_lost_in.saturating_sub(before.packets_lost_in);
        paths.lost_in.add(lost);
        paths.lost_out.add(stats.packets_lost_out.saturating_sub(before.packets_lost_out));
        if received > 0 {
            paths.jitter_us.observe(stats.jitter_us as f64);
            paths.loss_percent.observe(100.0 * lost as f64 / (received + lost) as f64);
        }
        if stats.rtt_us > 0 {
            paths.rtt_ms.observe(stats.rtt_us as f64 / 1_000.0);
        }
    }
}

fn arrived(caller: &Caller, step: JoinStep, since: Now, now: Now, measures: &Measures) {
    let joins = measures.meters.joins(caller.protocol);
    joins.observe(step, now.instant.saturating_duration_since(since.instant));
    if step == JoinStep::Dtls {
        joins.connected.note();
    }
    measures.traces.record(|| {
        Some(Finished {
            name: step.name().to_owned(),
            context: caller.trace?.child(),
            kind: Kind::Internal,
            from: since,
            until: now.instant,
            attributes: Vec::new(),
            failed: false,
        })
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{Protocol, TraceContext};
    use sfu_core::id::RoomId;
    use sfu_core::media::TransportParams;
    use sfu_core::random::Random;
    use sfu_core::sdp::IceCredentials;

    #[test]
    fn what_a_client_sees_first_is_waited_for_from_keys_or_from_its_first_source_on() {
        let at = |ms: u64| {
            let mut now = clock::now();
            now.instant += std::time::Duration::from_millis(ms);
            now
        };
        let (early, late) = (at(1), at(5_000));
        for (connected, wanted, since) in [
            (Some(early), Some(late), Some(late)),
            (Some(late), Some(early), Some(late)),
            (None, Some(early), None),
            (Some(early), None, None),
        ] {
            let mut view = View { connected, wanted, has_begun: false };
            assert_eq!(view.begin().map(|now| now.instant), since.map(|now| now.instant));
            assert!(view.begin().is_none(), "once");
        }
    }

    #[test]
    fn each_step_of_a_transport_is_measured_once_and_in_its_order() {
        let mut random = Random::seeded(1);
        let (room, transport) = (RoomId::random(&mut random), TransportId::random(&mut random));
        let local_ice = IceCredentials { ufrag: "u".into(), password: "p".into() };
        let caller = Caller::client(Protocol::V2, TraceContext::of_header(None));
        let (mut journeys, measures) = (Journeys::default(), Measures::default());
        journeys.handle_command(
            WorkerId(0),
            &MediaCommand::OpenTransport(TransportParams { transport, room, local_ice }),
            &caller,
        );
        let connected = MediaEvent::TransportConnected(transport);
        for event in [&connected, &MediaEvent::PathFound(transport), &connected, &connected] {
            assert_eq!(journeys.handle_event(event, &measures).and_then(|caller| caller.trace), caller.trace);
        }
        let mut stats = TransportStats::new(transport);
        (stats.packets_received, stats.packets_lost_in, stats.rtt_us, stats.jitter_us) = (90, 10, 20_000, 3_000);
        journeys.handle_event(&MediaEvent::Stats(Box::new(stats)), &measures);
        journeys.handle_event(&MediaEvent::Stats(Box::new(stats)), &measures);
        let Meters { v2_joins, livekit_joins, paths, .. } = measures.meters.as_ref();
        assert_eq!((v2_joins.connected.get(), livekit_joins.connected.get()), (1, 0));
        assert_eq!((paths.lost_in.get(), paths.rtt_ms.count(), paths.jitter_us.count()), (10, 2, 1));
        assert_eq!(journeys.transports().collect::<Vec<_>>(), [(transport, WorkerId(0))]);
        journeys.forget_worker(WorkerId(1));
        assert!(journeys.handle_event(&connected, &measures).is_some());
        journeys.handle_command(WorkerId(0), &MediaCommand::CloseTransport(transport), &caller);
        assert!(journeys.handle_event(&connected, &measures).is_none() && journeys.transports().next().is_none());
    }
}
