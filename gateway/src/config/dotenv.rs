//! An OpenVidu v2 `.env`, untouched: read as leniently as v2's own tools read it.
use super::key::{Key, Raw};
use super::keys::KEYS;
use super::layer::{Layer, Place, Problem, Setting};
use super::v2_names::{Fate, V2_NAMES, v2_name};

/// A line of the file that says something.
pub(super) enum Line<'a> {
    /// A variable and its value.
    Entry(&'a str, &'a str),
    /// Not of that form.
    Rubbish,
}

/// The lines that say something, with their numbers.
pub(super) fn lines(source: &str) -> impl Iterator<Item = (u64, Line<'_>)> {
    (1..).zip(source.lines()).filter_map(|(number, text)| {
        let text = text.trim().trim_start_matches('\u{feff}');
        if text.is_empty() || text.starts_with('#') {
            return None;
        }
        let text = text.strip_prefix("export ").unwrap_or(text);
        let entry = text.split_once('=').map(|(name, value)| Line::Entry(name.trim(), unquoted(value.trim())));
        Some((number, entry.unwrap_or(Line::Rubbish)))
    })
}

/// Reads `source`, the text of the file called `name`.
pub fn read(name: &str, source: &str) -> Layer {
    let mut layer = Layer::default();
    for (number, line) in lines(source) {
        let place = Place::Line(name.to_owned(), number);
        match line {
            Line::Entry(variable, value) => entry(&mut layer, place, variable, value),
            Line::Rubbish => layer.problems.push(Problem::new(&place, "not of the form NAME=value")),
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
    if let Some(row) = v2_name(variable) {
        let is_off = row.fate == Fate::NotBuilt && is_off(value);
        if !is_off && !value.is_empty() {
            layer.notes.push(Problem::new(&place, format!("{variable}: {}", row.why)));
        }
        return;
    }
    let problem = unknown(&place, variable);
    if is_slip(variable, &problem) {
        layer.problems.push(problem);
    } else {
        layer.notes.push(Problem::new(&place, format!("{variable}: not a setting of this server")));
    }
}

/// True where the value switches a feature off.
pub(super) fn is_off(value: &str) -> bool {
    ["", "false", "disabled", "none", "local"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// A name that nobody knows, with the nearest of those that are known.
pub(super) fn unknown(place: &Place, variable: &str) -> Problem {
    let known = KEYS.iter().filter_map(|key| key.v2).chain(V2_NAMES.iter().map(|row| row.name));
    Problem::unknown(place, variable, known)
}

/// True where an unknown name was meant to be one of v2's; others are a stranger's.
pub(super) fn is_slip(variable: &str, problem: &Problem) -> bool {
    variable.starts_with("OPENVIDU_") || problem.text.contains("did you mean")
}

/// The setting of this name: v2's, or one of our own environment variables.
pub(super) fn by_name(variable: &str) -> Option<&'static Key> {
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
OPENVIDU_RECORDING=false
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
                ("openvidu.recording.enabled", text("false")),
                ("openvidu.webhook", text("true")),
                ("openvidu.webhook_events", text("[sessionCreated,sessionDestroyed]")),
                ("openvidu.streams.video_max_recv_bandwidth", text("1000")),
            ]
        );
        let said = layer.notes.iter().any(|note| note.to_string().starts_with(".env:5: LETSENCRYPT_EMAIL: "));
        assert!(said, "{:?}", layer.notes);
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
