//! From checked settings to the typed [`Config`], with the rules that span several settings.
use super::key::{Key, Value};
use super::keys;
use super::layer::Problem;
use super::resolve::Settings;
use super::safety;
use super::turn;
use super::{
    Config, HttpConfig, LogFormat, LogSection, MetricsConfig, NativeSection, Proxies, PublicUrl, Secret, V2IceServer,
    V2Section, V2Turn,
};
use crate::admin::AdminConfig;
use crate::http::tls::CertificateFiles;
use crate::media::{AddressChoice, Choice, MediaSettings, TcpPort};
use sfu_core::capability::Profile;
use sfu_core::media::AudioLevelConfig;
use sfu_core::room::NativeConfig;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use v2_api::RecordingSettings;

/// Puts the configuration together; `env_dir` is the folder of the `.env`. Warnings are added to `notes`.
pub fn build(settings: &Settings, env_dir: Option<&Path>, notes: &mut Vec<Problem>) -> Result<Config, Vec<Problem>> {
    let mut problems = Vec::new();
    let livekit = super::livekit::section(settings, &mut problems, notes);
    let config = Config {
        dev: settings.flag(&keys::DEVELOPMENT),
        profile: settings.text(&keys::PROFILE).parse::<Profile>().unwrap_or_default(),
        data_dir: PathBuf::from(settings.text(&keys::DATA_DIR)),
        log_level: log_level(settings).to_owned(),
        log: log(settings),
        otlp_endpoint: otlp_endpoint(settings, &mut problems),
        http: http(settings, env_dir, &mut problems, notes),
        media: media(settings, notes),
        metrics: metrics(settings, &mut problems),
        turn: turn::embedded(settings, &mut problems),
        v2: v2(settings, &mut problems),
        events: super::events::events(settings, &livekit.keys, &mut problems),
        livekit,
        admin: AdminConfig { token: Secret::new(settings.text(&keys::ADMIN_TOKEN)) },
        shown: super::show::rows(settings).into(),
        native: native(settings),
        database: super::database::database(settings, &mut problems),
    };
    if config.v2.recording.enabled {
        let text = "recording is not built yet: the API checks a start and answers it 501";
        notes.push(Problem::new(settings.place(&keys::V2_RECORDING), text));
    }
    safety::check(&config, settings, &mut problems, notes);
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}

/// The older name holds where the newer one was not given.
fn log_level(settings: &Settings) -> &str {
    let old = settings.is_given(&keys::LOG_LEVEL_OLD) && !settings.is_given(&keys::LOG_LEVEL);
    settings.text(if old { &keys::LOG_LEVEL_OLD } else { &keys::LOG_LEVEL })
}

fn log(settings: &Settings) -> LogSection {
    let format = match settings.text(&keys::LOG_FORMAT) {
        "json" => LogFormat::Json,
        "text" => LogFormat::Text,
        _ if settings.flag(&keys::LOG_JSON) => LogFormat::Json,
        _ => LogFormat::Auto,
    };
    LogSection { format, mask_ips: settings.flag(&keys::LOG_MASK_IPS), secrets: secrets(settings) }
}

/// Every secret of the configuration: none of them may stand in a log line.
fn secrets(settings: &Settings) -> Vec<Secret> {
    let of_key = |key: &&Key| match settings.value(key) {
        Some(Value::Text(text)) => vec![text.clone()],
        Some(Value::List(list)) => list.clone(),
        Some(Value::Map(map)) => map.values().cloned().collect(),
        Some(Value::Records(records)) => {
            let of_record = |record: &BTreeMap<String, String>| {
                ["credential", "secret"].into_iter().filter_map(|name| record.get(name)).cloned().collect::<Vec<_>>()
            };
            records.iter().flat_map(of_record).collect()
        }
        Some(Value::Flag(_) | Value::Number(_) | Value::Span(..)) | None => Vec::new(),
    };
    keys::KEYS.iter().copied().filter(|key| key.is_secret()).flat_map(|key| of_key(&key)).map(Secret::new).collect()
}

