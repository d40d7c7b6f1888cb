//! Webhooks and call detail records of a real server.
use crate::kit::{Folder, V2Client, http, v2_api, v2_token};
use crate::receiver::{Receiver, shorts};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gateway::app::Running;
use gateway::config::{self, Config, V2Webhook};
use gateway::webhook::HttpTarget;
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// Development mode with a webhook to this port.
fn told(folder: &Folder, port: u16) -> Config {
    let mut config = config::dev(&folder.0).unwrap();
    let (endpoint, headers) = (Receiver::url(port), vec!["X-Probe: yes".to_owned()]);
    let target = HttpTarget::parse(&endpoint, &headers, false, Duration::from_secs(5)).unwrap();
    let events = v2_api::webhook::SHOWN_BY_DEFAULT.iter().map(|name| (*name).to_owned()).collect();
    config.events.v2_webhook = Some(V2Webhook { target, endpoint, headers, events });
    config.events.policy.retry_first = Duration::from_millis(20);
    config.events.policy.retry_max = Duration::from_millis(100);
    config
}

#[tokio::test]
async fn a_backend_is_told_of_a_session_in_order() {
    let (folder, mut backend) = (Folder::new(), Receiver::listen(0).await);
    let server = Running::start(told(&folder, backend.port)).await.unwrap();
    let mut alice = V2Client::joined(server.port, "room").await;
    alice.call("sendMessage", json!({ "message": r#"{"to":[],"type":"signal:chat","data":"x"}"# })).await;
    alice.call("leaveRoom", json!({})).await;
    let told = backend.until("sessionDestroyed").await;
    assert_eq!(
        shorts(&told),
        [
            "sessionCreated",
            "participantJoined",
            "signalSent",
            "participantLeft disconnect",
            "sessionDestroyed lastParticipantLeft",
        ]
    );
    let headers = &told[0].headers;
    assert_eq!(headers["request"], "POST /hook?from=test HTTP/1.1");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["x-probe"], "yes");
    let ids: HashSet<&str> = told.iter().map(|arrival| arrival.id()).collect();
    assert_eq!(ids.len(), told.len(), "each event has an id of its own");
    assert_eq!(told[1].body["ip"], "127.0.0.1");
    let shown = v2_api(server.port, "GET", "/config", Value::Null).await.json();
    assert_eq!(shown["OPENVIDU_WEBHOOK_ENDPOINT"], Receiver::url(backend.port));
    assert_eq!(shown["OPENVIDU_WEBHOOK_EVENTS"].as_array().unwrap().len(), 15);
    server.stop().await;
}

#[tokio::test]
async fn only_the_events_that_are_asked_for_are_sent() {
    let (folder, mut backend) = (Folder::new(), Receiver::listen(0).await);
    let mut config = told(&folder, backend.port);
    config.events.v2_webhook.as_mut().unwrap().events = vec!["participantJoined".into(), "sessionDestroyed".into()];
    let server = Running::start(config).await.unwrap();
    let _alice = V2Client::joined(server.port, "room").await;
    v2_api(server.port, "DELETE", "/sessions/room", Value::Null).await;
    let told = backend.until("sessionDestroyed").await;
    assert_eq!(shorts(&told), ["participantJoined", "sessionDestroyed sessionClosedByServer"]);
    server.stop().await;
}

#[tokio::test]
async fn a_backend_in_need_delays_no_call_and_gets_everything_later() {
    let (folder, port) = (Folder::new(), Receiver::free_port().await);
    let server = Running::start(told(&folder, port)).await.unwrap();
    let started = Instant::now();
    let mut alice = V2Client::joined(server.port, "room").await;
    alice.call("leaveRoom", json!({})).await;
    assert!(started.elapsed() < Duration::from_secs(5), "nobody listens, and nobody waits");
    let mut backend = Receiver::listen(port).await;
    backend.answer(500);
    let (status, first) = backend.attempt().await;
    let (_, again) = backend.attempt().await;
    assert_eq!((status, first.id()), (500, again.id()), "the same event has the same id at every attempt");
    backend.answer(200);
    let told = backend.until("sessionDestroyed").await;
    let expected =
        ["sessionCreated", "participantJoined", "participantLeft disconnect", "sessionDestroyed lastParticipantLeft"];
    assert_eq!(shorts(&told), expected);
    server.stop().await;
}

#[tokio::test]
async fn what_a_backend_refuses_is_kept_as_a_dead_letter() {
    let (folder, mut backend) = (Folder::new(), Receiver::listen(0).await);
    let server = Running::start(told(&folder, backend.port)).await.unwrap();
    backend.answer(422);
    v2_api(server.port, "POST", "/sessions", json!({ "customSessionId": "poison" })).await;
    for _ in 0..5 {
        assert_eq!(backend.attempt().await.0, 422);
    }
    let mut dead = Vec::new();
    while dead.is_empty() {
        dead = server.outbox().dead(10).await.unwrap();
    }
    assert!(dead[0].complaint.contains("422"), "{}", dead[0].complaint);
    backend.answer(200);
    v2_api(server.port, "POST", "/sessions", json!({ "customSessionId": "next" })).await;
    assert_eq!(backend.next().await.body["sessionId"], "next");
    server.stop().await;
}

#[tokio::test]
async fn undelivered_events_survive_a_restart() {
    let (folder, port) = (Folder::new(), Receiver::free_port().await);
    let server = Running::start(told(&folder, port)).await.unwrap();
    v2_api(server.port, "POST", "/sessions", json!({ "customSessionId": "kept" })).await;
    server.stop().await;
    let mut backend = Receiver::listen(port).await;
    let server = Running::start(told(&folder, port)).await.unwrap();
    v2_api(server.port, "DELETE", "/sessions/kept", Value::Null).await;
    let told = backend.until("sessionDestroyed").await;
    assert_eq!(shorts(&told), ["sessionCreated", "sessionDestroyed sessionClosedByServer"]);
    server.stop().await;
}

#[tokio::test]
async fn while_the_database_is_away_api_calls_are_refused_and_events_come_later() {
    let (folder, mut backend) = (Folder::new(), Receiver::listen(0).await);
    let server = Running::start(told(&folder, backend.port)).await.unwrap();
    let token = v2_token(server.port, "room").await;
    let path = folder.0.join("viaduct.db");
    let other = Database::connect(format!("sqlite://{}", path.display())).await.unwrap();
    other.execute_unprepared("BEGIN EXCLUSIVE").await.unwrap();

    let mut alice = V2Client::connect(server.port).await;
    alice.join("room", &token).await;
    let authorization = format!("Basic {}", STANDARD.encode("OPENVIDUAPP:MY_SECRET"));
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let refused = http(server.port, "POST", "/openvidu/api/sessions", &headers, r#"{"customSessionId":"no"}"#).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.head.to_lowercase().contains("retry-after: "), "{refused:?}");
    alice.call("sendMessage", json!({ "message": r#"{"to":[],"type":"signal:chat","data":"x"}"# })).await;

    other.execute_unprepared("COMMIT").await.unwrap();
    other.close().await.unwrap();
    alice.call("leaveRoom", json!({})).await;
    let told = backend.until("signalSent").await;
    let of_room: Vec<_> = told.into_iter().filter(|arrival| arrival.body["sessionId"] == "room").collect();
    assert_eq!(shorts(&of_room), ["sessionCreated", "participantJoined", "signalSent"]);
    let made = v2_api(server.port, "POST", "/sessions", json!({ "customSessionId": "yes" })).await;
    assert_eq!(made.status, 200, "{made:?}");
    server.stop().await;
}

#[tokio::test]
async fn call_detail_records_are_written_and_shown() {
    let folder = Folder::new();
    let mut config = config::dev(&folder.0).unwrap();
    let records = folder.0.join("cdr");
    config.events.v2_cdr = Some(records.clone());
    config.events.v2_cdr_path = records;
    let server = Running::start(config).await.unwrap();
    let mut alice = V2Client::joined(server.port, "room").await;
    alice.call("leaveRoom", json!({})).await;

    let authorization = format!("Basic {}", STANDARD.encode("OPENVIDUAPP:MY_SECRET"));
    let own = [("authorization", authorization.as_str())];
    let names = http(server.port, "GET", "/openvidu/cdr", &own, "").await.json();
    let name = names[0].as_str().unwrap().to_owned();
    assert!(name.starts_with("CDR.") && name.ends_with(".log"), "{name}");
    let path = format!("/openvidu/cdr/{name}");
    let mut text = String::new();
    while !text.contains("sessionDestroyed") {
        let file = http(server.port, "GET", &path, &own, "").await;
        assert_eq!(file.status, 200);
        text = file.body;
    }
    let events: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap().as_object().unwrap().keys().next().unwrap().clone())
        .collect();
    assert_eq!(events, ["sessionCreated", "participantJoined", "participantLeft", "sessionDestroyed"]);
    let part = http(server.port, "GET", &path, &[own[0], ("range", "bytes=2-15")], "").await;
    assert_eq!((part.status, part.body.as_str()), (206, "sessionCreated"));
    for (path, headers, status) in [
        ("/openvidu/cdr", &[] as &[(&str, &str)], 401),
        (path.as_str(), &[], 401),
        ("/openvidu/cdr/none.log", &own, 403),
        ("/openvidu/cdr/..%2Fviaduct.db", &own, 403),
    ] {
        assert_eq!(http(server.port, "GET", path, headers, "").await.status, status, "{path}");
    }
    assert_eq!(http(server.port, "GET", "/cdr", &own, "").await.json(), names);
    server.stop().await;
}

/// The minute on a real clock: down, then answering 500, then well. `cargo test -p gateway --test server -- --ignored minute`.
#[tokio::test]
#[ignore = "a real minute: cargo test --workspace --test server -- --ignored minute"]
async fn after_a_real_minutes_outage_everything_comes_in_order() {
    let (folder, port) = (Folder::new(), Receiver::free_port().await);
    let mut config = told(&folder, port);
    config.events.policy = config::dev(&folder.0).unwrap().events.policy;
    let server = Running::start(config).await.unwrap();
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    let mut backend = None;
    for second in 0..60 {
        seconds.tick().await;
        let made = v2_api(server.port, "POST", "/sessions", json!({ "customSessionId": format!("s{second}") })).await;
        assert_eq!(made.status, 200);
        if second == 30 {
            let listening = Receiver::listen(port).await;
            listening.answer(500);
            backend = Some(listening);
        }
    }
    let mut backend = backend.unwrap();
    backend.answer(200);
    let mut came = Vec::new();
    let well = Instant::now();
    while came.len() < 60 {
        let (status, arrival) = tokio::time::timeout(Duration::from_secs(40), backend.attempt()).await.unwrap();
        if status == 200 {
            came.push(arrival.body["sessionId"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(came, (0..60).map(|second| format!("s{second}")).collect::<Vec<_>>());
    println!("all 60 events {:.1} s after the receiver was well again", well.elapsed().as_secs_f64());
    server.stop().await;
}

#[tokio::test]
async fn a_dead_letter_is_sent_once_more_by_the_admin_api_under_the_id_it_had() {
    let (folder, mut backend) = (Folder::new(), Receiver::listen(0).await);
    let mut config = told(&folder, backend.port);
    config.events.policy.rejected_attempts_max = 1;
    let server = Running::start(config).await.unwrap();
    backend.answer(410);
    V2Client::joined(server.port, "room").await;
    let (_, refused) = backend.attempt().await;
    let bearer = [("authorization", "Bearer MY_SECRET")];
    let ask = |method: &'static str, path: &'static str, body: &'static str| async move {
        let answer = http(server.port, method, &format!("/admin/v1/webhooks{path}"), &bearer, body).await;
        (answer.status, answer.json())
    };
    let deadline = Instant::now() + Duration::from_secs(10);
    let dead = loop {
        let (_, dead) = ask("GET", "/dead-letters?endpoint=openvidu-v2&limit=1", "").await;
        if dead["items"][0].is_object() {
            break dead["items"][0].clone();
        }
        assert!(Instant::now() < deadline, "no dead letter");
        tokio::task::yield_now().await;
    };
    assert_eq!(dead["event_id"], refused.id());
    let (_, endpoints) = ask("GET", "", "").await;
    let endpoint = &endpoints["items"][0];
    assert_eq!((&endpoint["name"], &endpoint["form"]), (&json!("openvidu-v2"), &json!("openvidu-v2")));
    assert_eq!(endpoint["target"], json!(format!("http://127.0.0.1:{}", backend.port)), "without its path");

    backend.answer(200);
    let (status, replayed) = ask("POST", "/dead-letters/replay", "{\"endpoint\":\"openvidu-v2\"}").await;
    assert!(status == 200 && replayed["replayed"].as_u64().unwrap() >= 1, "{replayed}");
    loop {
        if backend.next().await.id() == refused.id() {
            break;
        }
    }
    let (status, _) = ask("POST", "/dead-letters/replay", "{\"id\":1}").await;
    assert_eq!(status, 404, "it is not dead any more");
    server.stop().await;
}
