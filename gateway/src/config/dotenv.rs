//! An OpenVidu v2 `.env`, untouched: read as leniently as v2's own tools read it.
use super::foreign;
use super::key::{Key, Raw};
use super::keys::KEYS;
use super::layer::{Layer, Place, Problem, Setting};

/// Reads `source`, the text of the file called `name`.
pub fn read(name: &str, source: &str) -> Layer {
    let mut layer = Layer::default();
    for (line, text) in (1..).zip(source.lines()) {
        let place = Place::Line(name.to_owned(), line);
        let text = text.trim().trim_start_matches('\u{feff}');
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let text = text.strip_prefix("export ").unwrap_or(text);
        match text.split_once('=') {
            Some((variable, value)) => entry(&mut layer, place, variable.trim(), unquoted(value.trim())),
            None => layer.problems.push(Problem::new(&place, "not of the form NAME=value")),
        }
    }
    layer
}

fn entry(layer: &mut Layer, place: Place, variable: &str, value: &str) {
    if let Some(key) = by_name(variable) {
        // An empty value is how v2's file leaves a setting unset.
        if !value.is_empty() {
            layer.settings.push(Setting { key, raw: Raw::Text(value.to_owned()), place });
        }
        return;
    }
    if let Some((_, word)) = foreign::V2_SWITCHES.iter().find(|(name, _)| *name == variable) {
        if value.eq_ignore_ascii_case("true") {
            layer.notes.push(Problem::new(&place, format!("{variable}: {word}")));
        }
        return;
    }
    if foreign::knows(foreign::V2, variable) {
        return layer.notes.push(Problem::new(&place, format!("{variable}: known to OpenVidu, not acted upon here")));
    }
    let known = KEYS.iter().filter_map(|key| key.v2).chain(foreign::V2.iter().copied());
    let problem = Problem::unknown(&place, variable, known);
    if variable.starts_with("OPENVIDU_") || problem.text.contains("did you mean") {
        layer.problems.push(problem);
    } else {
        layer.notes.push(Problem::new(&place, format!("{variable}: not a setting of this server")));
    }
}

/// The setting of this name: v2's, or one of our own environment variables.
fn by_name(variable: &str) -> Option<&'static Key> {
    KEYS.iter().copied().find(|key| key.v2 == Some(variable) || key.variables().iter().any(|name| name == variable))
}

/// Without the quotes around it, and without a comment after an unquoted value.
fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    value.split_once(" #").map_or(value, |(value, _)| value.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_untouched_file_of_v2_is_taken_whole() {
        let source = "\
# OpenVidu configuration
DOMAIN_OR_PUBLIC_IP=meet.example.org
OPENVIDU_SECRET=\"my-secret\"
CERTIFICATE_TYPE=letsencrypt # as ever
LETSENCRYPT_EMAIL=user@example.com
HTTPS_PORT=443
OPENVIDU_RECORDING=true
OPENVIDU_WEBHOOK=true
OPENVIDU_WEBHOOK_EVENTS=[sessionCreated,sessionDestroyed]
OPENVIDU_STREAMS_VIDEO_MAX_RECV_BANDWIDTH=1000
OPENVIDU_SESSIONS_GARBAGE_INTERVAL=
KMS_IMAGE=kurento/kurento-media-server:6.16
MY_OWN_VARIABLE=1
";
        let layer = read(".env", source);
        assert_eq!(layer.problems, []);
        let said: Vec<_> = layer.settings.iter().map(|set| (set.key.path, set.raw.clone())).collect();
        let text = |text: &str| Raw::Text(text.to_owned());
        assert_eq!(
            said,
            [
                ("openvidu.domain_or_public_ip", text("meet.example.org")),
                ("openvidu.secret", text("my-secret")),
                ("openvidu.certificate_type", text("letsencrypt")),
                ("tls_port", text("443")),
                ("openvidu.webhook", text("true")),
                ("openvidu.webhook_events", text("[sessionCreated,sessionDestroyed]")),
                ("openvidu.streams.video_max_recv_bandwidth", text("1000")),
            ]
        );
        let recording = ".env:7: OPENVIDU_RECORDING: recording is not built yet; the API refuses it";
        assert!(layer.notes.iter().any(|note| note.to_string() == recording), "{:?}", layer.notes);
    }

    #[test]
    fn slips_are_told() {
        let layer = read(".env", "OPENVIDU_SECRT=x\nDOMAIN_OR_PUBLIC_I=y\nno equals sign\n");
        let problems: Vec<String> = layer.problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                ".env:1: unknown key OPENVIDU_SECRT; did you mean OPENVIDU_SECRET?",
                ".env:2: unknown key DOMAIN_OR_PUBLIC_I; did you mean DOMAIN_OR_PUBLIC_IP?",
                ".env:3: not of the form NAME=value",
            ]
        );
    }
}
