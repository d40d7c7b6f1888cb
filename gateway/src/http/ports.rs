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
use std::path::{Path, PathBuf};
use std::sync::Arc;
use v2_api::{CdrPart, NodeFacts, V2Config, V2Port, Wanted};

/// Both faces' doors to the rooms.
pub struct Ports {
    /// The way to the rooms.
    pub directory: Directory,
    /// What the v2 face is told.
    pub v2: Arc<V2Config>,
    /// What the LiveKit face is told.
    pub livekit: Arc<LiveKitConfig>,
    /// Tokens that open nothing any more.
    pub revocations: super::Revocations,
    /// When the server was started, ms since 1970.
    pub started_ms: u64,
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

    fn node(&self) -> NodeFacts {
        NodeFacts { started_ms: self.started_ms, load_percent: load_percent() }
    }

    async fn layout_file(&self, path: &str) -> Option<Vec<u8>> {
        let (folder, path) = (PathBuf::from(&self.v2.recording.custom_layout), path.to_owned());
        tokio::task::spawn_blocking(move || file_below(&folder, &path)).await.ok().flatten()
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

    async fn revoke(&self, room: &str, identity: &str, before_s: u64) -> Result<(), Refusal> {
        self.revocations.add(room, identity, before_s).await
    }

    fn is_revoked(&self, room: &str, identity: &str, nbf_s: u64) -> bool {
        self.revocations.cover(room, identity, nbf_s)
    }

    fn refused(&self, operation: ApiOperation) {
        self.directory.refusals().count_request(operation.feature());
    }
}

fn file_below(folder: &Path, path: &str) -> Option<Vec<u8>> {
    let file = folder.join(path).canonicalize().ok()?;
    // A link may lead out of the folder.
    let is_inside = file.starts_with(folder.canonicalize().ok()?);
    if is_inside { std::fs::read(file).ok() } else { None }
}

/// The machine's load of the last minute, per cent of its cores; `None` where the system has no such figure.
fn load_percent() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    let load: f64 = text.split_ascii_whitespace().next()?.parse().ok()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Some((load / cores as f64 * 100.0).min(100.0))
}
