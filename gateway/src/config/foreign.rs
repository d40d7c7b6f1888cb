//! Keys that LiveKit's configuration knows and this server does not act upon, each with the reason: they are noted at
//! start, so that an untouched file works, and never mistaken for slips.

/// A key, or a whole section where it ends with a dot, and why nothing comes of it.
#[derive(Debug)]
pub struct Foreign {
    /// The key.
    pub key: &'static str,
    /// Why, for the operator.
    pub why: &'static str,
}

const fn row(key: &'static str, why: &'static str) -> Foreign {
    Foreign { key, why }
}

const ONE_NODE: &str = "this server is one node and needs no other service";
const ONE_PORT: &str = "media of all clients goes over one UDP port for each worker: set rtc.udp_port";
const OWN_PATH: &str = "packets are forwarded in another way here, which has no such knob";
const ALWAYS_LITE: &str = "this server is always an ICE-lite agent";
const BY_CLIENT: &str = "candidates over UDP, TCP and TURN are offered at once, and the client chooses";
const NO_FALLBACK_OFF: &str = "a client that sees an error joins anew; it cannot be told not to";
const OWN_BANDWIDTH: &str = "bandwidth is estimated and shared out by this server's own rules";
const BOUNDED: &str = "every queue of a data channel is bounded already";
const OWN_LIMITS: &str = "limits are fixed at LiveKit's defaults";
const NOT_BUILT: &str = "this service is not built yet; its API answers 501";
const LOGGED: &str = "what is logged is logging.level, and its form logging.json";
const OUTBOX: &str = "events wait in the outbox until they are taken: see outbox.*";
const FIXED: &str = "fixed at LiveKit's default";

/// The rows, an exact key before the section that covers it.
pub static LIVEKIT: &[Foreign] = &[
    row("debug_handler.", "there are no pages for debugging"),
    row("debug_handler_port.", "there are no pages for debugging"),
    row("logging.pion_level", LOGGED),
    row("logging.sample", LOGGED),
    row("logging.sample_initial", LOGGED),
    row("logging.sample_interval", LOGGED),
    row("logging.item_sample_seconds", LOGGED),
    row("logging.item_sample_initial", LOGGED),
    row("logging.item_sample_interval", LOGGED),
    row("logging.component_levels.", LOGGED),
    row("rtc.port_range_start", ONE_PORT),
    row("rtc.port_range_end", ONE_PORT),
    row(
        "rtc.advertise_internal_ip",
        "internal addresses are offered beside the external one unless rtc.external_ip_only says otherwise",
    ),
    row("rtc.skip_external_ip_validation", "the external address is not tested by a ping to itself"),
    row("rtc.use_ice_lite", ALWAYS_LITE),
    row("rtc.use_mdns", ALWAYS_LITE),
    row("rtc.host_acceptance_min_wait", ALWAYS_LITE),
    row("rtc.srflx_acceptance_min_wait", ALWAYS_LITE),
    row("rtc.prflx_acceptance_min_wait", ALWAYS_LITE),
    row("rtc.relay_acceptance_min_wait", ALWAYS_LITE),
    row("rtc.sctp_min_cwnd", BOUNDED),
    row("rtc.sctp_fast_rtx_wnd", BOUNDED),
    row("rtc.sctp_cwnd_ca_step", BOUNDED),
    row("rtc.batch_io.", "packets are always sent in batches"),
    row("rtc.packet_buffer_size", OWN_PATH),
    row("rtc.packet_buffer_size_video", OWN_PATH),
    row("rtc.packet_buffer_size_audio", OWN_PATH),
    row("rtc.pli_throttle.", OWN_PATH),
    row("rtc.forward_stats.", "figures are at /metrics"),
    row("rtc.enable_rtp_stream_restart_detection", OWN_PATH),
    row("rtc.congestion_control.", OWN_BANDWIDTH),
    row("rtc.allow_tcp_fallback", BY_CLIENT),
    row("rtc.tcp_fallback_rtt_threshold", BY_CLIENT),
    row("rtc.allow_udp_unstable_fallback", BY_CLIENT),
    row("rtc.reconnect_on_publication_error", NO_FALLBACK_OFF),
    row("rtc.reconnect_on_subscription_error", NO_FALLBACK_OFF),
    row("rtc.reconnect_on_data_channel_error", NO_FALLBACK_OFF),
    row("rtc.data_channel_max_buffered_amount", BOUNDED),
    row("rtc.datachannel_slow_threshold", BOUNDED),
    row("rtc.datachannel_lossy_target_latency", BOUNDED),
    row("rtc.datachannel_data_track_target_latency", BOUNDED),
    row("rtc.strict_acks", "data channels are opened by the protocol's own handshake"),
    row("rtc.enable_warp", "DTLS inside of STUN is an experiment that is not taken part in"),
    row("redis.", ONE_NODE),
    row("turn.allow_restricted_peer_cidrs", "the embedded TURN server relays to this server's media and nowhere else"),
    row("turn.deny_peer_cidrs", "the embedded TURN server relays to this server's media and nowhere else"),
    row("room.playout_delay.", "playout delay is not built: receivers play as soon as they can"),
    row("room.create_room_timeout", ONE_NODE),
    row("room.create_room_attempts", ONE_NODE),
    row("room.update_batch_target_size", "updates are sent one by one, as they happen"),
    row("room.max_metadata_size", OWN_LIMITS),
    row("room.max_room_name_length", OWN_LIMITS),
    row("room.max_participant_identity_length", OWN_LIMITS),
    row("audio.", FIXED),
    row("video.", FIXED),
    row("limit.", OWN_LIMITS),
    row("webhook.url_notifier.", OUTBOX),
    row("webhook.resource_url_notifier.", OUTBOX),
    row("ingress.", NOT_BUILT),
    row("sip.", NOT_BUILT),
    row("agents.", NOT_BUILT),
    row("node_selector.", ONE_NODE),
    row("signal_relay.", ONE_NODE),
    row("psrpc.", ONE_NODE),
    row("api.", ONE_NODE),
    row("node_stats.", "figures are at /metrics"),
    row("metric.", "clients' metrics are not gathered"),
    row("trace.", "no traces are sent anywhere"),
    row("enable_data_tracks", "data tracks are a feature of the engine profile"),
    row("enable_participant_data_blob", "data blobs are not kept"),
];

