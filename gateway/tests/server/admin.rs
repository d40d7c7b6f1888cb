//! The admin API: rooms of both protocols, what is done to them, who is let in, and how it says no.
use crate::kit::{Answer, Folder, V2Client, http, start, v2_api, v2_token};
use crate::livekit_client::LiveKitClient;
use gateway::app::Running;
use gateway::config::{self, Secret};
use serde_json::{Value, json};

const TOKEN: &str = "a-long-token-of-operators";

async fn admin(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let bearer = ("authorization", "Bearer MY_SECRET");
    let headers: Vec<_> = [bearer].into_iter().chain(headers.iter().copied()).collect();
    http(port, method, &format!("/admin/v1{path}"), &headers, body).await
}

async fn get(port: u16, path: &str) -> Value {
    let answer = admin(port, "GET", path, &[], "").await;
    assert_eq!(answer.status, 200, "{path} {answer:?}");
    answer.json()
}

fn is_problem(answer: &Answer, status: u16, slug: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let body = answer.json();
    assert_eq!((&body["type"], &body["status"]), (&json!(format!("/docs/problems#{slug}")), &json!(status)), "{body}");
}

async fn with_token(folder: &Folder, token: &str, dev: bool) -> Running {
    let mut config = config::dev(&folder.0).unwrap();
    config.admin.token = Secret::new(token);
    config.dev = dev;
    Running::start(config).await.unwrap()
}

#[tokio::test]
async fn it_opens_to_its_token_alone_and_is_off_without_one_outside_development() {
    let folder = Folder::new();
    let server = with_token(&folder, TOKEN, false).await;
    let ask = |header: String| async move {
        http(server.port, "GET", "/admin/v1/rooms", &[("authorization", &header)], "").await
    };
    assert_eq!(ask(format!("Bearer {TOKEN}")).await.status, 200);
    let port = server.port;
    let ask = |headers: Vec<(&'static str, &'static str)>| async move {
        http(port, "GET", "/admin/v1/rooms", &headers, "").await
    };
    for headers in [
        vec![],
        vec![("authorization", "Bearer MY_SECRET")],
        vec![("authorization", "Basic T1BFTlZJRFVBUFA6TVlfU0VDUkVU")],
    ] {
        let answer = ask(headers).await;
        is_problem(&answer, 401, "unauthorized");
        assert!(answer.header("www-authenticate").is_some());
    }
    server.stop().await;
    let folder = Folder::new();
    let server = with_token(&folder, "", false).await;
    is_problem(
        &http(server.port, "GET", "/admin/v1/rooms", &[("authorization", "Bearer ")], "").await,
        404,
        "admin-api-off",
    );
    server.stop().await;
}

#[tokio::test]
async fn a_room_is_shown_with_who_speaks_which_protocol_and_each_is_put_out_in_its_own_words() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let port = server.port;
    let mut alice = V2Client::joined(port, "both").await;
    let mut ben = LiveKitClient::join(port, "both", "ben").await;

    let listed = get(port, "/rooms").await;
    assert_eq!(listed["items"][0]["participants"], json!({ "total": 2, "openvidu_v2": 1, "livekit": 1 }));
    let room = get(port, "/rooms/both").await;
    let badges: Vec<_> =
        room["members"].as_array().unwrap().iter().map(|one| one["protocol"].as_str().unwrap()).collect();
    assert_eq!(badges, ["openvidu-v2", "livekit"]);
    let (alice_id, ben_id) =
        (room["members"][0]["id"].as_str().unwrap(), room["members"][1]["identity"].as_str().unwrap());
    assert_eq!(ben_id, "ben");

    let path = format!("/rooms/both/participants/{alice_id}");
    let stale = admin(port, "DELETE", &path, &[("if-match", "\"stale\"")], "").await;
    is_problem(&stale, 412, "changed");
    let shown = admin(port, "GET", &path, &[], "").await;
    let tag = shown.header("etag").unwrap();
    assert_eq!(admin(port, "DELETE", &path, &[("if-match", tag)], "").await.status, 204);
    let told = alice.notified("participantEvicted").await;
    assert_eq!(told["params"]["reason"], "forceDisconnectByServer", "{told}");

    assert_eq!(admin(port, "DELETE", "/rooms/both/participants/ben", &[], "").await.status, 204);
    assert_eq!(ben.left().await, "PARTICIPANT_REMOVED");
    is_problem(&admin(port, "DELETE", "/rooms/both/participants/ben", &[], "").await, 404, "not-found");
    server.stop().await;
}

#[tokio::test]
async fn a_room_is_ended_for_both_protocols_in_their_own_words() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let port = server.port;
    let mut alice = V2Client::joined(port, "both").await;
    let mut ben = LiveKitClient::join(port, "both", "ben").await;
    assert_eq!(admin(port, "DELETE", "/rooms/both", &[], "").await.status, 204);
    let told = alice.notified("participantEvicted").await;
    assert_eq!(told["params"]["reason"], "sessionClosedByServer", "{told}");
    assert_eq!(ben.left().await, "ROOM_DELETED");
    is_problem(&admin(port, "GET", "/rooms/both", &[], "").await, 404, "not-found");
    server.stop().await;
}

