//! The command line; the browser's part of it is in `browser`.
mod browser;
mod signal;
mod storm;

pub use browser::BrowserOptions;
pub use signal::SignalOptions;
pub use storm::StormOptions;

use crate::media::Pattern;
use crate::peers::PeersPlan;
use crate::plan::{Course, Means, Plan};
use crate::signal::Entrance;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Load tester for WebRTC servers that speak LiveKit's or OpenVidu v2's protocol.
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
  viaduct-load browser --participants 3 --server-pid $(pidof viaduct) --html load.html
  viaduct-load signal --participants 200 --rooms-of 8
  viaduct-load storm --rate 200 --duration 10 --generation v1
  viaduct-load sendto --sockets 128
  viaduct-load peers --quick";

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
    /// Drives pages of a real Chromium with the newest SDK of the protocol, a page a participant, and makes one measurement.
    Browser(BrowserOptions),
    /// Times OpenVidu v2's signalling, without media: joins, publishes, subscriptions, signals.
    Signal(SignalOptions),
    /// Lets clients of LiveKit's signalling in at a fixed rate, without media, and times their joins.
    Storm(StormOptions),
    /// Measures what the system alone asks for sending datagrams, one by one and in runs.
    Sendto(SendtoOptions),
    /// Runs the same load against livekit-server and Viaduct in turn and prints the ratios.
    Peers(PeersOptions),
}

/// Options of the yardstick.
#[derive(Debug, Clone, Args)]
pub struct SendtoOptions {
    /// Receiving sockets.
    #[arg(long, default_value_t = 128)]
    pub sockets: usize,
    /// Datagrams a call, one measurement each; 1 is a plain sendto, more is UDP GSO.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 4, 7])]
    pub runs: Vec<usize>,
    /// Datagrams of each measurement.
    #[arg(long, default_value_t = 500_000)]
    pub datagrams: u64,
    /// Core of the sender.
    #[arg(long, default_value_t = 0)]
    pub send_core: usize,
    /// Core of the reader.
    #[arg(long, default_value_t = 1)]
    pub read_core: usize,
}

/// Options of the peer benchmark.
#[derive(Debug, Clone, Args)]
pub struct PeersOptions {
    /// Two numbers of participants, one round, short times, no ramps.
    #[arg(long)]
    pub quick: bool,
    /// Numbers of participants that are measured.
    #[arg(long, value_delimiter = ',')]
    pub levels: Vec<usize>,
    /// How often each is measured on each server.
    #[arg(long)]
    pub rounds: Option<usize>,
    /// Seconds between the last join and a measurement.
    #[arg(long)]
    pub warmup: Option<f64>,
    /// Seconds of a measurement.
    #[arg(long)]
    pub duration: Option<f64>,
    /// Participants that the ramps go up to; 0: no ramps.
    #[arg(long)]
    pub ramp_to: Option<usize>,
    /// livekit-server's program; without it, it is installed by `go install`.
    #[arg(long)]
    pub livekit: Option<PathBuf>,
    /// Viaduct's program; without it, it is built in release.
    #[arg(long)]
    pub viaduct: Option<PathBuf>,
    /// Where programs, logs and reports go.
    #[arg(long, default_value = "target/peers")]
    pub folder: PathBuf,
    /// Cargo's target folder for building Viaduct.
    #[arg(long, env = "CARGO_TARGET_DIR", default_value = "target")]
    pub target: PathBuf,
    /// The server's core.
    #[arg(long, default_value_t = 0)]
    pub server_core: usize,
    /// The load's core.
    #[arg(long, default_value_t = 1)]
    pub load_core: usize,
    /// First of four ports on the loopback address.
    #[arg(long, default_value_t = 17880)]
    pub port: u16,
    /// Sends and receives runs of datagrams in one call (GSO, GRO), for both servers.
    #[arg(long)]
    pub offload: bool,
    /// Milliseconds between two looks at the sockets.
    #[arg(long, default_value_t = 4)]
    pub tick_ms: u64,
    /// Percent of packets that may be lost before a step was too much.
    #[arg(long, default_value_t = 2.0)]
    pub max_loss: f64,
}

impl PeersOptions {
    /// The benchmark that these ask for.
    pub fn plan(&self) -> PeersPlan {
        let (levels, rounds, warmup, duration, ramp_to): (&[usize], _, _, _, _) =
            if self.quick { (&[24, 48], 1, 3.0, 5.0, 0) } else { (&[24, 48, 96, 112], 3, 10.0, 20.0, 400) };
        let load = LoadOptions::parse_from(["viaduct-load"]);
        let run = RunOptions {
            room: "peers".to_owned(),
            warmup: self.warmup.unwrap_or(warmup),
            duration: self.duration.unwrap_or(duration),
            max_loss: self.max_loss,
            patience: 30.0,
            ..load.run
        };
        let load = LoadOptions { run, tick_ms: self.tick_ms, offload: self.offload, ..load };
        PeersPlan {
            livekit: self.livekit.clone(),
            viaduct: self.viaduct.clone(),
            folder: self.folder.clone(),
            target: self.target.clone(),
            levels: if self.levels.is_empty() { levels.to_vec() } else { self.levels.clone() },
            rounds: self.rounds.unwrap_or(rounds),
            ramp_to: self.ramp_to.unwrap_or(ramp_to),
            server_core: Some(self.server_core),
            load_core: Some(self.load_core),
            port: self.port,
            load: load.plan(Course::Fixed),
        }
    }
}

