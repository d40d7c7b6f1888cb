//! Whether a client may open a signalling socket: the checks of livekit.md §1.5, in their order, and what the URL says.
//!
//! Pure: the gateway calls [`authorize`] before it upgrades the connection, and answers with the refusal's status and
//! text where it fails. What the room makes of it comes later, on the socket.
use crate::client::Client;
use crate::config::LiveKitConfig;
use crate::grant;
use crate::port::LiveKitPort;
use crate::refusal;
use crate::room_wishes;
use crate::token::{self, Claims};
use base64::Engine;
use livekit_protocol as proto;
use prost::Message;
use sfu_core::capability::{LimitKind, NotFound, Refusal};
use sfu_core::limits;
use sfu_core::room::{RoomCommand, RoomEvent, RoomSnapshot};
use sfu_core::time::Now;
use std::collections::HashMap;
use std::io::Read;

/// Most bytes of a join request after decompression.
const JOIN_REQUEST_BYTES_MAX: u64 = 1024 * 1024;

/// The two generations of LiveKit's signalling.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignalVersion {
    /// `/rtc`: a publisher and a subscriber PeerConnection.
    V0,
    /// `/rtc/v1`: one PeerConnection, the join request in the URL.
    V1,
}

impl SignalVersion {
    /// The version that a path speaks: `/rtc`, `/rtc/validate`, `/rtc/v1`, `/rtc/v1/validate`.
    pub fn of_path(path: &str) -> Self {
        if path.trim_matches('/').starts_with("rtc/v1") { Self::V1 } else { Self::V0 }
    }
}

/// What a request to open a signalling socket brings.
#[derive(Clone, Copy, Debug)]
pub struct JoinUrl<'a> {
    /// Its path.
    pub path: &'a str,
    /// Its query, without the question mark.
    pub query: &'a str,
    /// Its `Authorization` header.
    pub authorization: Option<&'a str>,
}

/// A refusal before the socket is opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpRefusal {
    /// HTTP status.
    pub status: u16,
    /// The body, plain text.
    pub text: String,
}

impl HttpRefusal {
    pub(crate) fn new(status: u16, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }
}

/// An authorised client and what its URL says.
#[derive(Clone, Debug)]
pub struct LiveKitJoin {
    /// The room's name.
    pub room: String,
    /// The participant's identity.
    pub identity: String,
    /// The generation of signalling.
    pub version: SignalVersion,
    /// What the token says.
    pub claims: Claims,
    /// The SDK.
    pub client: Client,
    /// Subscribes to everything by itself.
    pub auto_subscribe: bool,
    /// Comes back to a participant of this sid.
    pub reconnect_sid: Option<String>,
    /// The join request; for `/rtc` only what the query says of the same things.
    pub request: proto::JoinRequest,
}

/// Checks token and URL.
pub fn authorize(url: JoinUrl<'_>, config: &LiveKitConfig, now: Now) -> Result<LiveKitJoin, HttpRefusal> {
    let query: HashMap<String, String> = form_urlencoded::parse(url.query.as_bytes()).into_owned().collect();
    let claims = bearer(url.authorization, query.get("access_token").map(String::as_str), config, now)?
        .ok_or_else(|| HttpRefusal::new(401, "no permissions to access the room"))?;
    let grant = claims.grant();
    if !grant.room_join {
        return Err(HttpRefusal::new(401, "permissions denied"));
    }
    // A join request makes it the second version on either path: the Go SDK sends it to `/rtc`.
    let encoded = query.get("join_request").filter(|text| !text.is_empty());
    let (version, request) = match (SignalVersion::of_path(url.path), encoded) {
        (_, Some(encoded)) => (SignalVersion::V1, decode_join_request(encoded)?),
        (SignalVersion::V0, None) => (SignalVersion::V0, request_of_query(&query)?),
        (SignalVersion::V1, None) => return Err(HttpRefusal::new(400, "join_request is required")),
    };
    let mut identity = claims.identity().to_owned();
    if identity.is_empty() {
        return Err(HttpRefusal::new(400, "identity cannot be empty"));
    }
    if grant.room.is_empty() {
        return Err(HttpRefusal::new(400, "no room name"));
    }
    let helper = query.get("publish").filter(|name| !name.is_empty() && version == SignalVersion::V0);
    if let Some(helper) = helper {
        identity = format!("{identity}#{helper}");
    }
    check_limits(&grant.room, &identity, &claims, &request)?;
    let describes_itself = !request.metadata.is_empty() || !request.participant_attributes.is_empty();
    if describes_itself && grant.can_update_own_metadata != Some(true) {
        return Err(HttpRefusal::new(401, "permissions denied: the token does not allow updating own metadata"));
    }
    let settings = request.connection_settings.unwrap_or_default();
    Ok(LiveKitJoin {
        room: grant.room,
        identity,
        version,
        client: Client::from_info(request.client_info.clone().unwrap_or_default()),
        auto_subscribe: settings.auto_subscribe && helper.is_none(),
        reconnect_sid: request.reconnect.then(|| request.participant_sid.clone()),
        claims,
        request,
    })
}

