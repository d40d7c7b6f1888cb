//! What the faces' HTTP routes ask of the server, answered by the rooms' directory.
use crate::clock;
use crate::rooms::{Directory, Existing};
use crate::webhook;
use async_trait::async_trait;
use livekit_api::{LiveKitConfig, LiveKitPort};
use sfu_core::capability::{ApiOperation, Refusal};
use sfu_core::random::Random;
use sfu_core::room::{RoomCommand, RoomEvent, RoomSettings, RoomSnapshot};
use sfu_core::time::Now;
use std::path::PathBuf;
use std::sync::Arc;
use v2_api::{CdrPart, V2Config, V2Port, Wanted};

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

    async fn cdr_files(&self) -> Vec<String> {
        let folder = PathBuf::from(&self.v2.cdr_path);
        // A folder that cannot be read has no files to show.
        tokio::task::spawn_blocking(move || webhook::cdr_files(&folder)).await.unwrap_or_default()
    }

    async fn cdr_file(&self, name: &str, wanted: Option<Wanted>) -> Option<CdrPart> {
        let (folder, name) = (PathBuf::from(&self.v2.cdr_path), name.to_owned());
        tokio::task::spawn_blocking(move || webhook::cdr_file(&folder, &name, wanted)).await.ok()?
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
