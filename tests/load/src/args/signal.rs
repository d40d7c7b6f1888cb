//! The options of the timing of signalling.
use super::seconds;
use crate::rpc::RpcPlan;
use clap::Args;
use std::path::PathBuf;

/// Options of the timing of signalling.
#[derive(Debug, Clone, Args)]
pub struct SignalOptions {
    /// The server: ws://host:port or http://host:port.
    #[arg(long, default_value = "ws://127.0.0.1:7880")]
    pub url: String,
    /// Password of the v2 API's user OPENVIDUAPP.
    #[arg(long, default_value = "MY_SECRET", env = "OPENVIDU_SECRET", hide_env_values = true)]
    pub v2_secret: String,
    /// Participants.
    #[arg(long, short = 'n', default_value_t = 200)]
    pub participants: usize,
    /// Participants of a room.
    #[arg(long, default_value_t = 8)]
    pub rooms_of: usize,
    /// What rooms' names begin with.
    #[arg(long, default_value = "signal")]
    pub room: String,
    /// Joins a second.
    #[arg(long, default_value_t = 20.0)]
    pub rate: f64,
    /// Signals that each participant sends a second, to its whole room.
    #[arg(long, default_value_t = 1.0)]
    pub signals: f64,
    /// Seconds of signalling.
    #[arg(long, default_value_t = 20.0)]
    pub duration: f64,
    /// Seconds that it may take until everybody receives everybody.
    #[arg(long, default_value_t = 60.0)]
    pub patience: f64,
    /// Keeps the load on this core.
    #[arg(long)]
    pub core: Option<usize>,
    /// Writes everything as JSON.
    #[arg(long)]
    pub json: Option<PathBuf>,
}

impl SignalOptions {
    /// The run that these ask for.
    pub fn plan(&self) -> RpcPlan {
        RpcPlan {
            url: self.url.clone(),
            secret: self.v2_secret.clone(),
            participants: self.participants,
            rooms_of: self.rooms_of.max(1),
            room_prefix: self.room.clone(),
            rate: self.rate,
            signals: self.signals,
            window: seconds(self.duration),
            patience: seconds(self.patience),
        }
    }
}
