//! Routes of the server's own, and the plain answers of the signalling paths.
use crate::kit::{Folder, http, start, v2_api};
use serde_json::{Value, json};

#[tokio::test]
async fn plain_requests_get_the_answers_that_clients_probe_for() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let cases = [
        ("/", 200, "OK"),
        ("/healthz", 200, "OK"),
        ("/openvidu", 400, "Can \"Upgrade\" only to \"WebSocket\"."),
        ("/rtc", 404, ""),
        ("/rtc/v1", 404, ""),
        ("/openvidu/api/sessions", 401, ""),
    ];
    for (path, status, body) in cases {
        let answer = http(server.port, "GET", path, &[], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{path}");
    }
    for page in ["/try", "/dashboard", "/docs/"] {
        let answer = http(server.port, "GET", page, &[], "").await;
        assert!(answer.status == 200 && answer.body.contains("<!doctype html>"), "{page}: {answer:?}");
    }
    let answer = http(server.port, "GET", "/guide", &[], "").await;
    assert!(answer.status == 200 && answer.body.contains("five-minutes.md"), "{answer:?}");
    server.stop().await;
}

#[tokio::test]
async fn the_capabilities_are_the_registry() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let shown = http(server.port, "GET", "/capabilities", &[], "").await.json();
    assert_eq!(shown["profile"], "mediasoup");
    let refused: Vec<&Value> =
        shown["features"].as_array().unwrap().iter().filter(|row| row["supported"] == false).collect();
    assert_eq!(refused.len(), 4);
    assert!(refused.iter().all(|row| row["instead"].is_string()));
    server.stop().await;
}

#[tokio::test]
async fn the_try_page_gets_tokens_of_both_protocols_for_one_room() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let asked = json!({ "room": "both", "name": "Ann" }).to_string();
    let headers = [("content-type", "application/json")];
    for room in ["", "a b", "a/b", "é"] {
        let asked = json!({ "room": room, "name": "Ann" }).to_string();
        assert_eq!(http(server.port, "POST", "/try/join", &headers, &asked).await.status, 400, "{room:?}");
    }
    for _ in 0..2 {
        let answer = http(server.port, "POST", "/try/join", &headers, &asked).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let tokens = answer.json();
        assert!(tokens["v2Token"].as_str().unwrap().contains("sessionId=both&token="), "{tokens}");
        assert_eq!(tokens["livekitUrl"], format!("ws://127.0.0.1:{}", server.port));
        let path = format!("/rtc/validate?access_token={}", tokens["livekitToken"].as_str().unwrap());
        let validated = http(server.port, "GET", &path, &[], "").await;
        assert_eq!((validated.status, validated.body.as_str()), (200, "success"));
    }
    server.stop().await;
}

#[tokio::test]
async fn each_surface_has_its_own_limit_of_body_bytes() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let asked = json!({ "room": "both", "name": "Ann" }).to_string();
    let tokens = http(server.port, "POST", "/try/join", &[("content-type", "application/json")], &asked).await.json();
    let bearer = format!("Bearer {}", tokens["livekitToken"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let path = "/twirp/livekit.RoomService/ListParticipants";
    let big = json!({ "room": "both", "padding": "x".repeat(3 << 20) }).to_string();
    let answer = http(server.port, "POST", path, &headers, &big).await;
    assert_eq!(answer.status, 401, "3 MiB are read: the token is no admin's: {answer:?}");
    let session = json!({ "customSessionId": "big", "padding": "x".repeat(3 << 20) });
    assert_eq!(v2_api(server.port, "POST", "/sessions", session).await.status, 403, "3 MiB are too much for v2");
    server.stop().await;
}

#[tokio::test]
async fn whip_answers_that_it_is_not_supported_with_its_code() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let asked = json!({ "room": "both", "name": "Ann" }).to_string();
    let tokens = http(server.port, "POST", "/try/join", &[("content-type", "application/json")], &asked).await.json();
    let bearer = format!("Bearer {}", tokens["livekitToken"].as_str().unwrap());
    for path in ["/whip", "/whip/", "/whip/v1", "/whip/v1/"] {
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/sdp")];
        let answer = http(server.port, "POST", path, &headers, "v=0\r\n").await;
        assert_eq!(answer.status, 501, "{path} {answer:?}");
        assert!(answer.json()["error"].as_str().unwrap().contains("VIA-0102"), "{path} {answer:?}");
        assert_eq!(http(server.port, "POST", path, &[], "").await.status, 401, "{path}");
    }
    server.stop().await;
}
