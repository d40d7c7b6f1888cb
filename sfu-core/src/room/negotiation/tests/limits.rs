//! What is not accepted, and that nothing is changed by it.
use super::{Bench, setup, taken};
use crate::capability::{NotNow, Refusal};
use crate::room::negotiation::NegotiationError;
use crate::sdp::tests::{fixture, offer};
use crate::sdp::{Codec, Description, DescriptionKind, H264Profile, MediaKind, Mid, Setup};

/// An offer with one thing changed, and the error that it must give.
type Case = (&'static str, fn(&mut Description), NegotiationError);

#[test]
fn a_bad_offer_is_refused_and_changes_nothing() {
    let mid = || Mid("0".to_owned());
    let cases: &[Case] = &[
        ("an answer", |d| d.kind = DescriptionKind::Answer, NegotiationError::WrongKind),
        ("nothing in it", |d| d.sections.clear(), NegotiationError::NoSections),
        ("no ICE", |d| clear_ice(d), NegotiationError::MissingIce),
        ("no fingerprint", |d| d.fingerprint.bytes.clear(), NegotiationError::MissingFingerprint),
        ("DTLS server", |d| d.setup = Setup::Passive, NegotiationError::DtlsRole),
        ("one mid twice", |d| d.sections[1].mid = Mid("0".to_owned()), NegotiationError::MidTwice { mid: mid() }),
        (
            "no codec",
            |d| d.sections[0].codecs.clear(),
            NegotiationError::NoCommonCodec { mid: mid(), kind: MediaKind::Audio },
        ),
    ];
    for (name, change, wanted) in cases {
        let good = offer(fixture!("chromium-156-publish"));
        let mut bad = good.clone();
        change(&mut bad);
        let mut bench = Bench::new(setup());
        assert_eq!(bench.offer(&bad).unwrap_err(), *wanted, "{name}");
        assert!(bench.asked.is_empty(), "{name}: the room was not asked");
        let applied = bench.offer(&good).unwrap();
        assert_eq!(applied.receive.len(), 2, "{name}: the good offer is the first one");
        assert_eq!(applied.answer.unwrap().version, 1, "{name}");
    }
}

fn clear_ice(description: &mut Description) {
    description.ice.ufrag.clear();
    for section in &mut description.sections {
        section.ice = None;
    }
}

#[test]
fn a_later_offer_must_fit_the_earlier_one() {
    let cases: &[Case] = &[
        ("fewer sections", |d| d.sections.truncate(1), NegotiationError::SectionCount { found: 1, expected: 2 }),
        ("exchanged", |d| d.sections.swap(0, 1), NegotiationError::SectionsChangedPlace { index: 0 }),
        (
            "another mid",
            |d| d.sections[1].mid = Mid("9".to_owned()),
            NegotiationError::SectionsChangedPlace { index: 1 },
        ),
        ("another certificate", |d| d.fingerprint.bytes[0] ^= 1, NegotiationError::FingerprintChanged),
    ];
    for (name, change, wanted) in cases {
        let mut bench = Bench::new(setup());
        let mut again = offer(fixture!("chromium-156-publish"));
        bench.offer(&again).unwrap();
        change(&mut again);
        assert_eq!(bench.offer(&again).unwrap_err(), *wanted, "{name}");
    }
}

#[test]
fn a_forced_codec_that_is_not_offered_has_its_own_error() {
    let codec = Codec::H264 { profile: H264Profile::ConstrainedBaseline, packetization_mode: 1 };
    let mut forced = setup();
    forced.forced_video = Some(codec);
    for text in [fixture!("firefox-153-publish"), fixture!("firefox-153-subscribe")] {
        let error = Bench::new(forced.clone()).offer(&offer(text)).unwrap_err();
        assert_eq!(error, NegotiationError::ForcedCodecMissing { codec, mid: Mid("1".to_owned()) });
        assert_eq!(Refusal::from(error), Refusal::NotNow(NotNow::ForcedCodecMissing));
    }
}

#[test]
fn an_answer_needs_an_open_offer_and_must_fit_it() {
    let mut bench = Bench::new(setup());
    bench.add(MediaKind::Audio);
    bench.add(MediaKind::Video);
    let made = bench.make_offer();
    let good = taken(&made);
    let cases: &[Case] = &[
        ("an offer", |d| d.kind = DescriptionKind::Offer, NegotiationError::WrongKind),
        ("no ICE", |d| d.ice.password.truncate(21), NegotiationError::MissingIce),
        ("too few", |d| d.sections.truncate(1), NegotiationError::SectionCount { found: 1, expected: 2 }),
        (
            "too many",
            |d| d.sections.extend(d.sections.clone()),
            NegotiationError::SectionCount { found: 4, expected: 2 },
        ),
        ("exchanged", |d| d.sections.swap(0, 1), NegotiationError::SectionsChangedPlace { index: 0 }),
    ];
    for (name, change, wanted) in cases {
        let mut bad = good.clone();
        change(&mut bad);
        assert_eq!(bench.answer(&bad).unwrap_err(), *wanted, "{name}");
    }
    assert_eq!(bench.answer(&good).unwrap().send.len(), 2, "the offer is still open");
    let error = bench.answer(&good).unwrap_err();
    assert_eq!(error, NegotiationError::NoOfferOpen);
    assert_eq!(Refusal::from(error), Refusal::NotNow(NotNow::NoOfferOpen));
}

#[test]
fn an_answer_that_is_the_dtls_server_leaves_the_handshake_to_us() {
    for (setup, ours) in [(Setup::Active, false), (Setup::Passive, true)] {
        let mut bench = Bench::new(self::setup());
        bench.add(MediaKind::Audio);
        let made = bench.make_offer();
        let mut answer = taken(&made);
        answer.setup = setup;
        let connect = bench.answer(&answer).unwrap().connect.unwrap();
        assert_eq!(connect.dtls_client, ours, "{setup:?}");
    }
}
