//! How LiveKit spells the core's ids: a prefix and ten base62 digits (`PA_…`, `RM_…`; `TR_` has letters between).
//!
//! The spelling is a function of the number, so no id table is needed; SDKs insist on the prefixes (livekit.md §3.1).
use sfu_core::id::{ParticipantId, RoomId, StreamId, TrackId};
use sfu_core::room::TrackSource;
use sfu_core::sdp::MediaKind;

/// The digits of base62; the first 26 are the upper-case letters, so wide ids begin with one.
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Digits of a wide id (26 · 62⁹ values).
const WIDE_DIGITS: usize = 10;
/// Digits of a narrow id (26 · 62³ values).
const NARROW_DIGITS: usize = 4;

fn spell(number: u64, digits: usize) -> String {
    let mut rest = number.saturating_sub(1);
    let mut text = vec![b'A'; digits];
    for place in text.iter_mut().rev() {
        *place = ALPHABET[usize::try_from(rest % 62).unwrap_or(0)];
        rest /= 62;
    }
    text.into_iter().map(char::from).collect()
}

fn parse(text: &str, digits: usize) -> Option<u64> {
    if text.len() != digits {
        return None;
    }
    let mut number = 0u64;
    for byte in text.bytes() {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        number = number.checked_mul(62)?.checked_add(u64::try_from(digit).ok()?)?;
    }
    number.checked_add(1)
}

/// `PA_…`.
pub fn participant_sid(id: ParticipantId) -> String {
    format!("PA_{}", spell(id.number(), WIDE_DIGITS))
}

/// Reads `PA_…`.
pub fn parse_participant_sid(sid: &str) -> Option<ParticipantId> {
    ParticipantId::from_number(parse(sid.strip_prefix("PA_")?, WIDE_DIGITS)?)
}

/// `RM_…`.
pub fn room_sid(id: RoomId) -> String {
    format!("RM_{}", spell(id.number(), WIDE_DIGITS))
}

/// Reads `RM_…`.
pub fn parse_room_sid(sid: &str) -> Option<RoomId> {
    RoomId::from_number(parse(sid.strip_prefix("RM_")?, WIDE_DIGITS)?)
}

/// `TR_` + a letter of the kind + a letter of the source + ten digits: `TR_AM…`, `TR_VC…`, `TR_VS…`, `TR_As…`.
pub fn track_sid(id: TrackId, kind: MediaKind, source: TrackSource) -> String {
    let kind = match kind {
        MediaKind::Audio => "A",
        MediaKind::Video => "V",
    };
    let source = match source {
        TrackSource::Microphone => "M",
        TrackSource::Camera => "C",
        TrackSource::ScreenShare => "S",
        TrackSource::ScreenShareAudio => "s",
        TrackSource::Unknown => "",
    };
    format!("TR_{kind}{source}{}", spell(id.number(), WIDE_DIGITS))
}

/// `DTR_…`: a data track's.
pub fn data_track_sid(id: TrackId) -> String {
    format!("DTR_{}", spell(id.number(), WIDE_DIGITS))
}

/// Reads `DTR_…`.
pub fn parse_data_track_sid(sid: &str) -> Option<TrackId> {
    parse(sid.strip_prefix("DTR_")?, WIDE_DIGITS).and_then(TrackId::from_number)
}

/// Reads `TR_…`: the letters of kind and source may be there or not.
pub fn parse_track_sid(sid: &str) -> Option<TrackId> {
    let rest = sid.strip_prefix("TR_")?;
    let letters = rest.len().checked_sub(WIDE_DIGITS).filter(|letters| *letters <= 2)?;
    let (letters, digits) = rest.split_at_checked(letters)?;
    let known = matches!(letters, "" | "A" | "V" | "AM" | "As" | "AC" | "AS" | "VC" | "VS" | "VM" | "Vs");
    known.then(|| parse(digits, WIDE_DIGITS)).flatten().and_then(TrackId::from_number)
}

/// The spelling of a stream's label where it has no name: `st_` + four digits (never confused with `TR_…`).
pub fn stream_label(id: StreamId) -> String {
    format!("st_{}", spell(id.number(), NARROW_DIGITS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sfu_core::random::Random;

    #[test]
    fn ids_survive_their_spelling() {
        let mut random = Random::seeded(3);
        for _ in 0..2_000 {
            let (room, participant, track) =
                (RoomId::random(&mut random), ParticipantId::random(&mut random), TrackId::random(&mut random));
            assert_eq!(parse_room_sid(&room_sid(room)), Some(room));
            assert_eq!(parse_participant_sid(&participant_sid(participant)), Some(participant));
            for (kind, source) in [
                (MediaKind::Audio, TrackSource::Microphone),
                (MediaKind::Audio, TrackSource::ScreenShareAudio),
                (MediaKind::Video, TrackSource::Camera),
                (MediaKind::Video, TrackSource::ScreenShare),
                (MediaKind::Video, TrackSource::Unknown),
            ] {
                assert_eq!(parse_track_sid(&track_sid(track, kind, source)), Some(track));
            }
        }
    }

    #[test]
    fn spelling_is_of_fixed_length_and_begins_with_an_upper_case_letter() {
        for number in [1, 2, 62, 63, ParticipantId::RANGE] {
            let sid = participant_sid(ParticipantId::from_number(number).unwrap());
            assert_eq!(sid.len(), 13, "{sid}");
            assert!(sid.as_bytes()[3].is_ascii_uppercase(), "{sid}");
        }
    }

    #[test]
    fn foreign_spellings_are_no_ids() {
        for text in [
            "",
            "PA_",
            "PA_short",
            "TR_AAAAAAAAAA",
            "PA_999999999999",
            "PA_9999999999",
            "PA_AAAAAAAA-A",
            "pa_AAAAAAAAAA",
        ] {
            assert_eq!(parse_participant_sid(text), None, "{text}");
        }
        for text in ["", "TR_", "TR_XYAAAAAAAAAA", "TR_AMAAAAAAA", "TR_ÄÄÄÄÄÄ", "PA_AAAAAAAAAA", "TR_AMAAAAAAAAAAA"]
        {
            assert_eq!(parse_track_sid(text), None, "{text}");
        }
    }
}
