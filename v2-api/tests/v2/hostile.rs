//! Hostile requests of a client that is in a session: types, sizes, nulls, unicode, ids of others, deep nesting, floods.
//! Each has its expected answer; nobody else hears of any, and the client itself goes on as if nothing had been.
use crate::sdp_text;
use crate::stage::Stage;
use serde_json::{Value, json};
use sfu_core::signal::Frame;

/// What a row expects: a code, or a positive answer.
const FINE: i64 = 0;

/// Method, parameters as JSON text, the code that is answered. `$…$` is filled in by [`fill`].
const REQUESTS: &[(&str, &str, i64)] = &[
    // Methods that are none.
    ("", "{}", -32601),
    (" ", "{}", -32601),
    ("echo ", "{}", -32601),
    ("Echo", "{}", -32601),
    ("__proto__", "{}", -32601),
    ("joinRoom\\u0000", "{}", -32601),
    ("sessionStatus", r#"{"sessionId":"x"}"#, -32601),
    ("participantJoined", "{}", -32601),
    ("sendMessage'; DROP TABLE rooms; --", "{}", -32601),
    ("методы", "{}", -32601),
    ("$long$", "{}", -32601),
    // Parameters that nobody looks at.
    ("echo", r#"{"a":{"b":[{"c":null}]}}"#, FINE),
    ("echo", r#"{"":""}"#, FINE),
    ("echo", r#"{"sessionId":7}"#, FINE),
    ("echo", r#"{"sessionId":{"$ne":null}}"#, FINE),
    ("echo", r#"{"sessionId":"$rpc of alice$"}"#, FINE),
    ("videoData", r#"{"height":"tall","width":-1,"videoActive":7}"#, FINE),
    ("videoData", "{}", FINE),
    // publishVideo.
    ("publishVideo", r#"{"sdpOffer":null,"doLoopback":false,"hasAudio":true,"hasVideo":true}"#, -1),
    ("publishVideo", r#"{"sdpOffer":[],"doLoopback":false,"hasAudio":true,"hasVideo":true}"#, -1),
    ("publishVideo", r#"{"sdpOffer":{"type":"offer"},"doLoopback":false,"hasAudio":true,"hasVideo":true}"#, -1),
    ("publishVideo", r#"{"sdpOffer":true,"doLoopback":false,"hasAudio":true,"hasVideo":true}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"$sdp$","doLoopback":null,"hasAudio":true,"hasVideo":true}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"$sdp$","doLoopback":0,"hasAudio":true,"hasVideo":true}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"$sdp$","doLoopback":[],"hasAudio":true,"hasVideo":true}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"$sdp$","doLoopback":false,"hasAudio":"yes","hasVideo":true}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"$sdp$","doLoopback":false,"hasAudio":{},"hasVideo":true}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"$sdp$","doLoopback":false,"hasAudio":true,"hasVideo":null}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"$sdp$","doLoopback":false,"hasAudio":false,"hasVideo":false}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"$sdp$","doLoopback":false,"hasAudio":true,"hasVideo":true,"audioActive":[]}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"$sdp$","doLoopback":false,"hasAudio":true,"hasVideo":true,"videoActive":9}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"$sdp$","doLoopback":false,"hasAudio":true,"hasVideo":true,"typeOfVideo":{}}"#, -1),
    (
        "publishVideo",
        r#"{"sdpOffer":"$sdp$","doLoopback":false,"hasAudio":true,"hasVideo":true,"frameRate":"fast"}"#,
        -1,
    ),
    ("publishVideo", r#"{"sdpOffer":"$sdp$","doLoopback":false,"hasAudio":true,"hasVideo":true,"frameRate":true}"#, -1),
    (
        "publishVideo",
        r#"{"sdpOffer":"$sdp$","doLoopback":false,"hasAudio":true,"hasVideo":true,"videoDimensions":[]}"#,
        -1,
    ),
    ("publishVideo", r#"{"sdpOffer":"\u0000","doLoopback":false,"hasAudio":true,"hasVideo":true}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"v=0","doLoopback":false,"hasAudio":true,"hasVideo":true}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"v=1\r\n","doLoopback":false,"hasAudio":true,"hasVideo":true}"#, -1),
    (
        "publishVideo",
        r#"{"sdpOffer":"v=0\r\nm=audio 99999 X 1\r\n","doLoopback":false,"hasAudio":true,"hasVideo":true}"#,
        -1,
    ),
    ("publishVideo", r#"{"sdpOffer":"$many sections$","doLoopback":false,"hasAudio":true,"hasVideo":true}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"$many lines$","doLoopback":false,"hasAudio":true,"hasVideo":true}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"$long$","doLoopback":false,"hasAudio":true,"hasVideo":true}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"$sdp no ice$","doLoopback":false,"hasAudio":true,"hasVideo":true}"#, -1),
    ("publishVideo", r#"{"sdpOffer":"$sdp no fingerprint$","doLoopback":false,"hasAudio":true,"hasVideo":true}"#, -1),
    ("unpublishVideo", r#"{"streamId":"$stream$"}"#, 105),
    // prepareReceiveVideoFrom and receiveVideoFrom.
    ("prepareReceiveVideoFrom", "{}", -1),
    ("prepareReceiveVideoFrom", r#"{"sender":[],"reconnect":false}"#, -1),
    ("prepareReceiveVideoFrom", r#"{"sender":{},"reconnect":false}"#, -1),
    ("prepareReceiveVideoFrom", r#"{"sender":7,"reconnect":false}"#, -1),
    ("prepareReceiveVideoFrom", r#"{"sender":true,"reconnect":false}"#, -1),
    ("prepareReceiveVideoFrom", r#"{"sender":"","reconnect":false}"#, -1),
    ("prepareReceiveVideoFrom", r#"{"sender":"con","reconnect":false}"#, -1),
    ("prepareReceiveVideoFrom", r#"{"sender":"con_","reconnect":false}"#, 102),
    ("prepareReceiveVideoFrom", r#"{"sender":"con_\u0000","reconnect":false}"#, 102),
    ("prepareReceiveVideoFrom", r#"{"sender":"str_CAM_A000_con_Ä000000000","reconnect":false}"#, 102),
    ("prepareReceiveVideoFrom", r#"{"sender":"str_CAM_A000_con_A000000000_SCREEN","reconnect":false}"#, 102),
    ("prepareReceiveVideoFrom", r#"{"sender":"str_CAM_A000_con_A0000000000000000000000000","reconnect":false}"#, 102),
    ("prepareReceiveVideoFrom", r#"{"sender":"str_CAM_A000_$con alice$","reconnect":false}"#, 105),
    ("prepareReceiveVideoFrom", r#"{"sender":"str_CAM_zzzz_$con alice$","reconnect":false}"#, 105),
    ("prepareReceiveVideoFrom", r#"{"sender":"$con alice$","reconnect":false}"#, 105),
    ("prepareReceiveVideoFrom", r#"{"sender":"$stream$_SCREEN","reconnect":false}"#, 105),
    ("prepareReceiveVideoFrom", r#"{"sender":"$stream$_2","reconnect":false}"#, 105),
    ("prepareReceiveVideoFrom", r#"{"sender":"$stream$","reconnect":[]}"#, -1),
    ("prepareReceiveVideoFrom", r#"{"sender":"$stream$","reconnect":"perhaps"}"#, -1),
    ("prepareReceiveVideoFrom", r#"{"sender":"$stream of another room$","reconnect":false}"#, 102),
    ("prepareReceiveVideoFrom", r#"{"sender":"str_CAM_A000_$con bob$","reconnect":false}"#, 105),
    ("prepareReceiveVideoFrom", r#"{"sender":"$long$","reconnect":false}"#, -1),
    ("receiveVideoFrom", "{}", -1),
    ("receiveVideoFrom", r#"{"sender":null,"sdpOffer":"$sdp$"}"#, -1),
    ("receiveVideoFrom", r#"{"sender":"$stream$","sdpOffer":[]}"#, -1),
    ("receiveVideoFrom", r#"{"sender":"$stream$","sdpOffer":{}}"#, -1),
    ("receiveVideoFrom", r#"{"sender":"$stream$","sdpAnswer":[]}"#, -1),
    ("receiveVideoFrom", r#"{"sender":"$stream$","sdpOffer":""}"#, 302),
    ("receiveVideoFrom", r#"{"sender":"$stream$","sdpOffer":"$many lines$"}"#, 302),
    ("receiveVideoFrom", r#"{"sender":"$stream$","sdpOffer":"$many sections$"}"#, 302),
    ("receiveVideoFrom", r#"{"sender":"$stream$","sdpOffer":"\ud83d\ude00"}"#, 302),
    ("receiveVideoFrom", r#"{"sender":"$stream$","sdpAnswer":"$sdp$"}"#, -1),
    ("receiveVideoFrom", r#"{"sender":"$stream$","sdpOffer":null,"sdpAnswer":null}"#, -1),
    ("receiveVideoFrom", r#"{"sender":"$stream of another room$","sdpOffer":"$sdp$"}"#, 102),
    ("unsubscribeFromVideo", r#"{"sender":null}"#, -1),
    ("unsubscribeFromVideo", r#"{"sender":{}}"#, -1),
    ("unsubscribeFromVideo", r#"{"sender":""}"#, 102),
    ("unsubscribeFromVideo", r#"{"sender":"RECORDER"}"#, 102),
    ("unsubscribeFromVideo", r#"{"sender":"$stream$"}"#, 102),
    ("unsubscribeFromVideo", r#"{"sender":"$con alice$_SCREEN"}"#, 102),
    ("unsubscribeFromVideo", r#"{"sender":"$con alice$"}"#, FINE),
    ("unsubscribeFromVideo", r#"{"sender":"$con bob$"}"#, FINE),
    ("unsubscribeFromVideo", r#"{"sender":"$con of another room$"}"#, 102),
    // onIceCandidate.
    ("onIceCandidate", r#"{"endpointName":"x"}"#, -1),
    ("onIceCandidate", r#"{"endpointName":"x","candidate":null,"sdpMid":"0","sdpMLineIndex":0}"#, -1),
    ("onIceCandidate", r#"{"endpointName":"x","candidate":[],"sdpMid":"0","sdpMLineIndex":0}"#, -1),
    ("onIceCandidate", r#"{"endpointName":"x","candidate":"","sdpMid":{},"sdpMLineIndex":0}"#, -1),
    ("onIceCandidate", r#"{"endpointName":"x","candidate":"","sdpMid":"0","sdpMLineIndex":-1}"#, -1),
    ("onIceCandidate", r#"{"endpointName":"x","candidate":"","sdpMid":"0","sdpMLineIndex":1e99}"#, -1),
    ("onIceCandidate", r#"{"endpointName":"x","candidate":"","sdpMid":"0","sdpMLineIndex":"65536"}"#, -1),
    ("onIceCandidate", r#"{"endpointName":"x","candidate":"","sdpMid":"0","sdpMLineIndex":[0]}"#, -1),
    ("onIceCandidate", r#"{"endpointName":null,"candidate":"","sdpMid":"0","sdpMLineIndex":0}"#, -1),
    ("onIceCandidate", r#"{"endpointName":"x","candidate":"candidate:$long$","sdpMid":"0","sdpMLineIndex":0}"#, 301),
    ("onIceCandidate", r#"{"endpointName":"x","candidate":"javascript:alert(1)","sdpMid":"0","sdpMLineIndex":0}"#, 301),
    ("onIceCandidate", r#"{"endpointName":"x","candidate":"","sdpMid":"","sdpMLineIndex":0}"#, FINE),
    (
        "onIceCandidate",
        r#"{"endpointName":"$con of another room$","candidate":"candidate:1 1 udp 1 10.0.0.1 1 typ host","sdpMid":"0","sdpMLineIndex":0}"#,
        FINE,
    ),
    ("onIceCandidate", r#"{"endpointName":7,"candidate":"candidate:1","sdpMid":0,"sdpMLineIndex":0}"#, FINE),
    // reconnectStream.
    ("reconnectStream", "{}", -1),
    ("reconnectStream", r#"{"stream":null,"sdpString":"$sdp$"}"#, -1),
    ("reconnectStream", r#"{"stream":{},"sdpString":"$sdp$"}"#, -1),
    ("reconnectStream", r#"{"stream":"","sdpString":"$sdp$"}"#, 105),
    ("reconnectStream", r#"{"stream":"$stream$","sdpString":null}"#, -1),
    ("reconnectStream", r#"{"stream":"$stream$","sdpString":[]}"#, -1),
    ("reconnectStream", r#"{"stream":"$stream$","sdpString":""}"#, 302),
    ("reconnectStream", r#"{"stream":"$stream$","sdpOffer":"$many lines$"}"#, 302),
    ("reconnectStream", r#"{"stream":"$stream of another room$","sdpString":"$sdp$"}"#, 105),
    // streamPropertyChanged: bob publishes nothing.
    (
        "streamPropertyChanged",
        r#"{"streamId":"$stream$","property":"audioActive","newValue":false,"reason":"publishAudio"}"#,
        -1,
    ),
    ("streamPropertyChanged", r#"{"streamId":"x","property":null,"newValue":false,"reason":"r"}"#, -1),
    ("streamPropertyChanged", r#"{"streamId":"x","property":"p","reason":"r"}"#, -1),
    ("streamPropertyChanged", r#"{"streamId":"x","property":"p","newValue":{},"reason":null}"#, -1),
    ("streamPropertyChanged", r#"{"streamId":[],"property":"p","newValue":{},"reason":"r"}"#, -1),
    // sendMessage.
    ("sendMessage", r#"{"message":null}"#, -1),
    ("sendMessage", r#"{"message":{"data":"x"}}"#, -1),
    ("sendMessage", r#"{"message":7}"#, 600),
    ("sendMessage", r#"{"message":true}"#, 600),
    ("sendMessage", r#"{"message":""}"#, 600),
    ("sendMessage", r#"{"message":"null"}"#, 600),
    ("sendMessage", r#"{"message":"\"text\""}"#, 600),
    ("sendMessage", r#"{"message":"[{}]"}"#, 600),
    ("sendMessage", r#"{"message":"{}{}"}"#, 600),
    ("sendMessage", r#"{"message":"{\"to\":null}"}"#, 600),
    ("sendMessage", r#"{"message":"{\"to\":{}}"}"#, 600),
    ("sendMessage", r#"{"message":"{\"to\":\"$con alice$\"}"}"#, 600),
    ("sendMessage", r#"{"message":"$deep$"}"#, 600),
    ("sendMessage", r#"{"message":"{\"to\":[7]}"}"#, 601),
    ("sendMessage", r#"{"message":"{\"to\":[[]]}"}"#, 601),
    ("sendMessage", r#"{"message":"{\"to\":[\"\"]}"}"#, 601),
    ("sendMessage", r#"{"message":"{\"to\":[\"RECORDER\"]}"}"#, 601),
    ("sendMessage", r#"{"message":"{\"to\":[\"$stream$\"]}"}"#, 601),
    ("sendMessage", r#"{"message":"{\"to\":[\"$con alice$\",\"con_Nobody\"]}"}"#, 601),
    ("sendMessage", r#"{"message":"{\"to\":[\"$con of another room$\"]}"}"#, 601),
    ("sendMessage", r#"{"message":"{\"to\":[\"$con alice$_SCREEN\"]}"}"#, 601),
    ("sendMessage", r#"{"message":"{\"data\":null}"}"#, -1),
    ("sendMessage", r#"{"message":"{\"data\":[]}"}"#, -1),
    ("sendMessage", r#"{"message":"{\"type\":{}}"}"#, -1),
    ("sendMessage", r#"{"message":"{\"type\":[\"signal\"]}"}"#, -1),
    // What only a moderator may.
    ("forceDisconnect", "{}", 401),
    ("forceDisconnect", r#"{"connectionId":"$con alice$"}"#, 401),
    ("forceDisconnect", r#"{"connectionId":"$con bob$"}"#, 401),
    ("forceDisconnect", r#"{"connectionId":null}"#, 401),
    ("forceUnpublish", "{}", 401),
    ("forceUnpublish", r#"{"streamId":["$stream$"]}"#, 401),
    ("forceUnpublish", r#"{"streamId":"$stream$"}"#, 401),
    ("applyFilter", "{}", -1),
    ("applyFilter", r#"{"streamId":null,"type":"x"}"#, -1),
    ("applyFilter", r#"{"streamId":"$stream$","type":"VB:blur","options":"{}"}"#, 401),
    ("execFilterMethod", r#"{"streamId":"$stream$","method":"x","params":"{}"}"#, 401),
    ("removeFilter", r#"{"streamId":{}}"#, -1),
    ("addFilterEventListener", r#"{"streamId":"con_","eventType":"x"}"#, 401),
    ("removeFilterEventListener", r#"{"streamId":"","eventType":"x"}"#, 401),
    // Speech to text.
    ("subscribeToSpeechToText", r#"{"connectionId":null,"lang":"en-US"}"#, -1),
    ("subscribeToSpeechToText", r#"{"connectionId":"$con alice$","lang":null}"#, 997),
    ("unsubscribeFromSpeechToText", r#"{"connectionId":[]}"#, -1),
    ("unsubscribeFromSpeechToText", r#"{"connectionId":"$con of another room$"}"#, 997),
    // connect, ping: they do not wait for their turn.
    ("connect", r#"{"sessionId":"x","reconnect":true}"#, 40007),
    ("connect", r#"{"sessionId":"","reconnect":true}"#, 40007),
    ("connect", r#"{"sessionId":"$rpc of alice$","reconnect":true}"#, 40007),
    ("connect", r#"{"sessionId":"$long$"}"#, 40007),
    ("connect", r#"{"sessionId":{"$gt":""}}"#, FINE),
    ("connect", r#"{"sessionId":null}"#, FINE),
    ("ping", r#"{"interval":"soon"}"#, FINE),
    ("ping", r#"{"interval":-5000}"#, FINE),
    ("ping", r#"{"interval":18446744073709551615}"#, FINE),
    ("ping", r#"{"interval":{}}"#, FINE),
];

/// Raw frames: the code of the one answer and its id; a code of 0 is a positive answer.
const FRAMES: &[(&str, i64, Option<i64>)] = &[
    ("{", -32700, None),
    ("}", -32700, None),
    ("\u{feff}{}", -32700, None),
    ("{\"id\":1,}", -32700, None),
    ("{'id':1}", -32700, None),
    ("{\"id\":1 \"method\":\"echo\"}", -32700, None),
    ("{\"id\":1,\"method\":\"echo\"}{\"id\":2,\"method\":\"echo\"}", -32700, None),
    ("NaN", -32700, None),
    ("\"\\ud800\"", -32700, None),
    ("[{\"id\":1,\"method\":\"echo\"}]", -32600, None),
    ("[]", -32600, None),
    ("true", -32600, None),
    ("1e400", -32700, None),
    ("\"echo\"", -32600, None),
    ("{\"id\":1,\"method\":null}", -32600, Some(1)),
    ("{\"id\":1,\"method\":[\"echo\"]}", -32600, Some(1)),
    ("{\"id\":1,\"method\":{}}", -32600, Some(1)),
    ("{\"id\":true,\"method\":\"echo\"}", -1, None),
    ("{\"id\":[1],\"method\":\"echo\"}", -1, None),
    ("{\"id\":{},\"method\":\"echo\"}", -1, None),
    ("{\"id\":\"1\",\"method\":\"echo\"}", -1, None),
    ("{\"id\":99999999999999999999,\"method\":\"echo\"}", -1, None),
    ("{\"id\":9223372036854775807,\"method\":\"echo\"}", 0, Some(i64::MAX)),
    ("{\"id\":-1,\"method\":\"echo\"}", 0, Some(-1)),
    ("{\"id\":-0.0,\"method\":\"echo\"}", 0, Some(0)),
    ("{\"id\":7.99,\"method\":\"echo\"}", 0, Some(7)),
    ("{\"id\":1,\"id\":2,\"method\":\"echo\"}", 0, Some(2)),
    ("{\"id\":3,\"method\":\"nothing\",\"method\":\"echo\"}", 0, Some(3)),
    ("{\"id\":4,\"method\":\"echo\",\"params\":[],\"params\":{}}", 0, Some(4)),
    ("{\"id\":5,\"method\":\"echo\",\"params\":7}", -1, Some(5)),
    ("{\"id\":5,\"method\":\"echo\",\"params\":true}", -1, Some(5)),
    ("{\"id\":6,\"method\":\"echo\",\"jsonrpc\":\"9.9\"}", 0, Some(6)),
    ("{\"id\":6,\"method\":\"echo\",\"jsonrpc\":{}}", 0, Some(6)),
    ("  {\"id\":6,\"method\":\"echo\"}\r\n", 0, Some(6)),
    ("{\"id\":6,\"method\":\"\\u0065cho\"}", 0, Some(6)),
];

/// Alice publishes, Bob is hostile; another room has a publisher, too.
struct Ground {
    stage: Stage,
    names: Vec<(&'static str, String)>,
}

fn ground() -> Ground {
    let stage = Stage::default();
    let alice = stage.join("s", "alice", "PUBLISHER");
    let bob = stage.join("s", "bob", "PUBLISHER");
    let stream = stage.publish("alice");
    let other = stage.join("t", "olga", "PUBLISHER");
    let foreign = stage.publish("olga");
    for name in ["alice", "bob", "olga"] {
        stage.take(name);
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let sdp = sdp_text::offer(true, true, "sendonly");
    let without = |start: &str| {
        sdp.lines().filter(|line| !line.starts_with(start)).map(|line| format!("{line}\r\n")).collect::<String>()
    };
    let section = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";
    let names = vec![
        ("$stream$", stream),
        ("$con alice$", text(&alice["id"])),
        ("$rpc of alice$", text(&alice["sessionId"])),
        ("$con bob$", text(&bob["id"])),
        ("$con of another room$", text(&other["id"])),
        ("$stream of another room$", foreign),
        ("$sdp no ice$", without("a=ice-")),
        ("$sdp no fingerprint$", without("a=fingerprint")),
        ("$many sections$", format!("v=0\r\n{}", section.repeat(300))),
        ("$many lines$", format!("v=0\r\n{}", "a=x\r\n".repeat(20_000))),
        ("$sdp$", sdp),
        ("$long$", "x".repeat(200_000)),
        ("$deep$", format!("{}{}", "[".repeat(5_000), "]".repeat(5_000))),
    ];
    Ground { stage, names }
}

/// A text with what it names put in, as inside a JSON string.
fn fill(text: &str, names: &[(&str, String)]) -> String {
    names.iter().fold(text.to_owned(), |text, (name, value)| {
        let quoted = Value::String(value.clone()).to_string();
        text.replace(name, &quoted[1..quoted.len() - 1])
    })
}

/// Nobody has noticed, and who was hostile is still in.
fn nothing_is_lost(ground: &Ground, after: &str) {
    for name in ["alice", "olga"] {
        let told = ground.stage.take(name);
        assert!(told.is_empty(), "{after}: {name} heard {told:?}");
    }
    let echoed = ground.stage.request("bob", "echo", json!({}));
    assert!(echoed.get("code").is_none(), "{after}: {echoed}");
    let room = ground.stage.room("s").unwrap();
    assert_eq!(room.participants.len(), 2, "{after}");
    assert_eq!(room.participants[0].streams.len(), 1, "{after}");
}

#[test]
fn every_hostile_request_is_answered_and_nothing_is_lost() {
    let ground = ground();
    assert!(REQUESTS.len() >= 150, "{} rows", REQUESTS.len());
    for (id, (method, params, code)) in REQUESTS.iter().enumerate() {
        let id = 1_000 + id;
        let method = fill(method, &ground.names);
        let text = format!("{{\"id\":{id},\"method\":\"{method}\",\"params\":{}}}", fill(params, &ground.names));
        let what = format!("{} {params}", &method[..method.len().min(40)]);
        ground.stage.send_text("bob", &text);
        let answer = ground.stage.take_one("bob");
        assert_eq!(answer["id"], id, "{what}: {answer}");
        let got = answer["error"]["code"].as_i64().unwrap_or(FINE);
        assert_eq!(got, *code, "{what}: {answer}");
        let said = answer["error"]["message"].as_str();
        assert!(got == FINE || said.is_some_and(|said| !said.is_empty()), "{what}: {answer}");
        nothing_is_lost(&ground, &what);
    }
}

#[test]
fn every_hostile_frame_is_answered_and_nothing_is_lost() {
    let ground = ground();
    for (frame, code, id) in FRAMES {
        ground.stage.send_text("bob", frame);
        let answer = ground.stage.take_one("bob");
        assert_eq!(answer["error"]["code"].as_i64().unwrap_or(FINE), *code, "{frame}: {answer}");
        assert_eq!(answer.get("id").and_then(Value::as_i64), *id, "{frame}: {answer}");
        nothing_is_lost(&ground, frame);
    }
    for bytes in [Vec::new(), vec![0], vec![255; 70_000], b"{\"id\":1,\"method\":\"echo\"}".to_vec()] {
        ground.stage.send_frame("bob", Frame::Binary(bytes));
        assert_eq!(ground.stage.take_one("bob")["error"]["code"], -32600);
    }
    for depth in [200, 100_000] {
        let deep =
            format!("{{\"id\":1,\"method\":\"echo\",\"params\":{}1{}}}", "{\"a\":".repeat(depth), "}".repeat(depth));
        ground.stage.send_text("bob", &deep);
        assert_eq!(ground.stage.take_one("bob")["error"]["code"], -32700, "{depth} deep");
    }
    nothing_is_lost(&ground, "depths");
}

#[test]
fn replies_that_nobody_asked_for_are_not_answered() {
    let ground = ground();
    for frame in ["{\"id\":1,\"result\":{}}", "{\"id\":1,\"error\":{}}", "{\"result\":null}", "{\"error\":7,\"id\":[]}"]
    {
        ground.stage.send_text("bob", frame);
        assert!(ground.stage.take("bob").is_empty(), "{frame}");
    }
    nothing_is_lost(&ground, "replies");
}

#[test]
fn a_flood_is_answered_request_by_request_and_in_order() {
    let ground = ground();
    for id in 0..5_000 {
        ground
            .stage
            .send_text("bob", &format!("{{\"id\":{id},\"method\":\"sendMessage\",\"params\":{{\"message\":\"x\"}}}}"));
    }
    let answers = ground.stage.take("bob");
    assert_eq!(answers.len(), 5_000);
    assert!(answers.iter().enumerate().all(|(id, answer)| answer["id"] == id && answer["error"]["code"] == 600));
    nothing_is_lost(&ground, "a flood");
}

#[test]
fn a_publishers_hostile_changes_are_refused_or_passed_on_word_for_word() {
    let ground = ground();
    let stream = ground.names[0].1.clone();
    let change = |property: &str, value: Value| json!({"streamId": stream, "property": property, "newValue": value, "reason": "r"});
    for (property, value) in [
        ("audioActive", json!(7)),
        ("audioActive", json!([])),
        ("videoActive", json!({})),
        ("videoActive", json!("perhaps")),
        ("videoActive", Value::Null),
        ("anything", Value::Null),
    ] {
        let refused = ground.stage.request("alice", "streamPropertyChanged", change(property, value.clone()));
        assert_eq!(refused["code"], -1, "{property} {value}: {refused}");
    }
    assert!(ground.stage.take("bob").is_empty());
    let values =
        [json!("\u{0}\u{202e}<script>"), json!({"a": [1, {"b": null}]}), json!("x".repeat(60_000)), json!(1e300)];
    for value in values {
        ground.stage.request("alice", "streamPropertyChanged", change("own", value.clone()));
        let told = ground.stage.take_one("bob");
        let passed: Value = serde_json::from_str(told["params"]["newValue"].as_str().unwrap()).unwrap();
        assert_eq!(passed, value);
    }
    for dimensions in
        [json!("{"), json!(""), json!("{\"width\":-5,\"height\":1e99}"), json!({"width": "wide"}), json!(7)]
    {
        ground.stage.request("alice", "streamPropertyChanged", change("videoDimensions", dimensions.clone()));
        assert_eq!(ground.stage.take_one("bob")["params"]["property"], "videoDimensions", "{dimensions}");
    }
    nothing_is_lost(&ground, "changes");
}
