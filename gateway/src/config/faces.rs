//! From the server's configuration to what each protocol's face is told of it.
use super::Config;
use livekit_api::LiveKitConfig;
use livekit_api::config::RoomDefaults;
use v2_api::{Origin, V2Config};

/// What the LiveKit face is told.
pub fn livekit(config: &Config) -> LiveKitConfig {
    let section = &config.livekit;
    let seconds = |duration: std::time::Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
    LiveKitConfig {
        keys: section.keys.iter().map(|(key, secret)| (key.clone(), secret.expose().to_owned())).collect(),
        profile: config.profile,
        room: RoomDefaults {
            auto_create: section.auto_create,
            empty_timeout_s: seconds(section.empty_timeout),
            departure_timeout_s: seconds(section.departure_timeout),
            max_participants: section.max_participants,
            enable_remote_unmute: section.enable_remote_unmute,
        },
        region: section.region.clone(),
        ..LiveKitConfig::default()
    }
}

/// What the OpenVidu v2 face is told. `tls_port` is the port that was bound.
pub fn v2(config: &Config, tls_port: u16) -> V2Config {
    let section = &config.v2;
    let origin = |url: &super::PublicUrl| Origin { secure: url.secure, host: url.host.clone() };
    V2Config {
        secret: section.secret.expose().to_owned(),
        domain_or_public_ip: section.domain_or_public_ip.clone(),
        https_port: section.https_port.unwrap_or(tls_port),
        public_origin: config.http.public_url.as_ref().map(origin),
        ..V2Config::default()
    }
}
