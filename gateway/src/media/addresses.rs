//! The addresses that clients are told to send media to: configured, or found on this machine's interfaces.
use std::net::IpAddr;

/// Where media is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressChoice {
    /// Addresses given by the administrator; empty: those of the interfaces.
    pub node_ips: Vec<IpAddr>,
    /// The address under which the interfaces' are reached from outside, where one is known.
    pub public_ip: Option<IpAddr>,
    /// Offer loopback addresses too: for trying things on one machine.
    pub loopback: bool,
}

/// The addresses to offer, best first: IPv4 before IPv6, loopback last.
pub fn addresses(choice: &AddressChoice) -> Vec<IpAddr> {
    let found = if choice.node_ips.is_empty() { interface_addresses() } else { choice.node_ips.clone() };
    let mut addresses = arrange(found, choice.loopback || !choice.node_ips.is_empty());
    if let Some(public) = choice.public_ip.filter(|public| choice.node_ips.is_empty() && !addresses.contains(public)) {
        addresses.insert(0, public);
    }
    let localhost = IpAddr::from([127, 0, 0, 1]);
    if addresses.is_empty() || (choice.loopback && !addresses.contains(&localhost)) {
        addresses.push(localhost);
    }
    addresses
}

fn interface_addresses() -> Vec<IpAddr> {
    match if_addrs::get_if_addrs() {
        Ok(interfaces) => interfaces.into_iter().map(|interface| interface.ip()).collect(),
        Err(error) => {
            tracing::warn!(%error, "the network interfaces cannot be listed; set rtc.node_ip");
            Vec::new()
        }
    }
}

fn arrange(mut addresses: Vec<IpAddr>, loopback: bool) -> Vec<IpAddr> {
    let link_local = |address: &IpAddr| match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    addresses
        .retain(|address| !address.is_unspecified() && !link_local(address) && (loopback || !address.is_loopback()));
    addresses.sort_by_key(|address| (address.is_loopback(), address.is_ipv6()));
    addresses.dedup();
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn loopback_comes_last_and_only_where_wanted() {
        let found = ips(&["127.0.0.1", "::1", "fe80::1", "2001:db8::1", "169.254.1.1", "10.0.0.2"]);
        assert_eq!(arrange(found.clone(), false), ips(&["10.0.0.2", "2001:db8::1"]));
        assert_eq!(arrange(found, true), ips(&["10.0.0.2", "2001:db8::1", "127.0.0.1", "::1"]));
    }

    #[test]
    fn configured_addresses_are_taken_as_they_are() {
        let choice = AddressChoice { node_ips: ips(&["203.0.113.7"]), ..AddressChoice::default() };
        assert_eq!(addresses(&choice), ips(&["203.0.113.7"]));
        let choice = AddressChoice { node_ips: ips(&["127.0.0.1"]), ..AddressChoice::default() };
        assert_eq!(addresses(&choice), ips(&["127.0.0.1"]));
    }
}
