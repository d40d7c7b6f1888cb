//! LiveKit's webhooks of a real server, and receivers with TLS for those of both protocols.
use crate::kit::{Folder, V2Client, http, v2_api};
use crate::receiver::Receiver;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gateway::app::Running;
use gateway::config::{self, Config, LiveKitWebhook, Secret, V2Webhook};
use gateway::webhook::{HttpTarget, Manner};
use livekit_api::config::Keys;
use livekit_api::token::{Claims, VideoGrant, sign, verify};
use serde_json::{Value, json};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(5);

/// Development mode with LiveKit webhooks to these addresses.
fn told(folder: &Folder, urls: &[String], verify: bool) -> Config {
    let mut config = config::dev(&folder.0).unwrap();
    let manner = Manner::LiveKit { api_key: "devkey".to_owned(), secret: Secret::new("secret") };
    let target = |url: &String| {
        let target = HttpTarget::parse(url, &[], verify, PATIENCE).unwrap();
        HttpTarget { manner: manner.clone(), ..target }
    };
    let targets = urls.iter().map(target).collect();
    config.events.livekit_webhook =
        Some(LiveKitWebhook { targets, include: Vec::new(), exclude: Vec::new(), full_room: false });
    config.events.policy.retry_first = Duration::from_millis(20);
    config.events.policy.retry_max = Duration::from_millis(100);
    config
}

fn keys() -> Keys {
    Keys::default().with("devkey", "secret")
}

async fn twirp(port: u16, method: &str, body: Value) -> Value {
    let video = VideoGrant { room_create: true, room_list: true, ..VideoGrant::default() };
    let exp = Some(gateway::clock::now().unix_ms / 1000 + 60);
    let claims = Claims { iss: "devkey".to_owned(), exp, video: Some(video), ..Claims::default() };
    let bearer = format!("Bearer {}", sign(&claims, &keys()).unwrap());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let path = format!("/twirp/livekit.RoomService/{method}");
    http(port, "POST", &path, &headers, &body.to_string()).await.json()
}

