//! One row per setting: its names on every layer, what it takes, its default and what it is for.
//!
//! The table is in `keys.rs`. The command line, `--help`, `config.example.yaml`, the documentation's table and all
//! reading and checking follow from it.
use std::collections::BTreeMap;

/// A setting.
#[derive(PartialEq, Eq, Debug)]
pub struct Key {
    /// Its place in the YAML file: `rtc.udp_port`.
    pub path: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Its default as one would write it; empty: unset.
    pub default: &'static str,
    /// Its default in development mode, where that is another.
    pub dev_default: Option<&'static str>,
    /// Its flag, without dashes.
    pub flag: Option<&'static str>,
    /// Environment variables besides `VIADUCT_…` (and `LIVEKIT_…` for LiveKit's own keys).
    pub env: &'static [&'static str],
    /// Its name in an OpenVidu v2 `.env`.
    pub v2: Option<&'static str>,
    /// LiveKit's configuration has it by this name.
    pub livekit: bool,
    /// An older name of another setting, whose variables have the same letters: it has none of its own.
    pub is_older: bool,
    /// What it is for.
    pub doc: &'static str,
}

/// What a setting takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number in a range.
    Number(u64, u64),
    /// Seconds in a range; `90`, `90s`, `5m`, `1h`.
    Seconds(u64, u64),
    /// A TCP port; 0: any free one.
    Port,
    /// A UDP port, or a range of them (`7882-7889`); 0: any free ones.
    UdpPorts,
    /// Any text.
    Text,
    /// A text that is never shown.
    Secret,
    /// A path of the file system.
    Path,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// IP addresses.
    Addresses,
    /// IP addresses and ranges.
    Ranges,
    /// `http://host[:port]` or `https://…`, without a path.
    Url,
    /// Texts.
    List,
    /// Texts that are never shown.
    Secrets,
    /// API keys with their secrets.
    Pairs,
    /// Names with sections of any form. In the YAML file only.
    Sections,
    /// Records with these fields, the first of which is compulsory. In the YAML file only.
    Records(&'static [&'static str]),
}

/// A value as a layer holds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Raw {
    /// A single text.
    Text(String),
    /// A list.
    List(Vec<String>),
    /// Names with texts.
    Map(BTreeMap<String, String>),
    /// A list of such.
    Records(Vec<BTreeMap<String, String>>),
}

/// A value that was checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A flag's.
    Flag(bool),
    /// A number's, in seconds for times.
    Number(u64),
    /// The first of a range and its last.
    Span(u16, u16),
    /// A text's.
    Text(String),
    /// A list's.
    List(Vec<String>),
    /// Names with texts.
    Map(BTreeMap<String, String>),
    /// A list of such.
    Records(Vec<BTreeMap<String, String>>),
}

impl Key {
    /// The environment variables that set it, strongest first.
    pub fn variables(&self) -> Vec<String> {
        let name = self.path.to_uppercase().replace('.', "_");
        let mut names = Vec::new();
        if !self.is_older {
            names.push(format!("VIADUCT_{name}"));
        }
        if self.livekit && !self.is_older {
            names.push(format!("LIVEKIT_{name}"));
        }
        names.extend(self.env.iter().map(|name| (*name).to_owned()));
        names.extend(self.v2.filter(|name| *name != "HTTPS_PORT").map(str::to_owned));
        names
    }

    /// True where its value must not be shown.
    pub const fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret | Kind::Secrets | Kind::Pairs | Kind::Records(_))
    }

    /// The default under `dev`.
    pub fn default_of(&self, dev: bool) -> &'static str {
        self.dev_default.filter(|_| dev).unwrap_or(self.default)
    }
}

