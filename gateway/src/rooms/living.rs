//! A room on its shard: the state machine with what the shard must remember beside it.
use super::drain::Call;
use super::journey::Journeys;
use super::mailbox::PeerMailbox;
use crate::telemetry::Caller;
use sfu_core::id::{PeerId, RequestId};
use sfu_core::room::Room;
use std::collections::HashMap;
use std::time::Instant;

/// A room that lives.
pub(super) struct Living {
    /// The room.
    pub room: Room,
    /// The mailboxes of the peers that joined it.
    pub peers: HashMap<PeerId, PeerMailbox>,
    /// Calls of an API that the room answers only later.
    pub calls: HashMap<RequestId, Call>,
    /// The deadline that the shard's clock knows of.
    pub deadline: Option<Instant>,
    /// The Transports that it opened, and how far each has come.
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
            calls: HashMap::new(),
            deadline: None,
            journeys: Journeys::default(),
            itself,
        }
    }
}
