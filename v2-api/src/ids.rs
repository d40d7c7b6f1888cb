//! How v2 spells ids: `con_`, `str_`, `ses_`, `tok_` from the core's numbers, and back (openvidu-v2 section 0).
//!
//! A connection id is a participant's number in 62 digits. v2 clients expect one stream per connection, so further
//! streams of a participant of another protocol appear on companion connections, spelled with a suffix.
use sfu_core::id::{NARROW_IDS, ParticipantId, StreamId, WIDE_IDS};
use sfu_core::random::Random;
use std::fmt;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const WIDE_TAIL: u32 = 9;
const NARROW_TAIL: u32 = 3;
/// The connection id of a hidden recorder.
pub(crate) const RECORDER: &str = "RECORDER";
/// The connection id of a hidden transcriber.
pub(crate) const SPEECH_TO_TEXT: &str = "SPEECH_TO_TEXT";

/// Which of a participant's connections.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Part {
    /// The participant's own connection.
    Main,
    /// The companion that carries a shared screen.
    Screen,
    /// The companion of the n-th further group of tracks, from 0; spelled `_2`, `_3` …
    Further(u8),
}

/// A connection: a participant and which of its connections.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct ConnectionRef {
    pub(crate) participant: ParticipantId,
    pub(crate) part: Part,
}

impl ConnectionRef {
    /// A participant's own connection.
    pub(crate) const fn main(participant: ParticipantId) -> Self {
        Self { participant, part: Part::Main }
    }

    /// Reads `con_X`, `con_X_SCREEN`, `con_X_2`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("con_")?;
        let (id, suffix) = rest.split_at_checked(1 + WIDE_TAIL as usize)?;
        let participant = ParticipantId::from_number(number_of(id, WIDE_TAIL)?)?;
        let part = match suffix {
            "" => Part::Main,
            "_SCREEN" => Part::Screen,
            further => {
                let digits = further.strip_prefix('_')?;
                let number = digits.parse::<u8>().ok().filter(|number| number.to_string() == digits)?;
                Part::Further(number.checked_sub(2)?)
            }
        };
        Some(Self { participant, part })
    }
}

impl fmt::Display for ConnectionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "con_{}", letters_of(self.participant.number(), WIDE_TAIL))?;
        match self.part {
            Part::Main => Ok(()),
            Part::Screen => f.write_str("_SCREEN"),
            Part::Further(number) => write!(f, "_{}", u16::from(number) + 2),
        }
    }
}

/// Spells a stream's id: `kind` is `CAM`, `SCR`, `CUS`, `IPC` or `MIC`.
pub(crate) fn stream_id(kind: &str, stream: StreamId, connection: ConnectionRef) -> String {
    format!("str_{kind}_{}_{connection}", letters_of(stream.number(), NARROW_TAIL))
}

/// Reads a stream's id: the stream and the connection that it belongs to. The owner is the text from the last `con_`.
pub(crate) fn parse_stream_id(text: &str) -> Option<(StreamId, ConnectionRef)> {
    let owner_at = text.rfind("con_")?;
    let (front, owner) = text.split_at_checked(owner_at)?;
    let connection = ConnectionRef::parse(owner)?;
    let front = front.strip_prefix("str_")?.strip_suffix('_')?;
    let (kind, letters) = front.split_once('_')?;
    if kind.len() != 3 || !kind.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let stream = StreamId::from_number(number_of(letters, NARROW_TAIL)?)?;
    Some((stream, connection))
}

/// The owner that a stream id names, whether it exists or not: the text from the last `con_`.
pub(crate) fn owner_text(stream: &str) -> Option<&str> {
    stream.rfind("con_").and_then(|at| stream.get(at..))
}

/// A new session id.
pub(crate) fn new_session_id(random: &mut Random) -> String {
    format!("ses_{}{}", random.upper_case(1), random.alphanumeric(9))
}

/// A new token, without its URL.
pub(crate) fn new_token(random: &mut Random) -> String {
    format!("tok_{}{}", random.upper_case(1), random.alphanumeric(15))
}

