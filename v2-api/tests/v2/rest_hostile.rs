//! Hostile REST input from tables: wrong types, sizes, nulls, odd text, ids of others, deep nesting. Each has its expected
//! answer, and whoever is in a session meanwhile notices nothing.
use crate::rest_calls::{Sent, call};
use crate::stage::Stage;
use serde_json::{Value, json};

/// Fields of a request by type: method, path, what else the body needs, the fields.
type Fields = (&'static str, &'static str, Value, &'static [&'static str]);

fn texts() -> Vec<Fields> {
    let camera = json!({"type": "IPCAM", "rtspUri": "rtsp://c/1"});
    let url = json!({"session": "s", "broadcastUrl": "rtmp://live.example.com/x"});
    vec![
        ("POST", "/sessions", json!({}), &["mediaMode", "recordingMode", "customSessionId", "forcedVideoCodec"]),
        ("POST", "/sessions", json!({}), &["defaultOutputMode", "defaultRecordingLayout", "defaultCustomLayout"]),
        ("POST", "/sessions/s/connection", json!({}), &["type", "role", "data"]),
        ("POST", "/sessions/s/connection", camera, &["data", "rtspUri"]),
        ("PATCH", "/sessions/s/connection/{alice}", json!({}), &["role"]),
        ("POST", "/tokens", json!({"session": "s"}), &["session", "role", "data"]),
        ("POST", "/signal", json!({"session": "s"}), &["session", "type", "data"]),
        ("POST", "/broadcast/start", url, &["session", "broadcastUrl", "name", "resolution", "customLayout"]),
    ]
}

fn flags() -> Vec<Fields> {
    let camera = json!({"type": "IPCAM", "rtspUri": "rtsp://c/1"});
    vec![
        ("POST", "/sessions", json!({}), &["allowTranscoding"]),
        ("POST", "/sessions/s/connection", json!({}), &["record"]),
        ("POST", "/sessions/s/connection", camera, &["record", "adaptativeBitrate", "onlyPlayWithSubscribers"]),
        ("PATCH", "/sessions/s/connection/{alice}", json!({}), &["record"]),
    ]
}

fn objects() -> Vec<Fields> {
    vec![
        ("POST", "/sessions", json!({}), &["defaultRecordingProperties", "mediaNode"]),
        ("POST", "/sessions/s/connection", json!({}), &["kurentoOptions"]),
        ("POST", "/tokens", json!({"session": "s"}), &["kurentoOptions"]),
    ]
}

fn lists() -> Vec<Fields> {
    vec![
        ("POST", "/sessions/s/connection", json!({}), &["customIceServers"]),
        ("POST", "/signal", json!({"session": "s"}), &["to"]),
    ]
}

/// A call with the status that it must be answered with.
struct Hostile {
    method: &'static str,
    path: String,
    body: String,
    status: u16,
}

fn wrong_types() -> Vec<Hostile> {
    let nested = json!([[[{"a": [null]}]]]);
    let groups = [
        (texts(), vec![json!(7), json!(-0.5), json!(true), json!([]), json!({}), nested.clone()]),
        (flags(), vec![json!("true"), json!(1), json!([]), json!({}), nested.clone()]),
        (objects(), vec![json!("{}"), json!(0), json!(false), json!([]), nested.clone()]),
        (lists(), vec![json!("[]"), json!(0), json!(false), json!({})]),
    ];
    let mut calls = Vec::new();
    for (fields, values) in groups {
        for (method, path, needed, names) in fields {
            for (name, value) in names.iter().flat_map(|name| values.iter().map(move |value| (name, value))) {
                let mut body = needed.clone();
                body[*name] = value.clone();
                calls.push(Hostile { method, path: path.to_owned(), body: body.to_string(), status: 400 });
            }
        }
    }
    calls
}

/// `null` is absent, wherever it stands.
fn nulls() -> Vec<Hostile> {
    let all = [texts(), flags(), objects(), lists()].concat();
    let mut calls = Vec::new();
    for (method, path, needed, names) in all {
        for name in names {
            let mut body = needed.clone();
            body[*name] = Value::Null;
            let status = match (path, *name) {
                ("/tokens" | "/signal" | "/broadcast/start", "session" | "broadcastUrl") => 400,
                ("/sessions/s/connection", "rtspUri") => 400,
                ("/broadcast/start", _) => 501,
                (_, _) if needed.get("rtspUri").is_some() => 501,
                (_, _) => 200,
            };
            calls.push(Hostile { method, path: path.to_owned(), body: body.to_string(), status });
        }
    }
    calls
}

