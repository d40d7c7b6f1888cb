//! What the v2 face must be told by the configuration: plain values, filled by the gateway from its own typed
//! configuration (OpenVidu's `.env` names are given with each). Nothing here is read from files or the environment.
use serde_json::Value;
use sfu_core::room::BitrateCaps;
use std::fmt;
use std::time::Duration;

/// The settings of the v2 face. Fixed for the life of the process.
#[derive(Clone)]
pub struct V2Config {
    /// `OPENVIDU_SECRET`: the password of the REST API's user `OPENVIDUAPP`. Never logged.
    pub secret: String,
    /// The OpenVidu version that the server claims to be, `major.minor.patch`.
    pub version: String,
    /// `DOMAIN_OR_PUBLIC_IP`.
    pub domain_or_public_ip: String,
    /// `HTTPS_PORT` as clients see it.
    pub https_port: u16,
    /// The configured public URL; `None`: each request's own scheme and host are used.
    pub public_origin: Option<Origin>,
    /// The TURN server that clients are given (`COTURN_IP`, `COTURN_PORT`, `COTURN_SHARED_SECRET_KEY`).
    pub turn: Option<TurnSetting>,
    /// `OPENVIDU_WEBRTC_ICE_SERVERS`: given to every connection that brings no list of its own.
    pub ice_servers: Vec<IceServerSetting>,
    /// `OPENVIDU_STREAMS_*` and `OPENVIDU_WEBRTC_SIMULCAST`.
    pub streams: StreamSettings,
    /// `OPENVIDU_SESSIONS_*`.
    pub sessions: SessionSettings,
    /// `OPENVIDU_CDR`.
    pub cdr: bool,
    /// `OPENVIDU_CDR_PATH`, with a slash at its end.
    pub cdr_path: String,
    /// `OPENVIDU_RECORDING*`.
    pub recording: RecordingSettings,
    /// `OPENVIDU_WEBHOOK*`; `None`: off.
    pub webhook: Option<WebhookSettings>,
    /// `OPENVIDU_PRO_NETWORK_QUALITY` and its `_INTERVAL`: how often it is measured; `None`: off.
    pub network_quality: Option<Duration>,
    /// `OPENVIDU_EDITION` is one that has speech to text: asking for it is answered as where that is switched off, rather
    /// than as by a server without it.
    pub speech_to_text_disabled: bool,
}

/// Where a client reaches the server: from the configured public URL, or from the request at hand (by the proxy headers
/// only where the proxy is trusted: the gateway's decision).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// By TLS: `https` and `wss`.
    pub secure: bool,
    /// Host, with `:port` where it is not the scheme's own (443 or 80).
    pub host: String,
}

/// A TURN server with TURN-REST credentials.
#[derive(Clone)]
pub struct TurnSetting {
    /// Its host or address as clients reach it; empty: the host by which the client reached this server.
    pub host: String,
    /// Its port, UDP.
    pub port: u16,
    /// Its TLS port, where it has one: SDKs from 2.21 on are told of it too.
    pub tls_port: Option<u16>,
    /// The shared secret of its REST credentials. Never logged.
    pub secret: String,
}

/// An ICE server of the configuration.
#[derive(Clone)]
pub struct IceServerSetting {
    /// `stun:…`, `turn:…`, `turns:…`.
    pub url: String,
    /// User name, where it is fixed.
    pub username: Option<String>,
    /// Password, where it is fixed. Never logged.
    pub credential: Option<String>,
    /// Instead of both: the secret from which fresh TURN-REST credentials are made. Never logged.
    pub static_auth_secret: Option<String>,
}

/// Defaults of streams.
#[derive(Clone, Debug)]
pub struct StreamSettings {
    /// `OPENVIDU_STREAMS_VIDEO_MAX_RECV_BANDWIDTH`, kbit/s.
    pub video_max_recv_kbps: u32,
    /// `OPENVIDU_STREAMS_VIDEO_MIN_RECV_BANDWIDTH`, kbit/s.
    pub video_min_recv_kbps: u32,
    /// `OPENVIDU_STREAMS_VIDEO_MAX_SEND_BANDWIDTH`, kbit/s.
    pub video_max_send_kbps: u32,
    /// `OPENVIDU_STREAMS_VIDEO_MIN_SEND_BANDWIDTH`, kbit/s.
    pub video_min_send_kbps: u32,
    /// `OPENVIDU_STREAMS_FORCED_VIDEO_CODEC`: `MEDIA_SERVER_PREFERRED`, `NONE`, `VP8`, `VP9`, `H264`.
    pub forced_video_codec: String,
    /// `OPENVIDU_STREAMS_ALLOW_TRANSCODING`.
    pub allow_transcoding: bool,
    /// `OPENVIDU_WEBRTC_SIMULCAST`.
    pub simulcast: bool,
}

impl StreamSettings {
    /// Caps on the pictures of a connection: the settings name them from the server's side (what it receives is what a
    /// client publishes), `kurentoOptions`, which go before them, from the client's. 0 is no cap.
    pub fn caps(&self, kurento_options: Option<&Value>) -> BitrateCaps {
        let cap = |key: &str, setting_kbps: u32| {
            let own_kbps = kurento_options.and_then(|options| options.get(key)).and_then(Value::as_i64);
            let kbps = own_kbps.unwrap_or_else(|| i64::from(setting_kbps));
            u64::try_from(kbps).ok().filter(|kbps| *kbps > 0).map(|kbps| kbps.saturating_mul(1_000))
        };
        BitrateCaps {
            publish_bps: cap("videoMaxSendBandwidth", self.video_max_recv_kbps),
            receive_bps: cap("videoMaxRecvBandwidth", self.video_max_send_kbps),
        }
    }
}