impl LiveKitJoin {
    /// True where this join makes the room if there is none.
    pub(crate) fn may_create(&self, config: &LiveKitConfig) -> bool {
        config.room.auto_create || self.claims.grant().room_create
    }
}

/// The last check of a join, which needs the rooms: one that does not exist and that nothing may make (404), or that
/// would have to be made as it cannot be (400); one that is full (429). The room itself has the last word.
pub async fn check_room(join: &LiveKitJoin, port: &dyn LiveKitPort) -> Result<(), HttpRefusal> {
    if port.is_revoked(&join.room, &join.identity, join.claims.nbf.unwrap_or(0)) {
        return Err(HttpRefusal::new(401, "the token was revoked when its bearer was removed"));
    }
    match port.command(&join.room, RoomCommand::Describe).await {
        Ok(RoomEvent::Described { room, .. }) => check_places(join, &room),
        Err(Refusal::NotFound(NotFound::Room)) => check_new_room(join, port.config()),
        Err(_) | Ok(_) => Ok(()),
    }
}

fn check_new_room(join: &LiveKitJoin, config: &LiveKitConfig) -> Result<(), HttpRefusal> {
    if !join.may_create(config) {
        return Err(HttpRefusal::new(404, "requested room does not exist"));
    }
    room_wishes::of_token(&join.claims, &config.room).map(|_| ()).map_err(|why| HttpRefusal::new(400, why))
}

fn check_places(join: &LiveKitJoin, room: &RoomSnapshot) -> Result<(), HttpRefusal> {
    if grant::has_place(room, grant::kind(&join.claims), &join.identity) {
        return Ok(());
    }
    let refusal = Refusal::LimitReached(LimitKind::Participants);
    Err(HttpRefusal::new(refusal::http_status(&refusal), refusal.to_string()))
}

/// The claims of the request's token: header first, then the query's. `None` where there is no token at all.
pub(crate) fn bearer(
    header: Option<&str>,
    parameter: Option<&str>,
    config: &LiveKitConfig,
    now: Now,
) -> Result<Option<Claims>, HttpRefusal> {
    let token = match (header, parameter) {
        (Some(header), _) => header
            .strip_prefix("Bearer ")
            .ok_or_else(|| HttpRefusal::new(401, "invalid authorization header. Must start with Bearer "))?,
        (None, Some(token)) if !token.is_empty() => token,
        (None, Some(_) | None) => return Ok(None),
    };
    token::verify(token.trim(), &config.keys, now).map(Some).map_err(|error| HttpRefusal::new(401, error.to_string()))
}