fn otlp_endpoint(settings: &Settings, problems: &mut Vec<Problem>) -> Option<String> {
    let text = settings.text(&keys::OTLP_ENDPOINT).trim_end_matches('/');
    if text.is_empty() {
        return None;
    }
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with('/') || rest.contains(['?', '#', '@'])) {
        let what = "telemetry.otlp_endpoint: write `http://host[:port][/path]` or `https://…`";
        problems.push(Problem::new(settings.place(&keys::OTLP_ENDPOINT), what));
        return None;
    }
    let is_whole = text.ends_with("/v1/traces");
    Some(if is_whole { text.to_owned() } else { format!("{text}/v1/traces") })
}

fn native(settings: &Settings) -> NativeSection {
    let levels = AudioLevelConfig {
        active_level: settings.narrow(&keys::AUDIO_ACTIVE_LEVEL),
        min_percentile: settings.narrow(&keys::AUDIO_MIN_PERCENTILE),
        update_interval_ms: settings.narrow(&keys::AUDIO_UPDATE_INTERVAL),
        smooth_intervals: settings.narrow(&keys::AUDIO_SMOOTH_INTERVALS),
    };
    NativeSection {
        rooms: NativeConfig {
            levels,
            dynacast_pause_delay: Duration::from_secs(settings.number(&keys::DYNACAST_PAUSE_DELAY)),
            codec_regression_threshold: settings.narrow(&keys::CODEC_REGRESSION_THRESHOLD),
        },
        data_message_bytes_max: settings.narrow(&keys::DATA_MESSAGE_BYTES),
        data_messages_per_second_max: settings.narrow(&keys::DATA_MESSAGES_RATE),
    }
}

fn http(
    settings: &Settings,
    env_dir: Option<&Path>,
    problems: &mut Vec<Problem>,
    notes: &mut Vec<Problem>,
) -> HttpConfig {
    let proxies = settings.list(&keys::TRUSTED_PROXIES).iter().map(String::as_str);
    HttpConfig {
        bind: addresses(settings, &keys::BIND_ADDRESSES),
        bind_by_default: !settings.is_given(&keys::BIND_ADDRESSES),
        port: settings.narrow(&keys::PORT),
        tls_port: settings.narrow(&keys::TLS_PORT),
        certificate: certificate(settings, env_dir, problems, notes),
        // Checked already, by the kind of the setting.
        proxies: Proxies::parse(proxies).unwrap_or_default(),
        unjoined_clients_max: settings.narrow(&keys::UNJOINED_MAX),
        public_url: public_url(settings),
    }
}

fn certificate(
    settings: &Settings,
    env_dir: Option<&Path>,
    problems: &mut Vec<Problem>,
    notes: &mut Vec<Problem>,
) -> Option<CertificateFiles> {
    let (certificate, key) = (settings.text(&keys::TLS_CERT), settings.text(&keys::TLS_KEY));
    if certificate.is_empty() != key.is_empty() {
        let given = if certificate.is_empty() { &keys::TLS_KEY } else { &keys::TLS_CERT };
        problems.push(Problem::new(settings.place(given), "tls.cert_file and tls.key_file go together"));
        return None;
    }
    if !certificate.is_empty() {
        return Some(CertificateFiles { certificate: certificate.into(), key: key.into() });
    }
    let dir = env_dir.unwrap_or(Path::new("."));
    let files = match settings.text(&keys::V2_CERTIFICATE) {
        "owncert" => {
            let dir = dir.join("owncert");
            CertificateFiles { certificate: dir.join("certificate.cert"), key: dir.join("certificate.key") }
        }
        "letsencrypt" => {
            let dir = dir.join("certificates/live").join(settings.text(&keys::V2_DOMAIN));
            CertificateFiles { certificate: dir.join("fullchain.pem"), key: dir.join("privkey.pem") }
        }
        _ => return None,
    };
    if files.certificate.exists() && files.key.exists() {
        return Some(files);
    }
    let text = format!("{} is not there: the certificate is self-signed", files.certificate.display());
    notes.push(Problem::new(settings.place(&keys::V2_CERTIFICATE), text));
    None
}

fn metrics(settings: &Settings, problems: &mut Vec<Problem>) -> MetricsConfig {
    let (username, password) = (settings.text(&keys::METRICS_USERNAME), settings.text(&keys::METRICS_PASSWORD));
    if username.is_empty() != password.is_empty() {
        let given = if username.is_empty() { &keys::METRICS_PASSWORD } else { &keys::METRICS_USERNAME };
        problems.push(Problem::new(settings.place(given), "prometheus.username and prometheus.password go together"));
    }
    let port = [&keys::METRICS_PORT, &keys::METRICS_PORT_OLD].into_iter().find(|key| settings.is_given(key));
    let port = port.map(|key| settings.narrow(key));
    MetricsConfig { port, username: username.to_owned(), password: Secret::new(password) }
}

