//! What apps use is counted under the words of the protocols, for the app that uses it, and kept over a restart.
use crate::kit::{Answer, Folder, V2Client, http, start, try_twirp, v2_api, v2_token};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

async fn admin(port: u16, path: &str) -> Answer {
    let authorization = format!("Basic {}", STANDARD.encode("OPENVIDUAPP:MY_SECRET"));
    http(port, "GET", &format!("/admin/v1{path}"), &[("authorization", &authorization)], "").await
}

/// How often something was used, by all apps of one protocol.
fn count(report: &Value, kind: &str, name: &str) -> u64 {
    let apps = report["apps"].as_array().unwrap().iter();
    let used = apps.flat_map(|app| app["used"].as_array().unwrap());
    used.filter(|used| used["kind"] == kind && used["name"] == name).map(|used| used["count"].as_u64().unwrap()).sum()
}

/// One session with one client, which does things that are and that are not easily moved.
async fn a_call(port: u16) {
    let session = json!({ "customSessionId": "board-meeting", "forcedVideoCodec": "VP8" });
    assert_eq!(v2_api(port, "POST", "/sessions", session).await.status, 200);
    let connection = json!({ "role": "MODERATOR", "data": "Ygritte of Accounting" });
    assert_eq!(v2_api(port, "POST", "/sessions/board-meeting/connection", connection).await.status, 200);
    let camera = json!({ "type": "IPCAM", "rtspUri": "rtsp://camera.example/1" });
    assert_eq!(v2_api(port, "POST", "/sessions/board-meeting/connection", camera).await.status, 501);
    let token = v2_token(port, "board-meeting").await;
    let mut client = V2Client::connect(port).await;
    client.call("ping", json!({ "interval": 5000 })).await;
    client.join("board-meeting", &token).await;
    let message = json!({ "to": [], "type": "signal:chat", "data": "hello Ygritte" }).to_string();
    client.call("sendMessage", json!({ "message": message })).await;
    client.notified("sendMessage").await;
    client.call("leaveRoom", json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_apps_use_is_counted_without_a_word_of_theirs() {
    let folder = Folder::new();
    let running = start(&folder).await;
    let port = running.port;
    a_call(port).await;
    assert_eq!(http(port, "POST", "/openvidu/api/sessions", &[("user-agent", "stranger/1")], "").await.status, 401);

    let answer = admin(port, "/usage").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let report = answer.json();
    for (kind, name, expected) in [
        ("rest", "POST /openvidu/api/sessions", 2),
        ("rest", "POST /openvidu/api/sessions/{session}/connection", 3),
        ("option", "customSessionId: set", 2),
        ("option", "forcedVideoCodec: VP8", 1),
        ("option", "role: MODERATOR", 1),
        ("option", "type: IPCAM", 1),
        ("option", "signal.to: all", 1),
        ("rpc", "ping", 1),
        ("rpc", "joinRoom", 1),
        ("rpc", "sendMessage", 1),
        ("rpc", "leaveRoom", 1),
        ("notification", "sendMessage", 1),
        ("sdk", "openvidu-browser 2.32.1", 1),
    ] {
        assert_eq!(count(&report, kind, name), expected, "{kind} {name}: {}", answer.body);
    }
    for word in [
        "board-meeting",
        "Ygritte",
        "hello",
        "chat",
        "alice",
        "tok_",
        "MY_SECRET",
        "camera.example",
        "stranger",
        "con_",
    ] {
        assert!(!answer.body.contains(word), "{word}: {}", answer.body);
    }
    let csv = admin(port, "/usage?format=csv").await;
    assert!(csv.head.to_lowercase().contains("text/csv") && csv.body.contains(",rpc,joinRoom,1,"), "{csv:?}");
    assert_eq!(admin(port, "/usage?format=xml").await.status, 400);

    let readiness = admin(port, "/usage/readiness").await.json();
    assert_eq!(readiness["livekit_joins_percent"], 0);
    let apps = readiness["apps"].as_array().unwrap();
    let backend = apps.iter().find(|app| app["app"]["key"] == "OPENVIDUAPP").unwrap();
    assert!(backend["score"].as_u64().unwrap() < 100, "{backend}");
    let blockers = backend["blockers"].as_array().unwrap();
    assert!(
        blockers.iter().any(|point| point["name"] == "type: IPCAM" && point["compat"]["works"] == "refused"),
        "{backend}"
    );
    running.stop().await;

    let running = start(&folder).await;
    v2_api(running.port, "GET", "/sessions", Value::Null).await;
    let report = admin(running.port, "/usage").await.json();
    assert_eq!(count(&report, "rpc", "joinRoom"), 1, "counts outlast a restart: {report}");
    assert_eq!(count(&report, "rest", "GET /openvidu/api/sessions"), 1);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_app_is_refused_is_counted_for_it_by_its_code_and_outlasts_a_restart() {
    let folder = Folder::new();
    let running = start(&folder).await;
    v2_api(running.port, "POST", "/sessions", json!({ "customSessionId": "quiet" })).await;
    for _ in 0..2 {
        let message = json!({ "room": "quiet", "data": "aGVsbG8=", "kind": "RELIABLE" });
        let answer = try_twirp(running.port, "SendData", "quiet", message).await.unwrap();
        assert!(answer.body.contains("VIA-0101"), "{answer:?}");
    }
    running.stop().await;
    let running = start(&folder).await;
    let report = admin(running.port, "/usage").await.json();
    assert_eq!(count(&report, "refusal", "VIA-0101 api"), 2, "{report}");
    let csv = admin(running.port, "/usage?format=csv").await.body;
    let line = csv.lines().find(|line| line.contains(",refusal,")).unwrap();
    assert!(line.starts_with("livekit,devkey,none,none,refusal,VIA-0101 api,2,"), "{line}");
    let readiness = admin(running.port, "/usage/readiness").await.json();
    let note = &readiness["notes"][0];
    assert_eq!((&note["refused"]["code"], &note["app"]["key"]), (&json!("VIA-0101"), &json!("devkey")), "{readiness}");
    assert!(!readiness.to_string().contains("quiet"), "no room's name: {readiness}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_credentials_sees_no_usage() {
    let folder = Folder::new();
    let running = start(&folder).await;
    for path in ["/admin/v1/usage", "/admin/v1/usage/readiness"] {
        assert_eq!(http(running.port, "GET", path, &[], "").await.status, 401, "{path}");
    }
    running.stop().await;
}
