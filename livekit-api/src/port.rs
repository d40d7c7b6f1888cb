//! What the LiveKit face's HTTP routes need of the server. The gateway implements it, tests fake it.
use crate::config::LiveKitConfig;
use async_trait::async_trait;
use sfu_core::capability::{ApiOperation, Refusal};
use sfu_core::room::{RoomCommand, RoomEvent, RoomSettings, RoomSnapshot};
use sfu_core::time::Now;
use std::sync::Arc;

/// The server as the HTTP routes of this face see it.
#[async_trait]
pub trait LiveKitPort: Send + Sync {
    /// Hands a command to the room of this name and waits for its answer. A room that does not exist is
    /// `Refusal::NotFound(NotFound::Room)`; `RoomEvent::Refused` comes back as `Err`.
    async fn command(&self, room: &str, command: RoomCommand) -> Result<RoomEvent, Refusal>;

    /// The room of this name: as it is where one exists, else made with these settings.
    async fn create_room(&self, name: String, settings: RoomSettings) -> Result<RoomSnapshot, Refusal>;

    /// All rooms, of either protocol, with their participants.
    async fn rooms(&self) -> Vec<RoomSnapshot>;

    /// The configuration in force.
    fn config(&self) -> &Arc<LiveKitConfig>;

    /// The time.
    fn now(&self) -> Now;

    /// Tokens of this identity for this room that are valid from before this time (`nbf`, seconds since 1970) open it no
    /// more. Refused where that would not outlast a restart.
    async fn revoke(&self, room: &str, identity: &str, before_s: u64) -> Result<(), Refusal>;

    /// True for a token, valid from `nbf_s` on, that was so revoked.
    fn is_revoked(&self, room: &str, identity: &str, nbf_s: u64) -> bool;

    /// An API operation was refused for want of a feature: to be counted.
    fn refused(&self, operation: ApiOperation);
}