/// The public URL as given, or as a v2 domain says it.
fn public_url(settings: &Settings) -> Option<PublicUrl> {
    let url = settings.text(&keys::PUBLIC_URL);
    if let Some((scheme, host)) = url.split_once("://") {
        return Some(PublicUrl { secure: scheme == "https", host: host.to_owned() });
    }
    match (settings.text(&keys::V2_DOMAIN), settings.number(&keys::TLS_PORT)) {
        ("", _) => None,
        (domain, 443) => Some(PublicUrl { secure: true, host: domain.to_owned() }),
        (domain, port) => Some(PublicUrl { secure: true, host: format!("{domain}:{port}") }),
    }
}

fn media(settings: &Settings, notes: &mut Vec<Problem>) -> MediaSettings {
    let (first, last) = match settings.value(&keys::UDP_PORT) {
        Some(Value::Span(first, last)) => (*first, *last),
        Some(
            Value::Flag(_) | Value::Number(_) | Value::Text(_) | Value::List(_) | Value::Map(_) | Value::Records(_),
        )
        | None => (0, 0),
    };
    let wanted = match settings.narrow::<u8>(&keys::WORKERS) {
        0 => super::cores(),
        workers => workers,
    };
    // A range of ports bounds the workers, each of which has one.
    let most = if last > first { u8::try_from(last - first).unwrap_or(u8::MAX).saturating_add(1) } else { u8::MAX };
    MediaSettings {
        workers: wanted.min(most),
        udp_port: first,
        tcp_port: match settings.narrow(&keys::TCP_PORT) {
            0 => TcpPort::Off,
            port => TcpPort::Fixed { port, required: settings.is_given(&keys::TCP_PORT) },
        },
        force_tcp: settings.flag(&keys::FORCE_TCP),
        consumers_per_worker: settings.narrow(&keys::CONSUMERS_PER_WORKER),
        addresses: AddressChoice {
            node_ips: addresses(settings, &keys::NODE_IP),
            public_ip: settings.text(&keys::V2_DOMAIN).parse().ok(),
            ask: ask(settings, notes),
            public_only: settings.flag(&keys::EXTERNAL_ONLY),
            interfaces: Choice {
                includes: settings.list(&keys::INTERFACES_ONLY).to_vec(),
                excludes: settings.list(&keys::INTERFACES_NOT).to_vec(),
            },
            ips: Choice { includes: ranges(settings, &keys::IPS_ONLY), excludes: ranges(settings, &keys::IPS_NOT) },
            loopback: settings.flag(&keys::LOOPBACK),
        },
    }
}

/// The STUN servers to be asked for the external address: those of the configuration, nobody else's.
fn ask(settings: &Settings, notes: &mut Vec<Problem>) -> Vec<String> {
    if !settings.flag(&keys::USE_EXTERNAL_IP) {
        return Vec::new();
    }
    let servers = settings.list(&keys::STUN_SERVERS).to_vec();
    if servers.is_empty() {
        let text = "rtc.use_external_ip asks rtc.stun_servers, and there are none: set rtc.node_ip or name some";
        notes.push(Problem::new(settings.place(&keys::USE_EXTERNAL_IP), text));
    }
    servers
}

/// Ranges that were checked already, by the kind of the setting.
fn ranges(settings: &Settings, key: &Key) -> Proxies {
    Proxies::parse(settings.list(key).iter().map(String::as_str)).unwrap_or_default()
}

pub(super) fn addresses(settings: &Settings, key: &Key) -> Vec<IpAddr> {
    settings.list(key).iter().filter_map(|address| address.parse().ok()).collect()
}

