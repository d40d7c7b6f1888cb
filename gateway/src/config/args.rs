//! The command line.
use super::Config;
use clap::Parser;
use sfu_core::capability::Profile;
use std::net::IpAddr;
use std::path::PathBuf;

/// One server for OpenVidu v2 apps and LiveKit apps.
#[derive(Parser, Debug)]
#[command(name = "viaduct", version)]
pub struct Args {
    /// Development mode: known secrets, loopback media, embedded defaults.
    #[arg(long)]
    pub dev: bool,
    /// Engine profile: mediasoup or full.
    #[arg(long, env = "VIADUCT_PROFILE")]
    pub profile: Option<Profile>,
    /// Plain HTTP and WebSocket port.
    #[arg(long)]
    pub port: Option<u16>,
    /// TLS port.
    #[arg(long)]
    pub tls_port: Option<u16>,
    /// UDP port of the first media worker.
    #[arg(long)]
    pub udp_port: Option<u16>,
    /// TCP port for media.
    #[arg(long)]
    pub tcp_port: Option<u16>,
    /// Media workers.
    #[arg(long)]
    pub workers: Option<u8>,
    /// Address that clients are told to send media to; may be given several times.
    #[arg(long)]
    pub node_ip: Vec<IpAddr>,
    /// Where files are kept.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
}

impl Args {
    /// Lays the flags over `config`.
    pub fn apply(self, config: &mut Config) {
        config.dev = self.dev;
        if let Some(profile) = self.profile {
            config.profile = profile;
        }
        if let Some(port) = self.port {
            config.http.port = port;
        }
        if let Some(port) = self.tls_port {
            config.http.tls_port = port;
        }
        if let Some(port) = self.udp_port {
            config.media.udp_port = port;
        }
        if let Some(workers) = self.workers {
            config.media.workers = workers;
        }
        if !self.node_ip.is_empty() {
            config.media.addresses.node_ips = self.node_ip;
        }
        if let Some(data_dir) = self.data_dir {
            config.data_dir = data_dir;
        }
    }
}
