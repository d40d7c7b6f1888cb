//! What the faces' HTTP routes ask of the server, answered by the rooms' directory.
use crate::clock;
use crate::rooms::{Directory, Existing};
use async_trait::async_trait;
use livekit_api::{LiveKitConfig, LiveKitPort};
use sfu_core::capability::{ApiOperation, Refusal};
use sfu_core::random::Random;
use sfu_core::room::{RoomCommand, RoomEvent, RoomSettings, RoomSnapshot};
use sfu_core::time::Now;
use std::sync::Arc;
use v2_api::{V2Config, V2Port};

/// Both faces' doors to the rooms.
pub struct Ports {
    /// The way to the rooms.
    pub directory: Directory,
    /// What the v2 face is told.
    pub v2: Arc<V2Config>,
    /// What the LiveKit face is told.
    pub livekit: Arc<LiveKitConfig>,
}

#[async_trait]
impl V2Port for Ports {
    fn config(&self) -> &V2Config {
        &self.v2
    }

    fn random(&self) -> Random {
        clock::random()
    }

    fn now_ms(&self) -> u64 {
        clock::now().unix_ms
    }

    async fn create_room(&self, name: String, settings: RoomSettings) -> Result<RoomSnapshot, Refusal> {
        self.directory.create_room(name, settings, Existing::Refuse).await
    }

    async fn rooms(&self) -> Vec<RoomSnapshot> {
        self.directory.rooms().await
    }

    async fn command(&self, room: &str, command: RoomCommand) -> Result<RoomEvent, Refusal> {
        self.directory.api_command(room, command).await
    }
}

#[async_trait]
impl LiveKitPort for Ports {
    async fn command(&self, room: &str, command: RoomCommand) -> Result<RoomEvent, Refusal> {
        self.directory.api_command(room, command).await
    }

    async fn create_room(&self, name: String, settings: RoomSettings) -> Result<RoomSnapshot, Refusal> {
        self.directory.create_room(name, settings, Existing::Describe).await
    }

    async fn rooms(&self) -> Vec<RoomSnapshot> {
        self.directory.rooms().await
    }

    fn config(&self) -> &Arc<LiveKitConfig> {
        &self.livekit
    }

    fn now(&self) -> Now {
        clock::now()
    }

    fn refused(&self, operation: ApiOperation) {
        self.directory.refusals().count(operation.feature());
    }
}
