//! The configuration: one typed struct, put together once at start.
//!
//! [`Config`] is what the rest of the server reads. Where its values come from is this module's affair alone.
mod args;
mod faces;
mod proxies;
mod secret;

pub use args::Args;
pub use faces::{livekit, v2};
pub use proxies::Proxies;
pub use secret::Secret;

use crate::http::tls::CertificateFiles;
use crate::media::{AddressChoice, MediaSettings};
use sfu_core::capability::Profile;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The whole configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Development mode: known secrets, loopback media, `/try/join`.
    pub dev: bool,
    /// The engine profile.
    pub profile: Profile,
    /// Where files are kept: certificate, database.
    pub data_dir: PathBuf,
    /// The web server.
    pub http: HttpConfig,
    /// Media.
    pub media: MediaSettings,
    /// LiveKit's part.
    pub livekit: LiveKitSection,
    /// OpenVidu v2's part.
    pub v2: V2Section,
}

/// The web server.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// The addresses it listens on.
    pub bind: Vec<IpAddr>,
    /// The plain port; 0: any free one.
    pub port: u16,
    /// The TLS port; 0: any free one.
    pub tls_port: u16,
    /// The certificate; `None`: a self-signed one, kept in the data folder.
    pub certificate: Option<CertificateFiles>,
    /// The proxies whose word about the client counts.
    pub proxies: Proxies,
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
    /// `room.enable_remote_unmute`.
    pub enable_remote_unmute: bool,
    /// `region`.
    pub region: String,
}

/// OpenVidu v2's part.
#[derive(Clone, Debug)]
pub struct V2Section {
    /// `OPENVIDU_SECRET`.
    pub secret: Secret,
    /// `DOMAIN_OR_PUBLIC_IP`.
    pub domain_or_public_ip: String,
    /// `HTTPS_PORT` as clients see it; `None`: the TLS port.
    pub https_port: Option<u16>,
}

impl Config {
    /// The defaults of development mode.
    pub fn dev() -> Self {
        let any = [IpAddr::from([0, 0, 0, 0])];
        Self {
            dev: true,
            profile: Profile::default(),
            data_dir: PathBuf::from("./data"),
            http: HttpConfig {
                bind: any.to_vec(),
                port: 7880,
                tls_port: 4443,
                certificate: None,
                proxies: Proxies::default(),
                public_url: None,
            },
            media: MediaSettings {
                workers: workers(),
                udp_port: 7882,
                addresses: AddressChoice { node_ips: Vec::new(), loopback: true },
            },
            livekit: LiveKitSection {
                keys: BTreeMap::from([("devkey".to_owned(), Secret::new("secret"))]),
                auto_create: true,
                empty_timeout: Duration::from_secs(300),
                departure_timeout: Duration::from_secs(20),
                max_participants: 0,
                enable_remote_unmute: false,
                region: String::new(),
            },
            v2: V2Section {
                secret: Secret::new("MY_SECRET"),
                domain_or_public_ip: "localhost".to_owned(),
                https_port: None,
            },
        }
    }
}

/// A media worker for each core.
fn workers() -> u8 {
    std::thread::available_parallelism().map_or(1, |cores| u8::try_from(cores.get()).unwrap_or(u8::MAX))
}
