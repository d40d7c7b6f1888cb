//! From the server's configuration to what each protocol's face is told of it.
use super::{Config, Secret};
use livekit_api::LiveKitConfig;
use livekit_api::config::{IceServer, RoomDefaults, SharedSecret};
use std::time::Duration;
use v2_api::{IceServerSetting, Origin, SessionSettings, StreamSettings, TurnSetting, V2Config, WebhookSettings};

/// The embedded TURN server as clients are told of it.
#[derive(Clone, Debug)]
pub struct TurnOffer {
    /// Its host.
    pub host: String,
    /// Its UDP port.
    pub udp_port: Option<u16>,
    /// The port where it speaks TLS: that of the load balancer where TLS ends there.
    pub tls_port: Option<u16>,
    /// The secret of its credentials.
    pub secret: Secret,
    /// How long LiveKit clients' credentials are good for.
    pub ttl: Duration,
}

impl TurnOffer {
    /// Its addresses: UDP first.
    fn urls(&self) -> Vec<String> {
        let host = &self.host;
        let udp = self.udp_port.map(|port| format!("turn:{host}:{port}?transport=udp"));
        let tls = self.tls_port.map(|port| format!("turns:{host}:{port}?transport=tcp"));
        udp.into_iter().chain(tls).collect()
    }
}

/// What the LiveKit face is told.
pub fn livekit(config: &Config, turn: Option<&TurnOffer>) -> LiveKitConfig {
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
    let embedded = turn.map(|turn| IceServer {
        urls: turn.urls(),
        username: String::new(),
        credential: String::new(),
        shared_secret: Some(SharedSecret { secret: turn.secret.expose().to_owned(), valid_s: turn.ttl.as_secs() }),
    });
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
            codecs: section.codecs.clone(),
            presets: section.presets.clone(),
        },
        region: section.region.clone(),
        ice_servers: section.ice_servers.iter().map(ice_server).chain(embedded).collect(),
        data_message_bytes_max: config.native.data_message_bytes_max,
        data_messages_per_second_max: config.native.data_messages_per_second_max,
        ..LiveKitConfig::default()
    }
}

/// A folder as `GET /config` shows it.
fn with_slash(folder: &std::path::Path) -> String {
    format!("{}/", folder.to_string_lossy().trim_end_matches('/'))
}

/// What the OpenVidu v2 face is told. `tls_port` is the port that was bound.
pub fn v2(config: &Config, tls_port: u16, embedded: Option<&TurnOffer>) -> V2Config {
    let section = &config.v2;
    let exposed = |secret: &Secret| secret.expose().to_owned();
    let ice_server = |server: &super::V2IceServer| IceServerSetting {
        url: server.url.clone(),
        username: server.username.clone(),
        credential: server.credential.as_ref().map(exposed),
        static_auth_secret: server.static_auth_secret.as_ref().map(exposed),
    };
    let turn = |turn: &super::V2Turn| TurnSetting {
        host: turn.host.clone(),
        port: turn.port,
        tls_port: turn.tls_port,
        secret: exposed(&turn.secret),
    };
    // A server of the `.env` goes before the embedded one.
    let of_env = section.turn.as_ref().map(turn);
    let of_ours = embedded.and_then(|ours| {
        let (host, secret) = (ours.host.clone(), exposed(&ours.secret));
        Some(TurnSetting { host, port: ours.udp_port?, tls_port: ours.tls_port, secret })
    });
    // Without UDP it cannot be told as v2's own fields do: as one more server then.
    let tls_only = embedded.filter(|ours| ours.udp_port.is_none()).map(|ours| IceServerSetting {
        url: ours.urls().into_iter().next().unwrap_or_default(),
        username: None,
        credential: None,
        static_auth_secret: Some(exposed(&ours.secret)),
    });
    V2Config {
        secret: exposed(&section.secret),
        domain_or_public_ip: section.domain_or_public_ip.clone(),
        https_port: tls_port,
        public_origin: config.http.public_url.as_ref().map(|url| Origin { secure: url.secure, host: url.host.clone() }),
        turn: of_env.or(of_ours),
        ice_servers: section.ice_servers.iter().map(ice_server).chain(tls_only).collect(),
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
        network_quality: section.network_quality,
        speech_to_text_disabled: !section.is_community,
        recording: section.recording.clone(),
        cdr: config.events.v2_cdr.is_some(),
        cdr_path: with_slash(&config.events.v2_cdr_path),
        webhook: config.events.v2_webhook.as_ref().map(|webhook| WebhookSettings {
            endpoint: webhook.endpoint.clone(),
            headers: webhook.headers.clone(),
            events: webhook.events.clone(),
        }),
        ..V2Config::default()
    }
}
