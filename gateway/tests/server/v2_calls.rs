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
    V2Client::joined(server.port, "room").await;
    again.notified("participantJoined").await;
    server.stop().await;
}

/// Two clients in a room; the RPC session of the second.
async fn two(port: u16) -> (V2Client, V2Client, String) {
    let mut clients = Vec::new();
    let mut session = String::new();
    for _ in 0..2 {
        let token = v2_token(port, "room").await;
        let mut client = V2Client::connect(port).await;
        session = client.join("room", &token).await["sessionId"].as_str().unwrap().to_owned();
        clients.push(client);
    }
    let second = clients.pop().unwrap();
    (clients.pop().unwrap(), second, session)
}

async fn signal(client: &mut V2Client, number: usize) {
    let message = json!({ "to": [], "type": "signal:n", "data": number.to_string() }).to_string();
    let answer = client.call("sendMessage", json!({ "message": message })).await;
    assert!(answer["result"].is_object(), "{answer}");
}

#[tokio::test]
async fn what_is_said_while_a_client_is_away_is_told_in_order_when_it_is_back() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let (mut alice, bob, session) = two(server.port).await;
    drop(bob);
    for number in 0..100 {
        signal(&mut alice, number).await;
    }
    let mut bob = V2Client::connect(server.port).await;
    let resumed = bob.call("connect", json!({ "sessionId": session, "reconnect": true })).await;
    assert_eq!(resumed["result"]["value"], "reconnection successful");
    assert!(bob.notifications.is_empty(), "the answer comes first");
    // What was written to the old socket before its end was noticed is lost with it.
    let number = |told: &Value| told["params"]["data"].as_str().unwrap().parse::<usize>().unwrap();
    let first = number(&bob.notified("sendMessage").await);
    assert!(first < 50, "{first}");
    for expected in first + 1..100 {
        assert_eq!(number(&bob.notified("sendMessage").await), expected);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_misses_too_much_is_put_out_and_no_ghost_stays() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let (mut alice, bob, session) = two(server.port).await;
    drop(bob);
    for number in 0..1_100 {
        signal(&mut alice, number).await;
    }
    let left = alice.notified("participantLeft").await;
    assert_eq!(left["params"]["reason"], "networkDisconnect");
    let mut bob = V2Client::connect(server.port).await;
    let refused = bob.call("connect", json!({ "sessionId": session, "reconnect": true })).await;
    assert_eq!(refused["error"]["code"], 40007);
    let shown = v2_api(server.port, "GET", "/sessions/room", json!({})).await.json();
    assert_eq!(shown["connections"]["numberOfElements"], 1);
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
    let mut alice = V2Client::joined(server.port, "room").await;
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