fn v2(settings: &Settings, problems: &mut Vec<Problem>) -> V2Section {
    let domain = settings.text(&keys::V2_DOMAIN);
    let secret = settings.text(&keys::V2_COTURN_SECRET);
    let host = match settings.text(&keys::V2_COTURN_IP) {
        "auto" | "auto-ipv4" | "auto-ipv6" | "" => domain,
        host => host,
    };
    // Of a `.env` that says no host the secret is that of the embedded server, where there is one.
    let is_own = settings.flag(&keys::TURN_ENABLED) && !settings.is_given(&keys::V2_COTURN_IP);
    let turn = (!secret.is_empty() && !host.is_empty() && !is_own).then(|| V2Turn {
        host: host.to_owned(),
        port: settings.narrow(&keys::V2_COTURN_PORT),
        tls_port: None,
        secret: Secret::new(secret),
    });
    let ice_servers = settings.list(&keys::V2_ICE_SERVERS).iter().filter_map(|text| {
        let server = v2_ice_server(text);
        if server.is_none() {
            let text = "openvidu.webrtc_ice_servers: write url=…,username=…,credential=… or url=…,staticAuthSecret=…";
            problems.push(Problem::new(settings.place(&keys::V2_ICE_SERVERS), text));
        }
        server
    });
    V2Section {
        ice_servers: ice_servers.collect(),
        secret: v2_secret(settings),
        domain_or_public_ip: if domain.is_empty() { "localhost".to_owned() } else { domain.to_owned() },
        turn,
        video_max_recv_kbps: settings.narrow(&keys::V2_MAX_RECV),
        video_min_recv_kbps: settings.narrow(&keys::V2_MIN_RECV),
        video_max_send_kbps: settings.narrow(&keys::V2_MAX_SEND),
        video_min_send_kbps: settings.narrow(&keys::V2_MIN_SEND),
        forced_video_codec: settings.text(&keys::V2_CODEC).to_owned(),
        allow_transcoding: settings.flag(&keys::V2_TRANSCODING),
        simulcast: settings.flag(&keys::V2_SIMULCAST),
        is_community: settings.text(&keys::V2_EDITION) == "ce",
        network_quality: settings
            .flag(&keys::V2_NETWORK_QUALITY)
            .then(|| Duration::from_secs(settings.number(&keys::V2_NETWORK_QUALITY_INTERVAL))),
        garbage_interval: Duration::from_secs(settings.number(&keys::V2_GC_INTERVAL)),
        garbage_threshold: Duration::from_secs(settings.number(&keys::V2_GC_THRESHOLD)),
        recording: recording(settings),
        restapi_access: settings.is_given(&keys::V2_RESTAPI_ACCESS).then(|| ranges(settings, &keys::V2_RESTAPI_ACCESS)),
    }
}

/// Without one nobody may use the v2 API: a secret that nobody knows sees to that.
fn v2_secret(settings: &Settings) -> Secret {
    match settings.text(&keys::V2_SECRET) {
        "" => Secret::new(format!("{:032x}", rand::random::<u128>())),
        secret => Secret::new(secret),
    }
}

fn recording(settings: &Settings) -> RecordingSettings {
    let text = |key| settings.text(key).to_owned();
    RecordingSettings {
        enabled: settings.flag(&keys::V2_RECORDING),
        // v2 shows it with a slash at its end.
        path: format!("{}/", settings.text(&keys::V2_RECORDING_PATH).trim_end_matches('/')),
        version: text(&keys::V2_RECORDING_VERSION),
        public_access: settings.flag(&keys::V2_RECORDING_PUBLIC),
        notification: text(&keys::V2_RECORDING_NOTIFICATION),
        custom_layout: text(&keys::V2_CUSTOM_LAYOUT),
        autostop_timeout: Duration::from_secs(settings.number(&keys::V2_RECORDING_AUTOSTOP)),
        composed_url: text(&keys::V2_RECORDING_URL),
    }
}

