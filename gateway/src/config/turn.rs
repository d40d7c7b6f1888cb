//! The settings of the embedded TURN server. Other servers that clients are told of are in `ice.rs`.
use super::build::addresses;
use super::keys;
use super::layer::Problem;
use super::resolve::Settings;
use super::{Secret, TurnSection};
use crate::http::tls::CertificateFiles;
use crate::turn::TurnSettings;
use std::time::Duration;

/// The embedded server, where it is switched on.
pub(super) fn embedded(settings: &Settings, problems: &mut Vec<Problem>) -> Option<TurnSection> {
    if !settings.flag(&keys::TURN_ENABLED) {
        return None;
    }
    let port = |key| Some(settings.narrow::<u16>(key)).filter(|port| *port != 0);
    let (udp_port, tls_port) = (port(&keys::TURN_UDP_PORT), port(&keys::TURN_TLS_PORT));
    let domain = settings.text(&keys::TURN_DOMAIN);
    let wrong = |text: &str| Problem::new(settings.place(&keys::TURN_ENABLED), text);
    if udp_port.is_none() && tls_port.is_none() {
        problems.push(wrong("turn.enabled needs turn.udp_port or turn.tls_port"));
    }
    if tls_port.is_some() && domain.is_empty() {
        problems.push(wrong("turn.tls_port needs turn.domain, which the certificate is for"));
    }
    let relay_ports = (port(&keys::TURN_RELAY_START), port(&keys::TURN_RELAY_END));
    let relay_ports = match relay_ports {
        (None, None) => None,
        (Some(first), Some(last)) if first <= last => Some((first, last)),
        (Some(_) | None, Some(_) | None) => {
            problems.push(wrong("turn.relay_range_start and turn.relay_range_end go together, the smaller one first"));
            None
        }
    };
    let bind = if settings.is_given(&keys::TURN_BIND) { &keys::TURN_BIND } else { &keys::BIND_ADDRESSES };
    let secret = settings.text(&keys::V2_COTURN_SECRET);
    Some(TurnSection {
        server: TurnSettings {
            bind: addresses(settings, bind),
            udp_port,
            tls_port,
            external_tls: settings.flag(&keys::TURN_EXTERNAL_TLS),
            relay_ports,
            per_user_max: settings.narrow(&keys::TURN_PER_USER),
        },
        host: if domain.is_empty() { settings.text(&keys::V2_DOMAIN).to_owned() } else { domain.to_owned() },
        certificate: certificate(settings, problems),
        secret: (!secret.is_empty()).then(|| Secret::new(secret)),
        ttl: Duration::from_secs(settings.number(&keys::TURN_TTL)),
    })
}

fn certificate(settings: &Settings, problems: &mut Vec<Problem>) -> Option<CertificateFiles> {
    match (settings.text(&keys::TURN_CERT), settings.text(&keys::TURN_KEY)) {
        ("", "") => None,
        (certificate, key) if !certificate.is_empty() && !key.is_empty() => {
            Some(CertificateFiles { certificate: certificate.into(), key: key.into() })
        }
        (_, _) => {
            let place = settings.place(&keys::TURN_CERT);
            problems.push(Problem::new(place, "turn.cert_file and turn.key_file go together"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::resolve::resolve;
    use super::super::yaml;
    use super::*;

    fn settings(text: &str) -> Settings {
        let (settings, problems) = resolve(vec![yaml::read("v.yaml", text)]);
        assert_eq!(problems, []);
        settings
    }

    #[test]
    fn the_embedded_server_is_off_unless_switched_on_and_needs_a_domain_for_tls() {
        let cases = [
            ("port: 1\n", None, 0),
            ("turn:\n  enabled: true\n", Some((Some(3478), None)), 0),
            ("turn:\n  enabled: true\n  udp_port: 0\n", Some((None, None)), 1),
            ("turn:\n  enabled: true\n  tls_port: 5349\n", Some((Some(3478), Some(5349))), 1),
            ("turn:\n  enabled: true\n  domain: t.example\n  tls_port: 443\n", Some((Some(3478), Some(443))), 0),
            ("turn:\n  enabled: true\n  relay_range_start: 30000\n", Some((Some(3478), None)), 1),
            ("turn:\n  enabled: true\n  cert_file: a.pem\n", Some((Some(3478), None)), 1),
        ];
        for (text, ports, wrong) in cases {
            let mut problems = Vec::new();
            let section = embedded(&settings(text), &mut problems);
            let found = section.map(|section| (section.server.udp_port, section.server.tls_port));
            assert_eq!((found, problems.len()), (ports, wrong), "{text}");
        }
    }
}
