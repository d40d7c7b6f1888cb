//! What the fixtures mean.
use super::{fixture, offer};
use crate::extension::ExtensionMap;
use crate::sdp::{
    Codec, CodecSpec, Description, DescriptionKind, Direction, Feedback, H264Profile, MediaKind, Section, SectionKind,
    Setup, SsrcGroup, parse,
};

/// A section on one line: kind, mid, direction, codecs, SSRCs, layers, extensions.
fn summary(section: &Section) -> String {
    let kind = match &section.kind {
        SectionKind::Media(MediaKind::Audio) => "audio",
        SectionKind::Media(MediaKind::Video) => "video",
        SectionKind::Data(_) => "data",
        SectionKind::Unknown(_) => "unknown",
    };
    let state = if section.rejected { "rejected".to_owned() } else { format!("{:?}", section.direction) };
    let codecs: Vec<String> = section.codecs.iter().map(codec).collect();
    let ssrcs = section.ssrcs.iter().map(|group| if group.rtx.is_some() { "pair" } else { "single" });
    let rids: Vec<&str> = section.rids.iter().map(|rid| rid.0.as_str()).collect();
    let parts =
        [codecs.join(" "), ssrcs.collect::<Vec<_>>().join(" "), rids.join(";"), extensions(&section.extensions)];
    format!("{kind} {} {state} | {}", section.mid, parts.join(" | "))
}

fn codec(spec: &CodecSpec) -> String {
    let name = match spec.codec {
        Codec::H264 { profile, packetization_mode } => format!("H264-{:04x}-{packetization_mode}", profile.bytes()),
        Codec::Vp9 { profile } => format!("VP9-{profile}"),
        Codec::Opus | Codec::Red | Codec::Pcmu | Codec::Pcma | Codec::Vp8 | Codec::Av1 => spec.codec.name().to_owned(),
    };
    let rtx = spec.rtx.map(|rtx| format!("/{rtx}")).unwrap_or_default();
    format!("{name}:{}{rtx}", spec.payload_type)
}

fn extensions(map: &ExtensionMap) -> String {
    map.iter().map(|(id, extension)| format!("{extension:?}={id}")).collect::<Vec<_>>().join(" ")
}

fn summaries(description: &Description) -> Vec<String> {
    description.sections.iter().map(summary).collect()
}

const CHROMIUM_SENDS: &str = "VP8:96/97 H264-4200-1:102/103 H264-4200-0:104/107 H264-42e0-1:108/109 H264-42e0-0:114/115 \
    H264-4d00-1:116/117 H264-4d00-0:39/40 AV1:45/46 VP9-0:98/99 VP9-2:100/101";
const CHROMIUM_RECEIVES: &str = "VP8:96/97 VP9-0:98/99 VP9-2:100/101 VP9-1:35/36 VP9-3:37/38 H264-4200-1:102/103 \
    H264-4200-0:104/107 H264-42e0-1:108/109 H264-42e0-0:114/115 H264-4d00-1:116/117 H264-4d00-0:39/40 \
    H264-f400-1:41/42 H264-f400-0:43/44 AV1:45/46";
const CHROMIUM_AUDIO: &str = "opus:111 red:63 PCMU:0 PCMA:8";
const CHROMIUM_AUDIO_EXTENSIONS: &str = "AudioLevel=1 AbsSendTime=2 TransportSequence=3 Mid=4";
const CHROMIUM_VIDEO_EXTENSIONS: &str = "AbsSendTime=2 TransportSequence=3 Mid=4 PlayoutDelay=5 RtpStreamId=10 \
    RepairedRtpStreamId=11 VideoOrientation=13 TransmissionOffset=14";
const FIREFOX_VIDEO: &str = "VP8:120/124 VP9-0:121/125 AV1:99/100";

fn check(name: &str, text: &str, kind: DescriptionKind, wanted: &[String]) {
    assert_eq!(summaries(&parse(text, kind).unwrap()), wanted, "{name}");
}

