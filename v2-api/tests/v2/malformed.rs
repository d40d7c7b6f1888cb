//! Bad input: each gets an explicit error, the server stays up, nobody else notices.
use crate::rest_calls::{Sent, call};
use crate::sdp_text;
use crate::stage::Stage;
use serde_json::{Value, json};
use sfu_core::signal::Frame;

/// Alice and Bob; Alice publishes.
fn room() -> (Stage, String) {
    let stage = Stage::default();
    stage.join("s", "alice", "PUBLISHER");
    stage.join("s", "bob", "PUBLISHER");
    let stream = stage.publish("alice");
    stage.take("alice");
    stage.take("bob");
    (stage, stream)
}

#[test]
fn malformed_requests_are_answered_with_an_error_and_nobody_else_notices() {
    let (stage, stream) = room();
    let rubbish = "v=0\r\nm=audio\r\n";
    let huge = format!("v=0\r\n{}", "a=x\r\n".repeat(20_000));
    let nobody = "str_CAM_A000_con_A000000000";
    let cases: Vec<(&str, Value, i64)> = vec![
        ("nothing", json!({}), -32601),
        ("", json!({}), -32601),
        ("JOINROOM", json!({}), -32601),
        ("joinRoom", json!({}), -1),
        ("joinRoom", json!({"token": null, "session": "s", "secret": "", "platform": "", "metadata": ""}), -1),
        ("joinRoom", json!({"token": [], "session": "s", "secret": "", "platform": "", "metadata": ""}), -1),
        ("joinRoom", json!({"token": "t", "session": {}, "secret": "", "platform": "", "metadata": ""}), -1),
        (
            "joinRoom",
            json!({"token": "t", "session": "s", "secret": "", "platform": "", "metadata": "", "sdkVersion": "two"}),
            -1,
        ),
        (
            "joinRoom",
            json!({"token": "t", "session": "s", "secret": "", "platform": "", "metadata": "", "sdkVersion": "2.32"}),
            -1,
        ),
        (
            "joinRoom",
            json!({"token": "t", "session": "s", "secret": "", "platform": "", "metadata": "", "recorder": "x"}),
            -1,
        ),
        ("publishVideo", json!({}), -1),
        ("publishVideo", json!({"sdpOffer": "x", "doLoopback": false, "hasAudio": true}), -1),
        ("publishVideo", json!({"sdpOffer": "x", "doLoopback": "no", "hasAudio": true, "hasVideo": true}), -1),
        ("publishVideo", json!({"sdpOffer": "x", "doLoopback": false, "hasAudio": true, "hasVideo": true}), -1),
        ("publishVideo", json!({"sdpOffer": rubbish, "doLoopback": false, "hasAudio": true, "hasVideo": true}), -1),
        ("publishVideo", json!({"sdpOffer": "", "doLoopback": false, "hasAudio": true, "hasVideo": true}), -1),
        ("publishVideo", json!({"sdpOffer": huge, "doLoopback": false, "hasAudio": true, "hasVideo": true}), -1),
        ("publishVideo", json!({"sdpOffer": 7, "doLoopback": false, "hasAudio": true, "hasVideo": true}), -1),
        ("publishVideo", json!({"sdpOffer": "x", "doLoopback": false, "hasAudio": false, "hasVideo": false}), -1),
        (
            "publishVideo",
            json!({"sdpOffer": "x", "doLoopback": false, "hasAudio": true, "hasVideo": true, "frameRate": {}}),
            -1,
        ),
        ("unpublishVideo", json!({}), 105),
        ("prepareReceiveVideoFrom", json!({"sender": null, "reconnect": false}), -1),
        ("prepareReceiveVideoFrom", json!({"sender": "x", "reconnect": false}), -1),
        ("prepareReceiveVideoFrom", json!({"sender": nobody, "reconnect": false}), 102),
        ("prepareReceiveVideoFrom", json!({"sender": stream, "reconnect": 7}), -1),
        ("receiveVideoFrom", json!({"sender": stream}), -1),
        ("receiveVideoFrom", json!({"sender": stream, "sdpOffer": rubbish}), 302),
        ("receiveVideoFrom", json!({"sender": stream, "sdpOffer": huge}), 302),
        ("receiveVideoFrom", json!({"sender": stream, "sdpAnswer": sdp_text::offer(true, true, "recvonly")}), -1),
        ("receiveVideoFrom", json!({"sender": nobody, "sdpOffer": rubbish}), 102),
        ("receiveVideoFrom", json!({"sender": "con_", "sdpOffer": rubbish}), 102),
        ("unsubscribeFromVideo", json!({}), -1),
        ("unsubscribeFromVideo", json!({"sender": stream}), 102),
        ("unsubscribeFromVideo", json!({"sender": "con_A000000000"}), 102),
        ("onIceCandidate", json!({}), -1),
        (
            "onIceCandidate",
            json!({"endpointName": "x", "candidate": "candidate:1", "sdpMid": null, "sdpMLineIndex": 0}),
            -1,
        ),
        (
            "onIceCandidate",
            json!({"endpointName": "x", "candidate": "candidate:1", "sdpMid": "0", "sdpMLineIndex": null}),
            -1,
        ),
        (
            "onIceCandidate",
            json!({"endpointName": "x", "candidate": "candidate:1", "sdpMid": "0", "sdpMLineIndex": "x"}),
            -1,
        ),
        (
            "onIceCandidate",
            json!({"endpointName": "x", "candidate": "rubbish", "sdpMid": "0", "sdpMLineIndex": 0}),
            301,
        ),
        ("reconnectStream", json!({"stream": nobody, "sdpString": rubbish}), 105),
        ("reconnectStream", json!({"stream": stream}), -1),
        ("reconnectStream", json!({"stream": stream, "sdpString": rubbish}), 302),
        (
            "streamPropertyChanged",
            json!({"streamId": stream, "property": "audioActive", "newValue": false, "reason": "r"}),
            -1,
        ),
        ("streamPropertyChanged", json!({}), -1),
        ("sendMessage", json!({}), -1),
        ("sendMessage", json!({"message": "not json"}), 600),
        ("sendMessage", json!({"message": "[]"}), 600),
        ("sendMessage", json!({"message": "{\"to\":\"x\"}"}), 600),
        ("sendMessage", json!({"message": "{\"to\":[null]}"}), 601),
        ("sendMessage", json!({"message": "{\"to\":[\"con_A000000000\"]}"}), 601),
        ("sendMessage", json!({"message": "{\"data\":{}}"}), -1),
        ("sendMessage", json!({"message": "{\"type\":null}"}), -1),
        ("forceDisconnect", json!({"connectionId": "con_A000000000"}), 401),
        ("forceUnpublish", json!({"streamId": stream}), 401),
        ("applyFilter", json!({"streamId": stream, "type": "x", "options": "{}"}), 401),
        ("removeFilter", json!({"streamId": stream}), 401),
        ("addFilterEventListener", json!({"streamId": stream, "eventType": "x"}), 401),
        ("subscribeToSpeechToText", json!({"connectionId": "x", "lang": "en-US"}), 997),
        ("unsubscribeFromSpeechToText", json!({"connectionId": "x"}), 997),
        ("subscribeToSpeechToText", json!({}), -1),
    ];
    for (method, params, code) in cases {
        let answer = stage.request("bob", method, params.clone());
        let short: String = params.to_string().chars().take(120).collect();
        assert_eq!(answer["code"], code, "{method} {short}: {answer}");
        assert!(answer["message"].as_str().is_some_and(|message| !message.is_empty()), "{method} {short}");
    }
    assert!(stage.take("bob").is_empty());
    assert!(stage.take("alice").is_empty(), "nobody else notices");
    assert!(stage.request("bob", "echo", json!({})).get("code").is_none(), "and bob is still there");
}

