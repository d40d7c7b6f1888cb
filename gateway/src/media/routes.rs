//! Which room, on which shard, an event of a worker belongs to: learned from the commands that went to it.
use super::link::ShardId;
use sfu_core::id::{ConsumerId, ProducerId, RoomId, TransportId};
use sfu_core::media::{MediaCommand, MediaEvent};
use std::collections::HashMap;

/// The owner of a Transport.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Owner {
    /// Its shard.
    pub shard: ShardId,
    /// Its room.
    pub room: RoomId,
}

#[derive(Default)]
pub(super) struct Routes {
    transports: HashMap<TransportId, Held>,
    producers: HashMap<ProducerId, TransportId>,
    consumers: HashMap<ConsumerId, TransportId>,
}

struct Held {
    owner: Owner,
    producers: Vec<ProducerId>,
    consumers: Vec<ConsumerId>,
}

impl Routes {
    /// Takes note of a command that goes to the worker.
    pub(super) fn note(&mut self, shard: ShardId, command: &MediaCommand) {
        match command {
            MediaCommand::OpenTransport(params) => {
                let owner = Owner { shard, room: params.room };
                let held = Held { owner, producers: Vec::new(), consumers: Vec::new() };
                self.transports.insert(params.transport, held);
            }
            MediaCommand::CloseTransport(transport) => self.forget(*transport),
            MediaCommand::OpenProducer(params) => {
                if let Some(held) = self.transports.get_mut(&params.transport) {
                    held.producers.push(params.producer);
                    self.producers.insert(params.producer, params.transport);
                }
            }
            MediaCommand::CloseProducer(producer) => {
                let transport = self.producers.remove(producer);
                if let Some(held) = transport.and_then(|transport| self.transports.get_mut(&transport)) {
                    held.producers.retain(|other| other != producer);
                }
            }
            MediaCommand::OpenConsumer(params) => {
                if let Some(held) = self.transports.get_mut(&params.transport) {
                    held.consumers.push(params.consumer);
                    self.consumers.insert(params.consumer, params.transport);
                }
            }
            MediaCommand::CloseConsumer(consumer) => {
                let transport = self.consumers.remove(consumer);
                if let Some(held) = transport.and_then(|transport| self.transports.get_mut(&transport)) {
                    held.consumers.retain(|other| other != consumer);
                }
            }
            MediaCommand::ConnectTransport { .. }
            | MediaCommand::RestartIce { .. }
            | MediaCommand::OpenChannel { .. }
            | MediaCommand::SendChannel { .. }
            | MediaCommand::PauseProducer { .. }
            | MediaCommand::SetConsumerSource { .. }
            | MediaCommand::PauseConsumer { .. }
            | MediaCommand::LimitConsumer { .. }
            | MediaCommand::OpenPipe { .. }
            | MediaCommand::ClosePipe { .. }
            | MediaCommand::OpenMirror(_)
            | MediaCommand::CapTransport { .. }
            | MediaCommand::ReportStats(_) => {}
        }
    }

    /// Whose event it is; `None` where its Transport was closed in the meantime.
    pub(super) fn owner(&mut self, event: &MediaEvent) -> Option<Owner> {
        let transport = match event {
            MediaEvent::PathFound(transport)
            | MediaEvent::TransportConnected(transport)
            | MediaEvent::TransportDisconnected(transport)
            | MediaEvent::TransportClosed { transport, .. }
            | MediaEvent::ChannelOpened { transport, .. }
            | MediaEvent::ChannelMessage { transport, .. } => *transport,
            MediaEvent::ProducerStarted { producer, .. } | MediaEvent::ProducerHeard { producer, .. } => {
                *self.producers.get(producer)?
            }
            MediaEvent::ProducerStats(stats) => *self.producers.get(&stats.producer)?,
            MediaEvent::ConsumerStarted(consumer)
            | MediaEvent::ConsumerMismatch { consumer, .. }
            | MediaEvent::ConsumerStarved { consumer, .. } => *self.consumers.get(consumer)?,
            MediaEvent::Stats(stats) => stats.transport,
        };
        let owner = self.transports.get(&transport)?.owner;
        if matches!(event, MediaEvent::TransportClosed { .. }) {
            self.forget(transport);
        }
        Some(owner)
    }

    fn forget(&mut self, transport: TransportId) {
        let Some(held) = self.transports.remove(&transport) else { return };
        for producer in held.producers {
            self.producers.remove(&producer);
        }
        for consumer in held.consumers {
            self.consumers.remove(&consumer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sfu_core::media::{FailureCause, TransportParams};
    use sfu_core::random::Random;
    use sfu_core::sdp::IceCredentials;

    #[test]
    fn an_event_goes_to_the_shard_that_opened_its_transport_and_nowhere_after_its_end() {
        let mut random = Random::seeded(1);
        let (room, transport) = (RoomId::random(&mut random), TransportId::random(&mut random));
        let mut routes = Routes::default();
        let local_ice = IceCredentials { ufrag: "u".into(), password: "p".into() };
        let open = MediaCommand::OpenTransport(TransportParams { transport, room, local_ice });
        routes.note(ShardId(3), &open);
        let connected = MediaEvent::TransportConnected(transport);
        assert_eq!(routes.owner(&connected), Some(Owner { shard: ShardId(3), room }));
        let closed = MediaEvent::TransportClosed { transport, cause: FailureCause::ClosedByPeer };
        assert!(routes.owner(&closed).is_some());
        assert_eq!(routes.owner(&connected), None);
    }
}
