//! What we write reads back as what was meant.
use super::{label, setup};
use crate::id::{ConsumerId, ProducerId};
use crate::random::Random;
use crate::room::negotiation::{Negotiation, SectionUse};
use crate::sdp::tests::{PlainDialect, fixture, offer};
use crate::sdp::{Description, DescriptionKind, Dialect, MediaKind, SectionKind, parse, print};

/// Our answer to a fixture, in which everything that can be is received and sent.
fn answer_to(text: &str) -> Description {
    let mut random = Random::seeded(11);
    let mut ids = Random::seeded(12);
    let mut negotiation = Negotiation::new(setup());
    let applied = negotiation.accept_offer(
        &offer(text),
        &mut |section, _| match section.kind {
            SectionKind::Media(kind) => SectionUse::Both {
                producer: ProducerId::random(&mut ids),
                consumer: ConsumerId::random(&mut ids),
                label: label(kind, &mut ids),
            },
            SectionKind::Data(_) | SectionKind::Unknown(_) => SectionUse::Nothing,
        },
        &mut random,
    );
    applied.unwrap().answer.unwrap()
}

/// The description as a reader of the text must see it.
fn as_read(mut description: Description) -> Description {
    let ice = description.ice.clone();
    for section in &mut description.sections {
        section.msid = section.label.take().map(|label| PlainDialect.msid(&label));
        if !section.rejected {
            section.ice = Some(ice.clone());
        }
        if let SectionKind::Data(data) = &mut section.kind {
            data.max_message_size = Some(PlainDialect.max_message_size());
        }
        if let SectionKind::Unknown(line) = &mut section.kind {
            *line = line.replacen(" 54609 ", " 0 ", 1).replacen(" 9 ", " 0 ", 1);
        }
    }
    description
}

#[test]
fn answers_read_back_as_they_were_meant() {
    let cases = [
        ("publish", fixture!("chromium-156-publish")),
        ("simulcast", fixture!("chromium-156-publish-simulcast")),
        ("loopback", fixture!("chromium-156-loopback")),
        ("subscribe", fixture!("chromium-156-subscribe")),
        ("single", fixture!("chromium-156-livekit-single")),
        ("stopped", fixture!("chromium-156-stopped")),
        ("firefox simulcast", fixture!("firefox-153-publish-simulcast")),
        ("firefox subscribe", fixture!("firefox-153-subscribe")),
        ("old", fixture!("old-library")),
        ("h264 first", fixture!("h264-first")),
    ];
    for (name, text) in cases {
        let answer = answer_to(text);
        let printed = print(&answer, &PlainDialect);
        let read = parse(&printed, DescriptionKind::Answer).unwrap();
        // A section with layers by rid has no SSRCs in an answer, and a refused one no direction: nothing is lost here.
        assert_eq!(read, as_read(answer), "{name}\n{printed}");
        assert!(printed.lines().count() == printed.matches("\r\n").count(), "{name}: every line ends with CR LF");
    }
}

#[test]
fn offers_read_back_as_they_were_meant() {
    let mut random = Random::seeded(3);
    let mut negotiation = Negotiation::new(setup());
    negotiation.want_data();
    for kind in [MediaKind::Audio, MediaKind::Video] {
        let label = label(kind, &mut random);
        negotiation.add_sending(ConsumerId::random(&mut random), kind, label, &mut random);
    }
    let made = negotiation.make_offer(&mut random).unwrap();
    let printed = print(&made, &PlainDialect);
    assert_eq!(parse(&printed, DescriptionKind::Offer).unwrap(), as_read(made), "{printed}");
}

#[test]
fn what_every_browser_insists_on_is_there() {
    let printed = print(&answer_to(fixture!("chromium-156-publish-simulcast")), &PlainDialect);
    let wanted = [
        ("a=ice-lite", 1),
        ("a=group:BUNDLE 0 1", 1),
        ("a=extmap-allow-mixed", 1),
        ("a=setup:passive", 2),
        ("a=rtcp-mux", 2),
        ("a=rtcp-rsize", 2),
        ("a=recvonly", 2),
        ("a=candidate:1 1 udp 2130706431 192.0.2.9 7882 typ host", 1),
        ("a=end-of-candidates", 1),
        ("a=rid:q recv", 1),
        ("a=simulcast:recv q;h;f", 1),
        ("a=rtcp-fb:96 transport-cc", 1),
        ("a=rtcp-fb:96 goog-remb", 0),
        ("a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", 2),
        ("a=fmtp:111 minptime=10;useinbandfec=1", 1),
        ("a=rtpmap:97 rtx/90000", 1),
        ("a=fmtp:97 apt=96", 1),
    ];
    for (line, count) in wanted {
        assert_eq!(printed.lines().filter(|found| *found == line).count(), count, "{line}\n{printed}");
    }
}