#[test]
fn a_moderators_rubbish_is_refused_too() {
    let stage = Stage::default();
    stage.join("s", "mod", "MODERATOR");
    let stream = stage.publish("mod");
    let cases = [
        ("forceDisconnect", json!({}), -1),
        ("forceDisconnect", json!({"connectionId": "x"}), 102),
        ("forceDisconnect", json!({"connectionId": "con_A000000000_SCREEN"}), 102),
        ("forceUnpublish", json!({"streamId": "x"}), 102),
        ("applyFilter", json!({"streamId": stream, "type": "GStreamerFilter", "options": "{}"}), 405),
        ("applyFilter", json!({"streamId": "str_CAM_A000_con_A000000000", "type": "x"}), 102),
        ("execFilterMethod", json!({"streamId": stream, "method": "x", "params": "{}"}), 406),
        ("removeFilter", json!({"streamId": stream}), 406),
        ("removeFilterEventListener", json!({"streamId": stream, "eventType": "x"}), 406),
        ("publishVideo", json!({"sdpOffer": "x", "doLoopback": false, "hasAudio": true, "hasVideo": true}), 106),
        (
            "streamPropertyChanged",
            json!({"streamId": stream, "property": "audioActive", "newValue": null, "reason": "r"}),
            -1,
        ),
        (
            "streamPropertyChanged",
            json!({"streamId": stream, "property": "audioActive", "newValue": 7, "reason": "r"}),
            -1,
        ),
        ("prepareReceiveVideoFrom", json!({"sender": stream, "reconnect": false}), 105),
        ("receiveVideoFrom", json!({"sender": stream, "sdpOffer": "v=0"}), 105),
        ("reconnectStream", json!({"stream": stream, "sdpString": "rubbish"}), 302),
    ];
    for (method, params, code) in cases {
        let answer = stage.request("mod", method, params.clone());
        assert_eq!(answer["code"], code, "{method} {params}: {answer}");
    }
}

