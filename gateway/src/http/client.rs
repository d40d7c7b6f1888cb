//! Who the client is and how it reached the server: by its connection, or by the word of a trusted proxy.
use crate::config::Proxies;
use actix_web::HttpRequest;
use actix_web::dev::{AppConfig, RequestHead};
use std::net::IpAddr;

/// A client as the server sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its address; empty where unknown.
    pub address: String,
    /// It used TLS.
    pub secure: bool,
    /// The host it asked for, with its port where it gave one.
    pub host: String,
}

impl Client {
    /// The client of a request.
    pub fn of(request: &HttpRequest, proxies: &Proxies) -> Self {
        Self::of_head(request.head(), request.app_config(), proxies)
    }

    /// The client of a request's head.
    pub fn of_head(head: &RequestHead, app: &AppConfig, proxies: &Proxies) -> Self {
        let peer = head.peer_addr.map(|peer| peer.ip().to_canonical());
        let trusted = peer.is_some_and(|peer| proxies.contain(peer));
        let header = |name: &str| head.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let told = |name: &str| if trusted { header(name).trim() } else { "" };
        let address = match forwarded(told("x-real-ip"), told("x-forwarded-for"), proxies) {
            Some(address) => address.to_string(),
            None => peer.map(|peer| peer.to_string()).unwrap_or_default(),
        };
        let secure = match told("x-forwarded-proto").split(',').next().unwrap_or_default().trim() {
            "" => app.secure(),
            scheme => scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("wss"),
        };
        let host = match told("x-forwarded-host").split(',').next().unwrap_or_default().trim() {
            "" => head.uri.authority().map_or_else(|| header("host"), |authority| authority.as_str()),
            host => host,
        };
        Self { address, secure, host: host.to_owned() }
    }
}

/// The client's address by a trusted proxy's headers: the last in the chain that is no trusted proxy itself.
fn forwarded(real: &str, chain: &str, proxies: &Proxies) -> Option<IpAddr> {
    let mut hops = chain.split(',').rev().map_while(|hop| hop.trim().parse::<IpAddr>().ok());
    let by_chain = hops.find(|hop| !proxies.contain(*hop));
    by_chain.or_else(|| real.parse().ok()).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn seen(peer: &str, headers: &[(&str, &str)]) -> Client {
        let proxies = Proxies::parse(["10.0.0.0/8"]).unwrap();
        let mut request = TestRequest::get().peer_addr(format!("{peer}:1234").parse().unwrap());
        request = request.insert_header(("host", "inner:7880"));
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        Client::of(&request.to_http_request(), &proxies)
    }

    #[test]
    fn a_stranger_cannot_lend_itself_an_address_scheme_or_host() {
        let headers = [
            ("x-forwarded-for", "192.0.2.9"),
            ("x-real-ip", "192.0.2.9"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "bank.example"),
        ];
        let client = seen("203.0.113.5", &headers);
        assert_eq!(client, Client { address: "203.0.113.5".into(), secure: false, host: "inner:7880".into() });
    }

    #[test]
    fn a_trusted_proxy_says_who_the_client_is() {
        let headers = [
            ("x-forwarded-for", "6.6.6.6, 192.0.2.9, 10.0.0.7"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "meet.example"),
        ];
        let client = seen("10.0.0.1", &headers);
        assert_eq!(client, Client { address: "192.0.2.9".into(), secure: true, host: "meet.example".into() });
        assert_eq!(seen("10.0.0.1", &[("x-real-ip", "192.0.2.8")]).address, "192.0.2.8");
        assert_eq!(seen("10.0.0.1", &[]).address, "10.0.0.1");
    }
}