/// A new id of an RPC session: 26 digits of base 32. A secret, as it resumes the session.
pub(crate) fn new_rpc_session(random: &mut Random) -> String {
    const BASE_32: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let mut bytes = [0; 26];
    random.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(BASE_32[usize::from(byte % 32)])).collect()
}

/// `length` upper-case hexadecimal digits.
pub(crate) fn hexadecimal(random: &mut Random, length: usize) -> String {
    const BASE_16: &[u8; 16] = b"0123456789ABCDEF";
    let mut bytes = vec![0; length];
    random.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(BASE_16[usize::from(byte % 16)])).collect()
}

/// One upper-case letter and `tail` alphanumerics for a number from 1.
fn letters_of(number: u64, tail: u32) -> String {
    let mut rest = number.saturating_sub(1);
    let mut letters = vec![0; tail as usize + 1];
    for place in letters.iter_mut().skip(1).rev() {
        *place = DIGITS[usize::try_from(rest % 62).unwrap_or(0)];
        rest /= 62;
    }
    letters[0] = b'A' + u8::try_from(rest % 26).unwrap_or(0);
    letters.into_iter().map(char::from).collect()
}

fn number_of(letters: &str, tail: u32) -> Option<u64> {
    let (first, rest) = letters.as_bytes().split_first()?;
    if rest.len() != tail as usize || !first.is_ascii_uppercase() {
        return None;
    }
    let mut number = u64::from(first - b'A');
    for byte in rest {
        let digit = DIGITS.iter().position(|digit| digit == byte)?;
        number = number * 62 + u64::try_from(digit).ok()?;
    }
    Some(number + 1)
}

const _: () = assert!(WIDE_IDS == 26 * 62u64.pow(WIDE_TAIL) && NARROW_IDS == 26 * 62u64.pow(NARROW_TAIL));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connection_id_reads_back_as_itself() {
        let mut random = Random::seeded(1);
        for round in 0..2_000u32 {
            let participant = ParticipantId::random(&mut random);
            let part = match round % 4 {
                0 => Part::Screen,
                1 => Part::Further(u8::try_from(round % 250).unwrap()),
                _ => Part::Main,
            };
            let connection = ConnectionRef { participant, part };
            let text = connection.to_string();
            assert_eq!(ConnectionRef::parse(&text), Some(connection), "{text}");
            let stream = StreamId::random(&mut random);
            let text = stream_id("CAM", stream, connection);
            assert_eq!(parse_stream_id(&text), Some((stream, connection)), "{text}");
        }
    }

    #[test]
    fn ids_have_the_shape_of_the_protocol() {
        let first = ConnectionRef::main(ParticipantId::from_number(1).unwrap());
        let last = ConnectionRef::main(ParticipantId::from_number(WIDE_IDS).unwrap());
        assert_eq!(first.to_string(), "con_A000000000");
        assert_eq!(last.to_string(), "con_Zzzzzzzzzz");
        let stream = StreamId::from_number(NARROW_IDS).unwrap();
        assert_eq!(stream_id("SCR", stream, first), "str_SCR_Zzzz_con_A000000000");
        let mut random = Random::seeded(3);
        assert_eq!(new_session_id(&mut random).len(), 14);
        assert_eq!(new_token(&mut random).len(), 20);
        assert_eq!(new_rpc_session(&mut random).len(), 26);
    }

    #[test]
    fn what_is_no_id_is_refused() {
        let cases = [
            "",
            "con_",
            "con_a000000000",
            "con_A00000000",
            "con_A0000000000",
            "con_A00000000é",
            "con_A000000000_",
            "con_A000000000_1",
            "con_A000000000_02",
            "con_A000000000_300",
            "con_A000000000_screen",
            "CON_A000000000",
            "RECORDER",
        ];
        for case in cases {
            assert_eq!(ConnectionRef::parse(case), None, "{case:?}");
        }
        let cases = [
            "",
            "str_",
            "con_A000000000",
            "str_CAM_con_A000000000",
            "str_CAM_A000con_A000000000",
            "str_CAM_A00_con_A000000000",
            "str_cam_A000_con_A000000000",
            "str_CAM_A000_con_x",
            "A000_con_A000000000",
        ];
        for case in cases {
            assert_eq!(parse_stream_id(case), None, "{case:?}");
        }
    }
}
