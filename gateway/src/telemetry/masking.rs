//! The last thing between a log line and where it is written: what must not stand there is masked.
//!
//! Code does not log secrets in the first place; this is for what other crates' errors and clients' texts bring along.
use std::borrow::Cow;
use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::Arc;
use tracing_subscriber::fmt::MakeWriter;

/// What stands for what is masked.
const MASK: &str = "********";
/// Shorter secrets are words of the language: masking them would mask the language. They are development mode's.
const SECRET_BYTES_MIN: usize = 10;
/// Names whose values in URLs are secrets.
const PARAMETERS: [&str; 4] = ["access_token=", "token=", "secret=", "join_request="];

/// What is masked; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    secrets: Arc<[String]>,
    ips: bool,
}

impl Mask {
    /// Masks these secrets, tokens of either protocol, and with `ips` the latter half of addresses.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>, ips: bool) -> Self {
        let long = secrets.into_iter().filter(|secret| secret.len() >= SECRET_BYTES_MIN);
        Self { secrets: long.map(str::to_owned).collect(), ips }
    }

    /// A line as it may be written.
    pub fn apply<'a>(&self, line: &'a str) -> Cow<'a, str> {
        let mut line = Cow::Borrowed(line);
        for secret in self.secrets.iter().filter(|secret| !secret.is_empty()) {
            if line.contains(secret.as_str()) {
                line = Cow::Owned(line.replace(secret.as_str(), MASK));
            }
        }
        for parameter in PARAMETERS {
            line = without_values(line, parameter);
        }
        // A JSON Web Token's header begins with `{"`.
        line = without_words(line, "eyJ");
        if self.ips { without_ips(line) } else { line }
    }
}

/// What ends a value in a URL, in text or in JSON.
fn ends_value(character: char) -> bool {
    character.is_whitespace() || matches!(character, '&' | '"' | '\'' | '\\' | ',' | ';' | ')' | '}' | ']' | '>')
}

fn without_values<'a>(line: Cow<'a, str>, parameter: &str) -> Cow<'a, str> {
    if !line.contains(parameter) {
        return line;
    }
    let mut masked = String::with_capacity(line.len());
    let mut rest: &str = &line;
    while let Some((before, after)) = rest.split_once(parameter) {
        masked.push_str(before);
        masked.push_str(parameter);
        let end = after.find(ends_value).unwrap_or(after.len());
        if end > 0 {
            masked.push_str(MASK);
        }
        rest = after.get(end..).unwrap_or_default();
    }
    masked.push_str(rest);
    Cow::Owned(masked)
}

fn without_words<'a>(line: Cow<'a, str>, start: &str) -> Cow<'a, str> {
    if !line.contains(start) {
        return line;
    }
    let of_token = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '=');
    let mut masked = String::with_capacity(line.len());
    let mut rest: &str = &line;
    while let Some((before, after)) = rest.split_once(start) {
        masked.push_str(before);
        masked.push_str(MASK);
        rest = after.trim_start_matches(of_token);
    }
    masked.push_str(rest);
    Cow::Owned(masked)
}

fn without_ips(line: Cow<'_, str>) -> Cow<'_, str> {
    let of_address = |character: char| character.is_ascii_hexdigit() || matches!(character, '.' | ':');
    let mut masked = String::with_capacity(line.len());
    let mut rest: &str = &line;
    while let Some(start) = rest.find(of_address) {
        let (before, from) = rest.split_at(start);
        masked.push_str(before);
        let end = from.find(|character| !of_address(character)).unwrap_or(from.len());
        let word = from.get(..end).unwrap_or(from).trim_end_matches(['.', ':']);
        let (word, after) = from.split_at(word.len().max(1));
        match of_word(word) {
            Some(short) => masked.push_str(&short),
            None => masked.push_str(word),
        }
        rest = after;
    }
    masked.push_str(rest);
    Cow::Owned(masked)
}

/// An address as it is shown, with its port where it has one.
fn of_word(word: &str) -> Option<String> {
    let (address, port) = match word.parse::<IpAddr>() {
        Ok(address) => (address, String::new()),
        Err(_) => {
            let (host, port) = word.rsplit_once(':')?;
            (IpAddr::V4(host.parse().ok()?), format!(":{port}"))
        }
    };
    if address.is_loopback() || address.is_unspecified() {
        return None;
    }
    Some(match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            format!("{first}.{second}.x.x{port}")
        }
        IpAddr::V6(address) => {
            let [first, second, third, ..] = address.segments();
            format!("{first:x}:{second:x}:{third:x}:x")
        }
    })
}

/// Writes to standard error through a [`Mask`]; each line comes whole.
#[derive(Clone, Debug)]
pub struct MaskedStderr(pub Mask);

impl<'a> MakeWriter<'a> for MaskedStderr {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

impl Write for &MaskedStderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        io::stderr().lock().write_all(self.0.apply(&line).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_tokens_are_masked_wherever_they_stand() {
        let mask = Mask::new(["a-long-enough-secret", "short", ""], false);
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln-_bmF0dXJl";
        let cases = [
            ("nothing here", "nothing here"),
            ("bad key a-long-enough-secret!", "bad key ********!"),
            ("a short word stays", "a short word stays"),
            ("wss://h/rtc?access_token=abc&auto=1", "wss://h/rtc?access_token=********&auto=1"),
            (r#"{"url":"wss://h?sessionId=s&token=tok_XYZ"}"#, r#"{"url":"wss://h?sessionId=s&token=********"}"#),
            ("token= is empty", "token= is empty"),
        ];
        for (line, expected) in cases {
            assert_eq!(mask.apply(line), expected);
        }
        assert_eq!(mask.apply(&format!("Bearer {jwt}, {jwt}")), "Bearer ********, ********");
    }

    #[test]
    fn addresses_lose_their_latter_half_where_that_is_wanted() {
        let mask = Mask::new([], true);
        let cases = [
            ("from 203.0.113.9:4711 at 12:34:56.789", "from 203.0.x.x:4711 at 12:34:56.789"),
            ("2026-11-26T06:07:56.123Z ok", "2026-11-26T06:07:56.123Z ok"),
            ("[2001:db8:7::9]:443", "[2001:db8:7:x]:443"),
            ("127.0.0.1 and ::1 are this machine", "127.0.0.1 and ::1 are this machine"),
            ("version 1.2.3, face: 10.0.0.7.", "version 1.2.3, face: 10.0.x.x."),
        ];
        for (line, expected) in cases {
            assert_eq!(mask.apply(line), expected);
        }
        assert_eq!(Mask::default().apply("203.0.113.9"), "203.0.113.9");
    }
}
