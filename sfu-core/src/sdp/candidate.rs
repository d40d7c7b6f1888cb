//! ICE candidates (RFC 8839, section 5.1; RFC 6544 for TCP).
use super::error::{SdpError, SdpFault};
use super::{Candidate, CandidateKind, Protocol};
use std::net::{IpAddr, SocketAddr};

/// Characters of a foundation (RFC 8839).
const FOUNDATION_CHARS_MAX: usize = 32;

/// Reads one candidate line, with or without `a=` and `candidate:`. `None` where it names nothing to send to: an empty
/// line (the end of candidates), a host name (mDNS), the RTCP component, a transport other than UDP and TCP.
pub fn parse_candidate(line: &str) -> Result<Option<Candidate>, SdpError> {
    let line = line.trim();
    let line = line.strip_prefix("a=").unwrap_or(line);
    let line = line.strip_prefix("candidate:").unwrap_or(line);
    if line.is_empty() {
        return Ok(None);
    }
    read(line).map_err(|NotACandidate| SdpFault::Candidate.at(1))
}

pub(super) struct NotACandidate;

/// Reads what follows `candidate:`.
pub(super) fn read(line: &str) -> Result<Option<Candidate>, NotACandidate> {
    let mut words = line.split_ascii_whitespace();
    let mut word = || words.next().ok_or(NotACandidate);
    let foundation = word()?;
    if foundation.len() > FOUNDATION_CHARS_MAX || !foundation.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(NotACandidate);
    }
    let component: u16 = number(word()?)?;
    let transport = word()?;
    let priority: u32 = number(word()?)?;
    let address = word()?;
    let port: u16 = number(word()?)?;
    if word()? != "typ" {
        return Err(NotACandidate);
    }
    let kind = match word()? {
        "host" => CandidateKind::Host,
        "srflx" => CandidateKind::ServerReflexive,
        "prflx" => CandidateKind::PeerReflexive,
        "relay" => CandidateKind::Relay,
        _ => return Err(NotACandidate),
    };
    let protocol = match transport {
        udp if udp.eq_ignore_ascii_case("udp") => Protocol::Udp,
        tcp if tcp.eq_ignore_ascii_case("tcp") => Protocol::Tcp,
        _ => return Ok(None),
    };
    let ip: Option<IpAddr> = address.parse().ok();
    let usable = ip.filter(|_| component == 1);
    Ok(usable.map(|ip| Candidate {
        foundation: foundation.to_owned(),
        protocol,
        priority,
        address: SocketAddr::new(ip, port),
        kind,
    }))
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, NotACandidate> {
    text.parse().map_err(|_| NotACandidate)
}

/// Writes a candidate of ours, from `candidate:` on: for `a=` lines and for trickling alike.
pub fn print_candidate(candidate: &Candidate) -> String {
    let Candidate { foundation, protocol, priority, address, kind } = candidate;
    let (protocol, suffix) = match protocol {
        Protocol::Udp => ("udp", ""),
        Protocol::Tcp => ("tcp", " tcptype passive"),
    };
    let kind = match kind {
        CandidateKind::Host => "host",
        CandidateKind::ServerReflexive => "srflx",
        CandidateKind::PeerReflexive => "prflx",
        CandidateKind::Relay => "relay",
    };
    let (ip, port) = (address.ip(), address.port());
    format!("candidate:{foundation} 1 {protocol} {priority} {ip} {port} typ {kind}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line, and what it names.
    type Case = (&'static str, Option<(Protocol, &'static str, CandidateKind)>);

    #[test]
    fn candidates_of_browsers_are_read() {
        let cases: &[Case] = &[
            (
                "candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host generation 0 ufrag abcd network-id 1",
                Some((Protocol::Udp, "192.168.0.196:46243", CandidateKind::Host)),
            ),
            (
                "a=candidate:842163049 1 UDP 1677729535 203.0.113.7 60769 typ srflx raddr 0.0.0.0 rport 0 generation 0",
                Some((Protocol::Udp, "203.0.113.7:60769", CandidateKind::ServerReflexive)),
            ),
            (
                "candidate:1 1 TCP 2105458943 10.1.1.1 9 typ host tcptype active",
                Some((Protocol::Tcp, "10.1.1.1:9", CandidateKind::Host)),
            ),
            (
                "candidate:4 1 udp 41885439 2001:db8::1 5000 typ relay raddr :: rport 0",
                Some((Protocol::Udp, "[2001:db8::1]:5000", CandidateKind::Relay)),
            ),
            ("candidate:0 1 UDP 2122252543 8d9f0f5e-5a0c-4b5d-9e0b-6ad5e5e5e5e5.local 53000 typ host", None),
            ("candidate:0 2 UDP 2122252542 10.1.1.1 53001 typ host", None),
            ("candidate:0 1 ssltcp 2122252542 10.1.1.1 443 typ host", None),
            ("", None),
            ("a=candidate:", None),
        ];
        for (line, wanted) in cases {
            let found = parse_candidate(line).unwrap();
            let wanted = wanted.map(|(protocol, address, kind)| (protocol, address.parse().unwrap(), kind));
            assert_eq!(found.map(|c| (c.protocol, c.address, c.kind)), wanted, "{line}");
        }
    }

    #[test]
    fn what_is_no_candidate_is_an_error() {
        for line in
            ["x", "candidate:1 1 udp", "candidate:1 1 udp 1 1.1.1.1 70000 typ host", "1 1 udp 1 1.1.1.1 7 typ x"]
        {
            assert_eq!(parse_candidate(line), Err(SdpFault::Candidate.at(1)), "{line}");
        }
    }

    #[test]
    fn a_printed_candidate_reads_the_same() {
        for protocol in [Protocol::Udp, Protocol::Tcp] {
            let candidate = Candidate {
                foundation: "1".to_owned(),
                protocol,
                priority: 2_130_706_431,
                address: "192.0.2.1:7882".parse().unwrap(),
                kind: CandidateKind::Host,
            };
            assert_eq!(parse_candidate(&print_candidate(&candidate)), Ok(Some(candidate)));
        }
    }
}
