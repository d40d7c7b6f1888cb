//! The configuration: one typed struct, put together once at start.
//!
//! [`Config`] is what the rest of the server reads; [`load`] makes it from defaults, a YAML file, an OpenVidu v2 `.env`,
//! the environment and flags, in this order. All settings stand in one table, `keys.rs`.
mod args;
mod build;
mod check;
mod database;
mod docs;
mod dotenv;
mod environment;
mod events;
mod faces;
mod foreign;
mod ice;
mod key;
mod keys;
mod layer;
mod livekit;
mod load;
mod nearest;
mod proxies;
mod resolve;
mod safety;
mod secret;
mod show;
mod turn;
mod v2_names;
mod yaml;

pub use args::{DatabaseTask, Invocation, Task, read as read_arguments};
pub use check::{Checked, check};
pub use docs::{document, example};
pub use events::{EventsSection, LiveKitWebhook, V2Webhook};
pub use faces::{TurnOffer, livekit, v2};
pub use layer::Problem;
pub use load::{LoadError, Loaded, dev, load};
pub use proxies::Proxies;
pub use secret::Secret;
pub use show::{ShownSetting, show};
pub use v2_names::known as v2_names;

use crate::admin::AdminConfig;
use crate::http::tls::CertificateFiles;
use crate::media::MediaSettings;
use crate::store::DatabaseSettings;
use crate::turn::TurnSettings;
use sfu_core::capability::Profile;
use sfu_core::room::NativeConfig;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use v2_api::RecordingSettings;

/// The whole configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Development mode: known secrets, loopback media, `/try/join`.
    pub dev: bool,
    /// The engine profile.
    pub profile: Profile,
    /// Where files are kept: certificate, database.
    pub data_dir: PathBuf,
    /// What is logged.
    pub log_level: String,
    /// How it is logged.
    pub log: LogSection,
    /// Where traces are sent to, with the path; `None`: nowhere.
    pub otlp_endpoint: Option<String>,
    /// The web server.
    pub http: HttpConfig,
    /// Media.
    pub media: MediaSettings,
    /// The embedded TURN server; `None`: off.
    pub turn: Option<TurnSection>,
    /// Who may read the server's figures.
    pub metrics: MetricsConfig,
    /// The admin API.
    pub admin: AdminConfig,
    /// Every setting as it is in force, for people: secrets are masked.
    pub shown: std::sync::Arc<[ShownSetting]>,
    /// LiveKit's part.
    pub livekit: LiveKitSection,
    /// OpenVidu v2's part.
    pub v2: V2Section,
    /// The store's queue, webhooks, call detail records.
    pub events: EventsSection,
    /// Where the database is, and how it is spoken to.
    pub database: DatabaseSettings,
    /// What only the profile `full` has.
    pub native: NativeSection,
}

/// What only the profile `full` has.
#[derive(Clone, Copy, Debug)]
pub struct NativeSection {
    /// What rooms do: speakers, dynacast.
    pub rooms: NativeConfig,
    /// Bytes of a data message.
    pub data_message_bytes_max: usize,
    /// Data messages a second of one client.
    pub data_messages_per_second_max: u32,
}

/// How log lines are written.
#[derive(Clone, Debug, Default)]
pub struct LogSection {
    /// Their form.
    pub format: LogFormat,
    /// The latter half of IP addresses is left out.
    pub mask_ips: bool,
    /// What must not stand in them.
    pub secrets: Vec<Secret>,
}

/// The form of log lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// Text.
    Text,
    /// A JSON object a line.
    Json,
}

/// Who may read the server's figures at `/metrics`.
#[derive(Clone, Debug, Default)]
pub struct MetricsConfig {
    /// A port of its own beside the plain one; 0: any free one.
    pub port: Option<u16>,
    /// The name to show; empty: none, and only this machine may read.
    pub username: String,
    /// The password to show.
    pub password: Secret,
}

/// The web server.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// The addresses it listens on.
    pub bind: Vec<IpAddr>,
    /// They are the defaults: one that this machine does not have is left out.
    pub bind_by_default: bool,
    /// The plain port; 0: any free one.
    pub port: u16,
    /// The TLS port; 0: any free one.
    pub tls_port: u16,
    /// The certificate; `None`: a self-signed one, kept in the data folder.
    pub certificate: Option<CertificateFiles>,
    /// The proxies whose word about the client counts.
    pub proxies: Proxies,
    /// Clients that may have a socket without having joined a room.
    pub unjoined_clients_max: usize,
    /// Scheme and host under which clients reach the server; `None`: as each request says.
    pub public_url: Option<PublicUrl>,
}

/// Scheme and host under which clients reach the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    /// By TLS.
    pub secure: bool,
    /// Host, with port where it is not the scheme's own.
    pub host: String,
}

