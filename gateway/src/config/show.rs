//! `viaduct config show`: the values in force, secrets masked, with where each comes from.
use super::key::{Key, Value};
use super::keys::KEYS;
use super::resolve::Settings;

/// What stands for a secret.
const MASK: &str = "********";

/// A setting as it is in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShownSetting {
    /// Its place in the YAML file: `rtc.udp_port`.
    pub key: &'static str,
    /// Its value, masked where it is a secret; `None`: unset.
    pub value: Option<String>,
    /// Where it comes from.
    pub origin: String,
    /// It is one that must not be shown.
    pub is_secret: bool,
    /// What it is for.
    pub doc: &'static str,
}

/// The text, a line for each setting.
pub fn show(settings: &Settings, origin: bool) -> String {
    let mut text = String::new();
    for row in rows(settings) {
        let value = row.value.as_deref().unwrap_or("(unset)");
        let from = if origin { format!("    # {}", row.origin) } else { String::new() };
        text.push_str(&format!("{}: {value}{from}\n", row.key));
    }
    text
}

/// Every setting, in the order of the table.
pub(super) fn rows(settings: &Settings) -> Vec<ShownSetting> {
    let row = |key: &&Key| ShownSetting {
        key: key.path,
        value: settings.value(key).map(|value| shown(key, value)),
        origin: settings.place(key).to_string(),
        is_secret: key.is_secret(),
        doc: key.doc,
    };
    KEYS.iter().map(row).collect()
}

fn shown(key: &Key, value: &Value) -> String {
    let list = |items: Vec<String>| format!("[{}]", items.join(", "));
    let masked = |text: &str| if key.is_secret() && !text.is_empty() { MASK.to_owned() } else { text.to_owned() };
    match value {
        Value::Flag(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Span(first, last) if first == last => first.to_string(),
        Value::Span(first, last) => format!("{first}-{last}"),
        Value::Text(text) => masked(text),
        Value::List(items) => list(items.iter().map(|item| masked(item)).collect()),
        Value::Map(map) => list(map.iter().map(|(name, text)| format!("{name}: {}", masked(text))).collect()),
        Value::Records(records) => list(records.iter().map(|_| MASK.to_owned()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::resolve::resolve;
    use crate::config::yaml;

    #[test]
    fn values_are_shown_with_their_origin_and_secrets_masked() {
        let source =
            "port: 1\nkeys:\n  key1: hush-hush\nopenvidu:\n  secret: hush-hush\n  webrtc_ice_servers: [hush-hush]\n";
        let shown = show(&resolve(vec![yaml::read("v.yaml", source)]).0, true);
        assert!(!shown.contains("hush"), "{shown}");
        for line in [
            "port: 1    # v.yaml:1",
            "tls_port: 4443    # default",
            "keys: [key1: ********]    # v.yaml:3",
            "openvidu.secret: ********    # v.yaml:5",
        ] {
            assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
        }
    }
}