#[test]
fn chromium_publishing_is_understood() {
    let audio = |direction| format!("audio 0 {direction} | {CHROMIUM_AUDIO} | single |  | {CHROMIUM_AUDIO_EXTENSIONS}");
    let video = |direction| format!("video 1 {direction} | {CHROMIUM_SENDS} | pair |  | {CHROMIUM_VIDEO_EXTENSIONS}");
    let simulcast = format!(
        "video 1 SendOnly | {CHROMIUM_SENDS} |  | q;h;f | AbsSendTime=2 TransportSequence=3 Mid=4 PlayoutDelay=5 \
         VideoLayersAllocation=9 RtpStreamId=10 RepairedRtpStreamId=11 DependencyDescriptor=12 VideoOrientation=13 \
         TransmissionOffset=14"
    );
    let plain = [audio("SendOnly"), video("SendOnly")];
    let cases = [
        ("plain", fixture!("chromium-156-publish"), &plain),
        ("with candidates", fixture!("chromium-156-publish-gathered"), &plain),
        ("sendrecv", fixture!("chromium-156-loopback"), &[audio("SendRecv"), video("SendRecv")]),
        ("simulcast", fixture!("chromium-156-publish-simulcast"), &[audio("SendOnly"), simulcast]),
    ];
    for (name, text, wanted) in cases {
        check(name, text, DescriptionKind::Offer, wanted);
    }
}

#[test]
fn chromium_receiving_is_understood() {
    let audio = |mid| format!("audio {mid} RecvOnly | {CHROMIUM_AUDIO} |  |  | {CHROMIUM_AUDIO_EXTENSIONS}");
    let video = |mid| format!("video {mid} RecvOnly | {CHROMIUM_RECEIVES} |  |  | {CHROMIUM_VIDEO_EXTENSIONS}");
    check("two", fixture!("chromium-156-subscribe"), DescriptionKind::Offer, &[audio(0), video(1)]);
    let single = [
        audio(0),
        audio(1),
        audio(2),
        video(3),
        video(4),
        video(5),
        format!("audio 6 SendOnly | {CHROMIUM_AUDIO} | single |  | {CHROMIUM_AUDIO_EXTENSIONS}"),
        "data 7 SendRecv |  |  |  | ".to_owned(),
    ];
    check("single", fixture!("chromium-156-livekit-single"), DescriptionKind::Offer, &single);
    let answer = [
        "data 0 SendRecv |  |  |  | ".to_owned(),
        format!("audio 1 RecvOnly | {CHROMIUM_AUDIO} |  |  | AudioLevel=1 Mid=4 AbsCaptureTime=9"),
        "video 2 RecvOnly | VP8:96/97 H264-42e0-1:102/103 H264-4200-1:104/105 H264-42e0-0:106/107 H264-4200-0:108/109 \
         H264-4d00-1:112/113 H264-4d00-0:114/115 VP9-0:98/99 VP9-2:100/101 AV1:35/36 |  |  | Mid=4 PlayoutDelay=5 \
         DependencyDescriptor=8 AbsCaptureTime=9 VideoOrientation=13"
            .to_owned(),
    ];
    check("answer", fixture!("chromium-156-answer"), DescriptionKind::Answer, &answer);
}

#[test]
fn a_stopped_section_is_rejected_and_its_place_taken_by_another_mid() {
    let audio = format!("audio 0 SendOnly | {CHROMIUM_AUDIO} | single |  | AudioLevel=1 TransportSequence=3 Mid=4");
    let extensions = "TransportSequence=3 Mid=4 PlayoutDelay=5 RtpStreamId=10 RepairedRtpStreamId=11 \
        DependencyDescriptor=12 VideoOrientation=13";
    let removed = format!("video 1 Inactive | {CHROMIUM_SENDS} |  | q;h;f | {extensions}");
    check("removed", fixture!("chromium-156-removed"), DescriptionKind::Offer, &[audio.clone(), removed]);
    let stopped = format!("video 1 rejected | {CHROMIUM_SENDS} |  |  | {extensions}");
    check("stopped", fixture!("chromium-156-stopped"), DescriptionKind::Offer, &[audio.clone(), stopped]);
    let recycled = format!("video 2 SendOnly | {CHROMIUM_SENDS} | pair |  | {CHROMIUM_VIDEO_EXTENSIONS}");
    check("recycled", fixture!("chromium-156-recycled"), DescriptionKind::Offer, &[audio, recycled]);
}

