//! Short-lived credentials: the user name says until when, the password is its HMAC (as coturn's REST credentials are).
//! The faces hand them out (`v2-api/src/turn.rs`, `livekit-api/src/turn.rs`); here they are checked.
use super::REALM;
use crate::config::Secret;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use turn_server_proto::types::stun::message::{LongTermKeyCredentials, Message, MessageIntegrityCredentials};

/// Characters of a user name: an expiry, a colon and an id.
const USERNAME_CHARS_MAX: usize = 128;

/// What credentials are checked with.
#[derive(Clone, Debug)]
pub struct Authority {
    secret: Secret,
}

/// Credentials that were found to be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) password: String,
}

impl Authority {
    /// Checks credentials that were made with `secret`.
    pub const fn new(secret: Secret) -> Self {
        Self { secret }
    }

    /// Whose request it is; `None` where the user name is none of ours, has expired, or the request is not signed with
    /// its password.
    pub(super) fn user_of(&self, request: &Message<'_>, username: &str, unix_s: u64) -> Option<User> {
        if !is_valid(username, unix_s) {
            return None;
        }
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.secret.expose().as_bytes());
        let password = STANDARD.encode(hmac::sign(&key, username.as_bytes()));
        // OpenVidu SDKs up to 2.15 lose the padding: they cut the token's query at each `=`.
        let unpadded = password.trim_end_matches('=').to_owned();
        [password, unpadded].into_iter().find_map(|password| {
            let user = User { name: username.to_owned(), password };
            request.validate_integrity(&user.key()).is_ok().then_some(user)
        })
    }
}

impl User {
    /// What this user's messages are signed with.
    pub(super) fn key(&self) -> MessageIntegrityCredentials {
        LongTermKeyCredentials::new(self.name.clone(), self.password.clone(), REALM.to_owned()).into()
    }
}

/// True where a user name is of our form and its time has not run out.
pub(super) fn is_valid(username: &str, unix_s: u64) -> bool {
    let expiry = username.split_once(':').and_then(|(expiry, _)| expiry.parse::<u64>().ok());
    username.len() <= USERNAME_CHARS_MAX && expiry.is_some_and(|expiry| unix_s < expiry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_name_is_good_until_its_time_runs_out() {
        let cases = [
            ("1000:abc", 999, true),
            ("1000:abc", 1000, false),
            ("abc", 0, false),
            ("abc:1000", 0, false),
            (":", 0, false),
            ("-5:x", 0, false),
        ];
        for (username, now, good) in cases {
            assert_eq!(is_valid(username, now), good, "{username} at {now}");
        }
        assert!(!is_valid(&format!("9999999999:{}", "x".repeat(200)), 0));
    }
}
