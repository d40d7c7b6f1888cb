//! What the LiveKit face needs of the server's configuration, already checked. Where it comes from is the gateway's affair.
use crate::wire;
use livekit_protocol as proto;
pub use livekit_protocol::RoomConfiguration;
use sfu_core::capability::{self, Feature, Profile};
use sfu_core::sdp::{Codec, MediaKind};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Configuration of the LiveKit face.
#[derive(Clone, Debug)]
pub struct LiveKitConfig {
    /// The API keys with their secrets.
    pub keys: Keys,
    /// The engine profile in force.
    pub profile: Profile,
    /// What rooms are made with where nobody says otherwise.
    pub room: RoomDefaults,
    /// STUN and TURN servers for clients; empty: none are sent.
    pub ice_servers: Vec<IceServer>,
    /// This node's region; may be empty.
    pub region: String,
    /// This node's id (`ND_…`).
    pub node_id: String,
    /// Gives every participant the attribute [`UNSUPPORTED_ATTRIBUTE`]; can be switched off for applications that
    /// compare attributes exactly.
    pub flag_unsupported: bool,
    /// How long a client whose signalling was lost is waited for.
    pub signal_lost_after: Duration,
    /// Bytes of a client's data message beyond which it is refused.
    pub data_message_bytes_max: usize,
    /// Data messages a second of one client beyond which they are refused; 0: no limit.
    pub data_messages_per_second_max: u32,
}

/// The attribute that lists the refused features' keys, separated by commas.
pub const UNSUPPORTED_ATTRIBUTE: &str = "viaduct.unsupported";

/// The version that clients are told; SDKs gate features by it (livekit.md §2.4), so it is LiveKit's, not ours.
pub const SERVER_VERSION: &str = "1.13.7";

/// The signalling protocol that the server speaks.
pub const SERVER_PROTOCOL: i32 = 17;

impl Default for LiveKitConfig {
    fn default() -> Self {
        Self {
            keys: Keys::default(),
            profile: Profile::default(),
            room: RoomDefaults::default(),
            ice_servers: Vec::new(),
            region: String::new(),
            node_id: "ND_viaduct".to_owned(),
            flag_unsupported: true,
            signal_lost_after: Duration::from_secs(20),
            data_message_bytes_max: 64_000,
            data_messages_per_second_max: 1_000,
        }
    }
}

impl LiveKitConfig {
    /// The refused features' keys, separated by commas: `dataMessages,ingress,…`.
    pub fn unsupported(&self) -> String {
        capability::refused(self.profile).map(|feature| feature.row().key).collect::<Vec<_>>().join(",")
    }

    /// True where a track may come in a second codec, for subscribers that do not take its first: publishers start it
    /// when they are told to. Without that they are told of no codec that needs it.
    pub fn routes_second_codecs(&self) -> bool {
        self.supports(Feature::Dynacast)
    }

    /// True where the profile in force has `feature`.
    pub fn supports(&self, feature: Feature) -> bool {
        capability::require(self.profile, feature).is_ok()
    }
}

/// `room.*` of LiveKit's configuration.
#[derive(Clone, Debug)]
pub struct RoomDefaults {
    /// Joining makes a room that does not exist (`room.auto_create`).
    pub auto_create: bool,
    /// Life of a room that nobody joined, seconds (`room.empty_timeout`).
    pub empty_timeout_s: u32,
    /// Life of a room after the last one left, seconds (`room.departure_timeout`).
    pub departure_timeout_s: u32,
    /// Most participants; 0: no limit (`room.max_participants`).
    pub max_participants: u32,
    /// Tracks of one stream keep together for lip sync (`room.sync_streams`).
    pub sync_streams: bool,
    /// The API may unmute (`room.enable_remote_unmute`).
    pub enable_remote_unmute: bool,
    /// The only codecs that publishers may use (`room.enabled_codecs`); empty: all.
    pub codecs: Vec<Codec>,
    /// Settings of rooms that calls and tokens ask for by name (`room.room_configurations`).
    pub presets: BTreeMap<String, proto::RoomConfiguration>,
}

