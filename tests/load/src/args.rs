//! The command line.
use crate::media::Pattern;
use crate::plan::{Course, Plan};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// Load tester for WebRTC servers that speak LiveKit's protocol.
///
/// Joins participants that each publish a picture and a sound and subscribe to everybody else of their room, counts what
/// arrives, and reports what the server paid for it.
#[derive(Debug, Parser)]
#[command(name = "viaduct-load", version, after_help = EXAMPLES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub task: Task,
}

const EXAMPLES: &str = "Examples:
  viaduct-load run --participants 24 --server-pid $(pidof viaduct) --html load.html
  viaduct-load ramp --participants 400 --step 8 --server-pid $(pidof viaduct) --core 1
  viaduct-load sendto --sockets 128";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Lets all participants in and makes one measurement.
    Run(LoadOptions),
    /// Lets more and more participants in, measures each step, and ends when it is too much.
    Ramp {
        /// Participants of the first step.
        #[arg(long, default_value_t = 8)]
        from: usize,
        /// More with each step.
        #[arg(long, default_value_t = 8)]
        step: usize,
        /// The rest.
        #[command(flatten)]
        options: LoadOptions,
    },
}

/// Options of a load.
#[derive(Debug, Clone, Args)]
pub struct LoadOptions {
    /// The server: ws://host:port or http://host:port.
    #[arg(long, default_value = "ws://127.0.0.1:7880")]
    pub url: String,
    /// API key.
    #[arg(long, default_value = "devkey", env = "LIVEKIT_API_KEY")]
    pub key: String,
    /// API secret.
    #[arg(long, default_value = "secret", env = "LIVEKIT_API_SECRET", hide_env_values = true)]
    pub secret: String,
    /// Participants (at most, in a ramp).
    #[arg(long, short = 'n', default_value_t = 8)]
    pub participants: usize,
    /// Participants of a room.
    #[arg(long, default_value_t = 8)]
    pub rooms_of: usize,
    /// What rooms' names begin with.
    #[arg(long, default_value = "load")]
    pub room: String,
    /// Joins a second.
    #[arg(long, default_value_t = 10.0)]
    pub rate: f64,
    /// Kilobits a second of each picture; 776 are three packets of 1,112 bytes a frame at 30 frames a second.
    #[arg(long, default_value_t = 776)]
    pub video_kbps: u32,
    /// Frames a second; 0 sends no picture.
    #[arg(long, default_value_t = 30)]
    pub fps: u32,
    /// Seconds between key frames that nobody asked for.
    #[arg(long, default_value_t = 10)]
    pub key_frame_secs: u32,
    /// Bytes of a packet of sound, 50 a second.
    #[arg(long, default_value_t = 160)]
    pub audio_bytes: usize,
    /// Publishes pictures in three layers.
    #[arg(long)]
    pub simulcast: bool,
    /// Seconds between the last join and a measurement.
    #[arg(long, default_value_t = 5.0)]
    pub warmup: f64,
    /// Seconds of a measurement.
    #[arg(long, default_value_t = 10.0)]
    pub duration: f64,
    /// Seconds that a participant may take to be up.
    #[arg(long, default_value_t = 20.0)]
    pub patience: f64,
    /// Milliseconds between two looks at the sockets; arrival times, and so jitter, are as coarse.
    #[arg(long, default_value_t = 4)]
    pub tick_ms: u64,
    /// Opens every n-th received packet as a check; 0: only the first ones of each stream.
    #[arg(long, default_value_t = 100)]
    pub verify: u32,
    /// Percent of packets that may be lost before a participant has failed, or a step was too much.
    #[arg(long, default_value_t = 2.0)]
    pub max_loss: f64,
    /// Process of the server, for its CPU time and memory.
    #[arg(long)]
    pub server_pid: Option<u32>,
    /// Keeps the load on this core.
    #[arg(long)]
    pub core: Option<usize>,
    /// Writes the seconds and the measurements as comma-separated values.
    #[arg(long)]
    pub csv: Option<PathBuf>,
    /// Writes everything as JSON.
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// Writes a page with a drawing.
    #[arg(long)]
    pub html: Option<PathBuf>,
    /// Says nothing on the way.
    #[arg(long, short)]
    pub quiet: bool,
}

impl LoadOptions {
    /// The run that these ask for.
    pub fn plan(&self, course: Course) -> Plan {
        Plan {
            url: self.url.clone(),
            key: self.key.clone(),
            secret: self.secret.clone(),
            room_prefix: self.room.clone(),
            participants: self.participants,
            rooms_of: self.rooms_of.max(1),
            rate: self.rate,
            course,
            pattern: Pattern {
                fps: self.fps,
                video_kbps: self.video_kbps,
                key_frame_secs: self.key_frame_secs,
                audio_bytes: self.audio_bytes,
                simulcast: self.simulcast,
            },
            warmup: seconds(self.warmup),
            window: seconds(self.duration),
            patience: seconds(self.patience),
            tick: Duration::from_millis(self.tick_ms.max(1)),
            verify_every: self.verify,
            loss_max: self.max_loss / 100.0,
            server_pid: self.server_pid,
            quiet: self.quiet,
        }
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