/// The embedded TURN server.
#[derive(Clone, Debug)]
pub struct TurnSection {
    /// Its sockets and limits.
    pub server: TurnSettings,
    /// Host under which clients reach it; empty: the first media address.
    pub host: String,
    /// Its own certificate; `None`: that of the web server.
    pub certificate: Option<CertificateFiles>,
    /// The secret of its credentials; `None`: one of this run.
    pub secret: Option<Secret>,
    /// How long LiveKit clients' credentials are good for.
    pub ttl: Duration,
}

/// LiveKit's part.
#[derive(Clone, Debug)]
pub struct LiveKitSection {
    /// API keys and their secrets.
    pub keys: BTreeMap<String, Secret>,
    /// `room.auto_create`.
    pub auto_create: bool,
    /// `room.empty_timeout`.
    pub empty_timeout: Duration,
    /// `room.departure_timeout`.
    pub departure_timeout: Duration,
    /// `room.max_participants`; 0: no limit.
    pub max_participants: u32,
    /// `room.sync_streams`.
    pub sync_streams: bool,
    /// `room.enable_remote_unmute`.
    pub enable_remote_unmute: bool,
    /// `region`.
    pub region: String,
    /// `room.enabled_codecs`.
    pub codecs: Vec<sfu_core::sdp::Codec>,
    /// `room.room_configurations`.
    pub presets: BTreeMap<String, livekit_api::config::RoomConfiguration>,
    /// `rtc.stun_servers` and `rtc.turn_servers`.
    pub ice_servers: Vec<IceServer>,
}

/// A STUN or TURN server for LiveKit clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceServer {
    /// `stun:…`, `turn:…`, `turns:…`.
    pub urls: Vec<String>,
    /// User name; empty for STUN.
    pub username: String,
    /// Password.
    pub credential: Secret,
    /// The secret shared with the server, and how long credentials made from it are good for, seconds.
    pub shared_secret: Option<(Secret, u64)>,
}

/// OpenVidu v2's part; each field is the `.env` name without its prefix.
#[derive(Clone, Debug)]
pub struct V2Section {
    /// `OPENVIDU_SECRET`.
    pub secret: Secret,
    /// `DOMAIN_OR_PUBLIC_IP`.
    pub domain_or_public_ip: String,
    /// `COTURN_*`; `None`: no TURN server.
    pub turn: Option<V2Turn>,
    /// `OPENVIDU_WEBRTC_ICE_SERVERS`.
    pub ice_servers: Vec<V2IceServer>,
    /// `OPENVIDU_STREAMS_VIDEO_MAX_RECV_BANDWIDTH`, kbit/s.
    pub video_max_recv_kbps: u32,
    /// `OPENVIDU_STREAMS_VIDEO_MIN_RECV_BANDWIDTH`, kbit/s.
    pub video_min_recv_kbps: u32,
    /// `OPENVIDU_STREAMS_VIDEO_MAX_SEND_BANDWIDTH`, kbit/s.
    pub video_max_send_kbps: u32,
    /// `OPENVIDU_STREAMS_VIDEO_MIN_SEND_BANDWIDTH`, kbit/s.
    pub video_min_send_kbps: u32,
    /// `OPENVIDU_STREAMS_FORCED_VIDEO_CODEC`.
    pub forced_video_codec: String,
    /// `OPENVIDU_STREAMS_ALLOW_TRANSCODING`.
    pub allow_transcoding: bool,
    /// `OPENVIDU_WEBRTC_SIMULCAST`.
    pub simulcast: bool,
    /// `OPENVIDU_EDITION` names none of the paid ones.
    pub is_community: bool,
    /// `OPENVIDU_PRO_NETWORK_QUALITY_INTERVAL`; `None`: `OPENVIDU_PRO_NETWORK_QUALITY` is off.
    pub network_quality: Option<Duration>,
    /// `OPENVIDU_SESSIONS_GARBAGE_INTERVAL`.
    pub garbage_interval: Duration,
    /// `OPENVIDU_SESSIONS_GARBAGE_THRESHOLD`.
    pub garbage_threshold: Duration,
    /// `OPENVIDU_RECORDING*`.
    pub recording: RecordingSettings,
    /// `ALLOWED_ACCESS_TO_RESTAPI`; `None`: from anywhere.
    pub restapi_access: Option<Proxies>,
}

/// The TURN server of v2 clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct V2Turn {
    /// Its host as clients reach it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Its TLS port, where it has one.
    pub tls_port: Option<u16>,
    /// The secret of its REST credentials.
    pub secret: Secret,
}

/// An ICE server of v2's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct V2IceServer {
    /// `stun:…`, `turn:…`, `turns:…`.
    pub url: String,
    /// User name, where it is fixed.
    pub username: Option<String>,
    /// Password, where it is fixed.
    pub credential: Option<Secret>,
    /// The secret from which credentials are made.
    pub static_auth_secret: Option<Secret>,
}

/// This machine's cores: as many media workers are started unless told otherwise.
fn cores() -> u8 {
    std::thread::available_parallelism().map_or(1, |cores| u8::try_from(cores.get()).unwrap_or(u8::MAX))
}
