//! Address ranges of the proxies that are trusted to say who the client is.
use std::net::IpAddr;
use std::str::FromStr;

/// The trusted ranges; empty: none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<Range>);

/// An address range in CIDR form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    address: IpAddr,
    bits: u8,
}

/// The text is no address range.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address or address range (10.0.0.0/8, 192.0.2.1, fd00::/8)")]
pub struct BadRange;

impl Proxies {
    /// Reads a list of ranges.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, BadRange> {
        texts.into_iter().map(str::parse).collect::<Result<Vec<_>, _>>().map(Self)
    }

    /// True where there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True where `address` is a trusted proxy's.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|range| range.contains(address))
    }
}

impl FromStr for Range {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Self, BadRange> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| BadRange)?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| BadRange)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most { Err(BadRange) } else { Ok(Self { address, bits }) }
    }
}

impl Range {
    fn contains(self, address: IpAddr) -> bool {
        let shared = match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros(),
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros(),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        shared >= u32::from(self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_their_addresses_and_no_others() {
        let proxies = Proxies::parse(["10.0.0.0/8", "192.0.2.1", "fd00::/8"]).unwrap();
        for (address, trusted) in [
            ("10.200.3.4", true),
            ("11.0.0.1", false),
            ("192.0.2.1", true),
            ("192.0.2.2", false),
            ("fd12::1", true),
            ("fe80::1", false),
            ("::ffff:10.0.0.1", true),
        ] {
            assert_eq!(proxies.contain(address.parse().unwrap()), trusted, "{address}");
        }
        assert!(Proxies::parse(["0.0.0.0/0"]).unwrap().contain("8.8.8.8".parse().unwrap()));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in ["", "10.0.0.0/33", "example.org", "10.0.0.0/", "10.0.0.0/x"] {
            assert_eq!(Proxies::parse([text]), Err(BadRange), "{text}");
        }
    }
}
