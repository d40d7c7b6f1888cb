//! Offers of ours and the client's answers to them.
use super::{Bench, setup, taken};
use crate::extension::Extension;
use crate::sdp::tests::fixture;
use crate::sdp::{Codec, DescriptionKind, Direction, Feedback, IceCredentials, MediaKind, SectionKind, Setup, parse};

#[test]
fn nothing_is_offered_unasked_and_one_offer_at_a_time() {
    let mut bench = Bench::new(setup());
    assert!(!bench.negotiation.needs_offer());
    assert!(bench.negotiation.make_offer(&mut bench.random).is_none());
    bench.add(MediaKind::Audio);
    assert!(bench.negotiation.needs_offer());
    let made = bench.make_offer();
    bench.add(MediaKind::Video);
    assert!(!bench.negotiation.needs_offer(), "the first one is open");
    assert!(bench.negotiation.make_offer(&mut bench.random).is_none());
    let applied = bench.answer(&taken(&made)).unwrap();
    assert_eq!(applied.send.len(), 1, "only what was offered");
    assert!(bench.negotiation.needs_offer());
    assert_eq!(bench.make_offer().sections.len(), 2);
}

#[test]
fn data_first_then_tracks() {
    let mut bench = Bench::new(setup());
    bench.negotiation.want_data();
    bench.negotiation.want_data();
    let first = bench.make_offer();
    assert_eq!(first.setup, Setup::ActPass);
    assert!(matches!(&first.sections[..], [only] if matches!(only.kind, SectionKind::Data(_)) && only.mid.0 == "0"));
    assert!(!first.sections[0].candidates.is_empty());
    assert!(bench.answer(&taken(&first)).unwrap().connect.unwrap().data_channels);
    bench.add(MediaKind::Audio);
    bench.add(MediaKind::Video);
    let second = bench.make_offer();
    assert_eq!(second.version, 2);
    let mids: Vec<&str> = second.sections.iter().map(|section| section.mid.0.as_str()).collect();
    assert_eq!(mids, ["0", "1", "2"]);
    let applied = bench.answer(&taken(&second)).unwrap();
    assert!(applied.connect.is_none(), "the association is the same");
    assert_eq!(applied.send.len(), 2);
    assert_eq!(applied.send[1].ssrc, second.sections[2].ssrcs[0]);
}

#[test]
fn an_offer_names_all_that_may_come() {
    let mut bench = Bench::new(setup());
    bench.add(MediaKind::Audio);
    bench.add(MediaKind::Video);
    let made = bench.make_offer();
    let types = |index: usize| {
        let codecs = made.sections[index].codecs.iter();
        codecs.map(|spec| (spec.codec.name(), spec.payload_type, spec.rtx)).collect::<Vec<_>>()
    };
    assert_eq!(types(0), [("opus", 111, None), ("red", 63, None), ("PCMU", 0, None), ("PCMA", 8, None)]);
    let video = types(1);
    for wanted in [
        ("VP8", 96, Some(97)),
        ("H264", 102, Some(103)),
        ("VP9", 98, Some(99)),
        ("VP9", 100, Some(101)),
        ("AV1", 35, Some(36)),
    ] {
        assert!(video.contains(&wanted), "{wanted:?} in {video:?}");
    }
    let mut numbers: Vec<u8> = video.iter().flat_map(|(_, media, rtx)| std::iter::once(*media).chain(*rtx)).collect();
    numbers.extend(types(0).iter().map(|(_, media, _)| *media));
    let all = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), all, "a payload type means one thing over all bundled sections");
    let feedback = &made.sections[1].codecs[0].feedback;
    assert_eq!(feedback[..], [Feedback::Fir, Feedback::Nack, Feedback::Pli, Feedback::TransportCc]);
    assert_eq!(made.sections[1].extension_id(Extension::TransportSequence), Some(3));
    assert_eq!(made.sections[0].extension_id(Extension::Mid), made.sections[1].extension_id(Extension::Mid));
}

#[test]
fn an_offer_follows_the_rooms_codec_list() {
    let mut listed = setup();
    listed.codecs = vec![Codec::Vp9 { profile: 0 }, Codec::Vp8, Codec::Opus];
    let mut bench = Bench::new(listed);
    bench.add(MediaKind::Video);
    let names: Vec<&str> = bench.make_offer().sections[0].codecs.iter().map(|spec| spec.codec.name()).collect();
    assert_eq!(names, ["VP9", "VP9", "VP8"]);
}

#[test]
fn real_answers_tell_what_the_client_takes() {
    for (text, video) in [(fixture!("chromium-156-answer"), "H264"), (fixture!("firefox-153-answer"), "VP9")] {
        let mut bench = Bench::new(setup());
        bench.negotiation.want_data();
        bench.add(MediaKind::Audio);
        bench.add(MediaKind::Video);
        bench.make_offer();
        let applied = bench.answer(&parse(text, DescriptionKind::Answer).unwrap()).unwrap();
        assert_eq!(applied.send.len(), 2);
        let codecs = &applied.send[1].codecs;
        assert_eq!((codecs[0].codec, codecs[0].payload_type, codecs[0].rtx), (Codec::Vp8, 96, Some(97)));
        assert_eq!(codecs[1].codec.name(), video);
        assert!(applied.send[1].extensions.id(Extension::Mid).is_some());
        assert!(applied.connect.unwrap().data_channels);
    }
}