/// The life of sessions.
#[derive(Clone, Debug)]
pub struct SessionSettings {
    /// `OPENVIDU_SESSIONS_GARBAGE_INTERVAL`; zero: off.
    pub garbage_interval: Duration,
    /// `OPENVIDU_SESSIONS_GARBAGE_THRESHOLD`.
    pub garbage_threshold: Duration,
}

/// Recording, as `GET /config` shows it.
#[derive(Clone, Debug)]
pub struct RecordingSettings {
    /// `OPENVIDU_RECORDING`.
    pub enabled: bool,
    /// `OPENVIDU_RECORDING_PATH`, with a slash at its end.
    pub path: String,
    /// `OPENVIDU_RECORDING_VERSION`.
    pub version: String,
    /// `OPENVIDU_RECORDING_PUBLIC_ACCESS`.
    pub public_access: bool,
    /// `OPENVIDU_RECORDING_NOTIFICATION`: `none`, `moderator`, `publisher_moderator`, `all`.
    pub notification: String,
    /// `OPENVIDU_RECORDING_CUSTOM_LAYOUT`: the folder of the operator's own layouts.
    pub custom_layout: String,
    /// `OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT`; zero: at once.
    pub autostop_timeout: Duration,
    /// `OPENVIDU_RECORDING_COMPOSED_URL`; empty: none.
    pub composed_url: String,
}

/// Webhooks, as `GET /config` shows them.
#[derive(Clone)]
pub struct WebhookSettings {
    /// `OPENVIDU_WEBHOOK_ENDPOINT`.
    pub endpoint: String,
    /// `OPENVIDU_WEBHOOK_HEADERS`, each `Name: value`. May hold secrets: never logged.
    pub headers: Vec<String>,
    /// `OPENVIDU_WEBHOOK_EVENTS`.
    pub events: Vec<String>,
}

impl Default for V2Config {
    /// OpenVidu's own defaults, without a secret: the caller sets one.
    fn default() -> Self {
        Self {
            secret: String::new(),
            version: "2.32.1".to_owned(),
            domain_or_public_ip: "localhost".to_owned(),
            https_port: 4443,
            public_origin: None,
            turn: None,
            ice_servers: Vec::new(),
            streams: StreamSettings {
                video_max_recv_kbps: 1000,
                video_min_recv_kbps: 300,
                video_max_send_kbps: 1000,
                video_min_send_kbps: 300,
                forced_video_codec: "MEDIA_SERVER_PREFERRED".to_owned(),
                allow_transcoding: false,
                simulcast: false,
            },
            sessions: SessionSettings {
                garbage_interval: Duration::from_secs(900),
                garbage_threshold: Duration::from_secs(3600),
            },
            cdr: false,
            cdr_path: "/opt/openvidu/cdr/".to_owned(),
            recording: RecordingSettings {
                enabled: false,
                path: "/opt/openvidu/recordings/".to_owned(),
                version: "2.32.1".to_owned(),
                public_access: false,
                notification: "publisher_moderator".to_owned(),
                custom_layout: "/opt/openvidu/custom-layout".to_owned(),
                autostop_timeout: Duration::from_secs(120),
                composed_url: String::new(),
            },
            webhook: None,
            network_quality: None,
            speech_to_text_disabled: false,
        }
    }
}

impl fmt::Debug for V2Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("V2Config")
            .field("version", &self.version)
            .field("public_origin", &self.public_origin)
            .finish_non_exhaustive()
    }
}

impl Origin {
    /// `https://host[:port]` or `http://…`, without a slash at the end.
    pub fn http_url(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.host)
    }

    /// The host without its port.
    pub fn host_name(&self) -> &str {
        let port_at = self.host.rfind(':').filter(|at| self.host.rfind(']').is_none_or(|end| end < *at));
        port_at.and_then(|at| self.host.get(..at)).unwrap_or(&self.host)
    }

    /// `wss://host[:port]` or `ws://…`.
    pub fn ws_url(&self) -> String {
        format!("{}://{}", if self.secure { "wss" } else { "ws" }, self.host)
    }
}

impl TurnSetting {
    /// Its host for a client that reached this server by `origin`.
    pub(crate) fn host_for<'a>(&'a self, origin: &'a Origin) -> &'a str {
        if self.host.is_empty() { origin.host_name() } else { &self.host }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hosts_name_is_found_with_and_without_port() {
        let cases = [("a.com:4443", "a.com"), ("a.com", "a.com"), ("[::1]:4443", "[::1]"), ("[::1]", "[::1]")];
        for (host, name) in cases {
            assert_eq!(Origin { secure: true, host: host.to_owned() }.host_name(), name);
        }
    }

    #[test]
    fn a_connections_own_caps_go_before_the_settings_and_zero_is_none() {
        let streams = StreamSettings { video_max_send_kbps: 0, ..V2Config::default().streams };
        let caps = |options| streams.caps(Some(&options));
        let both = |publish_bps, receive_bps| BitrateCaps { publish_bps, receive_bps };
        assert_eq!(streams.caps(None), both(Some(1_000_000), None), "the settings");
        let own = serde_json::json!({ "videoMaxSendBandwidth": 300, "videoMaxRecvBandwidth": 700 });
        assert_eq!(caps(own), both(Some(300_000), Some(700_000)), "its own");
        let free = serde_json::json!({ "videoMaxSendBandwidth": 0, "videoMaxRecvBandwidth": -5 });
        assert_eq!(caps(free), both(None, None), "none");
    }
}