fn odd_texts() -> Vec<Hostile> {
    let post = |path: &str, body: Value, status| Hostile {
        method: "POST",
        path: path.to_owned(),
        body: body.to_string(),
        status,
    };
    let odd = [
        "\u{0}",
        "a\u{0}b",
        "\u{202e}abc",
        "🦀",
        "é",
        "a b",
        "a/b",
        "../x",
        "a%2Fb",
        "<script>",
        "a;b",
        "a'b--",
        "\n",
        "ａ",
    ];
    let names = odd.iter().map(|name| post("/sessions", json!({"customSessionId": name}), 400));
    let recordings =
        odd.iter().map(|name| post("/sessions", json!({"defaultRecordingProperties": {"name": name}}), 400));
    let roles = ["moderator", " MODERATOR", "MODERATOR ", "", "ＭＯＤＥＲＡＴＯＲ", "MODERATOR\u{0}", "ADMIN"];
    let roles = roles.iter().map(|role| post("/sessions/s/connection", json!({"role": role}), 400));
    // What is free text stays what it is.
    let data = odd.iter().map(|text| post("/sessions/s/connection", json!({"data": text}), 200));
    let signals = odd.iter().map(|text| post("/signal", json!({"session": "t", "type": text, "data": text}), 406));
    names.chain(recordings).chain(roles).chain(data).chain(signals).collect()
}

fn numbers() -> Vec<Hostile> {
    let connection = |value: &str, status| Hostile {
        method: "POST",
        path: "/sessions/s/connection".to_owned(),
        body: format!("{{\"kurentoOptions\":{{\"videoMaxRecvBandwidth\":{value}}}}}"),
        status,
    };
    let session =
        |body: &str| Hostile { method: "POST", path: "/sessions".to_owned(), body: body.to_owned(), status: 400 };
    let recording = |inner: &str| session(&format!("{{\"defaultRecordingProperties\":{{{inner}}}}}"));
    vec![
        connection("1.9", 200),
        connection("-1", 200),
        connection("0", 200),
        connection("9007199254740991", 200),
        connection("1e300", 400),
        connection("-1e300", 400),
        connection("1e999", 403),
        connection("NaN", 403),
        connection("0x10", 403),
        connection("01", 403),
        connection("\"1\"", 400),
        recording("\"frameRate\":0"),
        recording("\"frameRate\":-1"),
        recording("\"frameRate\":121"),
        recording("\"frameRate\":9223372036854775807"),
        recording("\"shmSize\":134217727"),
        recording("\"shmSize\":-9223372036854775808"),
        recording("\"resolution\":\"99x99\""),
        recording("\"resolution\":\"2000x100\""),
        recording("\"resolution\":\"1280x\""),
        recording("\"resolution\":\"x720\""),
        recording("\"resolution\":\"1280X720\""),
        recording("\"resolution\":\"1280x720x1\""),
        recording("\"resolution\":\"００００x720\""),
        recording("\"resolution\":\"99999999999999999999x720\""),
    ]
}

