//! Whose a datagram is: by its first byte what it is (RFC 7983), by its addresses whose. The table of addresses is
//! filled by authentic checks only (see `worker`), so that nothing else from an unknown address reaches a Transport.
use super::datagram::{LocalAddress, Route};
use super::transport::Path;
use rustc_hash::FxHashMap;

/// What a datagram is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// STUN.
    Stun,
    /// DTLS.
    Dtls,
    /// SRTP.
    Rtp,
    /// SRTCP (RFC 5761 §4).
    Rtcp,
}

/// Sorts a datagram by its first bytes; `None` where it is nothing that is spoken here.
pub(super) fn classify(datagram: &[u8]) -> Option<Class> {
    match *datagram {
        [0..=3, ..] if datagram.len() >= 20 => Some(Class::Stun),
        [20..=63, ..] => Some(Class::Dtls),
        [128..=191, 192..=223, ..] => Some(Class::Rtcp),
        [128..=191, _, ..] => Some(Class::Rtp),
        _ => None,
    }
}

/// Which Transport's slot each address belongs to, and what our own addresses stand for.
pub(super) struct Demux {
    slots: FxHashMap<Route, usize>,
    locals: Vec<LocalAddress>,
}

impl Demux {
    pub(super) fn new(locals: Vec<LocalAddress>) -> Self {
        Self { slots: FxHashMap::default(), locals }
    }

    /// The slot of the Transport that proved to own this address.
    pub(super) fn slot(&self, route: &Route) -> Option<usize> {
        self.slots.get(route).copied()
    }

    /// Gives an address to a Transport; gives the slot that it belonged to before.
    pub(super) fn learn(&mut self, route: Route, slot: usize) -> Option<usize> {
        self.slots.insert(route, slot).filter(|old| *old != slot)
    }

    /// Takes an address from a Transport.
    pub(super) fn forget(&mut self, route: &Route, slot: usize) {
        if self.slot(route) == Some(slot) {
            self.slots.remove(route);
        }
    }

    /// The path that a datagram came on: with the candidate of ours that the client must have used, as sockets may be
    /// bound to all addresses, or stand behind a translated one.
    pub(super) fn path(&self, route: Route) -> Option<Path> {
        let of_protocol = || self.locals.iter().filter(|local| local.protocol == route.protocol);
        let of_family = || of_protocol().filter(|local| local.address.is_ipv4() == route.remote.is_ipv4());
        let is_loopback = route.remote.ip().is_loopback();
        let exact = of_protocol().find(|local| local.address == route.local);
        let near = || of_family().find(|local| local.address.ip().is_loopback() == is_loopback);
        let found = exact.or_else(near).or_else(|| of_family().next()).or_else(|| of_protocol().next())?;
        Some(Path { route, candidate: found.address })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::Protocol;

    #[test]
    fn datagrams_are_sorted_by_their_first_bytes() {
        let stun = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let cases: [(&[u8], Option<Class>); 8] = [
            (&stun, Some(Class::Stun)),
            (&stun[..19], None),
            (&[22, 0xfe, 0xfd], Some(Class::Dtls)),
            (&[0x80, 96, 0, 0], Some(Class::Rtp)),
            (&[0x90, 0x80 | 111, 0, 0], Some(Class::Rtp)),
            (&[0x80, 200, 0, 1], Some(Class::Rtcp)),
            (&[0x81, 206, 0, 2], Some(Class::Rtcp)),
            (&[], None),
        ];
        for (datagram, expected) in cases {
            assert_eq!(classify(datagram), expected, "{datagram:?}");
        }
    }

    #[test]
    fn a_socket_of_all_addresses_stands_for_the_candidate_nearest_to_the_client() {
        let local = |protocol, address: &str| LocalAddress { protocol, address: address.parse().unwrap() };
        let demux = Demux::new(vec![
            local(Protocol::Udp, "203.0.113.5:7882"),
            local(Protocol::Udp, "127.0.0.1:7882"),
            local(Protocol::Udp, "[2001:db8::5]:7882"),
            local(Protocol::Tcp, "203.0.113.5:7881"),
        ]);
        let cases = [
            (Protocol::Udp, "198.51.100.1:5000", "0.0.0.0:7882", "203.0.113.5:7882", "all addresses"),
            (Protocol::Udp, "127.0.0.1:5000", "0.0.0.0:7882", "127.0.0.1:7882", "loopback"),
            (Protocol::Udp, "[::1]:5000", "[::]:7882", "[2001:db8::5]:7882", "no loopback candidate of the family"),
            (Protocol::Udp, "198.51.100.1:5000", "10.0.0.5:7882", "203.0.113.5:7882", "translated address"),
            (Protocol::Udp, "198.51.100.1:5000", "127.0.0.1:7882", "127.0.0.1:7882", "exact"),
            (Protocol::Tcp, "198.51.100.1:5000", "10.0.0.5:7881", "203.0.113.5:7881", "by protocol"),
        ];
        for (protocol, remote, own, expected, message) in cases {
            let route = Route { protocol, remote: remote.parse().unwrap(), local: own.parse().unwrap() };
            let path = demux.path(route).unwrap();
            assert_eq!((path.candidate, path.route), (expected.parse().unwrap(), route), "{message}");
        }
    }
}