fn v2_ice_server(text: &str) -> Option<V2IceServer> {
    let mut fields: BTreeMap<&str, &str> = BTreeMap::new();
    for part in text.split(',') {
        let (name, value) = part.split_once('=')?;
        fields.insert(name.trim(), value.trim());
    }
    let known = ["url", "username", "credential", "staticAuthSecret"];
    if fields.keys().any(|name| !known.contains(name)) {
        return None;
    }
    let secret = |name: &str| fields.get(name).map(|text| Secret::new(*text));
    Some(V2IceServer {
        url: (*fields.get("url")?).to_owned(),
        username: fields.get("username").map(|text| (*text).to_owned()),
        credential: secret("credential"),
        static_auth_secret: secret("staticAuthSecret"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::key::Raw;
    use super::super::layer::{Layer, Place, Setting};
    use super::super::resolve::resolve;
    use super::*;

    fn built(given: &[(&'static Key, &str)]) -> Result<(Config, Vec<String>), Vec<String>> {
        let setting = |(key, text): &(&'static Key, &str)| Setting {
            key,
            raw: Raw::Text((*text).to_owned()),
            place: Place::Flag(key.path.to_owned()),
        };
        let layer = Layer { settings: given.iter().map(setting).collect(), ..Layer::default() };
        let (settings, problems) = resolve(vec![layer]);
        assert_eq!(problems, []);
        let mut notes = Vec::new();
        let texts = |problems: Vec<Problem>| problems.into_iter().map(|problem| problem.text).collect::<Vec<_>>();
        build(&settings, None, &mut notes).map(|config| (config, texts(notes))).map_err(texts)
    }

    const LONG: &str = "key: 0123456789abcdef0123456789abcdef";

    #[test]
    fn known_and_short_secrets_do_not_go_on_the_network() {
        let problems = built(&[(&keys::API_KEYS, "k: secret"), (&keys::V2_SECRET, "MY_SECRET")]).unwrap_err();
        assert_eq!(problems.len(), 2, "{problems:?}");
        let loopback =
            [(&keys::API_KEYS, "k: secret"), (&keys::V2_SECRET, "MY_SECRET"), (&keys::BIND_ADDRESSES, "127.0.0.1")];
        assert!(built(&loopback).is_ok());
        assert!(built(&[(&keys::DEVELOPMENT, "true")]).is_ok());
        assert!(built(&[]).unwrap_err()[0].contains("openvidu.secret"));
    }

    #[test]
    fn a_short_secret_is_only_a_note() {
        for given in [
            [(&keys::API_KEYS, LONG), (&keys::V2_SECRET, "short")],
            [(&keys::API_KEYS, "k: brief"), (&keys::V2_SECRET, "0123456789abcdef")],
        ] {
            let (_, notes) = built(&given).unwrap();
            assert!(notes.iter().any(|note| note.contains("short")), "{notes:?}");
        }
    }

    #[test]
    fn without_a_v2_secret_nobody_may_use_that_api() {
        let (config, notes) = built(&[(&keys::API_KEYS, LONG)]).unwrap();
        let (other, _) = built(&[(&keys::API_KEYS, LONG)]).unwrap();
        assert!(config.v2.secret.expose().len() >= 32 && config.v2.secret.expose() != other.v2.secret.expose());
        assert!(notes.iter().any(|note| note.contains("openvidu.secret")), "{notes:?}");
    }

    #[test]
    fn a_v2_domain_gives_the_public_url() {
        let basic =
            [(&keys::API_KEYS, LONG), (&keys::V2_SECRET, "0123456789abcdef"), (&keys::V2_DOMAIN, "meet.example")];
        let cases = [
            (&keys::TLS_PORT, "443", "https", "meet.example"),
            (&keys::TLS_PORT, "4443", "https", "meet.example:4443"),
            (&keys::PUBLIC_URL, "http://other.example:80", "http", "other.example:80"),
        ];
        for (key, text, scheme, host) in cases {
            let (config, _) = built(&[basic.as_slice(), &[(key, text)]].concat()).unwrap();
            let expected = PublicUrl { secure: scheme == "https", host: host.to_owned() };
            assert_eq!(config.http.public_url, Some(expected));
        }
    }

    #[test]
    fn a_range_of_ports_bounds_the_workers() {
        let basic = [(&keys::DEVELOPMENT, "true"), (&keys::WORKERS, "8")];
        for (ports, workers) in [("7882", 8), ("7882-7883", 2), ("7882-7999", 8)] {
            let (config, _) = built(&[basic.as_slice(), &[(&keys::UDP_PORT, ports)]].concat()).unwrap();
            assert_eq!(config.media.workers, workers, "{ports}");
        }
    }

    #[test]
    fn ice_servers_of_a_v2_env_are_taken_apart() {
        let server = v2_ice_server("url=turns:h:443,username=u,credential=c").unwrap();
        assert_eq!((server.url.as_str(), server.username.as_deref()), ("turns:h:443", Some("u")));
        assert!(v2_ice_server("url=turn:h,staticAuthSecret=s").unwrap().static_auth_secret.is_some());
        for text in ["turn:h", "username=u", "url=turn:h,user=u"] {
            assert!(v2_ice_server(text).is_none(), "{text}");
        }
    }
}