#[test]
fn what_is_no_request_is_answered_and_the_client_stays() {
    let (stage, _) = room();
    let frames = [
        "{not json",
        "",
        "[]",
        "7",
        "null",
        "{}",
        "\"x\"",
        "{\"id\":1}",
        "{\"method\":7,\"id\":1}",
        "\u{0}",
        "{\"method\":\"echo\"}",
    ];
    for frame in frames {
        stage.send_text("bob", frame);
        let answer = stage.take_one("bob");
        assert!(answer["error"]["code"].as_i64().is_some_and(|code| code < 0), "{frame}: {answer}");
    }
    stage.send_frame("bob", Frame::Binary(vec![0, 1, 2]));
    assert_eq!(stage.take_one("bob")["error"]["code"], -32600);
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    stage.send_text("bob", &deep);
    assert!(stage.take_one("bob")["error"]["code"].is_number());
    assert!(stage.request("bob", "echo", json!({})).get("code").is_none());
    assert!(stage.take("alice").is_empty());
}

#[test]
fn before_a_join_every_method_but_it_is_refused_with_803() {
    let stage = Stage::default();
    stage.open("a");
    for method in ["echo", "publishVideo", "leaveRoom", "sendMessage", "videoData", "onIceCandidate"] {
        assert_eq!(stage.request("a", method, json!({}))["code"], 803, "{method}");
    }
    let params = json!({"token": "t", "session": "none", "secret": "", "platform": "", "metadata": ""});
    assert_eq!(stage.request("a", "joinRoom", params)["code"], 202);
    assert_eq!(stage.request("a", "echo", json!({}))["code"], 803, "after a failed one too");
}

#[test]
fn the_secret_is_compared_as_a_whole() {
    let stage = Stage::default();
    stage.token("s", "PUBLISHER", "");
    let join = |secret: &str| json!({"token": "", "session": "s", "secret": secret, "platform": "", "metadata": ""});
    stage.open("a");
    for wrong in ["", "my_secret", "MY_SECRE", "MY_SECRET "] {
        assert_eq!(stage.request("a", "joinRoom", join(wrong))["code"], 401, "{wrong:?}");
    }
    assert_eq!(stage.request("a", "joinRoom", join("MY_SECRET"))["role"], "SUBSCRIBER");
}

#[actix_web::test]
async fn malformed_rest_calls_are_refused() {
    let stage = Stage::default();
    stage.join("s", "alice", "PUBLISHER");
    let huge = format!("{{\"data\":\"{}\"}}", "x".repeat(3_000_000));
    let long = format!("{{\"data\":\"{}\"}}", "x".repeat(600_000));
    let deep = "[".repeat(100_000);
    let as_json = Some("application/json");
    let cases = [
        ("POST", "/openvidu/api/sessions", as_json, Some("{"), 403),
        ("POST", "/openvidu/api/sessions", as_json, Some("[]"), 403),
        ("POST", "/openvidu/api/sessions", as_json, Some(&deep), 403),
        ("POST", "/openvidu/api/sessions", as_json, Some(&huge), 403),
        ("POST", "/openvidu/api/sessions", None, Some("{}"), 403),
        ("POST", "/openvidu/api/sessions/s/connection", as_json, Some(&long), 400),
        ("POST", "/openvidu/api/sessions/s/connection", as_json, Some("{\"role\":[]}"), 400),
        ("POST", "/openvidu/api/sessions/s/connection", as_json, Some("{\"type\":\"IPCAM\"}"), 400),
        (
            "POST",
            "/openvidu/api/sessions/s/connection",
            as_json,
            Some("{\"type\":\"IPCAM\",\"rtspUri\":\"rtsp://x\"}"),
            501,
        ),
        ("POST", "/openvidu/api/sessions/s/connection", as_json, Some("{\"customIceServers\":[7]}"), 400),
        ("DELETE", "/openvidu/api/sessions/s/stream/rubbish", None, None, 404),
        ("DELETE", "/openvidu/api/sessions/s/connection/rubbish", None, None, 404),
        ("GET", "/openvidu/api/sessions/s/connection/con_A000000000_9", None, None, 404),
        ("GET", "/openvidu/api/sessions/%ff", None, None, 404),
        ("GET", "/openvidu/api/sessions/a%2Fb", None, None, 404),
        ("GET", "/openvidu/api/sessions/s?pendingConnections=%00", None, None, 403),
        ("TRACE", "/openvidu/api/sessions/s", None, None, 403),
        ("POST", "/openvidu/api/signal", as_json, Some("{\"session\":\"s\",\"to\":[{}]}"), 400),
        ("POST", "/openvidu/api/signal", as_json, Some("{\"session\":\"s\",\"to\":[\"rubbish\"]}"), 406),
        ("POST", "/openvidu/api/recordings/start", as_json, Some("{\"session\":\"s\"}"), 501),
    ];
    for (method, path, content_type, body, status) in cases {
        let sent = Sent { method, path, auth: "basic", content_type, body: body.map(str::to_owned), ..Sent::default() };
        let answer = call(stage.port(), &sent).await;
        let short: String = body.unwrap_or_default().chars().take(60).collect();
        assert_eq!(answer.status, status, "{method} {path} {short}: {}", answer.body);
    }
    assert!(stage.request("alice", "echo", json!({})).get("code").is_none(), "the client inside did not notice");
}