impl Default for RoomDefaults {
    fn default() -> Self {
        Self {
            auto_create: true,
            empty_timeout_s: 300,
            departure_timeout_s: 20,
            max_participants: 0,
            sync_streams: false,
            enable_remote_unmute: false,
            codecs: Vec::new(),
            presets: BTreeMap::new(),
        }
    }
}

/// Reads a preset: JSON of a `RoomConfiguration`, whose names may be spelled as in protobuf (`empty_timeout`), as in its
/// JSON (`emptyTimeout`) or as LiveKit's own server reads its YAML file (`emptytimeout`).
pub fn preset(json: &serde_json::Value) -> Option<proto::RoomConfiguration> {
    let spelled = |name: &str| match name {
        "emptytimeout" => "emptyTimeout".to_owned(),
        "departuretimeout" => "departureTimeout".to_owned(),
        "maxparticipants" => "maxParticipants".to_owned(),
        "minplayoutdelay" => "minPlayoutDelay".to_owned(),
        "maxplayoutdelay" => "maxPlayoutDelay".to_owned(),
        "syncstreams" => "syncStreams".to_owned(),
        other => other.to_owned(),
    };
    let fields = json.as_object()?.iter().map(|(name, value)| (spelled(name), value.clone()));
    let object = serde_json::Value::Object(fields.collect());
    wire::from_json(object.to_string().as_bytes())
}

/// The codec of this MIME type (`video/VP8`, `audio/opus`); `None` where this server does not route it.
pub fn codec(mime: &str) -> Option<Codec> {
    use sfu_core::sdp::H264Profile;
    let codecs = [
        Codec::Opus,
        Codec::Red,
        Codec::Pcmu,
        Codec::Pcma,
        Codec::Vp8,
        Codec::Vp9 { profile: 0 },
        Codec::H264 { profile: H264Profile::ConstrainedBaseline, packetization_mode: 1 },
        Codec::Av1,
    ];
    codecs.into_iter().find(|codec| crate::describe::mime(*codec).eq_ignore_ascii_case(mime))
}

/// The video codec of this name, with or without `video/` before it.
pub(crate) fn video_codec(name: &str) -> Option<Codec> {
    let codec = codec(name).or_else(|| codec(&format!("video/{name}")));
    codec.filter(|codec| codec.kind() == MediaKind::Video)
}

/// A STUN or TURN server for clients.
#[derive(Clone, PartialEq, Eq)]
pub struct IceServer {
    /// `stun:…`, `turn:…`.
    pub urls: Vec<String>,
    /// User name; empty for STUN.
    pub username: String,
    /// Password. A secret.
    pub credential: String,
    /// Makes user name and password for each participant instead.
    pub shared_secret: Option<SharedSecret>,
}

/// A secret shared with a TURN server, from which each participant's credentials are made (coturn's
/// `static-auth-secret`).
#[derive(Clone, PartialEq, Eq)]
pub struct SharedSecret {
    /// The secret.
    pub secret: String,
    /// How long credentials are good for, seconds.
    pub valid_s: u64,
}

impl fmt::Debug for IceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceServer").field("urls", &self.urls).finish_non_exhaustive()
    }
}

/// API keys and their secrets. Debug output names the keys only.
#[derive(Clone, Default)]
pub struct Keys(BTreeMap<String, String>);

impl Keys {
    /// Adds a key.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, secret: impl Into<String>) -> Self {
        self.0.insert(key.into(), secret.into());
        self
    }

    /// The secret of `key`.
    pub fn secret(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}

impl FromIterator<(String, String)> for Keys {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(pairs: T) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let config = LiveKitConfig {
            keys: Keys::default().with("devkey", "hush-hush"),
            ice_servers: vec![IceServer {
                urls: vec![],
                username: String::new(),
                credential: "hush-hush".to_owned(),
                shared_secret: Some(SharedSecret { secret: "hush-hush".to_owned(), valid_s: 1 }),
            }],
            ..LiveKitConfig::default()
        };
        let text = format!("{config:?}");
        assert!(text.contains("devkey") && !text.contains("hush"), "{text}");
    }
}
