//! From the server's configuration to what each protocol's face is told of it.
use super::{Config, Secret};
use livekit_api::LiveKitConfig;
use livekit_api::config::{IceServer, RoomDefaults, SharedSecret};
use v2_api::{IceServerSetting, Origin, SessionSettings, StreamSettings, TurnSetting, V2Config};

/// What the LiveKit face is told.
pub fn livekit(config: &Config) -> LiveKitConfig {
    let section = &config.livekit;
    let seconds = |duration: std::time::Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
    let ice_server = |server: &super::IceServer| IceServer {
        urls: server.urls.clone(),
        username: server.username.clone(),
        credential: server.credential.expose().to_owned(),
        shared_secret: server
            .shared_secret
            .as_ref()
            .map(|(secret, valid_s)| SharedSecret { secret: secret.expose().to_owned(), valid_s: *valid_s }),
    };
    LiveKitConfig {
        keys: section.keys.iter().map(|(key, secret)| (key.clone(), secret.expose().to_owned())).collect(),
        profile: config.profile,
        room: RoomDefaults {
            auto_create: section.auto_create,
            empty_timeout_s: seconds(section.empty_timeout),
            departure_timeout_s: seconds(section.departure_timeout),
            max_participants: section.max_participants,
            sync_streams: section.sync_streams,
            enable_remote_unmute: section.enable_remote_unmute,
        },
        region: section.region.clone(),
        ice_servers: section.ice_servers.iter().map(ice_server).collect(),
        ..LiveKitConfig::default()
    }
}

/// What the OpenVidu v2 face is told. `tls_port` is the port that was bound.
pub fn v2(config: &Config, tls_port: u16) -> V2Config {
    let section = &config.v2;
    let exposed = |secret: &Secret| secret.expose().to_owned();
    let ice_server = |server: &super::V2IceServer| IceServerSetting {
        url: server.url.clone(),
        username: server.username.clone(),
        credential: server.credential.as_ref().map(exposed),
        static_auth_secret: server.static_auth_secret.as_ref().map(exposed),
    };
    let turn =
        |turn: &super::V2Turn| TurnSetting { host: turn.host.clone(), port: turn.port, secret: exposed(&turn.secret) };
    V2Config {
        secret: exposed(&section.secret),
        domain_or_public_ip: section.domain_or_public_ip.clone(),
        https_port: tls_port,
        public_origin: config.http.public_url.as_ref().map(|url| Origin { secure: url.secure, host: url.host.clone() }),
        turn: section.turn.as_ref().map(turn),
        ice_servers: section.ice_servers.iter().map(ice_server).collect(),
        streams: StreamSettings {
            video_max_recv_kbps: section.video_max_recv_kbps,
            video_min_recv_kbps: section.video_min_recv_kbps,
            video_max_send_kbps: section.video_max_send_kbps,
            video_min_send_kbps: section.video_min_send_kbps,
            forced_video_codec: section.forced_video_codec.clone(),
            allow_transcoding: section.allow_transcoding,
            simulcast: section.simulcast,
        },
        sessions: SessionSettings {
            garbage_interval: section.garbage_interval,
            garbage_threshold: section.garbage_threshold,
        },
        ..V2Config::default()
    }
}