#[test]
fn a_section_is_used_again_only_after_both_sides_said_inactive() {
    let mut bench = Bench::new(setup());
    let first = bench.add(MediaKind::Video);
    let made = bench.make_offer();
    let ssrc = made.sections[0].ssrcs[0];
    bench.answer(&taken(&made)).unwrap();
    bench.negotiation.remove_sending(first);
    bench.add(MediaKind::Video);
    let made = bench.make_offer();
    let directions: Vec<Direction> = made.sections.iter().map(|section| section.direction).collect();
    assert_eq!(directions, [Direction::Inactive, Direction::SendOnly], "not at once");
    assert!(bench.answer(&taken(&made)).unwrap().stopped_sending.is_empty(), "the room knows that it removed it");
    let third = bench.add(MediaKind::Video);
    let made = bench.make_offer();
    assert_eq!(made.sections.len(), 2, "but then");
    assert_eq!(made.sections[0].direction, Direction::SendOnly);
    assert_ne!(made.sections[0].ssrcs[0], ssrc, "never the same SSRC again");
    let applied = bench.answer(&taken(&made)).unwrap();
    assert_eq!(applied.send.iter().map(|sending| sending.consumer).collect::<Vec<_>>(), [third]);
}

#[test]
fn an_exchange_while_an_offer_is_open_waits_for_the_next_one() {
    let mut bench = Bench::new(setup());
    let first = bench.add(MediaKind::Audio);
    let made = bench.make_offer();
    bench.negotiation.remove_sending(first);
    let applied = bench.answer(&taken(&made)).unwrap();
    assert!(applied.send.is_empty(), "it was taken back meanwhile");
    assert!(bench.negotiation.needs_offer());
    assert_eq!(bench.make_offer().sections[0].direction, Direction::Inactive);
}

#[test]
fn what_the_client_declines_is_reported() {
    for rejected in [false, true] {
        let mut bench = Bench::new(setup());
        let audio = bench.add(MediaKind::Audio);
        let video = bench.add(MediaKind::Video);
        let made = bench.make_offer();
        let mut answer = taken(&made);
        answer.sections[1].direction = Direction::Inactive;
        answer.sections[1].rejected = rejected;
        let applied = bench.answer(&answer).unwrap();
        assert_eq!(applied.send.iter().map(|sending| sending.consumer).collect::<Vec<_>>(), [audio]);
        assert_eq!(applied.stopped_sending, [video], "rejected: {rejected}");
        bench.add(MediaKind::Video);
        let again = bench.make_offer();
        assert_eq!(again.sections.len(), if rejected { 3 } else { 2 }, "a refused section stays refused");
        assert_eq!(again.sections[1].rejected, rejected);
    }
}

#[test]
fn a_new_label_is_offered() {
    let mut bench = Bench::new(setup());
    let consumer = bench.add(MediaKind::Audio);
    let made = bench.make_offer();
    bench.answer(&taken(&made)).unwrap();
    let same = made.sections[0].label.unwrap();
    bench.negotiation.relabel(consumer, same);
    assert!(!bench.negotiation.needs_offer());
    let other = super::label(MediaKind::Audio, &mut bench.ids);
    bench.negotiation.relabel(consumer, other);
    let made = bench.make_offer();
    assert_eq!(made.sections[0].label, Some(other));
    assert!(bench.answer(&taken(&made)).unwrap().send.is_empty(), "the Consumer is the same");
}

#[test]
fn new_credentials_are_an_ice_restart() {
    let mut bench = Bench::new(setup());
    bench.add(MediaKind::Audio);
    let made = bench.make_offer();
    bench.answer(&taken(&made)).unwrap();
    let fresh = IceCredentials { ufrag: "W0T1G1".to_owned(), password: "q".repeat(24) };
    bench.negotiation.restart_ice(fresh.clone());
    let made = bench.make_offer();
    assert_eq!(made.ice, fresh);
    let mut answer = taken(&made);
    answer.ice.ufrag.push('2');
    assert!(bench.negotiation.is_ice_restart(&answer));
    let connect = bench.answer(&answer).unwrap().connect.unwrap();
    assert!(connect.ice_restarted);
    assert_eq!((connect.local_ice, connect.remote_ice), (fresh, answer.ice));
}

#[test]
fn a_crossing_offer_of_the_client_goes_first_and_ours_is_made_anew() {
    let mut bench = Bench::new(setup());
    let consumer = bench.add(MediaKind::Video);
    let made = bench.make_offer();
    bench.sends = false;
    let theirs = crate::sdp::tests::offer(fixture!("chromium-156-publish"));
    let applied = bench.offer(&theirs).unwrap();
    assert_eq!(applied.receive.len(), 2);
    assert_eq!(applied.answer.unwrap().sections.len(), 2);
    assert!(bench.answer(&taken(&made)).is_err(), "no offer of ours is open any more");
    assert!(bench.negotiation.needs_offer());
    let again = bench.make_offer();
    assert_eq!(again.sections.len(), 3);
    assert_eq!(again.sections[2].mid.0, "2");
    assert_eq!(again.sections[1].codecs[0].payload_type, 96);
    assert_eq!(again.sections[1].direction, Direction::RecvOnly, "what is received goes on");
    let mut answer = taken(&again);
    answer.ice = theirs.ice.clone();
    answer.fingerprint = theirs.fingerprint.clone();
    let applied = bench.answer(&answer).unwrap();
    assert_eq!(applied.send.iter().map(|sending| sending.consumer).collect::<Vec<_>>(), [consumer]);
    assert!(applied.stopped_receiving.is_empty());
}