impl Kind {
    /// What may be written, in words.
    pub fn allowed(self) -> String {
        match self {
            Self::Flag => "true or false".to_owned(),
            Self::Number(min, max) if max == u64::from(u32::MAX) => format!("a number from {min} up"),
            Self::Number(min, max) => format!("a number from {min} to {max}"),
            Self::Seconds(min, max) => format!("seconds from {min} to {max}, or like 90s, 5m, 1h"),
            Self::Port => "a port from 0 to 65535".to_owned(),
            Self::UdpPorts => "a port from 0 to 65535, or a range like 7882-7889".to_owned(),
            Self::Text | Self::Path => "a text".to_owned(),
            Self::Secret => "a secret".to_owned(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::Addresses => "IP addresses".to_owned(),
            Self::Ranges => "IP addresses or ranges like 10.0.0.0/8".to_owned(),
            Self::Url => "http://host[:port] or https://host[:port]".to_owned(),
            Self::List | Self::Secrets => "a list of texts".to_owned(),
            Self::Pairs => "API keys with their secrets, like `key: secret`".to_owned(),
            Self::Sections => "names, each with a section of its own".to_owned(),
            Self::Records(fields) => format!("a list of entries with {}", fields.join(", ")),
        }
    }

    /// Checks a value. `None` where it is not of this kind.
    pub fn read(self, raw: &Raw) -> Option<Value> {
        match self {
            Self::Flag => flag(text(raw)?),
            Self::Number(min, max) => in_range(text(raw)?.trim().parse().ok()?, min, max),
            Self::Seconds(min, max) => in_range(seconds(text(raw)?.trim())?, min, max),
            Self::Port => in_range(text(raw)?.trim().parse().ok()?, 0, 65_535),
            Self::UdpPorts => ports(text(raw)?.trim()),
            Self::Text | Self::Secret | Self::Path => Some(Value::Text(text(raw)?.to_owned())),
            Self::Choice(words) => {
                let given = text(raw)?.trim();
                words.iter().find(|word| word.eq_ignore_ascii_case(given)).map(|word| Value::Text((*word).to_owned()))
            }
            Self::Addresses => list(raw).and_then(|list| {
                list.iter().all(|one| one.parse::<std::net::IpAddr>().is_ok()).then_some(Value::List(list))
            }),
            Self::Ranges => list(raw).and_then(|list| {
                super::Proxies::parse(list.iter().map(String::as_str)).is_ok().then_some(Value::List(list))
            }),
            Self::Url => url(text(raw)?.trim()),
            Self::List | Self::Secrets => list(raw).map(Value::List),
            Self::Pairs => pairs(raw),
            Self::Sections => match raw {
                Raw::Map(map) => Some(Value::Map(map.clone())),
                Raw::Text(text) if text.is_empty() => Some(Value::Map(BTreeMap::new())),
                Raw::Text(_) | Raw::List(_) | Raw::Records(_) => None,
            },
            Self::Records(fields) => records(raw, fields),
        }
    }
}

fn text(raw: &Raw) -> Option<&str> {
    match raw {
        Raw::Text(text) => Some(text),
        Raw::List(_) | Raw::Map(_) | Raw::Records(_) => None,
    }
}

fn flag(text: &str) -> Option<Value> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(Value::Flag(true)),
        "false" | "0" | "no" | "off" => Some(Value::Flag(false)),
        _ => None,
    }
}

fn in_range(number: u64, min: u64, max: u64) -> Option<Value> {
    (min..=max).contains(&number).then_some(Value::Number(number))
}

fn seconds(text: &str) -> Option<u64> {
    let (digits, unit) = match text.char_indices().find(|(_, letter)| letter.is_ascii_alphabetic()) {
        Some((at, _)) => text.split_at(at),
        None => (text, "s"),
    };
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

fn ports(text: &str) -> Option<Value> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some(Value::Span(first, last))
}

fn url(text: &str) -> Option<Value> {
    let trimmed = text.trim_end_matches('/');
    let rest = trimmed.strip_prefix("https://").or_else(|| trimmed.strip_prefix("http://"))?;
    let plain = !rest.is_empty() && !rest.contains(['/', '?', '#', '@', ' ']);
    plain.then(|| Value::Text(trimmed.to_owned()))
}

/// A list, or a text in one of the forms that a v2 `.env` has: `["a","b"]`, `[a,b]`, with quotes escaped or not, `a,b`.
fn list(raw: &Raw) -> Option<Vec<String>> {
    match raw {
        Raw::List(list) => Some(list.clone()),
        Raw::Text(text) => Some(lenient_list(text)),
        Raw::Map(_) | Raw::Records(_) => None,
    }
}