#[test]
fn firefox_is_understood() {
    let audio = |mid, direction| {
        format!("audio {mid} {direction} | opus:109 PCMU:0 PCMA:8 | single |  | AudioLevel=1 Mid=3 TransportSequence=7")
    };
    let plain = "Mid=3 AbsSendTime=4 TransmissionOffset=5 TransportSequence=7";
    let video = format!("video 1 SendOnly | {FIREFOX_VIDEO} | pair |  | {plain}");
    let simulcast = format!(
        "video 1 SendOnly | {FIREFOX_VIDEO} | pair pair pair | q;h;f | {plain} DependencyDescriptor=8 RtpStreamId=9 \
         RepairedRtpStreamId=10"
    );
    let subscribe = format!(
        "video 1 RecvOnly | {FIREFOX_VIDEO} | single |  | Mid=3 AbsSendTime=4 TransmissionOffset=5 PlayoutDelay=6 \
         TransportSequence=7"
    );
    let sends = audio(0, "SendOnly");
    let cases = [
        ("plain", fixture!("firefox-153-publish"), vec![sends.clone(), video.clone()]),
        ("with candidates", fixture!("firefox-153-publish-gathered"), vec![sends.clone(), video]),
        ("simulcast", fixture!("firefox-153-publish-simulcast"), vec![sends.clone(), simulcast.clone()]),
        ("receiving", fixture!("firefox-153-subscribe"), vec![audio(0, "RecvOnly"), subscribe]),
        (
            "with data",
            fixture!("firefox-153-livekit-publisher"),
            vec![sends, simulcast, "data 2 SendRecv |  |  |  | ".to_owned()],
        ),
    ];
    for (name, text, wanted) in cases {
        check(name, text, DescriptionKind::Offer, &wanted);
    }
}

#[test]
fn the_association_is_found_wherever_it_stands() {
    let cases = [
        (fixture!("chromium-156-publish"), "chromium"),
        (fixture!("firefox-153-publish"), "firefox: fingerprint only in the session part"),
        (fixture!("old-library"), "old: all in the session part"),
    ];
    for (text, name) in cases {
        let description = offer(text);
        assert!((4..=256).contains(&description.ice.ufrag.len()), "{name}");
        assert!((22..=256).contains(&description.ice.password.len()), "{name}");
        assert_eq!(description.fingerprint.algorithm, "sha-256", "{name}");
        assert_eq!(description.fingerprint.bytes.len(), 32, "{name}");
        assert_eq!(description.setup, Setup::ActPass, "{name}");
        assert!(!description.ice_lite, "{name}");
    }
    let answer = parse(fixture!("firefox-153-answer"), DescriptionKind::Answer).unwrap();
    assert_eq!(answer.setup, Setup::Active);
    assert!(offer(fixture!("firefox-153-publish")).extmap_allow_mixed, "said per section");
    assert!(offer(fixture!("chromium-156-publish")).extmap_allow_mixed, "said for the session");
    assert!(!offer(fixture!("old-library")).extmap_allow_mixed);
}

#[test]
fn sections_may_have_credentials_of_their_own() {
    let text = fixture!("chromium-156-publish").replacen("a=ice-ufrag:", "a=ice-ufrag:first", 1);
    let description = offer(&text);
    let ufrags: Vec<_> = description.sections.iter().filter_map(|section| section.ice.as_ref()).collect();
    assert!(ufrags[0].ufrag.starts_with("first") && !ufrags[1].ufrag.starts_with("first"));
    assert_eq!(&description.ice, ufrags[0]);
}

