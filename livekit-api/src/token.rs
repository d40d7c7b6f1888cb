//! Access tokens: JSON Web Tokens signed with HS256 by an API key's secret (livekit.md §1.3).
//!
//! Verification takes the time as an argument, so expiry is checked here and not by the JWT library's own clock.
use crate::config::Keys;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sfu_core::time::Now;
use std::collections::BTreeMap;

/// How far two clocks may be apart, seconds.
const LEEWAY_S: u64 = 60;

/// Longest token that is looked at, bytes: metadata (512 KiB) and attributes (64 KiB) in base64, with room to spare.
const TOKEN_BYTES_MAX: usize = 1024 * 1024;

/// What a token says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Claims {
    /// The API key that signed it.
    pub iss: String,
    /// The identity.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sub: String,
    /// The token's id; stands in for an absent `sub`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub jti: String,
    /// Not valid before, seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "seconds")]
    pub nbf: Option<u64>,
    /// Not valid after, seconds since 1970.
    #[serde(deserialize_with = "seconds")]
    pub exp: Option<u64>,
    /// Display name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Participant metadata.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub metadata: String,
    /// Participant attributes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Kind of participant: `standard`, `ingress`, `egress`, `sip`, `agent`, `connector`, `bridge`; empty: standard.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Further words about the kind.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kind_details: Vec<String>,
    /// What may be done in rooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoGrant>,
    /// What may be done with SIP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sip: Option<SipGrant>,
    /// Hash of the body that a webhook's token signs: SHA-256, base64.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// Settings of the room where this join makes it, in protobuf's JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_config: Option<serde_json::Value>,
    /// Name of such settings in the server's configuration.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub room_preset: String,
}

/// `video` of the claims.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VideoGrant {
    /// CreateRoom, DeleteRoom, and joining a room that does not exist where `auto_create` is off.
    #[serde(skip_serializing_if = "is_false")]
    pub room_create: bool,
    /// ListRooms.
    #[serde(skip_serializing_if = "is_false")]
    pub room_list: bool,
    /// Joining.
    #[serde(skip_serializing_if = "is_false")]
    pub room_join: bool,
    /// The room that `room_join` and `room_admin` are about.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub room: String,
    /// Moderation of `room`.
    #[serde(skip_serializing_if = "is_false")]
    pub room_admin: bool,
    /// The room that a participant may be forwarded or moved to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub destination_room: String,
    /// Egress calls.
    #[serde(skip_serializing_if = "is_false")]
    pub room_record: bool,
    /// Ingress calls.
    #[serde(skip_serializing_if = "is_false")]
    pub ingress_admin: bool,
    /// A recorder.
    #[serde(skip_serializing_if = "is_false")]
    pub recorder: bool,
    /// Invisible.
    #[serde(skip_serializing_if = "is_false")]
    pub hidden: bool,
    /// An agent.
    #[serde(skip_serializing_if = "is_false")]
    pub agent: bool,
    /// Publish tracks; absent: yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_publish: Option<bool>,
    /// Subscribe; absent: yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_subscribe: Option<bool>,
    /// Send data; absent: as `can_publish`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_publish_data: Option<bool>,
    /// Sources that may be published, lower case; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub can_publish_sources: Vec<String>,
    /// Change own name, metadata and attributes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_update_own_metadata: Option<bool>,
    /// Take the others' metrics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_subscribe_metrics: Option<bool>,
    /// Manage an agent's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_manage_agent_session: Option<bool>,
}

/// `sip` of the claims.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SipGrant {
    /// Trunks and dispatch rules.
    #[serde(skip_serializing_if = "is_false")]
    pub admin: bool,
    /// Calls.
    #[serde(skip_serializing_if = "is_false")]
    pub call: bool,
}

fn is_false(value: &bool) -> bool {
    !*value
}

/// Numeric dates may be fractions (RFC 7519 §2).
fn seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let number = Option::<serde_json::Number>::deserialize(deserializer)?;
    let Some(number) = number else { return Ok(None) };
    if let Some(whole) = number.as_u64() {
        return Ok(Some(whole));
    }
    match number.as_f64() {
        Some(value) if (0.0..1e15).contains(&value) => Ok(Some(value as u64)),
        Some(_) | None => Err(serde::de::Error::custom("a date must be a positive number")),
    }
}

impl Claims {
    /// The identity: `sub`, or `jti` where there is none.
    pub fn identity(&self) -> &str {
        if self.sub.is_empty() { &self.jti } else { &self.sub }
    }

    /// The video grant; nothing is granted where there is none.
    pub fn grant(&self) -> VideoGrant {
        self.video.clone().unwrap_or_default()
    }
}

/// Why a token is not accepted. The texts go to the client (401); none carries a part of the token but its key's name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TokenError {
    /// Not three base64 parts with JSON inside.
    #[error("invalid authorization token: not a JSON Web Token")]
    Malformed,
    /// `alg` is not HS256: `none` above all.
    #[error("invalid authorization token: only tokens signed with HS256 are accepted")]
    Algorithm,
    /// The signature does not fit the key's secret.
    #[error("invalid authorization token: the signature does not match the secret of its API key")]
    Signature,
    /// No such API key.
    #[error("invalid API key")]
    UnknownKey,
    /// Without `exp`.
    #[error("invalid authorization token: it has no expiry (exp)")]
    NoExpiry,
    /// Too old.
    #[error("invalid authorization token: it has expired (exp)")]
    Expired,
    /// Not valid yet.
    #[error("invalid authorization token: it is not valid yet (nbf)")]
    NotYet,
    /// It could not be signed.
    #[error("the token could not be signed")]
    Signing,
}

/// Checks a token and gives its claims.
pub fn verify(token: &str, keys: &Keys, now: Now) -> Result<Claims, TokenError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(TokenError::Malformed);
    }
    let algorithm = header_algorithm(token)?;
    if algorithm != "HS256" {
        return Err(TokenError::Algorithm);
    }
    let unchecked: Claims =
        jsonwebtoken::dangerous::insecure_decode_claims(token).map_err(|_| TokenError::Malformed)?;
    let secret = keys.secret(&unchecked.iss).ok_or(TokenError::UnknownKey)?;
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let claims = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_secret(secret.as_bytes()), &validation)
        .map_err(|_| TokenError::Signature)?
        .claims;
    let now_s = now.unix_ms / 1000;
    let expires = claims.exp.ok_or(TokenError::NoExpiry)?;
    if expires.saturating_add(LEEWAY_S) < now_s {
        return Err(TokenError::Expired);
    }
    if claims.nbf.is_some_and(|from| from > now_s.saturating_add(LEEWAY_S)) {
        return Err(TokenError::NotYet);
    }
    Ok(claims)
}

/// The `alg` of the header as it stands: the library's own type has no name for `none`.
fn header_algorithm(token: &str) -> Result<String, TokenError> {
    use base64::Engine;
    #[derive(Deserialize)]
    struct Algorithm {
        alg: String,
    }
    let mut parts = token.split('.');
    let (Some(header), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(TokenError::Malformed);
    };
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(header.trim_end_matches('='))
        .map_err(|_| TokenError::Malformed)?;
    let header: Algorithm = serde_json::from_slice(&bytes).map_err(|_| TokenError::Malformed)?;
    Ok(header.alg)
}

/// Signs `claims` with the secret of the key that `claims.iss` names.
pub fn sign(claims: &Claims, keys: &Keys) -> Result<String, TokenError> {
    let secret = keys.secret(&claims.iss).ok_or(TokenError::UnknownKey)?;
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes()))
        .map_err(|_| TokenError::Signing)
}
