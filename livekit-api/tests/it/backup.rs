//! A camera in VP9 with VP8 for those who need it, as livekit-client publishes it under the profile that has dynacast.
use crate::harness::{Hall, config, find, names};
use crate::text::{Section, add, answer_to, camera, description, offer};
use livekit_api::LiveKitConfig;
use livekit_protocol as proto;
use proto::request_response::Reason;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use proto::video_layer::Mode;
use sfu_core::capability::Profile;
use sfu_core::id::ProducerId;
use sfu_core::media::MediaCommand;

fn hall(profile: Profile) -> Hall {
    Hall::with(LiveKitConfig { profile, ..config() })
}

fn named(codec: &str, cid: &str) -> proto::SimulcastCodec {
    proto::SimulcastCodec { codec: codec.to_owned(), cid: cid.to_owned(), ..Default::default() }
}

fn layers() -> Vec<proto::VideoLayer> {
    let sizes = [(0, 160, 90), (1, 320, 180), (2, 640, 360)];
    let layer = |(quality, width, height)| proto::VideoLayer { quality, width, height, ..Default::default() };
    sizes.into_iter().map(layer).collect()
}

fn vp9_camera() -> proto::AddTrackRequest {
    let simulcast_codecs = vec![named("vp9", "cam"), named("vp8", "")];
    let backup_codec_policy = proto::BackupCodecPolicy::Simulcast.into();
    proto::AddTrackRequest { layers: layers(), simulcast_codecs, backup_codec_policy, ..camera("cam") }
}

fn second(sid: &str) -> proto::AddTrackRequest {
    let simulcast_codecs = vec![named("vp8", "second")];
    proto::AddTrackRequest { sid: sid.to_owned(), simulcast_codecs, layers: layers(), ..camera("second") }
}

fn published(responses: &[Response]) -> proto::TrackPublishedResponse {
    find(responses, |response| match response {
        Response::TrackPublished(published) => Some(published.clone()),
        _ => None,
    })
}

fn sdp_of(responses: &[Response]) -> proto::SessionDescription {
    find(responses, |response| match response {
        Response::Answer(description) | Response::Offer(description) => Some(description.clone()),
        _ => None,
    })
}

/// An answer of a browser that does not know VP9 and AV1.
fn without_new_codecs(answer: &str) -> String {
    let gone = ["98", "99", "100", "101", "35", "36"];
    let of_gone = |line: &str| {
        gone.iter().any(|number| {
            ["rtpmap", "fmtp", "rtcp-fb"].iter().any(|name| line.starts_with(&format!("a={name}:{number} ")))
        })
    };
    let kept = |line: &str| match line.strip_prefix("m=video ") {
        Some(rest) => {
            let words: Vec<&str> = rest.split(' ').collect();
            let types = words[2..].iter().filter(|number| !gone.contains(number)).copied();
            format!("m=video {} {} {}\r\n", words[0], words[1], types.collect::<Vec<_>>().join(" "))
        }
        None => format!("{line}\r\n"),
    };
    answer.lines().filter(|line| !of_gone(line)).map(kept).collect()
}

/// What the last update says: each codec with a sign for LOW, MEDIUM and HIGH.
fn qualities(responses: &[Response], sid: &str) -> Vec<String> {
    let mut updates = responses.iter().filter_map(|response| match response {
        Response::SubscribedQualityUpdate(update) => Some(update),
        _ => None,
    });
    let Some(update) = updates.next_back() else { return Vec::new() };
    assert_eq!(update.track_sid, sid);
    let signs = |codec: &proto::SubscribedCodec| {
        codec.qualities.iter().map(|quality| if quality.enabled { '+' } else { '-' }).collect::<String>()
    };
    update.subscribed_codecs.iter().map(|codec| format!("{} {}", codec.codec, signs(codec))).collect()
}

