//! Answers to what browsers offer.
use super::{Bench, setup};
use crate::extension::Extension;
use crate::room::negotiation::{FreeSections, Receive};
use crate::sdp::tests::{fixture, offer};
use crate::sdp::{Codec, Direction, Feedback, H264Profile, Setup};

/// The codecs of a section to be received, by name.
fn names(receive: &Receive) -> Vec<&'static str> {
    let mut names: Vec<&str> = receive.codecs.iter().map(|codec| codec.codec.name()).collect();
    names.dedup();
    names
}

#[test]
fn a_publisher_is_received_with_its_own_numbers() {
    let mut bench = Bench::new(setup());
    bench.sends = false;
    let applied = bench.offer(&offer(fixture!("firefox-153-publish"))).unwrap();
    let [audio, video] = &applied.receive[..] else { panic!("{:?}", applied.receive) };
    assert_eq!(names(audio), ["opus", "PCMU", "PCMA"]);
    assert_eq!(names(video), ["VP8", "VP9", "AV1"]);
    assert_eq!((video.codecs[0].payload_type, video.codecs[0].rtx), (120, Some(124)));
    assert!(video.codecs[0].nack && video.codecs[0].pli && video.codecs[0].fir);
    assert_eq!(video.extensions.id(Extension::TransportSequence), Some(7));
    assert_eq!(video.extensions.id(Extension::AbsSendTime), None);
    assert!(video.transport_cc && !video.remb);
    assert_eq!((video.ssrcs.len(), video.rids.len()), (1, 0));
    let answer = applied.answer.unwrap();
    assert_eq!(answer.setup, Setup::Passive);
    assert!(answer.ice_lite);
    assert!(answer.sections.iter().all(|section| section.direction == Direction::RecvOnly));
    assert!(!answer.sections[0].candidates.is_empty() && answer.sections[1].candidates.is_empty());
    let connect = applied.connect.unwrap();
    assert!(!connect.data_channels && !connect.ice_restarted);
}

#[test]
fn simulcast_layers_are_taken_and_reported_lowest_first() {
    for text in [fixture!("chromium-156-publish-simulcast"), fixture!("firefox-153-publish-simulcast")] {
        let mut bench = Bench::new(setup());
        let backwards = text.replace("a=simulcast:send q;h;f", "a=simulcast:send f;h;q");
        let applied = bench.offer(&offer(&backwards)).unwrap();
        let video = &applied.receive[1];
        assert_eq!(video.rids.iter().map(|rid| rid.0.as_str()).collect::<Vec<_>>(), ["q", "h", "f"]);
        assert!(video.extensions.id(Extension::RtpStreamId).is_some());
        let answered: Vec<String> = applied.answer.unwrap().sections[1].rids.iter().map(|rid| rid.0.clone()).collect();
        assert_eq!(answered, ["f", "h", "q"], "in the offer's own order");
    }
}

#[test]
fn old_style_layers_come_as_ssrcs() {
    let mut bench = Bench::new(setup());
    bench.sends = false;
    let applied = bench.offer(&offer(fixture!("old-library"))).unwrap();
    let video = &applied.receive[1];
    assert_eq!(video.ssrcs.iter().map(|group| group.media).collect::<Vec<_>>(), [2001, 2002, 2003]);
    assert!(video.remb && !video.transport_cc, "REMB where transport-wide feedback is not offered");
    let answer = applied.answer.unwrap();
    assert!(!answer.extmap_allow_mixed, "was not offered");
    assert!(answer.sections[2].rejected && answer.sections[3].rejected);
    let fmtp = &answer.sections[0].codecs[0].fmtp;
    assert_eq!(fmtp, "minptime=10;useinbandfec=1;stereo=1;usedtx=1");
}

#[test]
fn a_subscriber_is_sent_to_with_own_sources() {
    let mut bench = Bench::new(setup());
    let applied = bench.offer(&offer(fixture!("chromium-156-subscribe"))).unwrap();
    assert!(applied.receive.is_empty());
    let [audio, video] = &applied.send[..] else { panic!("{:?}", applied.send) };
    assert!(audio.ssrc.rtx.is_none() && video.ssrc.rtx.is_some());
    assert_ne!(audio.ssrc.media, video.ssrc.media);
    assert!(video.codecs.iter().all(|codec| codec.rtx.is_some() && codec.nack));
    let written: Vec<Extension> = video.extensions.iter().map(|(_, extension)| extension).collect();
    let expected = [Extension::TransportSequence, Extension::Mid, Extension::PlayoutDelay, Extension::VideoOrientation];
    assert_eq!(written, expected);
    let answer = applied.answer.unwrap();
    for (section, sending) in answer.sections.iter().zip([audio, video]) {
        assert_eq!(section.direction, Direction::SendOnly);
        assert_eq!(section.ssrcs, [sending.ssrc]);
        assert_eq!(section.cname.as_deref(), Some("viaduct"));
        assert!(section.label.is_some());
        let asks = |feedback| section.codecs.iter().any(|spec| spec.feedback.contains(&feedback));
        assert!(asks(Feedback::TransportCc) && !asks(Feedback::Remb), "what is sent is measured");
    }
}

