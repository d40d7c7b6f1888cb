//! What a shard is told by the rest of the server.
use super::mailbox::PeerMailbox;
use crate::telemetry::Caller;
use sfu_core::capability::Refusal;
use sfu_core::id::{PeerId, RequestId};
use sfu_core::room::{RoomCommand, RoomCounts, RoomEvent, RoomSettings, RoomSnapshot, StoredRoom, Traffic};
use tokio::sync::oneshot;

/// An input of a shard.
#[derive(Debug)]
pub(super) enum ShardInput {
    /// A command to a room.
    Command {
        /// The room's name.
        room: String,
        /// Its number.
        request: RequestId,
        /// What is asked.
        command: Box<RoomCommand>,
        /// Who asks.
        asker: Asker,
    },
    /// Make a room, by an API.
    Create(Create),
    /// Take up a room that the store remembers.
    Restore(Box<StoredRoom>),
    /// Show all rooms.
    List(oneshot::Sender<Vec<RoomSnapshot>>),
    /// Show one room with what flows in it; nothing where there is none.
    Inspect(String, oneshot::Sender<Option<Inspected>>),
    /// Count rooms and what is in them.
    Count(oneshot::Sender<(u64, RoomCounts)>),
    /// End.
    Stop(oneshot::Sender<()>),
}

/// A room and what flows in it.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// The room, as an API sees it.
    pub room: RoomSnapshot,
    /// What flows, as far as it is known.
    pub traffic: Traffic,
}

/// Who asks, and where the answer goes.
#[derive(Debug)]
pub(super) enum Asker {
    /// A signalling peer.
    Peer(PeerId, PeerMailbox),
    /// A call of an API.
    Api(oneshot::Sender<RoomEvent>, Caller),
}

impl Asker {
    /// On whose behalf.
    pub(super) fn caller(&self) -> Caller {
        match self {
            Self::Peer(_, mailbox) => mailbox.caller().clone(),
            Self::Api(_, caller) => caller.clone(),
        }
    }
}

/// A room to make.
#[derive(Debug)]
pub(super) struct Create {
    /// Its name.
    pub name: String,
    /// Its settings.
    pub settings: Box<RoomSettings>,
    /// The number of the call.
    pub request: RequestId,
    /// Where the room's description or a refusal goes.
    pub reply: oneshot::Sender<RoomEvent>,
    /// Where the refusal for a room that exists goes: never kept back.
    pub existing: Existing,
    /// On whose behalf.
    pub caller: Caller,
}

/// What happens where a room of the name lives already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// The call is refused.
    Refuse,
    /// It is described as it is.
    Describe,
}

impl Create {
    /// Answers with a refusal.
    pub(super) fn refuse(self, refusal: Refusal) {
        // Who asked may have given up waiting: then nobody needs the answer.
        let _ = self.reply.send(RoomEvent::Refused { request: self.request, refusal });
    }
}
