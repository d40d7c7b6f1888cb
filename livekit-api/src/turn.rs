//! Credentials for TURN servers that share a secret with this one: a user name that carries its expiry, and its HMAC
//! (coturn's TURN REST form). Which servers there are is the configuration's.
use crate::config::{IceServer, SharedSecret};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use livekit_protocol as proto;

/// The servers as one participant is told of them.
pub(crate) fn for_participant(servers: &[IceServer], participant_sid: &str, now_s: u64) -> Vec<proto::IceServer> {
    let server = |server: &IceServer| {
        let (username, credential) = match &server.shared_secret {
            Some(shared) => credentials(shared, participant_sid, now_s),
            None => (server.username.clone(), server.credential.clone()),
        };
        proto::IceServer { urls: server.urls.clone(), username, credential }
    };
    servers.iter().map(server).collect()
}

fn credentials(shared: &SharedSecret, participant_sid: &str, now_s: u64) -> (String, String) {
    let username = format!("{}:{participant_sid}", now_s.saturating_add(shared.valid_s));
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, shared.secret.as_bytes());
    let credential = STANDARD.encode(hmac::sign(&key, username.as_bytes()));
    (username, credential)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_secret_gives_each_participant_credentials_that_expire() {
        let shared = SharedSecret { secret: "s3cret".to_owned(), valid_s: 14_400 };
        let urls = vec!["turn:turn.example:3478?transport=udp".to_owned()];
        let plain = IceServer {
            urls: urls.clone(),
            username: "user".to_owned(),
            credential: "word".to_owned(),
            shared_secret: None,
        };
        let made = IceServer { shared_secret: Some(shared), ..plain.clone() };
        let servers = for_participant(&[made, plain], "PA_abc", 1_800_000_000);
        assert_eq!(servers[0].urls, urls);
        assert_eq!(servers[0].username, "1800014400:PA_abc");
        // printf 1800014400:PA_abc | openssl dgst -sha1 -hmac s3cret -binary | base64
        assert_eq!(servers[0].credential, "RZgxCkJZ5z2EGLU9WHkOzQpZSbo=");
        assert_eq!((servers[1].username.as_str(), servers[1].credential.as_str()), ("user", "word"));
    }
}
