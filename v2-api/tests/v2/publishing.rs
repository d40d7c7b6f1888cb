//! Ways of publishing that the recorded dialogues do not show: in layers, with one's own media back, again after an end.
use crate::sdp_text;
use crate::stage::Stage;
use serde_json::{Value, json};

fn publish(offer: &str, loopback: bool) -> Value {
    json!({
        "sdpOffer": offer, "doLoopback": loopback, "hasAudio": true, "hasVideo": true, "audioActive": true,
        "videoActive": true, "typeOfVideo": "CAMERA", "frameRate": 30,
        "videoDimensions": "{\"width\":1280,\"height\":720}",
    })
}

/// The offer of an SDK that publishes its picture in layers, lowest first.
fn layered_offer() -> String {
    let plain = sdp_text::offer(true, true, "sendonly");
    let rids = ["rdiv4", "rdiv2", "rdiv1"];
    let layers: String = rids.iter().map(|rid| format!("a=rid:{rid} send\r\n")).collect();
    let extension = "a=extmap:2 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n";
    plain.replace("a=ssrc:1001 cname:c\r\n", &format!("{extension}{layers}a=simulcast:send {}\r\n", rids.join(";")))
}

#[test]
fn a_picture_in_layers_is_taken_layer_by_layer_in_the_clients_order() {
    let stage = Stage::with(|config| config.streams.simulcast = true);
    let joined = stage.join("s", "alice", "PUBLISHER");
    assert_eq!((&joined["videoSimulcast"], &joined["mediaServer"]), (&json!(true), &json!("mediasoup")));
    stage.join("s", "bob", "SUBSCRIBER");
    let published = stage.request("alice", "publishVideo", publish(&layered_offer(), false));
    let answer = published["sdpAnswer"].as_str().unwrap_or_else(|| panic!("{published}"));
    let lines: Vec<&str> =
        answer.lines().filter(|line| line.starts_with("a=rid:") || line.starts_with("a=simulcast:")).collect();
    assert_eq!(
        lines,
        ["a=rid:rdiv4 recv", "a=rid:rdiv2 recv", "a=rid:rdiv1 recv", "a=simulcast:recv rdiv4;rdiv2;rdiv1"]
    );
    let stream = published["id"].as_str().unwrap();
    let offer = stage.request("bob", "prepareReceiveVideoFrom", json!({"sender": stream, "reconnect": false}));
    assert!(!offer["sdpOffer"].as_str().unwrap().contains("simulcast"), "a receiver gets one picture");
    let renewed = stage.request("alice", "reconnectStream", json!({"stream": stream, "sdpString": layered_offer()}));
    assert!(renewed["sdpAnswer"].as_str().unwrap().contains("a=simulcast:recv rdiv4;rdiv2;rdiv1"), "and over again");
}

#[test]
fn who_wants_its_own_media_back_gets_it_on_the_same_connection() {
    let stage = Stage::default();
    stage.join("s", "alice", "PUBLISHER");
    for (loopback, direction) in [(true, "a=sendrecv"), (false, "a=recvonly")] {
        let offer = sdp_text::offer(true, true, if loopback { "sendrecv" } else { "sendonly" });
        let published = stage.request("alice", "publishVideo", publish(&offer, loopback));
        let answer = published["sdpAnswer"].as_str().unwrap_or_else(|| panic!("{published}"));
        assert_eq!(answer.lines().filter(|line| *line == direction).count(), 2, "{answer}");
        stage.request("alice", "unpublishVideo", json!({}));
    }
}

#[test]
fn publishing_again_makes_a_new_stream() {
    let stage = Stage::default();
    stage.join("s", "alice", "PUBLISHER");
    stage.join("s", "bob", "PUBLISHER");
    let first = stage.publish("alice");
    stage.request("alice", "unpublishVideo", json!({}));
    let second = stage.publish("alice");
    assert_ne!(first, second);
    stage.take("bob");
    let gone = stage.request("bob", "prepareReceiveVideoFrom", json!({"sender": first, "reconnect": false}));
    assert_eq!(gone["code"], 105);
    let there = stage.request("bob", "prepareReceiveVideoFrom", json!({"sender": second, "reconnect": false}));
    assert!(there["sdpOffer"].is_string());
}