#[test]
fn an_old_library_is_understood() {
    let description = offer(fixture!("old-library"));
    let wanted = [
        "audio 0 SendOnly | opus:111 PCMA:8 | single |  | ",
        "video 1 SendOnly | VP8:100/96 H264-42e0-0:127 | pair pair pair |  | AbsSendTime=3",
        "unknown 2 SendRecv |  |  |  | ",
        "unknown 3 SendRecv |  |  |  | ",
    ];
    assert_eq!(summaries(&description), wanted);
    let video = &description.sections[1];
    let layer = |media| SsrcGroup { media, rtx: Some(media + 1000) };
    assert_eq!(video.ssrcs, [layer(2001), layer(2002), layer(2003)], "in the order of the SIM group");
    assert_eq!(video.bandwidth_kbps, Some(800));
    assert_eq!(video.msid.as_ref().map(|msid| (msid.stream.as_str(), msid.track.as_str())), Some(("stream", "camera")));
    let audio = &description.sections[0];
    assert_eq!(audio.msid.as_ref().map(|msid| msid.track.as_str()), Some("microphone"), "without braces");
    assert_eq!(audio.cname.as_deref(), Some("old"));
    assert_eq!(audio.codecs[0].feedback, [Feedback::Nack], "feedback for all payload types");
    assert_eq!(audio.candidates.len(), 1, "the RTCP component and nonsense are passed over");
    assert_eq!(description.sections[3].kind, SectionKind::Unknown("text 9 RTP/AVP 98".to_owned()));
}

#[test]
fn feedback_and_parameters_are_kept_per_codec() {
    let description = offer(fixture!("h264-first"));
    let video = &description.sections[1];
    assert_eq!(video.direction, Direction::SendOnly);
    let all = [Feedback::Remb, Feedback::TransportCc, Feedback::Fir, Feedback::Nack, Feedback::Pli];
    assert!(video.codecs.iter().all(|spec| spec.feedback == all));
    assert_eq!(video.codecs[0].codec, Codec::H264 { profile: H264Profile::Other(0x640c), packetization_mode: 1 });
    assert_eq!(video.codecs[1].fmtp, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
}

#[test]
fn spellings_of_simulcast_are_understood() {
    let section = |lines: &str| {
        let text = format!("v=0\nm=video 9 UDP/TLS/RTP/SAVPF 96\na=rtpmap:96 VP8/90000\n{lines}");
        let rids = offer(&text).sections[0].rids.clone();
        rids.into_iter().map(|rid| rid.0).collect::<Vec<_>>()
    };
    let declared = "a=rid:a send\na=rid:b send pt=96;max-width=320\na=rid:c recv\n";
    let cases: &[(&str, &[&str])] = &[
        ("a=simulcast:send a;b", &["a", "b"]),
        ("a=simulcast:send b;a", &["b", "a"]),
        ("a=simulcast:recv c send ~b;a", &["b", "a"]),
        ("a=simulcast: send rid=a;b", &["a", "b"]),
        ("a=simulcast:send a,b", &["a"]),
        ("a=simulcast:send a;undeclared", &["a"]),
        ("a=x-none", &["a", "b"]),
    ];
    for (line, wanted) in cases {
        assert_eq!(section(&format!("{declared}{line}\n")), *wanted, "{line}");
    }
    assert!(section("a=simulcast:send a;b\n").is_empty(), "layers that are not declared are none");
}

#[test]
fn of_several_tracks_in_one_section_the_first_counts() {
    let text = "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 0\na=ssrc:5 cname:x\na=ssrc:6 cname:y\na=ssrc-group:FEC-FR 5 7\na=ssrc:7 cname:x\n";
    assert_eq!(offer(text).sections[0].ssrcs, [SsrcGroup { media: 5, rtx: None }]);
}

#[test]
fn data_channel_parameters_are_read() {
    let description = offer(fixture!("firefox-153-livekit-publisher"));
    let SectionKind::Data(data) = &description.sections[2].kind else { panic!("no data section") };
    assert_eq!((data.sctp_port, data.max_message_size), (5000, Some(1_073_741_823)));
}
