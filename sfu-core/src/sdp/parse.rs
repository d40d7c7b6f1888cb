//! From text to a [`Description`]: tolerant of what browsers and old libraries write, strict about size.
//!
//! Unknown attributes are passed over; what is known and broken is an error with its line. Sections are gathered line by
//! line ([`section`]) and made sense of at their end ([`codec`], [`source`]).
mod codec;
mod section;
mod source;

use super::error::{SdpError, SdpFault};
use super::{Description, DescriptionKind, Fingerprint, IceCredentials, Setup};
use crate::limits::{SDP_BYTES_MAX, SDP_LINES_MAX, SDP_SECTIONS_MAX};
use section::SectionDraft;

/// Longest ICE ufrag or password (RFC 8839, section 5.4).
const ICE_CHARS_MAX: usize = 256;

/// What may stand in the session part and in each section: the association.
#[derive(Clone, Debug, Default)]
struct Association {
    ufrag: Option<String>,
    password: Option<String>,
    fingerprint: Option<Fingerprint>,
    setup: Option<Setup>,
}

/// Reads a session description.
pub fn parse(text: &str, kind: DescriptionKind) -> Result<Description, SdpError> {
    check_size(text)?;
    let mut session = SessionDraft::default();
    let mut sections: Vec<SectionDraft> = Vec::new();
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim_end()));
    let mut lines = lines.filter(|(_, line)| !line.is_empty());
    match lines.next() {
        Some((_, "v=0")) => {}
        Some((number, _)) => return Err(SdpFault::NotSdp.at(number)),
        None => return Err(SdpFault::NotSdp.at(0)),
    }
    for (number, line) in lines {
        let (letter, value) = split_line(line).ok_or(SdpFault::NoLine.at(number))?;
        if letter == 'm' {
            let draft = SectionDraft::new(value, sections.len()).map_err(|fault| fault.at(number))?;
            sections.push(draft);
            continue;
        }
        match sections.last_mut() {
            Some(section) => section.take(letter, value),
            None => session.take(letter, value),
        }
        .map_err(|fault| fault.at(number))?;
    }
    Ok(session.finish(kind, sections))
}

/// The caps, before anything is looked at.
fn check_size(text: &str) -> Result<(), SdpError> {
    if text.len() > SDP_BYTES_MAX {
        return Err(SdpFault::TooManyBytes.at(0));
    }
    if text.bytes().filter(|byte| *byte == b'\n').count() > SDP_LINES_MAX {
        return Err(SdpFault::TooManyLines.at(0));
    }
    if text.lines().filter(|line| line.starts_with("m=")).count() > SDP_SECTIONS_MAX {
        return Err(SdpFault::TooManySections.at(0));
    }
    Ok(())
}

fn split_line(line: &str) -> Option<(char, &str)> {
    let (letter, value) = line.split_once('=')?;
    let mut letters = letter.chars();
    let letter = letters.next().filter(char::is_ascii_lowercase)?;
    letters.next().is_none().then_some((letter, value))
}

/// Name and value of an attribute; the value is empty where there is none.
fn attribute(value: &str) -> (&str, &str) {
    value.split_once(':').unwrap_or((value, ""))
}

/// The session part as far as it has been read.
#[derive(Debug, Default)]
struct SessionDraft {
    id: u64,
    version: u64,
    ice_lite: bool,
    extmap_allow_mixed: bool,
    association: Association,
}

impl SessionDraft {
    fn take(&mut self, letter: char, value: &str) -> Result<(), SdpFault> {
        match letter {
            'o' => {
                let mut numbers = value.split_ascii_whitespace().skip(1).map(|word| word.parse().unwrap_or(0));
                self.id = numbers.next().unwrap_or(0);
                self.version = numbers.next().unwrap_or(0);
            }
            'a' => match attribute(value) {
                ("ice-lite", _) => self.ice_lite = true,
                ("extmap-allow-mixed", _) => self.extmap_allow_mixed = true,
                (name, value) => {
                    self.association.take(name, value)?;
                }
            },
            _ => {}
        }
        Ok(())
    }

    fn finish(self, kind: DescriptionKind, drafts: Vec<SectionDraft>) -> Description {
        let in_use = || drafts.iter().filter(|draft| !draft.is_rejected());
        let own_ice = in_use().find_map(|draft| draft.association.ice());
        let ice = own_ice.or_else(|| self.association.ice());
        let fingerprint = in_use().find_map(|draft| draft.association.fingerprint.clone());
        let setup = in_use().find_map(|draft| draft.association.setup).or(self.association.setup);
        let open = match kind {
            DescriptionKind::Offer => Setup::ActPass,
            DescriptionKind::Answer => Setup::Active,
        };
        let mixed = self.extmap_allow_mixed || drafts.iter().any(|draft| draft.extmap_allow_mixed);
        Description {
            kind,
            session_id: self.id,
            version: self.version,
            ice: ice.unwrap_or_else(|| IceCredentials { ufrag: String::new(), password: String::new() }),
            ice_lite: self.ice_lite,
            fingerprint: fingerprint
                .or(self.association.fingerprint)
                .unwrap_or_else(|| Fingerprint { algorithm: String::new(), bytes: Vec::new() }),
            setup: setup.unwrap_or(open),
            extmap_allow_mixed: mixed,
            sections: drafts.into_iter().map(|draft| draft.finish(kind)).collect(),
        }
    }
}

impl Association {
    /// Takes the attribute where it is one of these; false where it is another.
    fn take(&mut self, name: &str, value: &str) -> Result<bool, SdpFault> {
        match name {
            "ice-ufrag" => self.ufrag = Some(ice_chars(value)?),
            "ice-pwd" => self.password = Some(ice_chars(value)?),
            "fingerprint" => self.take_fingerprint(value)?,
            "setup" => {
                self.setup = match value.trim() {
                    "active" => Some(Setup::Active),
                    "passive" => Some(Setup::Passive),
                    "actpass" => Some(Setup::ActPass),
                    _ => self.setup,
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Of several fingerprints the SHA-256 one: it is what every certificate of WebRTC's has.
    fn take_fingerprint(&mut self, value: &str) -> Result<(), SdpFault> {
        let (algorithm, hash) = value.trim().split_once(' ').ok_or(SdpFault::Fingerprint)?;
        let bytes: Option<Vec<u8>> = hash.trim().split(':').map(hex_byte).collect();
        let bytes = bytes.filter(|bytes| (16..=64).contains(&bytes.len())).ok_or(SdpFault::Fingerprint)?;
        let fingerprint = Fingerprint { algorithm: algorithm.to_ascii_lowercase(), bytes };
        if self.fingerprint.is_none() || fingerprint.algorithm == "sha-256" {
            self.fingerprint = Some(fingerprint);
        }
        Ok(())
    }

    fn ice(&self) -> Option<IceCredentials> {
        let (ufrag, password) = self.ufrag.clone().zip(self.password.clone())?;
        Some(IceCredentials { ufrag, password })
    }
}

fn hex_byte(text: &str) -> Option<u8> {
    let hex = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    u8::from_str_radix(text, 16).ok().filter(|_| hex)
}

fn ice_chars(value: &str) -> Result<String, SdpFault> {
    let value = value.trim();
    // Beside RFC 8839's characters, `-`, `_` and `=` are seen in the field.
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
    let fits = (1..=ICE_CHARS_MAX).contains(&value.len()) && value.bytes().all(known);
    if fits { Ok(value.to_owned()) } else { Err(SdpFault::Ice) }
}
