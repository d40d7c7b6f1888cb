//! Which app uses something: the name of its key, the host of its Origin, the product in its User-Agent.

/// Letters of a label that are kept.
const LABEL_MAX: usize = 80;
/// Where there is nothing to tell.
const NONE: &str = "none";
/// What is no proper label, or one too many.
const OTHER: &str = "other";

/// Which protocol.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Face {
    /// OpenVidu v2.
    V2,
    /// LiveKit.
    LiveKit,
}

impl Face {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2 => "openvidu-v2",
            Self::LiveKit => "livekit",
        }
    }
}

/// An app as far as it is told apart.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct AppId {
    /// The protocol that it speaks.
    pub face: Face,
    /// The name of its key: `OPENVIDUAPP`, a LiveKit API key; never a secret. `none`: it is a client, with a token.
    pub key: String,
    /// Host and port of the page that it runs in; `none`: not in a page.
    pub origin: String,
    /// What it is made with: `Chrome`, `axios`.
    pub agent: String,
}

impl AppId {
    /// The app with this key, `Origin` and `User-Agent`.
    pub fn new(face: Face, key: &str, origin: Option<&str>, user_agent: &str) -> Self {
        let key = if key.is_empty() { NONE.to_owned() } else { label(key) };
        Self { face, key, origin: origin.map_or_else(|| NONE.to_owned(), host), agent: product(user_agent) }
    }

    /// All apps that are one too many.
    pub fn other(face: Face) -> Self {
        Self { face, key: OTHER.to_owned(), origin: OTHER.to_owned(), agent: OTHER.to_owned() }
    }

    /// As one text, for the store. Labels hold no blank.
    pub fn text(&self) -> String {
        format!("{} {} {} {}", self.face.name(), self.key, self.origin, self.agent)
    }

    /// Reads such a text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let face = parts.next()?;
        let face = [Face::V2, Face::LiveKit].into_iter().find(|known| known.name() == face)?;
        let (key, origin, agent) = (parts.next()?, parts.next()?, parts.next()?);
        let whole = parts.next().is_none();
        whole.then(|| Self { face, key: key.to_owned(), origin: origin.to_owned(), agent: agent.to_owned() })
    }
}

/// A text that may stand in a report as it is; `other` where it may not.
fn label(text: &str) -> String {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:[]".contains(&byte);
    let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'[' || byte == b'_');
    if begins && text.len() <= LABEL_MAX && text.bytes().all(good) { text.to_owned() } else { OTHER.to_owned() }
}

/// `https://app.example:8443` is `app.example:8443`.
fn host(origin: &str) -> String {
    match origin {
        "null" => NONE.to_owned(),
        origin => label(&origin.split_once("://").map_or(origin, |(_, host)| host).to_ascii_lowercase()),
    }
}

/// The browsers by what their User-Agent names that none before them does.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// The product, without its version.
fn product(user_agent: &str) -> String {
    if user_agent.is_empty() {
        return NONE.to_owned();
    }
    if user_agent.starts_with("Mozilla/") {
        let known = BROWSERS.iter().find(|(mark, _)| user_agent.contains(mark));
        return known.map_or("browser", |(_, name)| *name).to_owned();
    }
    label(user_agent.split(['/', ' ']).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_its_key_its_host_and_its_product() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        let cases = [
            (("OPENVIDUAPP", None, "axios/1.7.2"), "openvidu-v2 OPENVIDUAPP none axios"),
            (("", Some("https://App.Example:8443"), chrome), "openvidu-v2 none app.example:8443 Chrome"),
            (("", Some("null"), "Mozilla/5.0 Firefox/153.0"), "openvidu-v2 none none Firefox"),
            (("k", None, "Apache-HttpClient/4.5.13 (Java/17.0.1)"), "openvidu-v2 k none Apache-HttpClient"),
            (("k", Some("https://a b"), "=cmd()"), "openvidu-v2 k other other"),
            (("k", Some("[::1]:80"), ""), "openvidu-v2 k [::1]:80 none"),
        ];
        for ((key, origin, agent), text) in cases {
            let id = AppId::new(Face::V2, key, origin, agent);
            assert_eq!(id.text(), text);
            assert_eq!(AppId::parse(text), Some(id));
        }
        assert_eq!(AppId::parse("openvidu-v2 a b"), None);
        assert_eq!(AppId::parse("h323 a b c"), None);
        assert_eq!(AppId::new(Face::LiveKit, &"x".repeat(200), None, "go").key, "other");
    }
}