#[tokio::test]
async fn rooms_come_in_pages() {
    let folder = Folder::new();
    let server = start(&folder).await;
    for name in ["a", "b", "c"] {
        v2_api(server.port, "POST", "/sessions", json!({ "customSessionId": name })).await;
    }
    let (mut names, mut path) = (Vec::new(), "/rooms?limit=2".to_owned());
    loop {
        let page = get(server.port, &path).await;
        names.extend(page["items"].as_array().unwrap().iter().map(|room| room["name"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/rooms?limit=2&cursor={cursor}");
    }
    names.sort();
    assert_eq!(names, ["a", "b", "c"]);
    for query in ["limit=0", "limit=x", "cursor=x", "limit=501"] {
        is_problem(&admin(server.port, "GET", &format!("/rooms?{query}"), &[], "").await, 400, "invalid");
    }
    server.stop().await;
}

#[tokio::test]
async fn while_it_is_emptied_no_room_begins_and_meetings_go_on() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let port = server.port;
    let token = v2_token(port, "old").await;
    assert_eq!(get(port, "/drain").await["joins"], "all");
    let begun = admin(port, "POST", "/drain", &[("idempotency-key", "k1")], "").await;
    assert_eq!((begun.status, begun.json()["joins"].clone()), (200, json!("existing_rooms")));
    assert!(get(port, "/server").await["draining"].as_bool().unwrap());
    let refused = v2_api(port, "POST", "/sessions", json!({ "customSessionId": "new" })).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    V2Client::connect(port).await.join("old", &token).await;
    LiveKitClient::join(port, "old", "ben").await;
    assert!(LiveKitClient::try_join(port, "new", "ben").await.is_err(), "no room begins");

    let other = admin(port, "POST", "/drain", &[("idempotency-key", "k1")], "{\"joins\":\"none\"}").await;
    is_problem(&other, 422, "idempotency-key-reused");
    let again = admin(port, "POST", "/drain", &[("idempotency-key", "k1")], "").await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, Some("true")));
    assert_eq!(admin(port, "POST", "/drain", &[], "{\"joins\":\"none\"}").await.status, 200);
    assert!(LiveKitClient::try_join(port, "old", "carl").await.is_err(), "nobody is let in");
    is_problem(&admin(port, "POST", "/drain", &[], "{\"joins\":\"all\"}").await, 400, "invalid");
    is_problem(&admin(port, "POST", "/drain", &[], "nonsense").await, 400, "invalid");
    is_problem(
        &admin(port, "POST", "/drain", &[("origin", "https://elsewhere.example")], "").await,
        403,
        "cross-origin",
    );

    assert_eq!(admin(port, "DELETE", "/drain", &[], "").await.status, 204);
    assert_eq!(v2_api(port, "POST", "/sessions", json!({ "customSessionId": "new" })).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn settings_are_shown_with_their_origin_and_no_secret_anywhere() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let answer = admin(server.port, "GET", "/config", &[], "").await;
    assert!(!answer.body.contains("MY_SECRET"), "{}", answer.body);
    let settings = answer.json();
    let row = |key: &str| settings["items"].as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
    assert_eq!((&row("profile")["value"], &row("profile")["origin"]), (&json!("mediasoup"), &json!("default")));
    assert_eq!(
        (&row("openvidu.secret")["value"], &row("openvidu.secret")["secret"]),
        (&json!("********"), &json!(true))
    );
    server.stop().await;
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let folder = Folder::new();
    let server = start(&folder).await;
    is_problem(&admin(server.port, "GET", "/nothing", &[], "").await, 404, "no-such-path");
    let answer = admin(server.port, "PUT", "/rooms", &[], "").await;
    is_problem(&answer, 405, "method-not-allowed");
    assert_eq!(answer.header("allow"), Some("GET"));
    assert_eq!(get(server.port, "/webhooks").await, json!({ "items": [] }));
    assert_eq!(get(server.port, "/webhooks/dead-letters").await["items"], json!([]));
    let page = http(server.port, "GET", "/docs/problems", &[], "").await;
    assert!(page.status == 200 && page.body.contains("id=\"method-not-allowed\""), "{page:?}");
    server.stop().await;
}

#[tokio::test]
async fn the_history_says_who_was_where_when_and_why_not_any_more() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let port = server.port;
    let mut alice = V2Client::joined(port, "past").await;
    LiveKitClient::join(port, "past", "ben").await;
    admin(port, "DELETE", "/rooms/past", &[], "").await;
    alice.notified("participantEvicted").await;
    // What happens is written within the flush interval.
    let past = until(|| async {
        let listed = get(port, "/history/rooms?name=past").await;
        listed["items"].as_array().unwrap().first().filter(|room| room["ended_ms"].is_u64()).cloned()
    })
    .await;
    assert_eq!((&past["name"], &past["joins"]), (&json!("past"), &json!(2)), "{past}");
    let first = get(port, &format!("/history/participants?limit=1&room={}", past["id"].as_str().unwrap())).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("/history/participants?limit=1&room={}&cursor={cursor}", past["id"].as_str().unwrap());
    let second = get(port, &path).await;
    let protocols = [&first["items"][0]["protocol"], &second["items"][0]["protocol"]];
    assert_eq!(protocols, [&json!("livekit"), &json!("openvidu-v2")], "newest first");
    assert!(second["next_cursor"].is_null());
    assert_eq!(get(port, "/history/tracks").await["items"], json!([]));
    assert_eq!(get(port, "/history/events").await["items"], json!([]), "nobody is told");
    is_problem(&admin(port, "GET", "/history/tracks?room=x", &[], "").await, 400, "invalid");
    server.stop().await;
}

/// Asks until there is something.
async fn until<F: Future<Output = Option<Value>>>(ask: impl Fn() -> F) -> Value {
    let deadline = std::time::Instant::now() + crate::kit::PATIENCE;
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(std::time::Instant::now() < deadline, "it never came");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