/// Bodies that are no objects, too deep, too large, or cut off.
fn bodies() -> Vec<Hostile> {
    let deep_list = format!("{{\"to\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    let deep_object = format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000));
    let large = format!("{{\"data\":\"{}\"}}", "x".repeat(2_200_000));
    let many_keys = format!("{{{}\"z\":1}}", (0..20_000).map(|at| format!("\"k{at}\":0,")).collect::<String>());
    let wrong = [
        "{",
        "}",
        "[",
        "[]",
        "[{}]",
        "7",
        "\"x\"",
        "true",
        "{\"a\":}",
        "{'a':1}",
        "{\"a\":1,}",
        "{a:1}",
        "\u{feff}{}",
        "{}{}",
        "{\"a\":\"\u{1}\"}",
        "{\"a\":\"\\ud800\"}",
    ];
    let mut calls = Vec::new();
    for path in ["/sessions", "/sessions/s/connection", "/signal"] {
        let post =
            |body: &str, status| Hostile { method: "POST", path: path.to_owned(), body: body.to_owned(), status };
        calls.extend(wrong.iter().map(|body| post(body, 403)));
        calls.extend([post(&deep_list, 403), post(&deep_object, 403), post(&large, 403)]);
        calls.push(post(&many_keys, if path == "/signal" { 400 } else { 200 }));
    }
    calls
}

/// Ids of others, ids of nothing, paths that lead elsewhere.
fn ids() -> Vec<Hostile> {
    let call = |method, path: &str, status| Hostile { method, path: path.to_owned(), body: String::new(), status };
    let patch = |path: &str| Hostile {
        method: "PATCH",
        path: path.to_owned(),
        body: "{\"role\":\"MODERATOR\"}".to_owned(),
        status: 404,
    };
    let signal = |to: Value| Hostile {
        method: "POST",
        path: "/signal".to_owned(),
        body: json!({"session": "s", "to": to, "data": "x"}).to_string(),
        status: 406,
    };
    vec![
        call("GET", "/sessions/t/connection/{alice}", 404),
        call("DELETE", "/sessions/t/connection/{alice}", 404),
        call("DELETE", "/sessions/t/stream/{stream}", 404),
        patch("/sessions/t/connection/{alice}"),
        patch("/sessions/s/connection/{pending}"),
        call("GET", "/sessions/s/connection/{pending}", 404),
        call("DELETE", "/sessions/s/connection/{pending}", 404),
        call("DELETE", "/sessions/s/stream/{alice}", 404),
        call("DELETE", "/sessions/s/connection/{stream}", 404),
        call("DELETE", "/sessions/s/stream/str_CAM_0000_{alice}", 404),
        call("GET", "/sessions/s/connection/con_", 404),
        call("GET", "/sessions/s/connection/RECORDER", 404),
        call("GET", "/sessions/s/connection/{alice}_SCREEN", 404),
        call("GET", "/sessions/s/connection/{alice}_2", 404),
        call("GET", "/sessions/s/connection/{alice}%00", 404),
        call("GET", "/sessions/s/connection/%F0%9F%A6%80", 404),
        call("GET", "/sessions/s/connection/..%2F..%2Fconfig", 404),
        call("GET", &format!("/sessions/{}", "x".repeat(10_000)), 404),
        call("GET", "/sessions/S", 404),
        call("GET", "/sessions/s%20", 404),
        call("GET", "/sessions/%2e%2e", 404),
        call("GET", "/sessions/%", 404),
        call("GET", "/sessions//connection", 403),
        call("GET", "//sessions", 403),
        call("GET", "/sessions/s/connection/{alice}/more", 403),
        call("GET", "/sessions/s;x=1", 404),
        call("GET", "/sessions/s?pendingConnections=maybe", 403),
        call("GET", "/sessions/s?pendingConnections=true&pendingConnections=x", 200),
        call("GET", "/sessions/s?pendingConnections", 200),
        call("GET", "/sessions/s?webRtcStats=2", 403),
        call("GET", "/sessions/s?=&&==", 200),
        call("DELETE", "/recordings/..%2F..%2Fetc", 501),
        call("GET", "/media-nodes/..", 404),
        call("GET", "/config/../config", 403),
        signal(json!(["{pending}"])),
        signal(json!(["{alice}", "con_Aaaaaaaaaa"])),
        signal(json!(["{alice}", ""])),
        signal(json!([null])),
        signal(json!(["*"])),
        signal(json!(["RECORDER"])),
        signal(json!((0..2000).map(|at| format!("con_A{at:09}")).collect::<Vec<_>>())),
    ]
}

fn ice_servers() -> Vec<Hostile> {
    let servers = |servers: Value| Hostile {
        method: "POST",
        path: "/sessions/s/connection".to_owned(),
        body: json!({ "customIceServers": servers }).to_string(),
        status: 400,
    };
    let one = |url: &str| servers(json!([{"url": url, "username": "u", "credential": "c"}]));
    vec![
        servers(json!([null])),
        servers(json!(["turn:a.com"])),
        servers(json!([[]])),
        servers(json!([{"url": null}])),
        servers(json!([{"url": ["turn:a.com"], "username": "u", "credential": "c"}])),
        servers(json!([{"url": "turn:a.com", "username": "u", "credential": 5}])),
        servers(json!([{"url": "turn:a.com", "username": {}, "credential": "c"}])),
        servers(json!([{"url": "turn:a.com", "staticAuthSecret": []}])),
        servers(json!([{"url": "stun:a.com", "staticAuthSecret": "s"}])),
        servers(Value::Array(vec![json!({"url": "stun:a.com"}); 1000])),
        one(""),
        one("turn"),
        one("turn:"),
        one("turn://a.com"),
        one("TURN:a.com"),
        one("http://a.com"),
        one("turn:a.com:0"),
        one("turn:a.com:65536"),
        one("turn:a.com:443:443"),
        one("turn:a.com?transport=sctp"),
        one("turn:a.com?transport=udp&x=1"),
        one("turn:a..com"),
        one("turn:[::1"),
        one("turn:[zz]"),
        one("turn:a.com\r\nX: y"),
        one("turn:\u{0}.com"),
    ]
}

fn all() -> Vec<Hostile> {
    let tables = [wrong_types(), nulls(), odd_texts(), numbers(), bodies(), ids(), ice_servers()];
    tables.into_iter().flatten().collect()
}

#[actix_web::test]
async fn every_hostile_call_is_answered_as_expected_and_nobody_inside_notices() {
    let stage = Stage::default();
    let alice = stage.join("s", "alice", "PUBLISHER")["id"].as_str().unwrap().to_owned();
    let stream = stage.publish("alice");
    stage.token("t", "PUBLISHER", "");
    let pending = stage.room("t").unwrap().reservations[0].0.grant.identity.clone();
    stage.take("alice");
    let fill = |text: &str| text.replace("{alice}", &alice).replace("{stream}", &stream).replace("{pending}", &pending);
    let calls = all();
    for Hostile { method, path, body, status } in &calls {
        let has_body = !body.is_empty();
        let sent = Sent {
            method,
            path: &fill(&format!("/openvidu/api{path}")),
            auth: "basic",
            content_type: has_body.then_some("application/json"),
            body: has_body.then(|| fill(body)),
            ..Sent::default()
        };
        let answer = call(stage.port(), &sent).await;
        let short: String = format!("{method} {path} {body}").chars().take(200).collect();
        assert_eq!(answer.status, *status, "{short}: {}", answer.body);
        if ![200, 204].contains(status) {
            let is_said = answer.json()["message"].as_str().is_some_and(|message| !message.is_empty());
            assert!(answer.body.is_empty() || is_said, "{short}: {}", answer.body);
            assert!(answer.body.len() < 4096, "{short}: an error does not send back what was sent");
        }
    }
    assert!(calls.len() >= 150, "{}", calls.len());
    let told = stage.take("alice");
    assert!(told.iter().all(|frame| frame["method"] == "sendMessage"), "nothing but signals that were right: {told:?}");
    let room = stage.room("s").unwrap();
    assert_eq!((room.participants.len(), room.participants[0].streams.len()), (1, 1), "she is there and publishes");
    assert!(stage.request("alice", "echo", json!({})).get("code").is_none());
}

#[actix_web::test]
async fn headers_that_are_no_headers_open_nothing() {
    let stage = Stage::default();
    let values = [
        "",
        "Basic",
        "Basic ",
        "basic",
        "Bearer x",
        "Basic ====",
        "Basic AAAA",
        "Basic T1BFTlZJRFVBUFA6",
        "Digest username=OPENVIDUAPP",
        "Basic T1BFTlZJRFVBUFA6TVlfU0VDUkVU AAAA",
    ];
    for value in values {
        let headers = vec![("Authorization".to_owned(), value.to_owned())];
        let sent = Sent { method: "GET", path: "/openvidu/api/sessions", headers, ..Sent::default() };
        assert_eq!(call(stage.port(), &sent).await.status, 401, "{value:?}");
    }
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx", "json", ""]
    {
        let sent = Sent {
            method: "POST",
            path: "/openvidu/api/sessions",
            auth: "basic",
            content_type: Some(kind),
            body: Some("{}".to_owned()),
            ..Sent::default()
        };
        assert_eq!(call(stage.port(), &sent).await.status, 403, "{kind:?}");
    }
}