/// Why nothing comes of `path`, a key or a section; `None` where LiveKit does not know it either.
pub fn why(path: &str) -> Option<&'static str> {
    let covers = |row: &&Foreign| {
        let section = row.key.strip_suffix('.');
        row.key == path || section == Some(path) || (section.is_some() && path.starts_with(row.key))
    };
    LIVEKIT.iter().filter(covers).max_by_key(|row| row.key.len()).map(|row| row.why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys::KEYS;
    use crate::config::yaml;

    /// Every key of LiveKit's configuration, by section; those of sections that are explained as a whole by the section.
    const LIVEKIT_KEYS: &[(&str, &[&str])] = &[
        (
            "",
            &[
                "port",
                "bind_addresses",
                "prometheus_port",
                "key_file",
                "region",
                "log_level",
                "development",
                "enable_data_tracks",
                "enable_participant_data_blob",
                "keys",
                "redis",
                "audio",
                "video",
                "ingress",
                "sip",
                "node_selector",
                "signal_relay",
                "psrpc",
                "limit",
                "agents",
                "metric",
                "trace",
                "node_stats",
                "api",
                "debug_handler",
            ],
        ),
        ("prometheus.", &["port", "username", "password"]),
        (
            "logging.",
            &[
                "level",
                "json",
                "pion_level",
                "sample",
                "component_levels",
                "item_sample_seconds",
                "item_sample_initial",
                "item_sample_interval",
            ],
        ),
        (
            "rtc.",
            &[
                "udp_port",
                "tcp_port",
                "port_range_start",
                "port_range_end",
                "node_ip",
                "stun_servers",
                "turn_servers",
                "host_acceptance_min_wait",
                "srflx_acceptance_min_wait",
                "prflx_acceptance_min_wait",
                "relay_acceptance_min_wait",
                "sctp_min_cwnd",
                "sctp_fast_rtx_wnd",
                "sctp_cwnd_ca_step",
                "use_external_ip",
                "external_ip_only",
                "advertise_internal_ip",
                "skip_external_ip_validation",
                "use_ice_lite",
                "enable_loopback_candidate",
                "use_mdns",
                "batch_io",
                "force_tcp",
                "interfaces",
                "ips",
                "enable_warp",
                "strict_acks",
                "packet_buffer_size",
                "packet_buffer_size_video",
                "packet_buffer_size_audio",
                "pli_throttle",
                "congestion_control",
                "allow_tcp_fallback",
                "tcp_fallback_rtt_threshold",
                "allow_udp_unstable_fallback",
                "reconnect_on_publication_error",
                "reconnect_on_subscription_error",
                "reconnect_on_data_channel_error",
                "data_channel_max_buffered_amount",
                "datachannel_slow_threshold",
                "datachannel_lossy_target_latency",
                "datachannel_data_track_target_latency",
                "forward_stats",
                "enable_rtp_stream_restart_detection",
            ],
        ),
        (
            "room.",
            &[
                "auto_create",
                "enabled_codecs",
                "max_participants",
                "empty_timeout",
                "departure_timeout",
                "enable_remote_unmute",
                "playout_delay",
                "sync_streams",
                "create_room_timeout",
                "create_room_attempts",
                "enable_full_room_in_webhooks",
                "update_batch_target_size",
                "max_metadata_size",
                "max_room_name_length",
                "max_participant_identity_length",
                "room_configurations",
            ],
        ),
        (
            "turn.",
            &[
                "enabled",
                "domain",
                "cert_file",
                "key_file",
                "tls_port",
                "udp_port",
                "relay_range_start",
                "relay_range_end",
                "external_tls",
                "bind_addresses",
                "per_user_relay_allocation_limit",
                "ttl_seconds",
                "allow_restricted_peer_cidrs",
                "deny_peer_cidrs",
            ],
        ),
        ("webhook.", &["urls", "api_key", "url_notifier", "resource_url_notifier", "filter_params"]),
        ("webhook.filter_params.", &["include_events", "exclude_events"]),
    ];

    #[test]
    fn every_key_of_livekit_is_acted_upon_or_explained() {
        for (section, names) in LIVEKIT_KEYS {
            for name in *names {
                let path = format!("{section}{name}");
                let section = format!("{path}.");
                let acted_upon = KEYS.iter().any(|key| key.path == path || key.path.starts_with(&section));
                assert!(acted_upon || why(&path).is_some(), "{path}");
            }
        }
    }

    /// What LiveKit's own sample of a configuration sets; all else in it is commented out.
    const SAMPLE: &str = "
port: 7880
redis:
  address: redis.host:6379
rtc:
  port_range_start: 50000
  port_range_end: 60000
  tcp_port: 7881
  use_external_ip: true
keys:
  key1: secret1
  key2: secret2
";

    #[test]
    fn an_untouched_sample_is_read_without_complaint_and_says_why_of_what_is_not_acted_upon() {
        let layer = yaml::read("sample", SAMPLE);
        assert_eq!(layer.problems, []);
        let settings: Vec<&str> = layer.settings.iter().map(|setting| setting.key.path).collect();
        assert_eq!(settings, ["port", "rtc.tcp_port", "rtc.use_external_ip", "keys"]);
        let notes: Vec<String> = layer.notes.iter().map(ToString::to_string).collect();
        assert_eq!(notes.len(), 3, "{notes:?}");
        for key in ["redis", "rtc.port_range_start", "rtc.port_range_end"] {
            assert!(notes.iter().any(|note| note.contains(&format!("{key}: not acted upon: "))), "{key} in {notes:?}");
        }
        let words = ["viaduct", "--config-body", "port: 7880\nkeys:\n  key1: secret1\n"].map(Into::into);
        let invocation = crate::config::read_arguments(words).unwrap();
        let loaded = crate::config::load(&invocation, &Default::default()).unwrap();
        assert!(
            loaded.notes.iter().any(|note| note.text.contains("key1 is short")),
            "LiveKit's own server says so too"
        );
    }

    #[test]
    fn a_key_is_either_acted_upon_or_explained() {
        for row in LIVEKIT {
            assert!(!KEYS.iter().any(|key| key.path == row.key), "{} is both", row.key);
        }
    }

    #[test]
    fn a_section_explains_all_of_its_keys_and_no_neighbour() {
        assert!(why("redis.address").is_some() && why("redis").is_some());
        assert_eq!(why("redissimo"), None);
        assert_eq!(why("rtc.batch_oi"), None);
    }
}
