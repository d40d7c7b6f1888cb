//! Tracks over a long session: announced and negotiated in any order, unpublished by a silent section, hundreds of times;
//! how sound is to be encoded.
use crate::call::accept_offers;
use crate::harness::{Hall, find, names};
use crate::text::{Section, add, camera, description, microphone, offer};
use livekit_protocol as proto;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;

fn tracks_of(responses: &[Response], identity: &str) -> Option<usize> {
    responses.iter().rev().find_map(|response| match response {
        Response::Update(update) => {
            update.participants.iter().find(|it| it.identity == identity).map(|it| it.tracks.len())
        }
        _ => None,
    })
}

fn sections(responses: &[Response]) -> Option<(usize, usize)> {
    responses.iter().rev().find_map(|response| match response {
        Response::Offer(offer) => Some((offer.sdp.matches("m=").count(), offer.sdp.matches("a=sendonly").count())),
        _ => None,
    })
}

#[test]
fn three_hundred_changes_of_tracks_leave_no_section_behind() {
    let mut hall = Hall::new();
    let (anna, ben) = (hall.join_v0("anna", ""), hall.join_v0("ben", ""));
    accept_offers(&mut hall, anna);
    accept_offers(&mut hall, ben);
    let mut id = 0;
    let mut negotiate = |hall: &mut Hall, sections: &[Section<'_>]| {
        id += 1;
        hall.request(anna, Request::Offer(description("offer", offer(sections), id)));
        let told = hall.take(anna);
        let answer = find(&told, |response| match response {
            Response::Answer(answer) => Some(answer.clone()),
            _ => None,
        });
        assert_eq!((answer.id, answer.sdp.matches("m=").count()), (id, sections.len()), "{:?}", names(&told));
    };
    for round in 0..150 {
        let (mic, cam) = (format!("mic{round}"), format!("cam{round}"));
        hall.request(anna, add(camera(&cam)));
        if round % 3 == 0 {
            // Media of both, and the sound's announcement after it.
            negotiate(&mut hall, &[Section::Data, Section::Audio(&mic), Section::Video(&cam)]);
            hall.request(anna, add(microphone(&mic)));
        } else {
            hall.request(anna, add(microphone(&mic)));
            negotiate(&mut hall, &[Section::Data, Section::Audio(&mic), Section::Video(&cam)]);
        }
        hall.start_producers();
        let told = accept_offers(&mut hall, ben);
        assert_eq!(tracks_of(&told, "anna"), Some(2), "round {round}");
        assert_eq!(sections(&told), Some((3, 2)), "round {round}: the same m-lines again and again");
        negotiate(&mut hall, &[Section::Data, Section::SilentAudio, Section::SilentVideo]);
        let told = accept_offers(&mut hall, ben);
        assert_eq!(tracks_of(&told, "anna"), Some(0), "round {round}");
        assert_eq!(sections(&told).map(|(_, sending)| sending), Some(0), "round {round}");
    }
    assert!(!hall.seen(anna).finished && !hall.seen(ben).finished);
}

#[test]
fn a_client_of_old_gets_a_new_section_for_each_track() {
    for (protocol, expected) in [(3, 3), (4, 2)] {
        let mut hall = Hall::new();
        let anna = hall.join_v0("anna", "");
        let ben = hall.join_with(&crate::harness::claims("hall", "ben"), "/rtc", &format!("protocol={protocol}"));
        accept_offers(&mut hall, ben);
        let mut last = None;
        for round in 0..2 {
            let cam = format!("cam{round}");
            hall.request(anna, add(camera(&cam)));
            hall.request(anna, Request::Offer(description("offer", offer(&[Section::Data, Section::Video(&cam)]), 1)));
            last = sections(&accept_offers(&mut hall, ben)).or(last);
            let silent = offer(&[Section::Data, Section::SilentVideo]);
            hall.request(anna, Request::Offer(description("offer", silent, 2)));
            accept_offers(&mut hall, ben);
        }
        assert_eq!(last, Some((expected, 1)), "protocol {protocol}");
    }
}

#[test]
#[expect(deprecated, reason = "SDKs still set the flags that features replace")]
fn the_answer_says_how_sound_is_to_be_encoded() {
    let red = "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n";
    let with_red = |sdp: String| {
        sdp.replace("SAVPF 111\r\n", "SAVPF 111 63\r\n")
            .replace("a=sendrecv\r\na=msid:- mic", &format!("{red}a=sendrecv\r\na=msid:- mic"))
    };
    let plain = microphone("mic");
    let cases = [
        ("as it comes", plain.clone(), "63 111", "minptime=10;useinbandfec=1;usedtx=1"),
        (
            "no RED",
            proto::AddTrackRequest { disable_red: true, ..plain.clone() },
            "111 63",
            "minptime=10;useinbandfec=1;usedtx=1",
        ),
        (
            "no DTX",
            proto::AddTrackRequest { disable_dtx: true, ..plain.clone() },
            "63 111",
            "minptime=10;useinbandfec=1",
        ),
        (
            "no DTX by its feature",
            proto::AddTrackRequest { audio_features: vec![proto::AudioTrackFeature::TfNoDtx.into()], ..plain.clone() },
            "63 111",
            "minptime=10;useinbandfec=1",
        ),
        (
            "stereo, as livekit-client asks for it",
            proto::AddTrackRequest { stereo: true, disable_red: true, disable_dtx: true, ..plain.clone() },
            "111 63",
            "minptime=10;useinbandfec=1;stereo=1;maxaveragebitrate=510000",
        ),
        (
            "encrypted",
            proto::AddTrackRequest { encryption: proto::encryption::Type::Gcm.into(), disable_red: true, ..plain },
            "111 63",
            "minptime=10;useinbandfec=1;usedtx=1",
        ),
    ];
    for (what, request, order, parameters) in cases {
        let mut hall = Hall::new();
        let anna = hall.join_v0("anna", "");
        let ben = hall.join_v0("ben", "");
        hall.request(anna, add(request.clone()));
        let sdp = with_red(offer(&[Section::Data, Section::Audio("mic")]));
        hall.request(anna, Request::Offer(description("offer", sdp, 1)));
        let answer = find(&hall.take(anna), |response| match response {
            Response::Answer(answer) => Some(answer.sdp.clone()),
            _ => None,
        });
        assert!(answer.contains(&format!("m=audio 9 UDP/TLS/RTP/SAVPF {order}\r\n")), "{what}: {answer}");
        assert!(answer.contains(&format!("a=fmtp:111 {parameters}\r\n")), "{what}: {answer}");
        let track = find(&hall.take(ben), |response| match response {
            Response::Update(update) => update.participants.iter().find_map(|it| it.tracks.first().cloned()),
            _ => None,
        });
        assert_eq!(track.encryption, request.encryption, "{what}: passed on as it is");
    }
}