fn check_limits(room: &str, identity: &str, claims: &Claims, request: &proto::JoinRequest) -> Result<(), HttpRefusal> {
    let attributes = |map: &mut dyn Iterator<Item = (&String, &String)>| -> usize {
        map.map(|(key, value)| key.len() + value.len()).sum()
    };
    let too_long = if room.chars().count() > limits::ROOM_NAME_CHARS_MAX {
        Some("room name exceeds the limit of 256 characters")
    } else if identity.chars().count() > limits::IDENTITY_CHARS_MAX {
        Some("participant identity exceeds the limit of 256 characters")
    } else if claims.name.chars().count() > limits::IDENTITY_CHARS_MAX {
        Some("participant name exceeds the limit of 256 characters")
    } else if claims.metadata.len().max(request.metadata.len()) > limits::METADATA_BYTES_MAX {
        Some("participant metadata exceeds the limit of 524288 bytes")
    } else if attributes(&mut claims.attributes.iter()) + attributes(&mut request.participant_attributes.iter())
        > limits::ATTRIBUTES_BYTES_MAX
    {
        Some("participant attributes exceed the limit of 65536 bytes")
    } else {
        None
    };
    too_long.map_or(Ok(()), |text| Err(HttpRefusal::new(400, text)))
}

/// `/rtc/v1`: base64url of a `WrappedJoinRequest`, padded or not; the standard alphabet is borne too.
fn decode_join_request(text: &str) -> Result<proto::JoinRequest, HttpRefusal> {
    let bad = |why: &str| HttpRefusal::new(400, format!("invalid join_request: {why}"));
    let alphabet: String = text
        .trim_end_matches('=')
        .chars()
        .map(|letter| match letter {
            '+' | ' ' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(alphabet).map_err(|_| bad("not base64"))?;
    let wrapped = proto::WrappedJoinRequest::decode(bytes.as_slice()).map_err(|_| bad("not a WrappedJoinRequest"))?;
    let inner = match proto::wrapped_join_request::Compression::try_from(wrapped.compression) {
        Ok(proto::wrapped_join_request::Compression::None) => wrapped.join_request,
        Ok(proto::wrapped_join_request::Compression::Gzip) => {
            let mut inflated = Vec::new();
            flate2::read::GzDecoder::new(wrapped.join_request.as_slice())
                .take(JOIN_REQUEST_BYTES_MAX + 1)
                .read_to_end(&mut inflated)
                .map_err(|_| bad("not gzip"))?;
            inflated
        }
        Err(_) => return Err(bad("unknown compression")),
    };
    if u64::try_from(inner.len()).unwrap_or(u64::MAX) > JOIN_REQUEST_BYTES_MAX {
        return Err(bad("longer than 1 MiB"));
    }
    proto::JoinRequest::decode(inner.as_slice()).map_err(|_| bad("not a JoinRequest"))
}

/// `/rtc`: the same things as single parameters.
fn request_of_query(query: &HashMap<String, String>) -> Result<proto::JoinRequest, HttpRefusal> {
    let text = |name: &str| query.get(name).cloned().unwrap_or_default();
    let flag = |name: &str, default: bool| match query.get(name).map(String::as_str) {
        Some("1" | "true") => true,
        Some("") | None => default,
        Some(_) => false,
    };
    let participant_attributes = match query.get("attributes").filter(|text| !text.is_empty()) {
        None => HashMap::new(),
        Some(encoded) => base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(encoded.trim_end_matches('='))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| HttpRefusal::new(400, "invalid attributes: not base64url of a JSON object of strings"))?,
    };
    Ok(proto::JoinRequest {
        client_info: Some(Client::info_of_query(query)),
        connection_settings: Some(proto::ConnectionSettings {
            auto_subscribe: flag("auto_subscribe", true),
            adaptive_stream: flag("adaptive_stream", false),
            subscriber_allow_pause: query.get("subscriber_allow_pause").map(|_| flag("subscriber_allow_pause", false)),
            disable_ice_lite: flag("disable_ice_lite", false),
            auto_subscribe_data_track: query
                .get("auto_subscribe_data_track")
                .map(|_| flag("auto_subscribe_data_track", false)),
        }),
        participant_attributes,
        reconnect: flag("reconnect", false),
        reconnect_reason: text("reconnect_reason").parse().unwrap_or(0),
        participant_sid: text("sid"),
        ..proto::JoinRequest::default()
    })
}
