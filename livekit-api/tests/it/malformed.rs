//! Bad input: an explicit answer or close, never a panic, and no other client notices.
use crate::harness::{Hall, names};
use crate::text::{Section, offer};
use livekit_protocol as proto;
use prost::Message;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use sfu_core::signal::Frame;

fn binary(request: Request) -> Frame {
    Frame::Binary(proto::SignalRequest { message: Some(request) }.encode_to_vec())
}

fn sdp(kind: &str, text: String) -> Frame {
    let description = proto::SessionDescription { r#type: kind.to_owned(), sdp: text, ..Default::default() };
    binary(if kind == "offer" { Request::Offer(description) } else { Request::Answer(description) })
}

/// What must come of a bad frame.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Outcome {
    Close(u16),
    Response,
    SubscriptionResponse,
}

fn cases() -> Vec<(&'static str, Frame, Outcome)> {
    use Outcome::{Close, Response, SubscriptionResponse};
    let text = |text: &str| Frame::Text(text.to_owned());
    let good = offer(&[Section::Data, Section::Audio("mic"), Section::Video("cam")]);
    let lines = |count: usize| format!("{good}{}", "a=x:y\r\n".repeat(count));
    let mut cases = vec![
        ("binary rubbish", Frame::Binary(vec![0xff; 16]), Close(1007)),
        ("truncated protobuf", Frame::Binary(vec![0x0a, 0x7f, 0x01]), Close(1007)),
        ("wrong wire type", Frame::Binary(vec![0x0d, 0, 0, 0, 0]), Close(1007)),
        ("protobuf with bad UTF-8", Frame::Binary(vec![0x2a, 0x03, 0x0a, 0x01, 0xff]), Close(1007)),
        ("over two megabytes", Frame::Binary(vec![0; (2 << 20) + 1]), Close(1009)),
        ("long text", text(&"x".repeat((2 << 20) + 1)), Close(1009)),
        ("empty text", text(""), Close(1007)),
        ("text rubbish", text("hello"), Close(1007)),
        ("half JSON", text("{\"mute\":"), Close(1007)),
        ("JSON array", text("[1,2]"), Close(1007)),
        ("JSON number", text("7"), Close(1007)),
        ("JSON null", text("null"), Close(1007)),
        ("JSON of the wrong type", text(r#"{"mute":{"sid":7}}"#), Close(1007)),
        ("JSON enum of nobody", text(r#"{"addTrack":{"type":"SMELL"}}"#), Close(1007)),
        ("JSON negative number", text(r#"{"addTrack":{"width":-1}}"#), Close(1007)),
        ("deep JSON", text(&format!("{}{}", "{\"mute\":".repeat(5000), "}".repeat(5000))), Close(1007)),
        ("empty binary", Frame::Binary(Vec::new()), Response),
        ("empty JSON object", text("{}"), Response),
        ("unknown request", text(r#"{"fromTheFuture":{}}"#), Response),
        ("unknown field number", Frame::Binary(vec![0xfa, 0x07, 0x00]), Response),
        ("offer that is empty", sdp("offer", String::new()), Response),
        ("offer that is text", sdp("offer", "hello".to_owned()), Response),
        ("offer with one line", sdp("offer", "v=0\r\n".to_owned()), Response),
        ("offer of NULs", sdp("offer", "\0".repeat(100)), Response),
        ("offer without ICE", sdp("offer", good.replace("a=ice-ufrag", "a=x")), Response),
        ("offer without password", sdp("offer", good.replace("a=ice-pwd", "a=x")), Response),
        ("offer without fingerprint", sdp("offer", good.replace("a=fingerprint", "a=x")), Response),
        ("offer with a bad fingerprint", sdp("offer", good.replace("AB:AB", "ZZ:AB")), Response),
        ("offer of 300 kB", sdp("offer", format!("{good}a=x:{}\r\n", "y".repeat(300_000))), Response),
        ("offer of 9,000 lines", sdp("offer", lines(9_000)), Response),
        ("offer of 300 sections", sdp("offer", offer(&[Section::ReceiveAudio; 300])), Response),
        ("answer that is text", sdp("answer", "hello".to_owned()), Response),
        ("answer to nothing like it", sdp("answer", good.replace("actpass", "active")), Response),
        ("mute of nothing", binary(Request::Mute(proto::MuteTrackRequest::default())), Response),
        ("mute of a stranger", text(r#"{"mute":{"sid":"TR_AMAAAAAAAAAB","muted":true}}"#), Response),
        ("mute of a room", text(r#"{"mute":{"sid":"RM_AAAAAAAAAB","muted":true}}"#), Response),
        (
            "track of unknown type",
            binary(Request::AddTrack(proto::AddTrackRequest { r#type: 77, ..Default::default() })),
            Response,
        ),
        ("candidate that is no JSON", text(r#"{"trickle":{"candidateInit":"x"}}"#), Response),
        ("candidate that is a number", text(r#"{"trickle":{"candidateInit":"{\"candidate\":5}"}}"#), Response),
        (
            "candidate of rubbish",
            text(r#"{"trickle":{"candidateInit":"{\"candidate\":\"candidate:a b c\"}"}}"#),
            Response,
        ),
        ("settings of nothing", text(r#"{"trackSetting":{"trackSids":["x"]}}"#), Response),
        (
            "metadata over the limit",
            binary(Request::UpdateMetadata(proto::UpdateParticipantMetadata {
                metadata: "m".repeat(600_000),
                request_id: 1,
                ..Default::default()
            })),
            Response,
        ),
        ("empty scenario", text(r#"{"simulate":{}}"#), Response),
        (
            "subscription to rubbish",
            text(r#"{"subscription":{"trackSids":["\u0000"],"subscribe":true}}"#),
            SubscriptionResponse,
        ),
        (
            "subscription to a participant",
            text(r#"{"subscription":{"trackSids":["PA_AAAAAAAAAB"],"subscribe":true}}"#),
            SubscriptionResponse,
        ),
    ];
    let long = "é".repeat(100_000);
    cases.push((
        "subscription of great length",
        text(&format!(r#"{{"subscription":{{"trackSids":["{long}"],"subscribe":true}}}}"#)),
        SubscriptionResponse,
    ));
    cases
}

#[test]
fn each_bad_frame_has_its_explicit_outcome_and_no_other_client_notices() {
    let cases = cases();
    assert!(cases.len() >= 45);
    for (what, frame, outcome) in cases {
        let mut hall = Hall::new();
        let mut claims = crate::harness::claims("hall", "anna");
        claims.video.as_mut().unwrap().can_update_own_metadata = Some(true);
        let anna = hall.join_with(&claims, "/rtc", "protocol=15");
        let ben = hall.join_v0("ben", "");
        hall.take(anna);
        hall.take(ben);
        hall.frame(anna, frame);
        let told = hall.take(anna);
        match outcome {
            Outcome::Close(code) => {
                let closed = hall.seen(anna).closed.as_ref();
                assert!(closed.is_some_and(|(got, reason)| *got == code && !reason.is_empty()), "{what}: {closed:?}");
            }
            Outcome::Response => {
                let [Response::RequestResponse(response)] = told.as_slice() else {
                    panic!("{what}: {:?}", names(&told))
                };
                assert!(response.reason != 0 && !response.message.is_empty(), "{what}");
            }
            Outcome::SubscriptionResponse => assert_eq!(names(&told), ["subscription_response"], "{what}"),
        }
        assert!(hall.take(ben).is_empty(), "{what}: another client noticed");
        hall.frame(ben, binary(Request::Ping(1)));
        assert_eq!(names(&hall.take(ben)), ["pong"], "{what}");
    }
}

#[test]
fn a_publish_by_somebody_who_may_only_subscribe_is_refused() {
    let mut hall = Hall::new();
    let mut claims = crate::harness::claims("hall", "anna");
    claims.video.as_mut().unwrap().can_publish = Some(false);
    let anna = hall.join_with(&claims, "/rtc", "protocol=15");
    hall.take(anna);
    hall.request(anna, Request::AddTrack(crate::text::microphone("mic")));
    let told = hall.take(anna);
    let [Response::RequestResponse(response)] = told.as_slice() else { panic!("{:?}", names(&told)) };
    assert_eq!(response.reason(), proto::request_response::Reason::NotAllowed);
}
