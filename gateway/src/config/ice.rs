//! `rtc.stun_servers` and `rtc.turn_servers`: the ICE servers that LiveKit clients are given.
use super::key::Value;
use super::keys;
use super::layer::Problem;
use super::resolve::Settings;
use super::{IceServer, Secret};
use std::collections::BTreeMap;

/// How long credentials made from a shared secret are good for where nothing is said, seconds.
const VALID_DEFAULT_S: u64 = 14_400;
/// Longest validity, seconds: credentials that outlive a day are passwords.
const VALID_MAX_S: u64 = 86_400;

/// The servers, STUN first.
pub(super) fn servers(settings: &Settings, problems: &mut Vec<Problem>) -> Vec<IceServer> {
    let stun = settings.list(&keys::STUN_SERVERS).iter().map(|host| IceServer {
        urls: vec![format!("stun:{host}")],
        username: String::new(),
        credential: Secret::default(),
        shared_secret: None,
    });
    let records = match settings.value(&keys::TURN_SERVERS) {
        Some(Value::Records(records)) => records.as_slice(),
        Some(Value::Flag(_) | Value::Number(_) | Value::Span(..) | Value::Text(_) | Value::List(_) | Value::Map(_))
        | None => &[],
    };
    let mut servers: Vec<IceServer> = stun.collect();
    for record in records {
        match turn(record) {
            Ok(server) => servers.push(server),
            Err(why) => {
                let text = format!("rtc.turn_servers: {why}");
                problems.push(Problem::new(settings.place(&keys::TURN_SERVERS), text));
            }
        }
    }
    servers
}

fn turn(record: &BTreeMap<String, String>) -> Result<IceServer, String> {
    let field = |name: &str, default: &str| record.get(name).cloned().unwrap_or_else(|| default.to_owned());
    let (host, port) = (field("host", ""), field("port", "3478"));
    let url = match field("protocol", "udp").as_str() {
        "tls" => format!("turns:{host}:{port}?transport=tcp"),
        protocol @ ("udp" | "tcp") => format!("turn:{host}:{port}?transport={protocol}"),
        other => return Err(format!("`{other}` is no protocol: write udp, tcp or tls")),
    };
    let valid_s = match field("ttl", "0").parse() {
        Ok(0) => VALID_DEFAULT_S,
        Ok(seconds) if seconds <= VALID_MAX_S => seconds,
        Ok(_) | Err(_) => return Err(format!("ttl: write a number of seconds up to {VALID_MAX_S}")),
    };
    let secret = match (record.get("secret"), record.get("secret_file")) {
        (Some(_), Some(_)) => return Err("write secret or secret_file, not both".to_owned()),
        (Some(secret), None) => Some(secret.clone()),
        (None, Some(file)) => {
            let text = std::fs::read_to_string(file).map_err(|error| format!("secret_file {file}: {error}"))?;
            Some(text.trim().to_owned())
        }
        (None, None) => None,
    };
    Ok(IceServer {
        urls: vec![url],
        username: field("username", ""),
        credential: Secret::new(field("credential", "")),
        shared_secret: secret.filter(|secret| !secret.is_empty()).map(|secret| (Secret::new(secret), valid_s)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Result<IceServer, String> {
        turn(&fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
    }

    #[test]
    fn a_turn_server_has_a_password_or_a_shared_secret() {
        let plain =
            read(&[("host", "h"), ("username", "u"), ("credential", "c"), ("protocol", "tls"), ("port", "443")]);
        let plain = plain.unwrap();
        assert_eq!((plain.urls[0].as_str(), plain.username.as_str()), ("turns:h:443?transport=tcp", "u"));
        assert_eq!(plain.shared_secret, None);
        for (ttl, valid_s) in [("", None), ("0", Some(14_400)), ("600", Some(600)), ("90000", None), ("-1", None)] {
            let server = read(&[("host", "h"), ("secret", "s"), ("ttl", ttl)]);
            let found = server.ok().and_then(|server| server.shared_secret).map(|(_, valid_s)| valid_s);
            assert_eq!(found, valid_s, "ttl {ttl}");
        }
        for bad in [[("secret", "s"), ("secret_file", "f")], [("protocol", "sctp"), ("port", "1")]] {
            assert!(read(&[&[("host", "h")], bad.as_slice()].concat()).is_err(), "{bad:?}");
        }
        assert!(read(&[("host", "h"), ("secret_file", "/does/not/exist")]).is_err());
    }
}
