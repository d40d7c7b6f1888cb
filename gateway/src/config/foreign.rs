//! Keys that LiveKit's or OpenVidu v2's configuration knows and this server does not act upon: they are noted at start,
//! so that an untouched file works, and never mistaken for slips.

/// Keys of LiveKit's YAML file; one that stands for a whole section ends with a dot.
pub const LIVEKIT: &[&str] = &[
    "prometheus.",
    "prometheus_port",
    "debug_handler.",
    "log_level",
    "logging.",
    "rtc.",
    "redis.",
    "turn.",
    "room.",
    "audio.",
    "video.",
    "limit.",
    "webhook.",
    "ingress.",
    "node_selector.",
    "signal_relay.",
    "api.",
    "agents.",
    "metric.",
    "node_stats.",
    "trace.",
    "psrpc.",
    "enable_data_tracks",
    "enable_participant_data_blob",
];

/// Names of a v2 `.env`; one that stands for all that begin so ends with an underscore.
pub const V2: &[&str] = &[
    "LETSENCRYPT_EMAIL",
    "HTTP_PORT",
    "SUPPORT_DEPRECATED_API",
    "REDIRECT_WWW",
    "WORKER_CONNECTIONS",
    "PUBLIC_PROXY_MODE",
    "ALLOWED_ACCESS_TO_DASHBOARD",
    "ALLOWED_ACCESS_TO_RESTAPI",
    "OPENVIDU_CDR",
    "OPENVIDU_CDR_",
    "OPENVIDU_RECORDING",
    "OPENVIDU_RECORDING_",
    "OPENVIDU_WEBHOOK",
    "OPENVIDU_WEBHOOK_",
    "OPENVIDU_EDITION",
    "OPENVIDU_ENTERPRISE_",
    "OPENVIDU_PRO_",
    "OPENVIDU_BROWSER_LOGS",
    "COTURN_INTERNAL_RELAY",
    "COTURN_",
    "MEDIA_NODES_PUBLIC_IPS",
    "KMS_",
    "KURENTO_",
    "ET_",
    "ELASTICSEARCH_",
    "KIBANA_",
    "AWS_",
    "RIM_",
    "TZ",
    "LOG_LEVEL",
];

/// What an active v2 feature that is not built needs: a louder word than the other names'.
pub const V2_SWITCHES: &[(&str, &str)] = &[
    ("OPENVIDU_WEBHOOK", "webhooks are not sent yet"),
    ("OPENVIDU_RECORDING", "recording is not built yet; the API refuses it"),
    ("OPENVIDU_CDR", "no call detail records are written yet"),
];

/// True where `key` is in `list`, by itself or by its section.
pub fn knows(list: &[&str], key: &str) -> bool {
    list.iter().any(|known| *known == key || ((known.ends_with('.') || known.ends_with('_')) && key.starts_with(known)))
}