#[test]
fn a_loopback_is_received_and_sent_on_one_section() {
    let mut bench = Bench::new(setup());
    let applied = bench.offer(&offer(fixture!("chromium-156-loopback"))).unwrap();
    assert_eq!((applied.receive.len(), applied.send.len()), (2, 2));
    let answer = applied.answer.unwrap();
    assert!(answer.sections.iter().all(|section| section.direction == Direction::SendRecv));
    assert!(answer.sections[1].codecs[0].feedback.contains(&Feedback::TransportCc));
}

#[test]
fn free_sections_stay_open_and_are_counted() {
    let mut bench = Bench::new(setup());
    bench.sends = false;
    let single = offer(fixture!("chromium-156-livekit-single"));
    let applied = bench.offer(&single).unwrap();
    assert_eq!(applied.free_sections, FreeSections { audio: 3, video: 3 });
    let answer = applied.answer.unwrap();
    let states: Vec<_> = answer.sections.iter().map(|section| (section.rejected, section.direction)).collect();
    let (free, data) = ((false, Direction::Inactive), (false, Direction::SendRecv));
    assert_eq!(states, [free, free, free, free, free, free, (false, Direction::RecvOnly), data]);
    assert!(applied.connect.unwrap().data_channels);
    // The same offer again: the room is asked about the free ones, and now has something for them.
    bench.sends = true;
    let applied = bench.offer(&single).unwrap();
    assert_eq!(bench.asked.iter().map(|(mid, _)| mid.as_str()).collect::<Vec<_>>(), ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(applied.send.len(), 6);
    assert_eq!(applied.free_sections, FreeSections::default());
    assert!(applied.connect.is_none() && applied.receive.is_empty());
}

#[test]
fn inactive_answers_keep_the_extensions_that_later_sections_need() {
    let mut bench = Bench::new(setup());
    bench.sends = false;
    let answer = bench.offer(&offer(fixture!("chromium-156-livekit-single"))).unwrap().answer.unwrap();
    for extension in [Extension::RtpStreamId, Extension::RepairedRtpStreamId, Extension::TransportSequence] {
        assert!(answer.sections[3].extension_id(extension).is_some(), "{extension:?}");
    }
}

#[test]
fn the_h264_variant_that_all_browsers_decode_comes_first_of_its_kind() {
    let mut bench = Bench::new(setup());
    let applied = bench.offer(&offer(fixture!("chromium-156-publish"))).unwrap();
    let video = &applied.receive[1];
    assert_eq!(names(video), ["VP8", "H264", "AV1", "VP9"], "the client's own order of families");
    let best = Codec::H264 { profile: H264Profile::ConstrainedBaseline, packetization_mode: 1 };
    assert_eq!((video.codecs[1].codec, video.codecs[1].payload_type), (best, 108));
    let answer = applied.answer.unwrap();
    let spec = &answer.sections[1].codecs[1];
    assert_eq!(spec.fmtp, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
}

#[test]
fn a_room_may_allow_fewer_codecs() {
    let mut fewer = setup();
    fewer.codecs = vec![Codec::Opus, Codec::Vp9 { profile: 0 }, Codec::Vp8];
    let applied = Bench::new(fewer).offer(&offer(fixture!("chromium-156-publish"))).unwrap();
    assert_eq!(names(&applied.receive[0]), ["opus"]);
    assert_eq!(names(&applied.receive[1]), ["VP8", "VP9"]);
    let mut forced = setup();
    forced.forced_video = Some(Codec::H264 { profile: H264Profile::Baseline, packetization_mode: 0 });
    let applied = Bench::new(forced).offer(&offer(fixture!("chromium-156-publish"))).unwrap();
    assert_eq!(names(&applied.receive[0]), ["opus", "red", "PCMU", "PCMA"]);
    assert_eq!(names(&applied.receive[1]), ["H264"], "by family, whatever the profile");
}
