//! Bad input: whatever comes on one client's socket gets that protocol's explicit error, and nobody else notices.
//!
//! Guards against: a panic or a silence on rubbish; a fault that ends the room or reaches another client.
use crate::harness::{Kind, Source, World};
use livekit_protocol as proto;
use prost::Message;
use proto::request_response::Reason;
use proto::signal_request::Message as Request;
use serde_json::json;
use sfu_core::signal::Frame;

const RUBBISH: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio nine UDP/TLS/RTP/SAVPF 111\r\n";

#[test]
fn rubbish_of_a_livekit_client_is_answered_and_nobody_else_notices() {
    let description = |kind: &str, sdp: &str| proto::SessionDescription {
        r#type: kind.to_owned(),
        sdp: sdp.to_owned(),
        id: 9,
        ..proto::SessionDescription::default()
    };
    let mute = proto::MuteTrackRequest { sid: "TR_AMnothere000".to_owned(), muted: true };
    let trickle = proto::TrickleRequest { candidate_init: "{".to_owned(), ..Default::default() };
    let settings = proto::UpdateTrackSettings { track_sids: vec!["TR_x".to_owned()], ..Default::default() };
    let cases: Vec<(&str, Request, Reason)> = vec![
        ("offer that is none", Request::Offer(description("offer", RUBBISH)), Reason::InvalidRequest),
        ("empty offer", Request::Offer(description("offer", "")), Reason::InvalidRequest),
        ("mute of an unknown track", Request::Mute(mute), Reason::NotFound),
        ("candidate that is no JSON", Request::Trickle(trickle), Reason::InvalidRequest),
        ("settings of an unknown track", Request::TrackSetting(settings), Reason::NotFound),
        (
            "data track",
            Request::AddTrack(proto::AddTrackRequest { r#type: 2, ..Default::default() }),
            Reason::UnsupportedType,
        ),
    ];
    for (what, request, reason) in cases {
        for kind in [Kind::LiveKitTwo, Kind::LiveKitOne] {
            let mut world = World::new(&format!("{what} of {kind:?}"), 80);
            let bob = world.enter(Kind::V2, "bob");
            let alice = world.enter(kind, "alice");
            world.publish(alice, &[Source::Microphone]);
            let heard = world.tape.count_to("bob");
            world.livekit(alice).request(request.clone());
            world.settle();
            let reasons: Vec<_> = world.livekit(alice).responses().map(proto::RequestResponse::reason).collect();
            assert_eq!(reasons, [reason], "{what}");
            assert_eq!(world.tape.count_to("bob"), heard, "{what}");
            assert_eq!(world.playing(bob), ["alice microphone"], "{what}");
        }
    }
}

#[test]
fn frames_that_are_no_signalling_close_that_socket_alone() {
    for frame in [Frame::Binary(vec![0xff; 20]), Frame::Text("{".to_owned()), Frame::Binary(vec![0; 3 * 1024 * 1024])] {
        let mut world = World::new("no signalling at all", 81);
        let bob = world.enter(Kind::V2, "bob");
        let alice = world.enter(Kind::LiveKitTwo, "alice");
        world.publish(alice, &[Source::Microphone]);
        world.send_frame(alice, frame);
        let (code, reason) = world.livekit(alice).closed.clone().expect("a close frame");
        assert!([1007, 1009].contains(&code) && !reason.is_empty(), "{code} {reason}");
        assert_eq!(world.playing(bob), ["alice microphone"], "nobody notices");
        world.come_back(alice);
        assert_eq!(world.livekit(alice).resumed, 1, "and it may come back");
    }
}

#[test]
fn an_empty_request_is_answered() {
    let mut world = World::new("an empty request", 82);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    world.send_frame(alice, Frame::Binary(proto::SignalRequest { message: None }.encode_to_vec()));
    assert_eq!(world.livekit(alice).responses().count(), 1);
}

#[test]
fn rubbish_of_a_v2_client_is_answered_and_nobody_else_notices() {
    let publish = |offer: &str| json!({ "sdpOffer": offer, "doLoopback": false, "hasAudio": true, "hasVideo": true });
    let cases = [
        ("noSuchMethod", json!({}), -32601),
        ("publishVideo", json!({}), -1),
        ("publishVideo", publish(RUBBISH), -1),
        ("publishVideo", publish(""), -1),
        ("unpublishVideo", json!({}), 105),
        ("receiveVideoFrom", json!({ "sender": "str_CAM_AAAA_con_Unknown000", "sdpOffer": RUBBISH }), 102),
        ("receiveVideoFrom", json!({ "sender": "nobody", "sdpOffer": RUBBISH }), -1),
        ("prepareReceiveVideoFrom", json!({ "sender": "str_CAM_AAAA_con_Unknown000", "reconnect": false }), 102),
        ("unsubscribeFromVideo", json!({ "sender": "con_Unknown000" }), 102),
        ("forceDisconnect", json!({ "connectionId": "con_Unknown000" }), 401),
        ("reconnectStream", json!({ "stream": "str_CAM_AAAA_con_Unknown000", "sdpString": RUBBISH }), 105),
        ("subscribeToSpeechToText", json!({ "connectionId": "con_Unknown000", "lang": "en-US" }), 997),
    ];
    for (method, params, code) in cases {
        let mut world = World::new(&format!("{method} with {params}"), 83);
        let bob = world.enter(Kind::LiveKitTwo, "bob");
        let alice = world.enter(Kind::V2, "alice");
        let heard = world.tape.count_to("bob");
        world.v2(alice).call(method, params.clone());
        world.settle();
        let errors: Vec<_> = world.v2(alice).errors.iter().map(|(method, code, _)| (method.as_str(), *code)).collect();
        assert_eq!(errors, [(method, code)], "{params}");
        assert_eq!(world.tape.count_to("bob"), heard, "{method} {params}");
        world.publish(alice, &[Source::Microphone]);
        assert_eq!(world.playing(bob), ["alice microphone"], "the client goes on after {method} {params}");
    }
}

#[test]
fn frames_that_are_no_json_rpc_do_no_harm() {
    for text in ["", "rubbish", "[]", "7", "{}", r#"{"jsonrpc":"2.0","method":"ping","params":[],"id":"x"}"#] {
        let mut world = World::new(&format!("{text:?} as a frame"), 84);
        let alice = world.enter(Kind::V2, "alice");
        let bob = world.enter(Kind::V2, "bob");
        world.send_frame(alice, Frame::Text(text.to_owned()));
        world.send_frame(alice, Frame::Binary(vec![1, 2, 3]));
        world.publish(alice, &[Source::Camera]);
        assert_eq!(world.playing(bob), ["alice camera"], "{text}");
        assert!(world.is_online(alice));
    }
}
