//! A room on its shard: the state machine with what the shard must remember beside it.
use super::drain::Call;
use super::journey::Journeys;
use super::mailbox::PeerMailbox;
use crate::telemetry::Caller;
use sfu_core::id::{PeerId, RequestId, TransportId, WorkerId};
use sfu_core::media::MediaCommand;
use sfu_core::room::Room;
use std::collections::HashMap;
use std::time::Instant;

/// A room that lives.
pub(super) struct Living {
    /// The room.
    pub room: Room,
    /// The mailboxes of the peers that joined it.
    pub peers: HashMap<PeerId, PeerMailbox>,
    /// The Transports that it opened: closed by the shard where the room cannot do it any more.
    pub transports: HashMap<TransportId, WorkerId>,
    /// Calls of an API that the room answers only later.
    pub calls: HashMap<RequestId, Call>,
    /// The deadline that the shard's clock knows of.
    pub deadline: Option<Instant>,
    /// How far its Transports have come.
    pub journeys: Journeys,
    /// On whose behalf it does what nobody asked for.
    pub itself: Caller,
}

impl Living {
    /// A room that was just made.
    pub(super) fn new(room: Room) -> Self {
        let itself = Caller::room(room.name());
        Self {
            room,
            peers: HashMap::new(),
            transports: HashMap::new(),
            calls: HashMap::new(),
            deadline: None,
            journeys: Journeys::default(),
            itself,
        }
    }

    /// Takes note of a command that goes to a worker.
    pub(super) fn note(&mut self, worker: WorkerId, command: &MediaCommand) {
        match command {
            MediaCommand::OpenTransport(params) => {
                self.transports.insert(params.transport, worker);
            }
            MediaCommand::CloseTransport(transport) => {
                self.transports.remove(transport);
            }
            MediaCommand::ConnectTransport { .. }
            | MediaCommand::RestartIce { .. }
            | MediaCommand::OpenChannel { .. }
            | MediaCommand::SendChannel { .. }
            | MediaCommand::OpenProducer(_)
            | MediaCommand::PauseProducer { .. }
            | MediaCommand::CloseProducer(_)
            | MediaCommand::OpenConsumer(_)
            | MediaCommand::SetConsumerSource { .. }
            | MediaCommand::PauseConsumer { .. }
            | MediaCommand::LimitConsumer { .. }
            | MediaCommand::CloseConsumer(_)
            | MediaCommand::OpenPipe { .. }
            | MediaCommand::ClosePipe { .. }
            | MediaCommand::OpenMirror(_)
            | MediaCommand::CapTransport { .. }
            | MediaCommand::ReportStats(_) => {}
        }
    }
}
