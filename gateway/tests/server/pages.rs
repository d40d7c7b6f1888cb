//! Routes of the server's own, and the plain answers of the signalling paths.
use crate::kit::{Folder, http, start};
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
    let answer = http(server.port, "GET", "/try", &[], "").await;
    assert!(answer.status == 200 && answer.body.contains("<!doctype html>"), "{answer:?}");
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
