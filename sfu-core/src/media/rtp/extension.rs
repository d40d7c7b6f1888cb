//! Values of the known RTP header extensions: read from and written to the bytes of one extension element.
//! Which ids they have is the [`ExtensionMap`]'s affair, where they lie in a packet is `header`'s.

use std::time::Duration;

pub use crate::extension::{Extension, ExtensionMap};

/// Sound level of one audio packet (RFC 6464).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioLevel {
    /// Level below the loudest possible: 0 is loudest, 127 is silence (unit: -dBov).
    pub minus_dbov: u8,
    /// The sender's own voice detection says this is speech.
    pub is_voice: bool,
}

impl AudioLevel {
    /// Reads the element's first byte.
    pub fn parse(value: &[u8]) -> Option<Self> {
        value.first().map(|byte| Self { minus_dbov: byte & 0x7f, is_voice: byte & 0x80 != 0 })
    }

    /// The element's one byte.
    pub const fn to_bytes(self) -> [u8; 1] {
        [(self.minus_dbov & 0x7f) | if self.is_voice { 0x80 } else { 0 }]
    }
}

/// Reads a transport-wide sequence number.
pub fn parse_transport_sequence(value: &[u8]) -> Option<u16> {
    value.first_chunk::<2>().map(|bytes| u16::from_be_bytes(*bytes))
}

/// Reads an absolute send time: 24 bits, 6.18 fixed-point seconds, wraps every 64 s.
pub fn parse_abs_send_time(value: &[u8]) -> Option<u32> {
    value.first_chunk::<3>().map(|[a, b, c]| u32::from_be_bytes([0, *a, *b, *c]))
}

/// Writes an absolute send time from the time since any fixed moment.
pub fn abs_send_time_bytes(since_start: Duration) -> [u8; 3] {
    let whole = (since_start.as_secs() & 0x3f) as u32;
    let fraction = ((u64::from(since_start.subsec_nanos()) << 18) / 1_000_000_000) as u32;
    let [_, a, b, c] = ((whole << 18) | fraction).to_be_bytes();
    [a, b, c]
}

/// Reads a mid or rid: 1 to 255 bytes of visible ASCII, so that it may go into maps and logs as it is.
pub fn parse_label(value: &[u8]) -> Option<&str> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    std::str::from_utf8(value).ok()
}

/// How a picture must be turned before it is shown (3GPP TS 26.114, 7.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoOrientation {
    /// Clockwise rotation to apply: 0, 90, 180 or 270 degrees.
    pub rotation_degrees: u16,
    /// Mirror horizontally.
    pub is_flipped: bool,
    /// The picture is from a camera facing away from the user.
    pub is_back_camera: bool,
}

impl VideoOrientation {
    /// Reads the element's first byte.
    pub fn parse(value: &[u8]) -> Option<Self> {
        value.first().map(|byte| Self {
            rotation_degrees: u16::from(byte & 0x03) * 90,
            is_flipped: byte & 0x04 != 0,
            is_back_camera: byte & 0x08 != 0,
        })
    }
}

/// Bounds the sender puts on the receiver's playout delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayoutDelay {
    /// Lower bound in units of 10 ms.
    pub min_10ms: u16,
    /// Upper bound in units of 10 ms.
    pub max_10ms: u16,
}

impl PlayoutDelay {
    /// Reads the two 12-bit bounds.
    pub fn parse(value: &[u8]) -> Option<Self> {
        value.first_chunk::<3>().map(|[a, b, c]| Self {
            min_10ms: (u16::from(*a) << 4) | (u16::from(*b) >> 4),
            max_10ms: (u16::from(*b & 0x0f) << 8) | u16::from(*c),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn audio_level_reads_and_writes_its_byte() {
        let cases = [(0x00, 0, false, "loudest"), (0x7f, 127, false, "silence"), (0x80 | 30, 30, true, "speech")];
        for (byte, minus_dbov, is_voice, message) in cases {
            let level = AudioLevel { minus_dbov, is_voice };
            assert_eq!(AudioLevel::parse(&[byte]), Some(level), "{message}");
            assert_eq!(level.to_bytes(), [byte], "{message}");
        }
        assert_eq!(AudioLevel::parse(&[]), None);
    }

    #[test]
    fn abs_send_time_counts_in_64_second_turns() {
        let cases = [
            (Duration::ZERO, 0),
            (Duration::from_millis(500), 1 << 17),
            (Duration::from_secs(63), 63 << 18),
            (Duration::from_secs(64), 0),
            (Duration::from_nanos(64_999_999_999), (1 << 18) - 1),
        ];
        for (time, expected) in cases {
            assert_eq!(parse_abs_send_time(&abs_send_time_bytes(time)), Some(expected), "{time:?}");
        }
    }

    #[test]
    fn orientation_and_playout_delay_are_read_bit_by_bit() {
        let turned = VideoOrientation { rotation_degrees: 270, is_flipped: true, is_back_camera: true };
        assert_eq!(VideoOrientation::parse(&[0x0f]), Some(turned));
        let delay = PlayoutDelay { min_10ms: 0x123, max_10ms: 0x456 };
        assert_eq!(PlayoutDelay::parse(&[0x12, 0x34, 0x56]), Some(delay));
        assert_eq!(PlayoutDelay::parse(&[0x12, 0x34]), None);
    }

    #[test]
    fn labels_that_are_empty_or_not_visible_ascii_are_refused() {
        assert_eq!(parse_label(b"0"), Some("0"));
        for bad in [&b""[..], b"a b", b"\n", b"\xff"] {
            assert_eq!(parse_label(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_reader_panic(value in proptest::collection::vec(any::<u8>(), 0..8)) {
            let _ = (
                AudioLevel::parse(&value),
                parse_transport_sequence(&value),
                parse_abs_send_time(&value),
                parse_label(&value),
                VideoOrientation::parse(&value),
                PlayoutDelay::parse(&value),
            );
        }
    }
}
