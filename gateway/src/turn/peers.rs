//! Where may be relayed to: this server's own media addresses, and how each is reached from here.
//!
//! A client names an address that we told it, which may be one that only the outside knows (translated 1:1). The relay
//! sends to the local address behind it, so that nothing it sends ever leaves this machine.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// The allowed peers.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    pairs: Vec<Pair>,
    relay_v4: Option<IpAddr>,
    relay_v6: Option<IpAddr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pair {
    told: SocketAddr,
    local: SocketAddr,
}

impl Peers {
    /// From the addresses that clients are told.
    pub fn new(told: impl IntoIterator<Item = SocketAddr>) -> Self {
        let told: Vec<SocketAddr> = told.into_iter().collect();
        Self::with(&told, is_ours)
    }

    fn with(told: &[SocketAddr], is_ours: impl Fn(IpAddr) -> bool) -> Self {
        let relay = |is_v6: bool| {
            let mut of_family = told.iter().map(SocketAddr::ip).filter(|ip| ip.is_ipv6() == is_v6);
            let any = of_family.clone().next()?;
            let localhost =
                if any.is_ipv6() { IpAddr::from(Ipv6Addr::LOCALHOST) } else { IpAddr::from(Ipv4Addr::LOCALHOST) };
            Some(of_family.find(|ip| is_ours(*ip)).unwrap_or(localhost))
        };
        let (relay_v4, relay_v6) = (relay(false), relay(true));
        let local = |address: SocketAddr| {
            let relay = if address.is_ipv6() { relay_v6 } else { relay_v4 };
            let ip = if is_ours(address.ip()) { address.ip() } else { relay.unwrap_or_else(|| address.ip()) };
            Pair { told: address, local: SocketAddr::new(ip, address.port()) }
        };
        Self { pairs: told.iter().copied().map(local).collect(), relay_v4, relay_v6 }
    }

    /// The address that relays of a family are bound to; `None` where no media of that family is.
    pub(super) const fn relay_ip(&self, is_v6: bool) -> Option<IpAddr> {
        if is_v6 { self.relay_v6 } else { self.relay_v4 }
    }

    /// Whether a permission for `ip` may be given.
    pub(super) fn allows(&self, ip: IpAddr) -> bool {
        self.pairs.iter().any(|pair| pair.told.ip() == ip)
    }

    /// Where to send what a client sends to `peer`; `None`: nowhere.
    pub(super) fn local(&self, peer: SocketAddr) -> Option<SocketAddr> {
        self.pairs.iter().find(|pair| pair.told == peer).map(|pair| pair.local)
    }

    /// The first address that clients were told for a local one.
    pub(super) fn told(&self, local: SocketAddr) -> Option<SocketAddr> {
        self.pairs.iter().find(|pair| pair.local == local).map(|pair| pair.told)
    }
}

/// True for an address of this machine.
fn is_ours(ip: IpAddr) -> bool {
    UdpSocket::bind(SocketAddr::new(ip, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn only_media_is_reached_and_a_translated_address_by_the_local_one_behind_it() {
        let told = told(&["203.0.113.5:7882", "10.0.0.5:7882", "203.0.113.5:7883", "[2001:db8::5]:7882"]);
        let peers = Peers::with(&told, |ip| ip == IpAddr::from([10, 0, 0, 5]));
        assert_eq!(peers.relay_ip(false), Some(IpAddr::from([10, 0, 0, 5])));
        assert_eq!(peers.relay_ip(true), Some(IpAddr::from(Ipv6Addr::LOCALHOST)));
        let cases = [
            ("203.0.113.5:7882", Some("10.0.0.5:7882")),
            ("203.0.113.5:7883", Some("10.0.0.5:7883")),
            ("10.0.0.5:7882", Some("10.0.0.5:7882")),
            ("[2001:db8::5]:7882", Some("[::1]:7882")),
            ("10.0.0.5:22", None),
            ("203.0.113.5:443", None),
            ("127.0.0.1:7882", None),
            ("169.254.169.254:80", None),
            ("[::ffff:10.0.0.5]:7882", None),
            ("[::ffff:127.0.0.1]:7882", None),
            ("[::10.0.0.5]:7882", None),
            ("[64:ff9b::a00:5]:7882", None),
            ("[2002:a00:5::]:7882", None),
            ("0.0.0.0:7882", None),
            ("[::]:7882", None),
            ("[::1]:7882", None),
            ("224.0.0.1:7882", None),
            ("255.255.255.255:7882", None),
            ("100.64.0.1:7882", None),
            ("192.168.0.1:7882", None),
            ("172.16.0.1:7882", None),
            ("[fd00::1]:7882", None),
            ("[fe80::1]:7882", None),
        ];
        for (peer, local) in cases {
            let peer: SocketAddr = peer.parse().unwrap();
            assert_eq!(peers.local(peer), local.map(|local| local.parse().unwrap()), "{peer}");
            let is_told_ip = told.iter().any(|told| told.ip() == peer.ip());
            assert_eq!(peers.allows(peer.ip()), is_told_ip, "{peer}");
        }
    }

    #[test]
    fn without_an_address_of_this_machine_the_relay_is_on_loopback() {
        let peers = Peers::with(&told(&["203.0.113.5:7882"]), |_| false);
        assert_eq!(peers.relay_ip(false), Some(IpAddr::from(Ipv4Addr::LOCALHOST)));
        assert_eq!(peers.relay_ip(true), None);
        let local = "127.0.0.1:7882".parse().unwrap();
        assert_eq!(peers.local("203.0.113.5:7882".parse().unwrap()), Some(local));
        assert_eq!(peers.told(local), Some("203.0.113.5:7882".parse().unwrap()));
    }
}
