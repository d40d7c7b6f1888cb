//! Texts that are wrong, too large, or noise.
use super::fixture;
use crate::limits::{SDP_BYTES_MAX, SDP_LINES_MAX, SDP_SECTIONS_MAX};
use crate::sdp::{DescriptionKind, SdpFault, parse, parse_candidate};
use proptest::prelude::*;

#[test]
fn what_is_broken_is_named_with_its_line() {
    let cases: &[(&str, usize, SdpFault)] = &[
        ("", 0, SdpFault::NotSdp),
        ("rubbish", 1, SdpFault::NotSdp),
        ("\r\n\r\nv=1\r\n", 3, SdpFault::NotSdp),
        ("v=0\r\nnothing\r\n", 2, SdpFault::NoLine),
        ("v=0\r\nab=c\r\n", 2, SdpFault::NoLine),
        ("v=0\nm=audio\n", 2, SdpFault::MediaLine),
        ("v=0\nm=audio 9 UDP/TLS/RTP/SAVPF\n", 2, SdpFault::MediaLine),
        ("v=0\nm=audio 99999 UDP/TLS/RTP/SAVPF 0\n", 2, SdpFault::MediaLine),
        ("v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 0\na=mid:12345678901234567\n", 3, SdpFault::Mid),
        ("v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 0\na=mid:\n", 3, SdpFault::Mid),
        ("v=0\na=ice-ufrag:a b\n", 2, SdpFault::Ice),
        ("v=0\na=ice-pwd:\n", 2, SdpFault::Ice),
        ("v=0\na=fingerprint:sha-256\n", 2, SdpFault::Fingerprint),
        ("v=0\na=fingerprint:sha-256 AA:BB\n", 2, SdpFault::Fingerprint),
        (
            "v=0\na=fingerprint:sha-1 +A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB\n",
            2,
            SdpFault::Fingerprint,
        ),
    ];
    for (text, line, fault) in cases {
        let error = parse(text, DescriptionKind::Offer).unwrap_err();
        assert_eq!((error.line, error.fault), (*line, *fault), "{text:?}");
    }
}

#[test]
fn too_much_is_refused_before_it_is_read() {
    let cases = [
        ("v=0\n".to_owned() + &" ".repeat(SDP_BYTES_MAX), SdpFault::TooManyBytes),
        ("v=0\n".to_owned() + &"a=x\n".repeat(SDP_LINES_MAX), SdpFault::TooManyLines),
        ("v=0\n".to_owned() + &"m=audio 9 RTP/SAVPF 0\n".repeat(SDP_SECTIONS_MAX + 1), SdpFault::TooManySections),
    ];
    for (text, fault) in cases {
        assert_eq!(parse(&text, DescriptionKind::Offer).unwrap_err(), crate::sdp::SdpError { line: 0, fault });
    }
}

#[test]
fn an_error_carries_nothing_of_the_text() {
    let error = parse("v=0\na=ice-pwd:secret secret\n", DescriptionKind::Offer).unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}

/// A fixture in which pieces were exchanged.
fn damaged() -> impl Strategy<Value = String> {
    let texts =
        [fixture!("chromium-156-publish-simulcast"), fixture!("firefox-153-publish-gathered"), fixture!("old-library")];
    let piece = prop_oneof!["[ -~]{0,12}", "[0-9:;/= ]{0,8}", Just("\u{fffd}é".to_owned()), Just("\n".to_owned())];
    let edits = prop::collection::vec((any::<prop::sample::Index>(), 0..12usize, piece), 1..20);
    (prop::sample::select(texts.to_vec()), edits).prop_map(|(text, edits)| {
        let mut chars: Vec<char> = text.chars().collect();
        for (place, length, piece) in edits {
            let at = place.index(chars.len());
            let end = (at + length).min(chars.len());
            chars.splice(at..end, piece.chars());
        }
        chars.into_iter().collect()
    })
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        let _ = parse(&text, DescriptionKind::Offer);
        let _ = parse(&format!("v=0\n{text}"), DescriptionKind::Answer);
        let _ = parse_candidate(&text);
    }

    #[test]
    fn damaged_descriptions_are_read_or_refused(text in damaged()) {
        let _ = parse(&text, DescriptionKind::Offer);
        for line in text.lines() {
            let _ = parse_candidate(line);
        }
    }
}
