//! Names of an OpenVidu v2 `.env` that are no settings here, each with what becomes of it and why. A name that is a setting
//! stands in `keys.rs`; by both tables `dotenv.rs` reads a file and `check.rs` explains it.

use super::keys::KEYS;

/// What becomes of a name's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It is done in another way, or by another setting.
    Changed,
    /// It has nothing to act upon.
    Ignored,
    /// A feature that is not built: told where it is switched on.
    NotBuilt,
}

/// A name, or the beginning of names where it ends with an underscore.
#[derive(Debug)]
pub struct V2Name {
    /// The name.
    pub name: &'static str,
    /// What becomes of it.
    pub fate: Fate,
    /// Why, for the operator.
    pub why: &'static str,
}

const fn changed(name: &'static str, why: &'static str) -> V2Name {
    V2Name { name, fate: Fate::Changed, why }
}

const fn ignored(name: &'static str, why: &'static str) -> V2Name {
    V2Name { name, fate: Fate::Ignored, why }
}

const fn not_built(name: &'static str, why: &'static str) -> V2Name {
    V2Name { name, fate: Fate::NotBuilt, why }
}

const NO_PROXY: &str = "there is no nginx in front: this server speaks TLS itself";
const NO_KURENTO: &str = "there is no Kurento Media Server: media is part of this server";
const NO_CONTAINERS: &str = "there are no containers to start";
const NO_CLUSTER: &str = "one server is the whole cluster: there are no nodes to add, balance or remove";
const NO_ELASTIC: &str = "there is no Elasticsearch: figures are at /metrics";
const NO_JAVA: &str = "no part of this server runs on Java";
const NO_STT: &str = "speech to text is not built; the API refuses it with its code";
const NO_UPLOAD: &str = "recordings are not uploaded yet";
const NO_RECORDER: &str = "no browser in a container records";
const AWS: &str = "of the CloudFormation template, which this server does not use";
const OWN_DASHBOARD: &str = "/dashboard is a page that shows nothing without `admin.token`";

