//! Access tokens as an application's backend signs them.
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;
use std::time::SystemTime;

/// How long a token is good for, seconds.
const LIFETIME_SECS: u64 = 6 * 3600;

/// A token that lets `identity` into `room`.
pub(crate) fn sign(key: &str, secret: &str, room: &str, identity: &str) -> Result<String, jsonwebtoken::errors::Error> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let claims = json!({
        "iss": key,
        "sub": identity,
        "nbf": now.saturating_sub(5),
        "exp": now + LIFETIME_SECS,
        "video": { "roomJoin": true, "room": room, "canPublish": true, "canSubscribe": true },
    });
    jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(secret.as_bytes()))
}