/// The sources that the Consumers opened so far have now, in the order of their opening.
fn sources(hall: &Hall) -> Vec<Option<ProducerId>> {
    let mut consumers = Vec::new();
    for command in &hall.media {
        match command {
            MediaCommand::OpenConsumer(params) => consumers.push((params.consumer, params.source)),
            MediaCommand::SetConsumerSource { consumer, source } => {
                for known in consumers.iter_mut().filter(|known| known.0 == *consumer) {
                    known.1 = *source;
                }
            }
            _ => {}
        }
    }
    consumers.into_iter().map(|(_, source)| source).collect()
}

fn producers(hall: &Hall) -> Vec<ProducerId> {
    let opened = hall.media.iter().filter_map(|command| match command {
        MediaCommand::OpenProducer(params) => Some(params.producer),
        _ => None,
    });
    opened.collect()
}

/// Answers the open offer of the server.
fn answer(hall: &mut Hall, client: usize, takes_all: bool) {
    let offered = sdp_of(&hall.take(client));
    let full = answer_to(&offered.sdp);
    let sdp = if takes_all { full } else { without_new_codecs(&full) };
    hall.request(client, Request::Answer(description("answer", sdp, offered.id)));
}

fn codecs_in(sdp: &str) -> Vec<Vec<String>> {
    let sections = sdp.split("m=video ").skip(1);
    let names = |section: &str| {
        let lines = section.lines().filter(|line| line.starts_with("a=rtpmap:") && !line.contains("rtx"));
        lines.filter_map(|line| line.split([' ', '/']).nth(1).map(str::to_owned)).collect()
    };
    sections.map(names).collect()
}

#[test]
fn a_viewer_without_vp9_makes_its_publisher_add_vp8_and_gets_it() {
    let mut hall = hall(Profile::Full);
    let [anna, ben, cleo] = ["anna", "ben", "cleo"].map(|name| hall.join_v0(name, ""));
    let join = find(&hall.take(anna), |response| match response {
        Response::Join(join) => Some(join.clone()),
        _ => None,
    });
    let told: Vec<&str> = join.enabled_publish_codecs.iter().map(|codec| codec.mime.as_str()).collect();
    assert_eq!(told, ["video/VP8", "video/H264", "video/VP9", "video/AV1", "audio/opus", "audio/red"]);
    for viewer in [ben, cleo] {
        answer(&mut hall, viewer, true);
        hall.take(viewer);
    }

    hall.request(anna, add(vp9_camera()));
    let track = published(&hall.take(anna)).track.unwrap();
    let codecs: Vec<_> = track
        .codecs
        .iter()
        .map(|c| (c.mime_type.as_str(), c.cid.as_str(), c.layers.len(), c.video_layer_mode()))
        .collect();
    let (one, many) = (Mode::OneSpatialLayerPerStream, Mode::MultipleSpatialLayersPerStream);
    assert_eq!(codecs, [("video/VP9", "cam", 3, many), ("video/VP8", "", 3, one)]);
    assert_eq!(track.backup_codec_policy(), proto::BackupCodecPolicy::Simulcast);

    hall.request(anna, Request::Offer(description("offer", offer(&[Section::Data, Section::VideoInTwo("cam")]), 1)));
    assert_eq!(codecs_in(&sdp_of(&hall.take(anna)).sdp), [["VP9"]]);
    answer(&mut hall, cleo, true);
    assert_eq!(qualities(&hall.take(anna), &track.sid), ["vp9 +++"], "nobody needs VP8");
    answer(&mut hall, ben, false);
    assert_eq!(qualities(&hall.take(anna), &track.sid), ["vp9 +++", "vp8 +++"]);
    let vp9 = producers(&hall)[0];
    assert_eq!(sources(&hall), [Some(vp9), None]);

    hall.request(anna, add(second(&track.sid)));
    let response = published(&hall.take(anna));
    assert_eq!(response.cid, "second");
    let info = response.track.unwrap();
    assert_eq!((info.sid.as_str(), info.mime_type.as_str()), (track.sid.as_str(), "video/VP9"));
    assert_eq!(info.codecs[1].cid, "second");
    hall.take(ben);
    let sections = [Section::Data, Section::VideoInTwo("cam"), Section::VideoInTwo("second")];
    hall.request(anna, Request::Offer(description("offer", offer(&sections), 2)));
    assert_eq!(codecs_in(&sdp_of(&hall.take(anna)).sdp), [["VP9"], ["VP8"]]);
    let vp8 = producers(&hall)[1];
    assert_eq!(sources(&hall), [Some(vp9), Some(vp8)]);
    let told = hall.take(ben);
    assert!(!names(&told).contains(&"offer"), "nothing to negotiate for the viewer: {:?}", names(&told));
    let Some(Response::Update(update)) = told.iter().rfind(|it| matches!(it, Response::Update(_))) else { panic!() };
    let [info] = update.participants[0].tracks.as_slice() else { panic!("one track") };
    let mids: Vec<&str> = info.codecs.iter().map(|codec| codec.mid.as_str()).collect();
    assert_eq!((info.sid.as_str(), mids), (track.sid.as_str(), vec!["1", "2"]));
}

