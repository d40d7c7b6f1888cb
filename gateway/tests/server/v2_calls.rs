//! OpenVidu v2 clients over a real socket.
use crate::kit::{Folder, V2Client, start, v2_api, v2_token};
use gateway::app::Running;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;

#[tokio::test]
async fn a_client_joins_with_a_token_from_the_api_and_shows_there() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let token = v2_token(server.port, "room").await;
    assert!(token.starts_with(&format!("ws://127.0.0.1:{}?sessionId=room&token=tok_", server.port)), "{token}");

    let mut alice = V2Client::connect(server.port).await;
    let joined = alice.join("room", &token).await;
    let mut bob = V2Client::connect(server.port).await;
    let second = v2_token(server.port, "room").await;
    bob.join("room", &second).await;
    let notified = alice.notified("participantJoined").await;
    assert!(notified["params"]["id"].as_str().unwrap().starts_with("con_"), "{notified}");

    let shown = v2_api(server.port, "GET", "/sessions/room", Value::Null).await.json();
    assert_eq!(shown["connections"]["numberOfElements"], 2);
    assert!(shown.to_string().contains(joined["id"].as_str().unwrap()));
    server.stop().await;
}

#[tokio::test]
async fn a_token_opens_its_room_once() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let token = v2_token(server.port, "room").await;
    V2Client::connect(server.port).await.join("room", &token).await;
    let params =
        json!({ "token": token, "session": "room", "platform": "", "metadata": "", "secret": "", "recorder": false });
    let refused = V2Client::connect(server.port).await.call("joinRoom", params).await;
    assert!(refused["error"]["code"].is_number(), "{refused}");
    server.stop().await;
}

#[tokio::test]
async fn a_client_whose_socket_broke_comes_back_on_another() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let token = v2_token(server.port, "room").await;
    let mut alice = V2Client::connect(server.port).await;
    let session = alice.join("room", &token).await["sessionId"].as_str().unwrap().to_owned();
    // Gone without a word, as a network fails.
    drop(alice);

    let mut again = V2Client::connect(server.port).await;
    let resumed = again.call("connect", json!({ "sessionId": session })).await;
    assert_eq!(resumed["result"]["value"], "reconnection successful");
    let second = v2_token(server.port, "room").await;
    V2Client::connect(server.port).await.join("room", &second).await;
    again.notified("participantJoined").await;
    server.stop().await;
}

#[tokio::test]
async fn a_resume_of_nobody_is_refused() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let mut stranger = V2Client::connect(server.port).await;
    let refused = stranger.call("connect", json!({ "sessionId": "nobody" })).await;
    assert!(refused["error"]["code"].is_number(), "{refused}");
    server.stop().await;
}

#[tokio::test]
async fn a_session_closed_by_the_api_is_gone_for_its_clients() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let token = v2_token(server.port, "room").await;
    let mut alice = V2Client::connect(server.port).await;
    alice.join("room", &token).await;
    assert_eq!(v2_api(server.port, "DELETE", "/sessions/room", Value::Null).await.status, 204);
    assert_eq!(alice.notified("participantEvicted").await["params"]["reason"], "sessionClosedByServer");
    assert_eq!(v2_api(server.port, "GET", "/sessions/room", Value::Null).await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn sockets_that_join_no_room_are_bounded() {
    let folder = Folder::new();
    let mut config = gateway::config::dev(&folder.0).unwrap();
    config.http.unjoined_clients_max = 1;
    let server = Running::start(config).await.unwrap();
    let token = v2_token(server.port, "room").await;
    let mut alice = V2Client::connect(server.port).await;
    let url = format!("ws://127.0.0.1:{}/openvidu", server.port);
    let refused = tokio_tungstenite::connect_async(&url).await.unwrap_err();
    assert!(matches!(&refused, Error::Http(answer) if answer.status() == 503), "{refused}");
    alice.join("room", &token).await;
    let mut bob = V2Client::connect(server.port).await;
    assert_eq!(bob.call("ping", json!({})).await["result"]["value"], "pong", "who has joined takes no place");
    server.stop().await;
}
