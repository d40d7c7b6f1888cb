//! Later offers of a client: what stays, what stops, what comes again.
use super::{Bench, setup};
use crate::room::negotiation::SectionUse;
use crate::sdp::tests::{fixture, offer};
use crate::sdp::{Direction, IceCredentials, Mid, Rid, Section};

#[test]
fn the_same_offer_again_changes_nothing() {
    let mut bench = Bench::new(setup());
    let text = offer(fixture!("chromium-156-loopback"));
    let first = bench.offer(&text).unwrap();
    let again = bench.offer(&text).unwrap();
    assert!(bench.asked.is_empty());
    assert!(again.receive.is_empty() && again.send.is_empty() && again.connect.is_none());
    assert!(again.stopped_receiving.is_empty() && again.stopped_sending.is_empty() && again.updated_receive.is_empty());
    let (first, again) = (first.answer.unwrap(), again.answer.unwrap());
    assert_eq!(first.sections, again.sections, "our SSRCs among them");
    assert_eq!((first.version, again.version), (1, 2));
}

#[test]
fn a_track_that_goes_is_reported_and_its_place_can_be_taken() {
    // One browser's own way: removed, stopped, and another track in the same place under a new mid.
    let mut bench = Bench::new(setup());
    let removed = offer(fixture!("chromium-156-removed"));
    let mut before = removed.clone();
    before.sections[1].direction = Direction::SendOnly;
    let producers: Vec<_> = bench.offer(&before).unwrap().receive.iter().map(|receive| receive.producer).collect();
    let applied = bench.offer(&removed).unwrap();
    assert_eq!(applied.stopped_receiving, producers[1..]);
    assert_eq!(applied.answer.unwrap().sections[1].direction, Direction::Inactive);
    assert!(bench.asked.is_empty());
    let continued = |text| {
        // The fixtures are of one Transport; the candidates' ports and credentials are the same.
        let mut offer = offer(text);
        offer.fingerprint = before.fingerprint.clone();
        offer
    };
    let applied = bench.offer(&continued(fixture!("chromium-156-stopped"))).unwrap();
    assert!(applied.stopped_receiving.is_empty());
    let answer = applied.answer.unwrap();
    assert!(answer.sections[1].rejected && !answer.sections[0].rejected);
    let applied = bench.offer(&continued(fixture!("chromium-156-recycled"))).unwrap();
    assert_eq!(bench.asked, [("2".to_owned(), None)], "a new m-line to the room");
    assert_eq!(applied.receive.len(), 1);
    assert_eq!(applied.receive[0].mid, Mid("2".to_owned()));
    assert_eq!(applied.answer.unwrap().sections[1].mid, Mid("2".to_owned()));
}

#[test]
fn a_section_that_is_stopped_at_once_is_reported_too() {
    let mut bench = Bench::new(setup());
    let mut again = offer(fixture!("chromium-156-loopback"));
    let first = bench.offer(&again).unwrap();
    again.sections[0].rejected = true;
    let applied = bench.offer(&again).unwrap();
    assert_eq!(applied.stopped_receiving, [first.receive[0].producer]);
    assert_eq!(applied.stopped_sending, [first.send[0].consumer]);
    let answer = applied.answer.unwrap();
    assert!(answer.sections[0].candidates.is_empty() && !answer.sections[1].candidates.is_empty());
}

#[test]
fn a_section_that_turns_round_is_planned_anew() {
    let mut bench = Bench::new(setup());
    bench.sends = false;
    let mut text = offer(fixture!("chromium-156-publish"));
    text.sections[0].direction = Direction::RecvOnly;
    bench.offer(&text).unwrap();
    assert_eq!(bench.asked.len(), 2);
    text.sections[0].direction = Direction::SendOnly;
    let applied = bench.offer(&text).unwrap();
    assert_eq!(bench.asked, [("0".to_owned(), Some(SectionUse::Nothing))]);
    assert_eq!(applied.receive.len(), 1);
    bench.sends = true;
    bench.receives = false;
    text.sections[0].direction = Direction::RecvOnly;
    let turned = bench.offer(&text).unwrap();
    assert_eq!(turned.stopped_receiving, [applied.receive[0].producer]);
    assert_eq!(turned.send.len(), 1);
}

