//! The ICE servers that a connection may be given: forms and credentials (openvidu-v2 section 1.3).
use super::fields;
use crate::config::V2Config;
use crate::connection::IceServer;
use crate::turn::credentials;
use serde_json::Value;
use sfu_core::random::Random;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Most servers in one list: more would only slow clients down.
const SERVERS_MAX: usize = 32;

/// Reads and checks a list. A `staticAuthSecret` becomes credentials and is not kept.
pub(super) fn read(list: &[Value], now_ms: u64, random: &mut Random) -> Result<Vec<IceServer>, String> {
    if list.len() > SERVERS_MAX {
        return Err(format!("'customIceServers' has more than {SERVERS_MAX} entries"));
    }
    list.iter().map(|entry| read_one(entry, now_ms, random)).collect()
}

/// The configured list, with fresh credentials.
pub(super) fn configured(config: &V2Config, now_ms: u64, random: &mut Random) -> Vec<IceServer> {
    let server = |setting: &crate::config::IceServerSetting| match &setting.static_auth_secret {
        Some(secret) => IceServer::with(setting.url.clone(), credentials(secret, now_ms, random)),
        None => IceServer {
            url: setting.url.clone(),
            username: setting.username.clone(),
            credential: setting.credential.clone(),
        },
    };
    config.ice_servers.iter().map(server).collect()
}

fn read_one(entry: &Value, now_ms: u64, random: &mut Random) -> Result<IceServer, String> {
    let entry = entry.as_object().ok_or("an entry of 'customIceServers' is not an object")?;
    let url = fields::text(entry, "url")?.ok_or("an entry of 'customIceServers' has no 'url'")?;
    let username = fields::text(entry, "username")?.map(str::to_owned);
    let credential = fields::text(entry, "credential")?.map(str::to_owned);
    let secret = fields::text(entry, "staticAuthSecret")?;
    let is_turn = check_url(url)?;
    if !is_turn {
        return match (&username, &credential, secret) {
            (None, None, None) => Ok(IceServer { url: url.to_owned(), username: None, credential: None }),
            _ => Err(format!("'{url}': a STUN server has no credentials")),
        };
    }
    match (username, credential, secret) {
        (None, None, Some(secret)) => Ok(IceServer::with(url.to_owned(), credentials(secret, now_ms, random))),
        (_, _, Some(_)) => Err(format!("'{url}': either credentials or a staticAuthSecret")),
        (Some(username), Some(credential), None) => {
            Ok(IceServer { url: url.to_owned(), username: Some(username), credential: Some(credential) })
        }
        (_, _, None) => Err(format!("'{url}': a TURN server needs username and credential, or a staticAuthSecret")),
    }
}

/// Checks the form; true for TURN.
fn check_url(url: &str) -> Result<bool, String> {
    let wrong = |why: &str| Err(format!("'{url}': {why}"));
    let Some((scheme, rest)) = url.split_once(':') else { return wrong("is not an ICE server") };
    let is_turn = match scheme {
        "stun" | "stuns" => false,
        "turn" | "turns" => true,
        _ => return wrong("is neither stun, stuns, turn nor turns"),
    };
    let (address, query) = match rest.split_once('?') {
        Some((address, query)) => (address, Some(query)),
        None => (rest, None),
    };
    match query {
        Some("transport=udp" | "transport=tcp") if is_turn => {}
        Some(_) if is_turn => return wrong("only transport=udp or transport=tcp may follow '?'"),
        Some(_) => return wrong("a STUN server has no parameters"),
        None => {}
    }
    let Some((host, port)) = split_port(address) else { return wrong("has no valid address") };
    if port.is_some_and(|port| !port.parse::<u16>().is_ok_and(|number| number > 0)) {
        return wrong("has no port from 1 to 65535");
    }
    if is_host(host) { Ok(is_turn) } else { wrong("is not an address or domain name") }
}

fn split_port(address: &str) -> Option<(&str, Option<&str>)> {
    if address.starts_with('[') {
        let end = address.find(']')?;
        let (host, rest) = address.split_at_checked(end + 1)?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None if rest.is_empty() => Some((host, None)),
            None => None,
        };
    }
    Some(match address.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (address, None),
    })
}

/// `[IPv6]`, IPv4, or a domain name with a dot in it.
fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return inner.parse::<Ipv6Addr>().is_ok();
    }
    let label = |label: &str| {
        let bytes = label.as_bytes();
        let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        bytes.len() <= 63
            && ends(bytes.first())
            && ends(bytes.last())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    };
    let last_is_name = host.rsplit('.').next().is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_alphabetic()));
    let is_domain = host.len() <= 253 && host.contains('.') && last_is_name && host.split('.').all(label);
    host.parse::<Ipv4Addr>().is_ok() || is_domain
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ice_servers_are_checked_as_by_the_original() {
        let cases = [
            (json!({}), false),
            (json!("turn:a.com"), false),
            (json!({"url": 7}), false),
            (json!({"url": "a.com"}), false),
            (json!({"url": "http:a.com"}), false),
            (json!({"url": "turn:bad-ice-server", "username": "u", "credential": "c"}), false),
            (json!({"url": "turn:a.com"}), false),
            (json!({"url": "turn:a.com", "username": "u"}), false),
            (json!({"url": "stun:a.com", "username": "u", "credential": "c"}), false),
            (json!({"url": "turn:a.com", "username": "u", "credential": "c", "staticAuthSecret": "s"}), false),
            (json!({"url": "turn:127.0.0.1:99999", "username": "u", "credential": "c"}), false),
            (json!({"url": "turn:127.0.0.1:0", "username": "u", "credential": "c"}), false),
            (json!({"url": "turn:300.0.0.1", "username": "u", "credential": "c"}), false),
            (json!({"url": "stun:a.com?transport=udp"}), false),
            (json!({"url": "turn:a.com?transport=sctp", "staticAuthSecret": "s"}), false),
            (json!({"url": "stun:[::1"}), false),
            (json!({"url": "stun:-a.com"}), false),
            (json!({"url": "stun:a.com"}), true),
            (json!({"url": "stun:[::1]:3478"}), true),
            (json!({"url": "turn:a.com:443?transport=tcp", "staticAuthSecret": "s"}), true),
            (json!({"url": "turns:t2.example.com", "username": "u", "credential": "c"}), true),
        ];
        for (entry, good) in cases {
            let read = read(std::slice::from_ref(&entry), 0, &mut Random::seeded(1));
            assert_eq!(read.is_ok(), good, "{entry}: {read:?}");
        }
    }

    #[test]
    fn a_static_secret_becomes_credentials() {
        let list = [json!({"url": "turn:a.com", "staticAuthSecret": "s"})];
        let servers = read(&list, 1_000_000, &mut Random::seeded(1)).unwrap();
        assert!(servers[0].username.as_ref().unwrap().starts_with("87400:"));
        assert!(servers[0].credential.is_some());
    }
}
