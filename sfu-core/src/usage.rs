//! What a client uses of its protocol, for whoever counts it: words of the protocol, never words of a client.
//!
//! Faces note it in a [`UsedLog`]; the driver takes it by [`crate::signal::SignalPeer::poll_used`]. No counts over time and no names of
//! people, rooms or addresses are here.

/// Something that was used.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Used {
    /// A request of this name.
    Request(&'static str),
    /// A message of this name that the client was sent unasked.
    Notice(&'static str),
    /// An option with a value that counts: `role: MODERATOR`.
    Option(&'static str),
    /// The client's SDK.
    Sdk {
        /// Its name.
        name: &'static str,
        /// Its version: digits and dots; empty where it does not say.
        version: String,
    },
}

/// What was used since it was last asked for. It holds each thing once, so it is bounded by the protocol's own words.
#[derive(Debug, Default)]
pub struct UsedLog(Vec<(Used, u32)>);

impl UsedLog {
    /// Notes one use.
    pub fn note(&mut self, used: Used) {
        match self.0.iter_mut().find(|(known, _)| *known == used) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => self.0.push((used, 1)),
        }
    }

    /// Takes one thing out, with how often it was used.
    pub fn pop(&mut self) -> Option<(Used, u32)> {
        self.0.pop()
    }
}

/// The digits and dots at the beginning of a version, as far as they are one (`2.32.1-beta` is `2.32.1`); empty where there are none.
pub fn version_core(version: &str) -> String {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() <= 4 && parts.iter().all(is_number) { core.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_that_is_used_again_is_kept_once_with_its_count() {
        let mut log = UsedLog::default();
        for _ in 0..3 {
            log.note(Used::Request("echo"));
        }
        log.note(Used::Notice("echo"));
        let mut all: Vec<_> = std::iter::from_fn(|| log.pop()).collect();
        all.sort_by_key(|(_, count)| *count);
        assert_eq!(all, [(Used::Notice("echo"), 1), (Used::Request("echo"), 3)]);
        assert_eq!(log.pop(), None);
    }

    #[test]
    fn only_numbers_of_a_version_are_kept() {
        let cases = [
            ("2.32.1", "2.32.1"),
            ("2.32.1-beta4", "2.32.1"),
            ("1.0.0+build", "1.0.0"),
            ("alice@example.com", ""),
            ("2..1", ""),
            ("", ""),
            ("123456.0.0", ""),
            ("1.2.3.4.5", ""),
        ];
        for (version, core) in cases {
            assert_eq!(version_core(version), core, "{version}");
        }
    }
}