#[test]
fn a_changed_track_is_planned_with_what_its_section_carries() {
    let mut bench = Bench::new(setup());
    bench.sends = false;
    let mut text = offer(fixture!("chromium-156-publish-simulcast"));
    let producer = bench.offer(&text).unwrap().receive[1].producer;
    text.sections[1].rids.retain(|rid| *rid != Rid("f".to_owned()));
    let applied = {
        let mut keep = |_: &Section, used: Option<&SectionUse>| *used.unwrap();
        bench.negotiation.accept_offer(&text, &mut keep, &mut bench.random).unwrap()
    };
    assert!(applied.stopped_receiving.is_empty() && applied.receive.is_empty());
    assert_eq!(applied.updated_receive.len(), 1);
    assert_eq!((applied.updated_receive[0].producer, applied.updated_receive[0].rids.len()), (producer, 2));
    // With another Producer for it, the old one ends.
    text.sections[1].rids.clear();
    let applied = bench.offer(&text).unwrap();
    assert_eq!(applied.stopped_receiving, [producer]);
    assert_eq!(applied.receive.len(), 1);
}

/// Something that changes about a section, with its name.
type Change = (&'static str, fn(&mut Section));

#[test]
fn whatever_tells_of_another_track_asks_the_room() {
    let cases: [Change; 4] = [
        ("another track", |section| section.msid.as_mut().unwrap().track.push('2')),
        ("another source", |section| section.ssrcs[0].media += 1),
        ("another order of codecs", |section| section.codecs.swap(0, 1)),
        ("layers", |section| section.rids.push(Rid("q".to_owned()))),
    ];
    for (name, change) in cases {
        let mut bench = Bench::new(setup());
        let mut text = offer(fixture!("chromium-156-publish"));
        let first = bench.offer(&text).unwrap();
        change(&mut text.sections[1]);
        let applied = bench.offer(&text).unwrap();
        let used = SectionUse::Receive { producer: first.receive[1].producer };
        assert_eq!(bench.asked, [("1".to_owned(), Some(used))], "{name}");
        assert_eq!((applied.stopped_receiving.len(), applied.receive.len()), (1, 1), "{name}");
    }
}

#[test]
fn what_the_room_removes_leaves_its_section_free() {
    let mut bench = Bench::new(setup());
    let text = offer(fixture!("chromium-156-subscribe"));
    let first = bench.offer(&text).unwrap();
    bench.negotiation.remove_sending(first.send[1].consumer);
    assert_eq!(bench.negotiation.free_sections().video, 1);
    let again = bench.offer(&text).unwrap();
    assert_eq!(bench.asked, [("1".to_owned(), Some(SectionUse::Nothing))]);
    assert!(again.stopped_sending.is_empty(), "the room knows");
    assert_ne!(again.send[0].ssrc, first.send[1].ssrc);
}

#[test]
fn a_client_restarts_ice() {
    for fresh in [None, Some(IceCredentials { ufrag: "W0T1G1".to_owned(), password: "q".repeat(24) })] {
        let mut bench = Bench::new(setup());
        let mut text = offer(fixture!("chromium-156-publish"));
        bench.offer(&text).unwrap();
        assert!(!bench.negotiation.is_ice_restart(&text));
        for section in &mut text.sections {
            section.ice = Some(IceCredentials { ufrag: "other".to_owned(), password: "o".repeat(24) });
        }
        assert!(bench.negotiation.is_ice_restart(&text));
        let local = fresh.clone().unwrap_or(setup().local_ice);
        if let Some(fresh) = fresh {
            bench.negotiation.restart_ice(fresh);
        }
        let applied = bench.offer(&text).unwrap();
        let connect = applied.connect.unwrap();
        assert!(connect.ice_restarted);
        assert_eq!(connect.remote_ice.ufrag, "other");
        assert_eq!(connect.local_ice, local);
        assert_eq!(applied.answer.unwrap().ice, local);
        assert!(applied.receive.is_empty() && applied.stopped_receiving.is_empty());
        assert!(!bench.negotiation.needs_offer(), "the answer has said it");
    }
}

#[test]
fn late_data_channels_connect_again() {
    let mut bench = Bench::new(setup());
    let with_data = offer(fixture!("firefox-153-livekit-publisher"));
    let mut without = with_data.clone();
    without.sections.truncate(2);
    assert!(!bench.offer(&without).unwrap().connect.unwrap().data_channels);
    let connect = bench.offer(&with_data).unwrap().connect.unwrap();
    assert!(connect.data_channels && !connect.ice_restarted);
}

#[test]
fn the_first_section_in_use_decides_the_credentials() {
    let mut bench = Bench::new(setup());
    let mut text = offer(fixture!("chromium-156-publish"));
    text.sections[0].ice = Some(IceCredentials { ufrag: "audio".to_owned(), password: "a".repeat(24) });
    text.sections[1].ice = Some(IceCredentials { ufrag: "video".to_owned(), password: "v".repeat(24) });
    assert_eq!(bench.offer(&text).unwrap().connect.unwrap().remote_ice.ufrag, "audio");
    let mut bench = Bench::new(setup());
    text.sections[0].rejected = true;
    assert_eq!(bench.offer(&text).unwrap().connect.unwrap().remote_ice.ufrag, "video");
}