fn lenient_list(text: &str) -> Vec<String> {
    let text = text.trim();
    if let Ok(list) = serde_json::from_str::<Vec<String>>(text) {
        return list;
    }
    let unescaped = text.replace("\\\"", "\"");
    if let Ok(list) = serde_json::from_str::<Vec<String>>(&unescaped) {
        return list;
    }
    let inner = unescaped.trim_start_matches('[').trim_end_matches(']');
    // Commas separate, but not inside quotes: an ICE server is `"url=…,username=…"`.
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for letter in inner.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => parts.push(String::new()),
            other => {
                if let Some(part) = parts.last_mut() {
                    part.push(other);
                }
            }
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// A map, or lines (or commas) of `key: secret`.
fn pairs(raw: &Raw) -> Option<Value> {
    let pairs = match raw {
        Raw::Map(map) => map.clone(),
        Raw::Text(text) => {
            let mut map = BTreeMap::new();
            for line in text.split(['\n', ',']).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
            {
                let (key, secret) = line.split_once(':')?;
                map.insert(key.trim().to_owned(), secret.trim().to_owned());
            }
            map
        }
        Raw::List(_) | Raw::Records(_) => return None,
    };
    pairs.iter().all(|(key, secret)| !key.is_empty() && !secret.is_empty()).then_some(Value::Map(pairs))
}

fn records(raw: &Raw, fields: &[&str]) -> Option<Value> {
    let records = match raw {
        Raw::Records(records) => records,
        Raw::List(list) if list.is_empty() => return Some(Value::Records(Vec::new())),
        Raw::Text(text) if text.is_empty() => return Some(Value::Records(Vec::new())),
        Raw::Text(_) | Raw::List(_) | Raw::Map(_) => return None,
    };
    let first = fields.first()?;
    let good = |record: &BTreeMap<String, String>| {
        record.contains_key(*first) && record.keys().all(|field| fields.contains(&field.as_str()))
    };
    records.iter().all(good).then(|| Value::Records(records.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Kind, text: &str) -> Option<Value> {
        kind.read(&Raw::Text(text.to_owned()))
    }

    #[test]
    fn each_kind_takes_what_it_allows_and_nothing_else() {
        let words = Kind::Choice(&["VP8", "NONE"]);
        let cases = [
            (Kind::Flag, "Yes", Some(Value::Flag(true))),
            (Kind::Flag, "maybe", None),
            (Kind::Number(1, 5), "5", Some(Value::Number(5))),
            (Kind::Number(1, 5), "6", None),
            (Kind::Number(1, 5), "-1", None),
            (Kind::Seconds(0, 3600), "5m", Some(Value::Number(300))),
            (Kind::Seconds(0, 3600), "2h", None),
            (Kind::Seconds(0, 3600), "5 m", None),
            (Kind::Port, "65536", None),
            (Kind::UdpPorts, "7882-7884", Some(Value::Span(7882, 7884))),
            (Kind::UdpPorts, "7882", Some(Value::Span(7882, 7882))),
            (Kind::UdpPorts, "9-8", None),
            (words, "vp8", Some(Value::Text("VP8".into()))),
            (words, "H264", None),
            (Kind::Addresses, "192.0.2.1, ::1", Some(Value::List(vec!["192.0.2.1".into(), "::1".into()]))),
            (Kind::Addresses, "localhost", None),
            (Kind::Url, "https://a.example:4443/", Some(Value::Text("https://a.example:4443".into()))),
            (Kind::Url, "a.example", None),
            (Kind::Url, "https://a.example/path", None),
            (Kind::Pairs, "nosecret", None),
        ];
        for (kind, text, value) in cases {
            assert_eq!(read(kind, text), value, "{kind:?} {text}");
        }
    }

    #[test]
    fn lists_of_a_v2_env_are_read_in_all_their_spellings() {
        let two = Some(Value::List(vec!["sessionCreated".into(), "sessionDestroyed".into()]));
        for text in [
            r#"["sessionCreated","sessionDestroyed"]"#,
            r#"[\"sessionCreated\",\"sessionDestroyed\"]"#,
            "[sessionCreated,sessionDestroyed]",
            "[ sessionCreated , sessionDestroyed ]",
            "sessionCreated,sessionDestroyed",
        ] {
            assert_eq!(read(Kind::List, text), two, "{text}");
        }
        let server = "url=turns:h:443,username=u,credential=c";
        let one = Some(Value::List(vec![server.into()]));
        assert_eq!(read(Kind::Secrets, &format!("[\"{server}\"]")), one);
        assert_eq!(read(Kind::List, "[]"), Some(Value::List(Vec::new())));
    }

    #[test]
    fn api_keys_come_as_lines_or_as_a_map() {
        let map = BTreeMap::from([("a".to_owned(), "s:1".to_owned()), ("b".to_owned(), "2".to_owned())]);
        assert_eq!(read(Kind::Pairs, "a: s:1\nb: 2\n"), Some(Value::Map(map.clone())));
        assert_eq!(Kind::Pairs.read(&Raw::Map(map.clone())), Some(Value::Map(map)));
    }
}
