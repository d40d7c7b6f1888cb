//! TURN-REST credentials: a user name with an expiry and its HMAC (openvidu-v2 section 0).
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sfu_core::random::Random;

/// How long credentials are good for, seconds.
const VALID_S: u64 = 86_400;

/// A user name and password for a TURN server. The password is a secret.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) username: String,
    pub(crate) credential: String,
}

/// New credentials under `secret`.
pub(crate) fn credentials(secret: &str, now_ms: u64, random: &mut Random) -> Credentials {
    let username = format!("{}:{}", now_ms / 1000 + VALID_S, random.alphanumeric(8));
    let credential = credential_of(secret, &username);
    Credentials { username, credential }
}

fn credential_of(secret: &str, username: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, username.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_expire_a_day_from_now_and_are_signed() {
        let made = credentials("s3cret", 1_795_618_519_423, &mut Random::seeded(5));
        let (expiry, name) = made.username.split_once(':').unwrap();
        assert_eq!(expiry, "1795704919");
        assert_eq!(name.len(), 8);
        assert_eq!(made.credential, credential_of("s3cret", &made.username));
        assert_ne!(made.credential, credential_of("other", &made.username));
    }

    #[test]
    fn the_credential_of_a_known_pair_is_right() {
        // HMAC-SHA1 of RFC 2202 test case 2: key "Jefe", data "what do ya want for nothing?".
        assert_eq!(credential_of("Jefe", "what do ya want for nothing?"), "7/zfauXrL6LSdBbV8YTfnCWafHk=");
    }
}
