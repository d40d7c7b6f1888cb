//! The door from the REST resources to the rooms: implemented by the gateway, faked by tests. It speaks only in the
//! core's own commands, events and refusals; how rooms are found, and where they live, is behind it.
use crate::config::V2Config;
use crate::rest::Wanted;
use async_trait::async_trait;
use sfu_core::capability::Refusal;
use sfu_core::random::Random;
use sfu_core::room::{RoomCommand, RoomEvent, RoomSettings, RoomSnapshot};

/// Lies in the extensions of a request that comes from an address from which the REST API may not be used
/// (`ALLOWED_ACCESS_TO_RESTAPI`): put there by the gateway, answered 403 whatever the credentials.
#[derive(Clone, Copy, Debug)]
pub struct KeptOut;

/// What is shown of the machine.
#[derive(Clone, Copy, Debug)]
pub struct NodeFacts {
    /// When the server was started, ms since 1970.
    pub started_ms: u64,
    /// How busy its cores are, per cent; `None`: the machine does not say.
    pub load_percent: Option<f64>,
}

/// What the REST API needs of the rest of the server.
#[async_trait]
pub trait V2Port: Send + Sync {
    /// The configuration of this face.
    fn config(&self) -> &V2Config;

    /// A generator of its own for this call.
    fn random(&self) -> Random;

    /// The wall clock, ms since 1970.
    fn now_ms(&self) -> u64;

    /// This machine, which is v2's one media node.
    fn node(&self) -> NodeFacts;

    /// A file below the folder of custom layouts, by its path with slashes and without `.` and `..`; `None`: there is none.
    async fn layout_file(&self, path: &str) -> Option<Vec<u8>>;

    /// Makes a room. `NotNow(RoomExists)` where one of that name lives; where it is just closing, waits for its end.
    async fn create_room(&self, name: String, settings: RoomSettings) -> Result<RoomSnapshot, Refusal>;

    /// All rooms of either protocol, with their participants and reservations (hidden participants left out).
    async fn rooms(&self) -> Vec<RoomSnapshot>;

    /// Hands a command to the room of this name and returns the event that answers it; its negative answer
    /// (`RoomEvent::Refused`) comes as the error, as does `NotFound(Room)`.
    async fn command(&self, room: &str, command: RoomCommand) -> Result<RoomEvent, Refusal>;

    /// The names of the files of call detail records, also where none are written any more.
    async fn cdr_files(&self) -> Vec<String> {
        Vec::new()
    }

    /// One of them, or the wanted part of it (no bytes where it has none of those); `None` where there is no such file.
    async fn cdr_file(&self, _name: &str, _wanted: Option<Wanted>) -> Option<CdrPart> {
        None
    }
}

/// A file of call detail records, or a part of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CdrPart {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The place of the first of them in the file.
    pub first: u64,
    /// The file's size, bytes.
    pub total: u64,
}