/// Every such name, an exact one before the beginning that covers it.
pub static V2_NAMES: &[V2Name] = &[
    changed(
        "LETSENCRYPT_EMAIL",
        "certificates are not asked for: those of certificates/live are used, renewed ones taken up",
    ),
    changed("HTTP_PORT", "nothing is redirected to TLS: plain HTTP is the setting `port`"),
    changed("SUPPORT_DEPRECATED_API", "the older paths are always served"),
    ignored("REDIRECT_WWW", NO_PROXY),
    ignored("WORKER_CONNECTIONS", NO_PROXY),
    ignored("PUBLIC_PROXY_MODE", NO_PROXY),
    ignored("PROXY_", NO_PROXY),
    ignored("ALLOWED_ACCESS_TO_DASHBOARD", OWN_DASHBOARD),
    ignored("OPENVIDU_RECORDING_DEBUG", NO_RECORDER),
    ignored("OPENVIDU_RECORDING_IMAGE", NO_RECORDER),
    ignored("OPENVIDU_RECORDING_COMPOSED_BASICAUTH", NO_RECORDER),
    ignored("OPENVIDU_RECORDING_ENABLE_GPU", NO_RECORDER),
    ignored("OPENVIDU_RECORDING_GENERATE_", NO_RECORDER),
    ignored("OPENVIDU_PRO_LICENSE", "no licence is needed"),
    ignored("OPENVIDU_PRO_LICENSE_", "no licence is needed"),
    ignored("OPENVIDU_ENTERPRISE_MEDIA_SERVER", "the media server is this server's own, and behaves as mediasoup"),
    ignored("OPENVIDU_ENTERPRISE_", NO_CLUSTER),
    ignored("OPENVIDU_PRO_CLUSTER_", NO_CLUSTER),
    ignored("OPENVIDU_PRO_ELASTICSEARCH", NO_ELASTIC),
    ignored("OPENVIDU_PRO_ELASTICSEARCH_", NO_ELASTIC),
    ignored("OPENVIDU_PRO_KIBANA_", NO_ELASTIC),
    ignored("ELASTICSEARCH_", NO_ELASTIC),
    ignored("KIBANA_", NO_ELASTIC),
    ignored("OPENVIDU_PRO_STATS_", "figures are at /metrics, read as often as Prometheus likes"),
    not_built("OPENVIDU_PRO_SPEECH_TO_TEXT", NO_STT),
    ignored("OPENVIDU_PRO_SPEECH_TO_TEXT_", NO_STT),
    not_built("OPENVIDU_BROWSER_LOGS", "logs of browsers are not taken: SDKs are answered 403 and stop sending"),
    not_built("OPENVIDU_PRO_RECORDING_STORAGE", NO_UPLOAD),
    ignored("OPENVIDU_PRO_AWS_", NO_UPLOAD),
    changed("OPENVIDU_PRO_COTURN_IN_MEDIA_NODES", "the embedded TURN server is the setting `turn.enabled`"),
    ignored("OPENVIDU_PRO_DOCKER_REGISTRIES", NO_CONTAINERS),
    ignored("OPENVIDU_PRO_", "of the Pro edition, and without a meaning here"),
    changed("COTURN_INTERNAL_RELAY", "the embedded TURN server only ever relays to this server's own media"),
    ignored("COTURN_REDIS_", "credentials are computed, and looked up nowhere"),
    ignored("COTURN_", "coturn is not started: use it as a server of its own, or the setting `turn.enabled`"),
    changed("MEDIA_NODES_PUBLIC_IPS", "the addresses that clients are told are the setting `rtc.node_ip`"),
    ignored("KMS_", NO_KURENTO),
    ignored("KURENTO_", NO_KURENTO),
    ignored("ET_", NO_KURENTO),
    changed("OV_CE_DEBUG_LEVEL", "what is logged is the setting `logging.level`"),
    changed("LOG_LEVEL", "what is logged is the setting `logging.level`"),
    changed("SERVER_PORT", "the ports are `port` and HTTPS_PORT"),
    ignored("SERVER_SSL_", "TLS is always there, on HTTPS_PORT"),
    ignored("JAVA_OPTIONS", NO_JAVA),
    ignored("ES_JAVA_OPTS", NO_JAVA),
    ignored("DOCKER_LOGS_MAX_SIZE", NO_CONTAINERS),
    ignored("AWS_", AWS),
    ignored("RIM_", AWS),
    ignored("TZ", "times are UTC"),
];

/// The row of a name; the longest that fits.
pub fn v2_name(name: &str) -> Option<&'static V2Name> {
    let covers = |row: &&V2Name| row.name == name || (row.name.ends_with('_') && name.starts_with(row.name));
    V2_NAMES.iter().filter(covers).max_by_key(|row| row.name.len())
}

/// Every name of a v2 `.env` that is known: settings, and those of the table here.
pub fn known() -> impl Iterator<Item = &'static str> {
    KEYS.iter().filter_map(|key| key.v2).chain(V2_NAMES.iter().map(|row| row.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_row_that_fits_a_name_is_its_row() {
        let cases = [
            ("KMS_IMAGE", Some("KMS_")),
            ("OPENVIDU_PRO_CLUSTER_MODE", Some("OPENVIDU_PRO_CLUSTER_")),
            ("OPENVIDU_PRO_LICENSE", Some("OPENVIDU_PRO_LICENSE")),
            ("OPENVIDU_PRO_ANYTHING", Some("OPENVIDU_PRO_")),
            ("OPENVIDU_SECRT", None),
            ("HTTP_PORTS", None),
        ];
        for (name, row) in cases {
            assert_eq!(v2_name(name).map(|row| row.name), row, "{name}");
        }
        for (at, row) in V2_NAMES.iter().enumerate() {
            assert!(V2_NAMES.iter().skip(at + 1).all(|other| other.name != row.name), "{} twice", row.name);
        }
    }
}