fn names(told: &[crate::receiver::Arrival]) -> Vec<String> {
    told.iter().map(|arrival| arrival.body["event"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_backend_is_told_and_each_body_is_signed() {
    let (folder, mut one, mut other) = (Folder::new(), Receiver::listen(0).await, Receiver::listen(0).await);
    let server =
        Running::start(told(&folder, &[Receiver::url(one.port), Receiver::url(other.port)], true)).await.unwrap();
    let made = twirp(server.port, "CreateRoom", json!({ "name": "room", "metadata": "m" })).await;
    let mut alice = V2Client::joined(server.port, "room").await;
    alice.call("leaveRoom", json!({})).await;
    twirp(server.port, "DeleteRoom", json!({ "room": "room" })).await;
    let first = one.until("room_finished").await;
    let expected = ["room_started", "participant_joined", "participant_left", "room_finished"];
    assert_eq!(names(&first), expected, "a v2 client is a participant like others");
    for arrival in &first {
        let headers = &arrival.headers;
        assert_eq!(headers["content-type"], "application/webhook+json");
        assert_eq!(headers["user-agent"], "LiveKit");
        assert_eq!(arrival.body["id"].as_str(), Some(arrival.id()));
        let claims = verify(&headers["authorization"], &keys(), gateway::clock::now()).unwrap();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, arrival.text.as_bytes());
        assert_eq!(claims.sha256, STANDARD.encode(digest.as_ref()), "the signature is over this body");
    }
    assert_eq!((&first[0].body["room"]["sid"], &first[0].body["room"]["metadata"]), (&made["sid"], &json!("m")));
    assert_eq!(first[3].body["roomEndReason"], json!("ROOM_END_API_DELETE"));
    assert_eq!(names(&other.until("room_finished").await), expected);
    server.stop().await;
}

#[tokio::test]
async fn only_the_events_that_a_filter_lets_through_are_sent() {
    for (include, exclude) in [(vec!["room_finished"], vec![]), (vec![], vec!["room_started"])] {
        let (folder, mut backend) = (Folder::new(), Receiver::listen(0).await);
        let mut config = told(&folder, &[Receiver::url(backend.port)], true);
        let webhook = config.events.livekit_webhook.as_mut().unwrap();
        webhook.include = include.into_iter().map(str::to_owned).collect();
        webhook.exclude = exclude.into_iter().map(str::to_owned).collect();
        let server = Running::start(config).await.unwrap();
        twirp(server.port, "CreateRoom", json!({ "name": "room" })).await;
        twirp(server.port, "DeleteRoom", json!({ "room": "room" })).await;
        assert_eq!(names(&backend.until("room_finished").await), ["room_finished"]);
        server.stop().await;
    }
}

#[tokio::test]
async fn events_outlast_a_restart_and_end_what_was_live() {
    let (folder, port) = (Folder::new(), Receiver::free_port().await);
    let server = Running::start(told(&folder, &[Receiver::url(port)], true)).await.unwrap();
    twirp(server.port, "CreateRoom", json!({ "name": "kept" })).await;
    server.stop().await;
    let mut backend = Receiver::listen(port).await;
    let server = Running::start(told(&folder, &[Receiver::url(port)], true)).await.unwrap();
    twirp(server.port, "DeleteRoom", json!({ "room": "kept" })).await;
    assert_eq!(names(&backend.until("room_finished").await), ["room_started", "room_finished"]);
    server.stop().await;
}

#[tokio::test]
async fn a_receiver_with_tls_is_told_where_its_certificate_is_not_looked_at_and_not_where_it_is() {
    let (folder, mut backend) = (Folder::new(), Receiver::listen_tls().await);
    let server = Running::start(told(&folder, &[Receiver::tls_url(backend.port)], false)).await.unwrap();
    twirp(server.port, "CreateRoom", json!({ "name": "room" })).await;
    assert_eq!(backend.next().await.body["event"], "room_started");
    server.stop().await;
    let server = Running::start(told(&Folder::new(), &[Receiver::tls_url(backend.port)], true)).await.unwrap();
    twirp(server.port, "CreateRoom", json!({ "name": "other" })).await;
    backend.turned_away(2).await;
    assert_eq!(server.outbox().dead(10).await.unwrap(), [], "it is kept for a receiver that can be trusted");
    server.stop().await;
}

#[tokio::test]
async fn a_v2_receiver_with_tls_is_told_unless_its_certificate_is_to_be_verified() {
    for verify in [false, true] {
        let (folder, mut backend) = (Folder::new(), Receiver::listen_tls().await);
        let mut config = config::dev(&folder.0).unwrap();
        let endpoint = Receiver::tls_url(backend.port);
        let target = HttpTarget::parse(&endpoint, &[], verify, PATIENCE).unwrap();
        let events = v2_api::webhook::SHOWN_BY_DEFAULT.iter().map(|name| (*name).to_owned()).collect();
        config.events.v2_webhook = Some(V2Webhook { target, endpoint, headers: Vec::new(), events });
        config.events.policy.retry_first = Duration::from_millis(20);
        let server = Running::start(config).await.unwrap();
        v2_api(server.port, "POST", "/sessions", json!({ "customSessionId": "room" })).await;
        if verify {
            backend.turned_away(2).await;
        } else {
            assert_eq!(backend.next().await.body["event"], "sessionCreated");
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn figures_have_a_port_of_their_own_where_one_is_configured() {
    let folder = Folder::new();
    let mut config = config::dev(&folder.0).unwrap();
    config.metrics.port = Some(0);
    let server = Running::start(config).await.unwrap();
    let port = server.metrics_port.unwrap();
    for path in ["/metrics", "/"] {
        let answer = http(port, "GET", path, &[], "").await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.body.contains("# EOF"), "{path}: {}", answer.body);
    }
    assert_eq!(http(server.port, "GET", "/settings/regions", &[], "").await.status, 404);
    assert_eq!(http(server.port, "GET", "/", &[], "").await.body, "OK");
    server.stop().await;
}
