//! What the sub-commands of LiveKit's server print: keys, a token, ports. Texts only; printing is `main`'s.
use crate::config::Config;
use crate::media::TcpPort;
use livekit_api::config::Keys;
use livekit_api::token::{Claims, TokenError, VideoGrant, sign};
use rand::RngExt;
use sfu_core::time::Now;
use std::fmt::Write;

/// How long a token for development is good, seconds: 30 days.
const TOKEN_VALID_S: u64 = 30 * 24 * 3600;
/// Characters of an API key behind `API`, and of a secret: some 71 and 256 bits.
const KEY_CHARS: usize = 12;
const SECRET_CHARS: usize = 43;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum CreateTokenError {
    /// No API key is configured.
    #[error("keys are not configured")]
    NoKeys,
    /// It cannot be signed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// A new API key with its secret, in the lines of LiveKit's server.
pub fn generated_keys() -> String {
    format!("API Key:  API{}\nAPI Secret:  {}\n", letters(KEY_CHARS), letters(SECRET_CHARS))
}

fn letters(count: usize) -> String {
    rand::rng().sample_iter(rand::distr::Alphanumeric).take(count).map(char::from).collect()
}

/// A token that lets somebody join, signed by the first API key.
pub fn join_token(
    config: &Config,
    room: &str,
    identity: &str,
    recorder: bool,
    now: Now,
) -> Result<String, CreateTokenError> {
    let (key, secret) = config.livekit.keys.first_key_value().ok_or(CreateTokenError::NoKeys)?;
    let mut video = VideoGrant { room_join: true, room: room.to_owned(), ..VideoGrant::default() };
    if recorder {
        (video.hidden, video.recorder) = (true, true);
        (video.can_publish, video.can_publish_data) = (Some(false), Some(false));
    }
    let now_s = now.unix_ms / 1000;
    let claims = Claims {
        iss: key.clone(),
        sub: identity.to_owned(),
        nbf: Some(now_s),
        exp: Some(now_s + TOKEN_VALID_S),
        video: Some(video),
        ..Claims::default()
    };
    let token = sign(&claims, &Keys::default().with(key, secret.expose()))?;
    Ok(format!("Token: {token}\n"))
}

/// The ports of the configuration, by protocol.
pub fn ports(config: &Config) -> String {
    let mut tcp =
        vec![format!("{} - HTTP service", config.http.port), format!("{} - HTTPS service", config.http.tls_port)];
    match config.media.tcp_port {
        TcpPort::Off => {}
        TcpPort::Fixed { port, .. } => tcp.push(format!("{port} - ICE/TCP")),
        TcpPort::Any => tcp.push("any free one - ICE/TCP".to_owned()),
    }
    tcp.extend(config.metrics.port.map(|port| format!("{port} - Prometheus")));
    let (first, workers) = (config.media.udp_port, u16::from(config.media.workers));
    let mut udp = vec![match first.saturating_add(workers.saturating_sub(1)) {
        _ if first == 0 => "any free ones - ICE/UDP".to_owned(),
        last if last == first => format!("{first} - ICE/UDP"),
        last => format!("{first}-{last} - ICE/UDP"),
    }];
    if let Some(turn) = &config.turn {
        tcp.extend(turn.server.tls_port.map(|port| format!("{port} - TURN/TLS")));
        udp.extend(turn.server.udp_port.map(|port| format!("{port} - TURN/UDP")));
    }
    let mut text = String::new();
    for (title, ports) in [("TCP Ports", tcp), ("UDP Ports", udp)] {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{title}\n{}", ports.join("\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock, config};

    #[test]
    fn keys_are_new_each_time_and_long_enough() {
        let (one, other) = (generated_keys(), generated_keys());
        assert_ne!(one, other);
        let lines: Vec<&str> = one.lines().collect();
        assert!(lines[0].starts_with("API Key:  API") && lines[0].len() == 25, "{one}");
        assert_eq!(lines[1].len(), "API Secret:  ".len() + SECRET_CHARS);
    }

    #[test]
    fn a_token_lets_its_bearer_join_and_a_recorder_only_watch() {
        let config = config::dev(&std::env::temp_dir()).unwrap();
        let keys = Keys::default().with("devkey", "secret");
        let now = clock::now();
        for recorder in [false, true] {
            let text = join_token(&config, "hall", "anna", recorder, now).unwrap();
            let claims = livekit_api::token::verify(text.trim_start_matches("Token: ").trim(), &keys, now).unwrap();
            let grant = claims.grant();
            assert!(grant.room_join && grant.room == "hall" && claims.identity() == "anna");
            assert_eq!((grant.hidden, grant.can_publish), (recorder, recorder.then_some(false)));
        }
    }

    #[test]
    fn ports_are_those_of_the_configuration() {
        let mut config = config::dev(&std::env::temp_dir()).unwrap();
        (config.http.port, config.http.tls_port, config.media.udp_port, config.media.workers) = (7880, 4443, 7882, 2);
        config.media.tcp_port = TcpPort::Fixed { port: 7881, required: false };
        config.metrics.port = Some(6789);
        let expected = "TCP Ports\n7880 - HTTP service\n4443 - HTTPS service\n7881 - ICE/TCP\n6789 - Prometheus\n\
                        UDP Ports\n7882-7883 - ICE/UDP\n";
        assert_eq!(ports(&config), expected);
    }
}
