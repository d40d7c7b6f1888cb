//! The addresses that clients are told to send media to: configured, or found on this machine's interfaces.
use crate::config::Proxies;
use std::net::IpAddr;

/// Where media is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressChoice {
    /// Addresses given by the administrator; empty: those of the interfaces.
    pub node_ips: Vec<IpAddr>,
    /// The address under which the interfaces' are reached from outside, where one is known.
    pub public_ip: Option<IpAddr>,
    /// The STUN servers (`host:port`) to be asked for that address; empty: nobody is asked.
    pub ask: Vec<String>,
    /// Where that address is known, offer it alone.
    pub public_only: bool,
    /// Interfaces whose addresses are left out, and the only ones that are taken, by name.
    pub interfaces: Choice<Vec<String>>,
    /// The same by address.
    pub ips: Choice<Proxies>,
    /// Offer loopback addresses too: for trying things on one machine.
    pub loopback: bool,
}

/// What is taken and what is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice<T> {
    /// Only these, where there are any.
    pub includes: T,
    /// Not these.
    pub excludes: T,
}

/// The addresses to offer, best first: IPv4 before IPv6, loopback last.
pub fn addresses(choice: &AddressChoice) -> Vec<IpAddr> {
    let found = if choice.node_ips.is_empty() { interface_addresses(choice) } else { choice.node_ips.clone() };
    let mut addresses = arrange(found, choice.loopback || !choice.node_ips.is_empty());
    if let Some(public) = choice.public_ip.filter(|_| choice.node_ips.is_empty()) {
        if choice.public_only {
            addresses.retain(|address| address.is_ipv4() != public.is_ipv4());
        }
        addresses.retain(|address| *address != public);
        addresses.insert(0, public);
    }
    let localhost = IpAddr::from([127, 0, 0, 1]);
    if addresses.is_empty() || (choice.loopback && !addresses.contains(&localhost)) {
        addresses.push(localhost);
    }
    addresses
}

fn interface_addresses(choice: &AddressChoice) -> Vec<IpAddr> {
    match if_addrs::get_if_addrs() {
        Ok(interfaces) => interfaces
            .into_iter()
            .map(|interface| (interface.ip(), interface.name))
            .filter(|(ip, name)| is_chosen(choice, *ip, name))
            .map(|(ip, _)| ip)
            .collect(),
        Err(error) => {
            tracing::warn!(%error, "the network interfaces cannot be listed; set rtc.node_ip");
            Vec::new()
        }
    }
}

fn is_chosen(choice: &AddressChoice, ip: IpAddr, interface: &str) -> bool {
    let AddressChoice { interfaces, ips, .. } = choice;
    let names = |list: &[String]| list.iter().any(|name| name == interface);
    let by_name = (interfaces.includes.is_empty() || names(&interfaces.includes)) && !names(&interfaces.excludes);
    let by_ip = (ips.includes.is_empty() || ips.includes.contain(ip)) && !ips.excludes.contain(ip);
    by_name && by_ip
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

    #[test]
    fn a_translated_address_goes_first_or_alone() {
        let public = "203.0.113.9".parse().unwrap();
        let choice = AddressChoice { public_ip: Some(public), ..AddressChoice::default() };
        assert_eq!(addresses(&choice)[0], public);
        let choice = AddressChoice { public_only: true, ..choice };
        assert_eq!(addresses(&choice).iter().filter(|address| address.is_ipv4()).count(), 1);
    }

    #[test]
    fn interfaces_and_addresses_are_chosen_by_name_and_by_range() {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let ranges = |list: &[&str]| Proxies::parse(list.iter().copied()).unwrap();
        let cases = [
            (&[][..], &[][..], &[][..], &[][..], true, "no choice"),
            (&["eth0"], &[], &[], &[], true, "its interface"),
            (&["eth1"], &[], &[], &[], false, "another interface"),
            (&[], &["eth0"], &[], &[], false, "its interface is left out"),
            (&[], &[], &["10.0.0.0/8"], &[], true, "its range"),
            (&[], &[], &["192.168.0.0/16"], &[], false, "another range"),
            (&[], &[], &[], &["10.0.0.0/24"], false, "its range is left out"),
        ];
        for (only, not, only_ips, not_ips, expected, message) in cases {
            let choice = AddressChoice {
                interfaces: Choice { includes: names(only), excludes: names(not) },
                ips: Choice { includes: ranges(only_ips), excludes: ranges(not_ips) },
                ..AddressChoice::default()
            };
            assert_eq!(is_chosen(&choice, IpAddr::from([10, 0, 0, 2]), "eth0"), expected, "{message}");
        }
    }
}
