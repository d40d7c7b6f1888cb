//! The table of all settings.
use super::key::{Key, Kind};
use crate::store::Durability;

/// No upper bound that anybody meets.
const MANY: u64 = u32::MAX as u64;
/// A week, seconds.
const WEEK_S: u64 = 7 * 24 * 3600;

const BLANK: Key = Key {
    path: "",
    kind: Kind::Text,
    default: "",
    dev_default: None,
    flag: None,
    env: &[],
    v2: None,
    livekit: false,
    is_older: false,
    doc: "",
};

/// A setting of ours.
const fn ours(path: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Key {
    Key { path, kind, default, doc, ..BLANK }
}

/// A setting that LiveKit's configuration has too.
const fn livekit(path: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Key {
    Key { path, kind, default, doc, livekit: true, ..BLANK }
}

/// A setting that OpenVidu v2's `.env` has too.
const fn v2(path: &'static str, name: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Key {
    Key { path, kind, default, doc, v2: Some(name), ..BLANK }
}

impl Key {
    const fn flag(self, flag: &'static str) -> Self {
        Self { flag: Some(flag), ..self }
    }

    const fn older(self) -> Self {
        Self { is_older: true, ..self }
    }

    const fn env(self, env: &'static [&'static str]) -> Self {
        Self { env, ..self }
    }

    const fn dev(self, default: &'static str) -> Self {
        Self { dev_default: Some(default), ..self }
    }

    const fn v2_name(self, name: &'static str) -> Self {
        Self { v2: Some(name), ..self }
    }
}

macro_rules! keys {
    ($($name:ident = $key:expr;)*) => {
        $(
            #[doc = concat!("The setting `", stringify!($name), "`; see its row.")]
            pub static $name: Key = $key;
        )*
        /// Every setting, in the order in which the documentation shows them.
        pub static KEYS: &[&Key] = &[$(&$name),*];
    };
}

keys! {
    DEVELOPMENT = livekit("development", Kind::Flag, "false",
        "Development mode: known secrets, loopback media, `/try/join`.").flag("dev");
    PROFILE = ours("profile", Kind::Choice(&["mediasoup", "full"]), "mediasoup",
        "Engine profile: what of the LiveKit features is supported; see `GET /capabilities`.").flag("profile");
    DATA_DIR = ours("data_dir", Kind::Path, "./data",
        "Folder for the database and the self-signed certificate.").flag("data-dir");

    DATABASE_URL = ours("database.url", Kind::Secret, "",
        "`postgres://user:password@host:port/name` of a PostgreSQL database of this server's own, with `?sslmode=verify-full&sslrootcert=/path/ca.pem` over TLS; unset: SQLite in the data folder.");
    DATABASE_POOL = ours("database.pool_size", Kind::Number(2, 100), "4", "Connections to PostgreSQL at most.");
    DATABASE_CONNECT_TIMEOUT = ours("database.connect_timeout", Kind::Seconds(1, 60), "2",
        "How long a connection to PostgreSQL may take.");
    DATABASE_WRITE_TIMEOUT = ours("database.write_timeout", Kind::Seconds(1, 60), "5",
        "How long one transaction may take; then the database counts as away, and the transaction is tried again.");
    DATABASE_DURABILITY = ours("database.durability", Kind::Choice(&Durability::WORDS), "full",
        "What a failure may cost. `full`: nothing that was acknowledged. `relaxed`: a power cut, or a crash of PostgreSQL, may cost the last second; a kill of this server nothing. `none`: answers do not wait for the database, and a kill may cost what `store.flush_interval_ms` says.");

    STORE_FLUSH = ours("store.flush_interval_ms", Kind::Number(1, 10_000), "100",
        "How long what happens may wait to be written with other things, ms: a kill loses at most this. What an API call caused is written before its answer.");
    STORE_QUEUE = ours("store.queue_max", Kind::Number(64, 1_000_000), "16384",
        "Changes that may wait while the database takes nothing; beyond it events are lost, counted and with a line in the log.");
    STORE_EVENTS_KEPT = ours("store.events_kept", Kind::Seconds(0, 520 * WEEK_S), "2592000",
        "How long events stay in the database.");
    STORE_HISTORY_KEPT = ours("store.history_kept", Kind::Seconds(0, 520 * WEEK_S), "2592000",
        "How long rooms, participants and tracks stay in the history after they ended; 0: no history is kept.");
    OUTBOX_TIMEOUT = ours("outbox.timeout", Kind::Seconds(1, 300), "10",
        "How long a webhook's receiver may take to answer.");
    OUTBOX_RETRY_MAX = ours("outbox.retry_max", Kind::Seconds(1, 3_600), "30",
        "The longest pause between two attempts; the first is half a second, each further one twice as long.");
    OUTBOX_DEAD_AFTER = ours("outbox.dead_after", Kind::Seconds(1, 4 * WEEK_S), "86400",
        "Age at which an event that is not taken is given up; it stays in the database as a dead letter.");
    OUTBOX_REJECTED = ours("outbox.rejected_attempts_max", Kind::Number(1, 1_000), "5",
        "Attempts after which an event that the receiver answers with 4xx (but for 408, 425, 429) is given up.");

    PORT = livekit("port", Kind::Port, "7880", "Plain HTTP and WebSocket port; both APIs.").flag("port");
    TLS_PORT = ours("tls_port", Kind::Port, "4443", "TLS port; both APIs.").flag("tls-port").v2_name("HTTPS_PORT");
    BIND_ADDRESSES = livekit("bind_addresses", Kind::Addresses, "0.0.0.0, ::",
        "Addresses to listen on.").flag("bind").dev("127.0.0.1, ::1");
    PUBLIC_URL = ours("public_url", Kind::Url, "",
        "Scheme, host and port under which clients reach the server; unset: as each request says.").flag("public-url");
    TRUSTED_PROXIES = ours("trusted_proxies", Kind::Ranges, "",
        "Proxies whose X-Forwarded-* and X-Real-IP headers count.").flag("trusted-proxies");
    UNJOINED_MAX = ours("unjoined_clients_max", Kind::Number(1, MANY), "1000",
        "Clients that may have a socket without having joined a room; more are answered 503.");
    TLS_CERT = ours("tls.cert_file", Kind::Path, "",
        "Certificate chain, PEM; taken up again when it changes. Unset: self-signed, kept in the data folder.")
        .flag("tls-cert");
    TLS_KEY = ours("tls.key_file", Kind::Path, "", "The certificate's private key, PEM.").flag("tls-key");
    LOG_LEVEL = livekit("logging.level", Kind::Choice(&["error", "warn", "info", "debug", "trace"]), "info",
        "What is logged; RUST_LOG goes before it.").flag("log-level");
    LOG_JSON = livekit("logging.json", Kind::Flag, "false", "Log lines as JSON; LiveKit's name of `log.format: json`.");
    LOG_FORMAT = ours("log.format", Kind::Choice(&["auto", "text", "json"]), "auto",
        "Form of log lines; auto: text on a terminal, JSON elsewhere.").flag("log-format");
    LOG_MASK_IPS = ours("log.mask_ips", Kind::Flag, "false",
        "The latter half of IP addresses is left out of log lines.");
    OTLP_ENDPOINT = ours("telemetry.otlp_endpoint", Kind::Text, "",
        "Collector that traces are sent to by OTLP over HTTP: `http://host:4318`; `/v1/traces` is added. Unset: none.")
        .env(&["OTEL_EXPORTER_OTLP_ENDPOINT"]);

    LOG_LEVEL_OLD = livekit("log_level", Kind::Choice(&["error", "warn", "info", "debug", "trace"]), "",
        "LiveKit's older name of `logging.level`, which goes before it.");

    ADMIN_TOKEN = ours("admin.token", Kind::Secret, "",
        "Token of the admin API and the dashboard, as bearer token or as password of user `admin`; unset: both are off, but in development mode the OpenVidu secret opens them.");

    METRICS_PORT_OLD = livekit("prometheus_port", Kind::Port, "", "LiveKit's older name of `prometheus.port`.").older();
    METRICS_PORT = livekit("prometheus.port", Kind::Port, "",
        "A port of its own for /metrics, beside the plain port; on the same addresses.");
    METRICS_USERNAME = livekit("prometheus.username", Kind::Text, "",
        "Name by which Prometheus reads /metrics; unset: only this machine may.");
    METRICS_PASSWORD = livekit("prometheus.password", Kind::Secret, "", "The password that goes with it.");

    UDP_PORT = livekit("rtc.udp_port", Kind::UdpPorts, "7882",
        "UDP port of the first media worker; the others follow. A range bounds their number.")
        .flag("udp-port").env(&["UDP_PORT"]);
    TCP_PORT = livekit("rtc.tcp_port", Kind::Port, "7881",
        "TCP port for media, of all workers; for clients whose network lets no UDP through. 0: none.").flag("tcp-port");
    FORCE_TCP = livekit("rtc.force_tcp", Kind::Flag, "false",
        "Offer media over TCP only: for trying it.");
    WORKERS = ours("rtc.workers", Kind::Number(0, 64), "0", "Media workers; 0: one for each core.").flag("workers");
    CONSUMERS_PER_WORKER = ours("rtc.consumers_per_worker", Kind::Number(2, 1_000_000), "400",
        "Outgoing tracks of one room on one worker from which on newcomers are given to another worker.");
    NODE_IP = livekit("rtc.node_ip", Kind::Addresses, "",
        "Addresses that clients are told to send media to; unset: those of the interfaces.")
        .flag("node-ip").env(&["NODE_IP"]);
    LOOPBACK = livekit("rtc.enable_loopback_candidate", Kind::Flag, "false",
        "Offer loopback addresses for media too.").dev("true");
    USE_EXTERNAL_IP = livekit("rtc.use_external_ip", Kind::Flag, "false",
        "Ask `rtc.stun_servers` at the start under which address this machine is seen, and offer that first.");
    EXTERNAL_ONLY = livekit("rtc.external_ip_only", Kind::Flag, "false",
        "Offer no other address of that family where an external one is known.");
    INTERFACES_ONLY = livekit("rtc.interfaces.includes", Kind::List, "", "Only these network interfaces' addresses.");
    INTERFACES_NOT = livekit("rtc.interfaces.excludes", Kind::List, "", "Not these network interfaces' addresses.");
    IPS_ONLY = livekit("rtc.ips.includes", Kind::Ranges, "", "Only interface addresses in these ranges.");
    IPS_NOT = livekit("rtc.ips.excludes", Kind::Ranges, "", "No interface addresses in these ranges.");
    STUN_SERVERS = livekit("rtc.stun_servers", Kind::List, "", "STUN servers (`host:port`) that LiveKit clients are given.");
    TURN_SERVERS = livekit("rtc.turn_servers",
        Kind::Records(&["host", "port", "protocol", "username", "credential", "secret", "secret_file", "ttl"]), "",
        "TURN servers that LiveKit clients are given: with username and credential, or with the `secret` shared with the server, from which each participant's credentials are made, good for `ttl` seconds (14400).");

    TURN_ENABLED = livekit("turn.enabled", Kind::Flag, "false",
        "The embedded TURN server, for clients of both protocols. It relays to this server's media and nowhere else.")
        .flag("turn");
    TURN_DOMAIN = livekit("turn.domain", Kind::Text, "",
        "Host under which clients reach it; unset: the v2 domain, else the first media address. TLS needs one.");
    TURN_UDP_PORT = livekit("turn.udp_port", Kind::Port, "3478", "Its UDP port; 0: none.");
    TURN_TLS_PORT = livekit("turn.tls_port", Kind::Port, "0", "Its TLS port (5349, or 443 where that is free); 0: none.");
    TURN_EXTERNAL_TLS = livekit("turn.external_tls", Kind::Flag, "false",
        "TLS ends at a load balancer, on its port 443: what comes to the TLS port is plain.");
    TURN_CERT = livekit("turn.cert_file", Kind::Path, "",
        "Certificate chain for TURN over TLS, PEM; unset: that of the web server.").flag("turn-cert");
    TURN_KEY = livekit("turn.key_file", Kind::Path, "", "That certificate's private key, PEM.").flag("turn-key");
    TURN_BIND = livekit("turn.bind_addresses", Kind::Addresses, "",
        "Addresses that TURN listens on; unset: as bind_addresses.");
    TURN_RELAY_START = livekit("turn.relay_range_start", Kind::Port, "0",
        "First local port of relays; 0: any free ones. Relays only reach this server: the range needs no opening.");
    TURN_RELAY_END = livekit("turn.relay_range_end", Kind::Port, "0", "Last local port of relays.");
    TURN_PER_USER = livekit("turn.per_user_relay_allocation_limit", Kind::Number(1, 1024), "12",
        "Most allocations with one user name.");
    TURN_TTL = livekit("turn.ttl_seconds", Kind::Seconds(60, 86_400), "300",
        "How long LiveKit clients may begin a relay with the credentials that they were given; running relays go on.");

    API_KEYS = livekit("keys", Kind::Pairs, "", "LiveKit API keys with their secrets.")
        .flag("keys").dev("devkey: secret");
    KEY_FILE = livekit("key_file", Kind::Path, "", "File with LiveKit API keys, a line `key: secret` each.")
        .flag("key-file");
    REGION = livekit("region", Kind::Text, "", "Region that LiveKit clients are told.").flag("region");
    AUTO_CREATE = livekit("room.auto_create", Kind::Flag, "true", "A LiveKit join makes a room that does not exist.");
    EMPTY_TIMEOUT = livekit("room.empty_timeout", Kind::Seconds(0, WEEK_S), "300",
        "Life of a LiveKit room that nobody joined.");
    DEPARTURE_TIMEOUT = livekit("room.departure_timeout", Kind::Seconds(0, WEEK_S), "20",
        "Life of a LiveKit room after its last participant left.");
    MAX_PARTICIPANTS = livekit("room.max_participants", Kind::Number(0, MANY), "0",
        "Most participants of a LiveKit room; 0: no limit.");
    SYNC_STREAMS = livekit("room.sync_streams", Kind::Flag, "false",
        "Camera and microphone of a LiveKit publisher reach clients of two PeerConnections in one stream, for lip sync.");
    ENABLED_CODECS = livekit("room.enabled_codecs", Kind::Records(&["mime", "fmtp_line"]), "",
        "The only codecs of LiveKit rooms, by MIME type (`video/VP8`), best first; unset: all that are routed. The `fmtp_line` is not looked at.");
    PRESETS = livekit("room.room_configurations", Kind::Sections, "",
        "Room settings by name, for `room_preset` of calls and tokens: empty_timeout, departure_timeout, max_participants, metadata, sync_streams.");
    FULL_ROOM = livekit("room.enable_full_room_in_webhooks", Kind::Flag, "false",
        "LiveKit webhooks about tracks show all of the room, not its name and id alone.");
    REMOTE_UNMUTE = livekit("room.enable_remote_unmute", Kind::Flag, "false",
        "LiveKit's API may unmute, not only mute.");

    WEBHOOK_KEY = livekit("webhook.api_key", Kind::Text, "",
        "The API key whose secret signs LiveKit webhooks.");
    WEBHOOK_URLS = livekit("webhook.urls", Kind::List, "",
        "Where LiveKit webhooks go: `http://host[:port][/path]` or `https://…`, each told everything.");
    WEBHOOK_INCLUDE = livekit("webhook.filter_params.include_events", Kind::List, "",
        "The only events of LiveKit webhooks that are sent; goes before exclude_events.");
    WEBHOOK_EXCLUDE = livekit("webhook.filter_params.exclude_events", Kind::List, "",
        "Events of LiveKit webhooks that are not sent.");
    WEBHOOK_VERIFY = ours("webhook.verify_certificate", Kind::Flag, "true",
        "The receivers' certificates must be ones of a public authority.");

    DATA_MESSAGE_BYTES = ours("data.message_bytes_max", Kind::Number(1_024, 64_000), "64000",
        "Profile `full`: bytes of a client's data message; longer ones are refused.");
    DATA_MESSAGES_RATE = ours("data.messages_per_second_max", Kind::Number(0, 1_000_000), "1000",
        "Profile `full`: data messages a second of one client; what is more is refused. 0: no limit.");
    AUDIO_ACTIVE_LEVEL = livekit("audio.active_level", Kind::Number(0, 127), "35",
        "Profile `full`: frames at least this loud count as speech, -dBov; 0 is the loudest.");
    AUDIO_MIN_PERCENTILE = livekit("audio.min_percentile", Kind::Number(0, 100), "40",
        "Profile `full`: percent of the time in which somebody must be that loud to be speaking.");
    AUDIO_UPDATE_INTERVAL = livekit("audio.update_interval", Kind::Number(100, 10_000), "400",
        "Profile `full`: time between two updates of who speaks, ms.");
    AUDIO_SMOOTH_INTERVALS = livekit("audio.smooth_intervals", Kind::Number(0, 100), "2",
        "Profile `full`: intervals over which levels are smoothed; 0: not at all.");
    DYNACAST_PAUSE_DELAY = livekit("video.dynacast_pause_delay", Kind::Seconds(0, 600), "5",
        "Profile `full`: how long a layer that nobody wants any more goes on being sent.");
    CODEC_REGRESSION_THRESHOLD = livekit("video.codec_regression_threshold", Kind::Number(0, 100_000), "5",
        "Profile `full`: a room of fewer participants goes over to a picture's second codec as a whole when somebody needs \
         it, unless its publisher wants otherwise; 0: a room of any size.");

    V2_SECRET = v2("openvidu.secret", "OPENVIDU_SECRET", Kind::Secret, "",
        "Password of the OpenVidu v2 API's user OPENVIDUAPP.").flag("v2-secret").dev("MY_SECRET");
    V2_DOMAIN = v2("openvidu.domain_or_public_ip", "DOMAIN_OR_PUBLIC_IP", Kind::Text, "",
        "Host under which OpenVidu v2 clients reach the server. Where `public_url` is unset it gives `https://host:port`.");
    V2_CERTIFICATE = v2("openvidu.certificate_type", "CERTIFICATE_TYPE",
        Kind::Choice(&["selfsigned", "owncert", "letsencrypt"]), "selfsigned",
        "As in v2: owncert takes owncert/certificate.cert and .key beside the `.env`; letsencrypt what lies in certificates/live.");
    V2_MAX_RECV = v2("openvidu.streams.video_max_recv_bandwidth", "OPENVIDU_STREAMS_VIDEO_MAX_RECV_BANDWIDTH",
        Kind::Number(0, MANY), "1000", "Kilobits a second; shown by `GET /config`.");
    V2_MIN_RECV = v2("openvidu.streams.video_min_recv_bandwidth", "OPENVIDU_STREAMS_VIDEO_MIN_RECV_BANDWIDTH",
        Kind::Number(0, MANY), "300", "Kilobits a second; shown by `GET /config`.");
    V2_MAX_SEND = v2("openvidu.streams.video_max_send_bandwidth", "OPENVIDU_STREAMS_VIDEO_MAX_SEND_BANDWIDTH",
        Kind::Number(0, MANY), "1000", "Kilobits a second; shown by `GET /config`.");
    V2_MIN_SEND = v2("openvidu.streams.video_min_send_bandwidth", "OPENVIDU_STREAMS_VIDEO_MIN_SEND_BANDWIDTH",
        Kind::Number(0, MANY), "300", "Kilobits a second; shown by `GET /config`.");
    V2_CODEC = v2("openvidu.streams.forced_video_codec", "OPENVIDU_STREAMS_FORCED_VIDEO_CODEC",
        Kind::Choice(&["MEDIA_SERVER_PREFERRED", "NONE", "VP8", "VP9", "H264"]), "MEDIA_SERVER_PREFERRED",
        "The only video codec of a session that says nothing else.");
    V2_TRANSCODING = v2("openvidu.streams.allow_transcoding", "OPENVIDU_STREAMS_ALLOW_TRANSCODING",
        Kind::Flag, "false", "Default of sessions; nothing is transcoded, as in v2 with mediasoup.");
    V2_SIMULCAST = v2("openvidu.webrtc_simulcast", "OPENVIDU_WEBRTC_SIMULCAST",
        Kind::Flag, "false", "OpenVidu v2 clients are told to publish in layers.");
    V2_EDITION = v2("openvidu.edition", "OPENVIDU_EDITION", Kind::Choice(&["ce", "pro", "enterprise"]), "ce",
        "Whose words a service that is not built is refused with: speech to text is error 997 of the community server, 996 of the others.");
    V2_NETWORK_QUALITY = v2("openvidu.network_quality", "OPENVIDU_PRO_NETWORK_QUALITY",
        Kind::Flag, "false", "OpenVidu v2 clients are told how good each publisher's path is (`networkQualityLevelChanged`).");
    V2_NETWORK_QUALITY_INTERVAL = v2("openvidu.network_quality_interval", "OPENVIDU_PRO_NETWORK_QUALITY_INTERVAL",
        Kind::Seconds(1, WEEK_S), "5", "Time between two measurements of it.");
    V2_GC_INTERVAL = v2("openvidu.sessions.garbage_interval", "OPENVIDU_SESSIONS_GARBAGE_INTERVAL",
        Kind::Seconds(0, WEEK_S), "900", "Time between two collections of sessions that nobody joined; 0: never.");
    V2_GC_THRESHOLD = v2("openvidu.sessions.garbage_threshold", "OPENVIDU_SESSIONS_GARBAGE_THRESHOLD",
        Kind::Seconds(0, WEEK_S), "3600", "Age from which a session that nobody joined is collected.");
    V2_RECORDING = v2("openvidu.recording.enabled", "OPENVIDU_RECORDING", Kind::Flag, "false",
        "The recording API: until recording is built a start is checked and then answered 501. Off: 501 at once.");
    V2_RECORDING_PATH = v2("openvidu.recording.path", "OPENVIDU_RECORDING_PATH", Kind::Path, "/opt/openvidu/recordings",
        "Folder of recordings; shown by `GET /config`.");
    V2_RECORDING_VERSION = v2("openvidu.recording.version", "OPENVIDU_RECORDING_VERSION", Kind::Text, "2.32.1",
        "Shown by `GET /config`; there is no recording container whose version it could be.");
    V2_RECORDING_PUBLIC = v2("openvidu.recording.public_access", "OPENVIDU_RECORDING_PUBLIC_ACCESS", Kind::Flag, "false",
        "Files of recordings may be read without the secret; shown by `GET /config`.");
    V2_RECORDING_NOTIFICATION = v2("openvidu.recording.notification", "OPENVIDU_RECORDING_NOTIFICATION",
        Kind::Choice(&["none", "moderator", "publisher_moderator", "all"]), "publisher_moderator",
        "Who is told of recordings; shown by `GET /config`.");
    V2_CUSTOM_LAYOUT = v2("openvidu.recording.custom_layout", "OPENVIDU_RECORDING_CUSTOM_LAYOUT", Kind::Path,
        "/opt/openvidu/custom-layout", "Folder of the operator's own layouts, served at `/openvidu/layouts`.");
    V2_RECORDING_AUTOSTOP = v2("openvidu.recording.autostop_timeout", "OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT",
        Kind::Seconds(0, WEEK_S), "120", "Time after which a recording without publishers ends; shown by `GET /config`.");
    V2_RECORDING_URL = v2("openvidu.recording.composed_url", "OPENVIDU_RECORDING_COMPOSED_URL", Kind::Text, "",
        "Page that composed recordings show instead of this server's own; shown by `GET /config`.");
    V2_RESTAPI_ACCESS = v2("openvidu.allowed_access_to_restapi", "ALLOWED_ACCESS_TO_RESTAPI", Kind::Ranges, "",
        "Addresses and ranges from which the v2 REST API may be used; unset: from anywhere.");
    V2_WEBHOOK = v2("openvidu.webhook", "OPENVIDU_WEBHOOK", Kind::Flag, "false",
        "Events are sent to a backend by POST.");
    V2_WEBHOOK_ENDPOINT = v2("openvidu.webhook_endpoint", "OPENVIDU_WEBHOOK_ENDPOINT", Kind::Text, "",
        "Where to: `http://host[:port][/path]` or `https://…`.");
    V2_WEBHOOK_HEADERS = v2("openvidu.webhook_headers", "OPENVIDU_WEBHOOK_HEADERS", Kind::Secrets, "",
        "Headers that go along, `Name: value` each.");
    V2_WEBHOOK_EVENTS = v2("openvidu.webhook_events", "OPENVIDU_WEBHOOK_EVENTS", Kind::List, "",
        "The events that are sent; unset: all.");
    V2_WEBHOOK_VERIFY = ours("openvidu.webhook_verify_certificate", Kind::Flag, "false",
        "The receiver's certificate must be one of a public authority; v2 takes any.");
    V2_CDR = v2("openvidu.cdr", "OPENVIDU_CDR", Kind::Flag, "false",
        "Call detail records are written, a JSON object a line.");
    V2_CDR_PATH = v2("openvidu.cdr_path", "OPENVIDU_CDR_PATH", Kind::Path, "/opt/openvidu/cdr",
        "Folder of the call detail records.");
    V2_ICE_SERVERS = v2("openvidu.webrtc_ice_servers", "OPENVIDU_WEBRTC_ICE_SERVERS", Kind::Secrets, "",
        "ICE servers for OpenVidu v2 clients: `url=turns:host:443,username=u,credential=c` or `…,staticAuthSecret=s`.");
    V2_COTURN_IP = v2("openvidu.coturn_ip", "COTURN_IP", Kind::Text, "auto",
        "Host of the TURN server for OpenVidu v2 clients; auto: the domain. Used where its secret is set.");
    V2_COTURN_PORT = v2("openvidu.coturn_port", "COTURN_PORT", Kind::Port, "3478", "Its port.");
    V2_COTURN_SECRET = v2("openvidu.coturn_shared_secret_key", "COTURN_SHARED_SECRET_KEY", Kind::Secret, "",
        "The secret of its REST credentials.");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::key::Raw;
    use std::collections::HashSet;

    #[test]
    fn every_name_belongs_to_one_setting() {
        let mut names = HashSet::new();
        for key in KEYS {
            assert!(names.insert(key.path.to_owned()), "{}", key.path);
            assert!(names.insert(format!("--{}", key.flag.unwrap_or(key.path))), "{}", key.path);
            for variable in key.variables() {
                assert!(names.insert(variable.clone()), "{variable}");
            }
        }
    }

    #[test]
    fn every_default_is_of_its_own_kind() {
        for key in KEYS {
            for default in [Some(key.default), key.dev_default].into_iter().flatten().filter(|text| !text.is_empty()) {
                assert!(key.kind.read(&Raw::Text(default.to_owned())).is_some(), "{} {default}", key.path);
            }
        }
    }
}
