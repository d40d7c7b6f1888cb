//! The options of the join storm.
use super::seconds;
use crate::storm::{Generation, StormPlan};
use clap::Args;
use std::path::PathBuf;

/// Options of the join storm.
#[derive(Debug, Clone, Args)]
pub struct StormOptions {
    /// The server: ws://host:port or http://host:port.
    #[arg(long, default_value = "ws://127.0.0.1:7880")]
    pub url: String,
    /// API key.
    #[arg(long, default_value = "devkey", env = "LIVEKIT_API_KEY")]
    pub key: String,
    /// API secret.
    #[arg(long, default_value = "secret", env = "LIVEKIT_API_SECRET", hide_env_values = true)]
    pub secret: String,
    /// Which generation of LiveKit's signalling.
    #[arg(long, value_enum, default_value = "v0")]
    pub generation: Generation,
    /// Joins a second.
    #[arg(long, default_value_t = 200.0)]
    pub rate: f64,
    /// Seconds of joining.
    #[arg(long, default_value_t = 10.0)]
    pub duration: f64,
    /// Participants of a room.
    #[arg(long, default_value_t = 8)]
    pub rooms_of: usize,
    /// What rooms' names begin with.
    #[arg(long, default_value = "storm")]
    pub room: String,
    /// Seconds that a join may take.
    #[arg(long, default_value_t = 5.0)]
    pub patience: f64,
    /// Keeps the load on this core.
    #[arg(long)]
    pub core: Option<usize>,
    /// Writes a line for each second as comma-separated values.
    #[arg(long)]
    pub csv: Option<PathBuf>,
    /// Writes everything as JSON.
    #[arg(long)]
    pub json: Option<PathBuf>,
}

impl StormOptions {
    /// The run that these ask for.
    pub fn plan(&self) -> StormPlan {
        StormPlan {
            url: self.url.clone(),
            key: self.key.clone(),
            secret: self.secret.clone(),
            generation: self.generation,
            rate: self.rate.max(0.1),
            window: seconds(self.duration),
            rooms_of: self.rooms_of.max(1),
            room_prefix: self.room.clone(),
            patience: seconds(self.patience),
        }
    }
}