#[test]
fn a_codec_that_cannot_be_added_is_refused_with_the_request() {
    let mut hall = hall(Profile::Full);
    let anna = hall.join_v0("anna", "");
    hall.request(anna, add(vp9_camera()));
    hall.request(anna, add(camera("plain")));
    let told = hall.take(anna);
    let sid = published(&told).track.unwrap().sid;
    let plain = told.iter().rev().find_map(|response| match response {
        Response::TrackPublished(published) => published.track.as_ref().map(|track| track.sid.clone()),
        _ => None,
    });
    let other = |codec: &str| proto::AddTrackRequest { simulcast_codecs: vec![named(codec, "second")], ..second(&sid) };
    let cases = [
        (second("TR_VCAAAAAAAAAB"), Reason::NotFound),
        (second(&plain.unwrap()), Reason::InvalidRequest),
        (other("h264"), Reason::InvalidRequest),
        (other("mpeg"), Reason::InvalidRequest),
    ];
    for (request, reason) in cases {
        hall.request(anna, add(request.clone()));
        let told = hall.take(anna);
        let [Response::RequestResponse(response)] = told.as_slice() else { panic!("{:?}", names(&told)) };
        assert_eq!(response.reason(), reason, "{request:?}");
        assert_eq!(response.request, Some(proto::request_response::Request::AddTrack(request)));
    }
}

#[test]
fn the_other_profile_tells_nothing_of_second_codecs() {
    let mut hall = hall(Profile::Mediasoup);
    let [anna, ben] = ["anna", "ben"].map(|name| hall.join_v0(name, ""));
    answer(&mut hall, ben, true);
    hall.request(anna, add(vp9_camera()));
    let track = published(&hall.take(anna)).track.unwrap();
    assert_eq!((track.codecs.len(), track.backup_codec_policy()), (1, proto::BackupCodecPolicy::Simulcast));
    hall.request(anna, Request::Offer(description("offer", offer(&[Section::Data, Section::VideoInTwo("cam")]), 1)));
    assert_eq!(codecs_in(&sdp_of(&hall.take(anna)).sdp), [["VP8"]], "everybody takes it");
    answer(&mut hall, ben, false);
    assert!(qualities(&hall.take(anna), &track.sid).is_empty());
    assert_eq!(sources(&hall), [Some(producers(&hall)[0])]);
    hall.request(anna, add(second(&track.sid)));
    let told = hall.take(anna);
    let [Response::RequestResponse(response)] = told.as_slice() else { panic!("{:?}", names(&told)) };
    assert_eq!(response.reason(), Reason::UnsupportedType);
    assert!(response.message.contains("VIA-0103"), "{}", response.message);
}
