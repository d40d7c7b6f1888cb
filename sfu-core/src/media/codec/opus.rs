//! Opus payloads (RFC 6716 §3): how long a packet plays, whether it is silence, and a packet of silence.

/// A 20 ms packet of silence: CELT, full band, mono, coded as nothing (RFC 6716 §4.3 with all-zero energy).
pub const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];

/// Ticks of the 48 kHz clock that every Opus stream uses, in a millisecond.
const TICKS_PER_MS: u32 = 48;
/// Longest packet (RFC 6716 §3.4), in ticks.
const MAX_DURATION: u32 = 120 * TICKS_PER_MS;

/// Playing time of a packet in ticks of 48 kHz; none where it is malformed.
pub fn duration_ticks(payload: &[u8]) -> Option<u32> {
    let (toc, rest) = payload.split_first()?;
    let config = u32::from(toc >> 3);
    let frame = match config {
        0..12 => [10, 20, 40, 60][config as usize % 4] * TICKS_PER_MS,
        12..16 => [10, 20][config as usize % 2] * TICKS_PER_MS,
        _ => (TICKS_PER_MS * 5 / 2) << (config % 4),
    };
    let frames = match toc & 0x03 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(rest.first()? & 0x3f),
    };
    Some(frame * frames).filter(|total| *total > 0 && *total <= MAX_DURATION)
}

/// Whether the packet only says that there is nothing to say (discontinuous transmission): at most a byte of frame.
pub const fn is_silence(payload: &[u8]) -> bool {
    payload.len() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_follow_the_table_of_rfc_6716() {
        let cases: [(&[u8], Option<u32>, &str); 9] = [
            (&SILENCE, Some(960), "CELT full band 20 ms"),
            (&[0x78, 1], Some(960), "hybrid full band 20 ms"),
            (&[0x18, 1], Some(2_880), "SILK narrow band 60 ms"),
            (&[0x80, 1], Some(120), "CELT narrow band 2.5 ms"),
            (&[0xf9, 1, 1], Some(1_920), "two frames of one size"),
            (&[0xfb, 3, 1], Some(2_880), "three frames"),
            (&[0xfb, 0], None, "no frame"),
            (&[0xfb, 7], None, "140 ms"),
            (&[], None, "empty"),
        ];
        for (payload, expected, message) in cases {
            assert_eq!(duration_ticks(payload), expected, "{message}");
        }
        assert!(is_silence(&[0x78]) && !is_silence(&SILENCE));
    }

    proptest! {
        #[test]
        fn no_packet_plays_over_120_ms(payload in proptest::collection::vec(any::<u8>(), 0..8)) {
            prop_assert!(duration_ticks(&payload).is_none_or(|ticks| ticks > 0 && ticks <= MAX_DURATION));
        }
    }
}