/// What participants speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Protocol {
    /// LiveKit's signalling, two PeerConnections each.
    Livekit,
    /// OpenVidu v2's, a PeerConnection for each stream and direction.
    V2,
}

/// Options of every run: where to, and what is reported.
#[derive(Debug, Clone, Args)]
pub struct RunOptions {
    /// The server: ws://host:port or http://host:port.
    #[arg(long, default_value = "ws://127.0.0.1:7880")]
    pub url: String,
    /// API key.
    #[arg(long, default_value = "devkey", env = "LIVEKIT_API_KEY")]
    pub key: String,
    /// API secret.
    #[arg(long, default_value = "secret", env = "LIVEKIT_API_SECRET", hide_env_values = true)]
    pub secret: String,
    /// Which protocol participants speak.
    #[arg(long, value_enum, default_value = "livekit")]
    pub protocol: Protocol,
    /// Password of the v2 API's user OPENVIDUAPP.
    #[arg(long, default_value = "MY_SECRET", env = "OPENVIDU_SECRET", hide_env_values = true)]
    pub v2_secret: String,
    /// Participants of a room.
    #[arg(long, default_value_t = 8)]
    pub rooms_of: usize,
    /// What rooms' names begin with.
    #[arg(long, default_value = "load")]
    pub room: String,
    /// Seconds between the last join and a measurement.
    #[arg(long, default_value_t = 5.0)]
    pub warmup: f64,
    /// Seconds of a measurement.
    #[arg(long, default_value_t = 10.0)]
    pub duration: f64,
    /// Seconds that a participant may take to be up.
    #[arg(long, default_value_t = 20.0)]
    pub patience: f64,
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

/// Options of a load.
#[derive(Debug, Clone, Parser)]
pub struct LoadOptions {
    /// Where to, and what is reported.
    #[command(flatten)]
    pub run: RunOptions,
    /// Participants (at most, in a ramp).
    #[arg(long, short = 'n', default_value_t = 8)]
    pub participants: usize,
    /// How many of a room publish; the others only receive. Without it everybody does both.
    #[arg(long)]
    pub publishers: Option<usize>,
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
    /// Milliseconds between two looks at each socket; arrival times, and so jitter, are as coarse.
    #[arg(long, default_value_t = 4)]
    pub tick_ms: u64,
    /// Opens every n-th received packet as a check; 0: only the first ones of each stream.
    #[arg(long, default_value_t = 100)]
    pub verify: u32,
    /// Sends and receives runs of datagrams in one call (GSO, GRO). On the loopback network this spares the server the
    /// cutting of its runs into datagrams, which to real participants a network card or its driver does.
    #[arg(long)]
    pub offload: bool,
}

impl RunOptions {
    fn entrance(&self) -> Entrance {
        match self.protocol {
            Protocol::Livekit => Entrance::LiveKit { key: self.key.clone(), secret: self.secret.clone() },
            Protocol::V2 => Entrance::V2 { secret: self.v2_secret.clone() },
        }
    }

    /// What all plans have of these; the rest is that of a quiet participant.
    fn plan(&self, participants: usize, rate: f64, course: Course) -> Plan {
        Plan {
            url: self.url.clone(),
            entrance: self.entrance(),
            means: Means::Packets,
            room_prefix: self.room.clone(),
            participants,
            rooms_of: self.rooms_of.max(1),
            publishers: usize::MAX,
            rate,
            course,
            pattern: Pattern::default(),
            warmup: seconds(self.warmup),
            window: seconds(self.duration),
            patience: seconds(self.patience),
            tick: Duration::from_millis(1),
            verify_every: 0,
            loss_max: self.max_loss / 100.0,
            offload: false,
            server_pid: self.server_pid,
            quiet: self.quiet,
        }
    }
}

impl LoadOptions {
    /// The run that these ask for.
    pub fn plan(&self, course: Course) -> Plan {
        Plan {
            publishers: self.publishers.unwrap_or(usize::MAX).max(1),
            pattern: Pattern {
                fps: self.fps,
                video_kbps: self.video_kbps,
                key_frame_secs: self.key_frame_secs,
                audio_bytes: self.audio_bytes,
                simulcast: self.simulcast,
            },
            tick: Duration::from_millis(self.tick_ms.max(1)),
            verify_every: self.verify,
            offload: self.offload,
            ..self.run.plan(self.participants, self.rate, course)
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
