//! What survives a restart.
use crate::kit::{Folder, V2Client, start, try_twirp, v2_api, v2_token};
use crate::livekit_client::LiveKitClient;
use serde_json::{Value, json};

#[tokio::test]
async fn a_session_made_by_the_api_and_its_unused_token_survive() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let made = v2_api(
        server.port,
        "POST",
        "/sessions",
        json!({ "customSessionId": "kept", "forcedVideoCodec": "VP8", "recordingMode": "ALWAYS" }),
    );
    let before = made.await.json();
    let token = v2_token(server.port, "kept").await;
    server.stop().await;

    let server = start(&folder).await;
    let after = v2_api(server.port, "GET", "/sessions/kept", Value::Null).await.json();
    for key in ["id", "createdAt", "forcedVideoCodec", "recordingMode", "customSessionId"] {
        assert_eq!(after[key], before[key], "{key}");
    }
    V2Client::connect(server.port).await.join("kept", &token).await;
    server.stop().await;
}

#[tokio::test]
async fn a_used_token_and_a_closed_session_do_not() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let used = v2_token(server.port, "one").await;
    V2Client::connect(server.port).await.join("one", &used).await;
    v2_token(server.port, "two").await;
    v2_api(server.port, "DELETE", "/sessions/two", Value::Null).await;
    server.stop().await;

    let server = start(&folder).await;
    assert_eq!(v2_api(server.port, "GET", "/sessions/two", Value::Null).await.status, 404);
    let params =
        json!({ "token": used, "session": "one", "platform": "", "metadata": "", "secret": "", "recorder": false });
    let refused = V2Client::connect(server.port).await.call("joinRoom", params).await;
    assert!(refused["error"].is_object(), "{refused}");
    server.stop().await;
}

#[tokio::test]
async fn a_revoked_token_opens_nothing_after_a_restart_either() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let mut anna = LiveKitClient::join(server.port, "hall", "anna").await;
    let before_s = gateway::clock::now().unix_ms / 1000 + 10;
    let body = json!({ "room": "hall", "identity": "anna", "revokeTokenTs": before_s.to_string() });
    assert_eq!(try_twirp(server.port, "RemoveParticipant", "hall", body).await.unwrap().status, 200);
    assert_eq!(anna.left().await, "PARTICIPANT_REMOVED");
    server.stop().await;

    let server = start(&folder).await;
    let refused = LiveKitClient::try_join(server.port, "hall", "anna").await.err();
    assert!(refused.as_ref().is_some_and(|why| why.contains("401")), "{refused:?}");
    LiveKitClient::join(server.port, "hall", "ben").await;
    server.stop().await;
}
