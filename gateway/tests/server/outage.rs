//! The database goes away under a call with media, and comes back: `OUTAGE_SECONDS` says for how long (the ordinary tests: a
//! few), by `cargo xtask outage`.
use crate::call::{publish, receive, wire};
use crate::ground::Ground;
use crate::kit::{PATIENCE, V2Client, livekit_join, try_twirp, v2_api, v2_token};
use crate::peer::until_heard;
use crate::postgres::Postgres;
use crate::receiver::Receiver;
use gateway::app::Running;
use gateway::config::{Config, V2Webhook};
use gateway::webhook::HttpTarget;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Frames of sound a second.
const FRAMES_PER_S: usize = 50;
/// How long an answer may take that is refused because the database is away.
const REFUSAL_MAX: Duration = Duration::from_secs(8);

fn seconds() -> usize {
    std::env::var("OUTAGE_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(3)
}

/// How the database is made to go away and come back.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// It ends as in a crash.
    Stopped,
    /// It is there and does not answer.
    Frozen,
}

fn break_it(postgres: &Postgres, fault: Fault) {
    match fault {
        Fault::Stopped => postgres.stop(),
        Fault::Frozen => postgres.freeze(true),
    }
}

fn mend_it(postgres: &Postgres, fault: Fault) {
    match fault {
        Fault::Stopped => postgres.start_again(),
        Fault::Frozen => postgres.freeze(false),
    }
}

fn told(config: &Config, port: u16) -> Config {
    let mut config = config.clone();
    let endpoint = Receiver::url(port);
    let target = HttpTarget::parse(&endpoint, &[], false, PATIENCE).unwrap();
    let events = ["sessionCreated", "participantJoined", "participantLeft", "sessionDestroyed"];
    let events = events.map(str::to_owned).to_vec();
    config.events.v2_webhook = Some(V2Webhook { target, endpoint, headers: Vec::new(), events });
    config
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_goes_on_while_postgresql_is_stopped() {
    without_the_database(Fault::Stopped, seconds()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a long one: cargo xtask outage"]
async fn a_call_goes_on_while_postgresql_does_not_answer() {
    without_the_database(Fault::Frozen, seconds()).await;
}

async fn without_the_database(fault: Fault, seconds: usize) {
    let Some(postgres) = Postgres::start() else { return };
    let ground = Ground::at(&postgres.database("outage"));
    let mut backend = Receiver::listen(0).await;
    let server = Running::start(told(&ground.config, backend.port)).await.unwrap();
    let port = server.port;
    let mut alice = V2Client::joined(port, "room").await;
    let (mut speaker, sender, _) = publish(&mut alice, wire().await).await;
    let mut bob = V2Client::joined(port, "room").await;
    let (mut listener, _) = receive(&mut bob, &sender, wire().await).await;
    until_heard(&mut speaker, &mut listener, FRAMES_PER_S / 2).await;
    let before_the_fault = v2_token(port, "room").await;
    until_written(&server).await;
    break_it(&postgres, fault);

    let away = Instant::now();
    let heard = listener.heard.len();
    let media = async {
        for second in 1..=seconds {
            until_heard(&mut speaker, &mut listener, heard + second * FRAMES_PER_S).await;
        }
    };
    let (_, carol) = tokio::join!(media, meanwhile(port, &before_the_fault));
    assert!(server.store().state.away_since_ms().is_some());
    mend_it(&postgres, fault);
    until_heard(&mut speaker, &mut listener, heard + (seconds + 1) * FRAMES_PER_S).await;
    let first = listener.heard[0][1];
    let lost = listener.heard.iter().enumerate().position(|(at, frame)| frame[1] != first.wrapping_add(at as u8));
    assert_eq!(lost, None, "every frame of {} came, in order", listener.heard.len());

    until_written(&server).await;
    let away = away.elapsed();
    println!(
        "PostgreSQL {fault:?} for {:.1} s under a call: {} frames of sound heard without a gap, {} changes written since, {} lost",
        away.as_secs_f64(),
        listener.heard.len(),
        server.store().state.written(),
        server.store().state.lost()
    );
    assert_eq!(server.store().state.lost(), 0);
    made_again(port).await;
    drop(carol);
    for client in [&mut alice, &mut bob] {
        client.call("leaveRoom", json!({})).await;
    }
    v2_api(port, "DELETE", "/sessions/room", Value::Null).await;
    let joined: BTreeSet<String> = joined_in(&mut backend).await;
    assert_eq!(joined.len(), 3, "all who joined are told of, who joined meanwhile too: {joined:?}");
    history(&server).await;
    server.stop().await;
}

/// What works without the database, and what does not.
async fn meanwhile(port: u16, token: &str) -> V2Client {
    let mut carol = V2Client::connect(port).await;
    carol.join("room", token).await;
    for (name, identity) in [("room", "dave"), ("of-its-own", "erin")] {
        let (_socket, first) = livekit_join(port, name, identity).await;
        assert!(!first.is_empty());
    }
    let asked = Instant::now();
    let refused = v2_api(port, "POST", "/sessions", json!({ "customSessionId": "new" })).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.head.to_lowercase().contains("retry-after: "), "{refused:?}");
    assert!(asked.elapsed() < REFUSAL_MAX, "{:?}", asked.elapsed());
    let asked = Instant::now();
    let refused = try_twirp(port, "CreateRoom", "new", json!({ "name": "new" })).await.unwrap();
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(refused.json()["code"], "unavailable");
    assert!(refused.head.to_lowercase().contains("retry-after: "), "{refused:?}");
    assert!(asked.elapsed() < REFUSAL_MAX, "{:?}", asked.elapsed());
    let shown = v2_api(port, "GET", "/sessions/room", Value::Null).await;
    assert_eq!(shown.status, 200, "what only reads works");
    carol
}

/// What was refused can be done now, and is not there yet.
async fn made_again(port: u16) {
    assert_eq!(v2_api(port, "GET", "/sessions/new", Value::Null).await.status, 404);
    let made = v2_api(port, "POST", "/sessions", json!({ "customSessionId": "new" })).await;
    assert_eq!(made.status, 200, "{made:?}");
    assert_eq!(v2_api(port, "DELETE", "/sessions/new", Value::Null).await.status, 204);
}

/// The connections of v2 clients that a backend was told of, once the session's end is told.
async fn joined_in(backend: &mut Receiver) -> BTreeSet<String> {
    let mut joined = BTreeSet::new();
    loop {
        let arrival = backend.next().await;
        let is_of_room = arrival.body["sessionId"] == "room";
        if is_of_room && arrival.body["event"] == "participantJoined" && arrival.body["platform"] == "Test" {
            joined.insert(arrival.body["connectionId"].as_str().unwrap().to_owned());
        }
        if is_of_room && arrival.body["event"] == "sessionDestroyed" {
            return joined;
        }
    }
}

/// The history knows the call, with all who were in it and what was published.
async fn history(server: &Running) {
    until_written(server).await;
    let history = &server.store().history;
    let rooms = history.rooms(Some("room"), None, 9).await.unwrap();
    assert_eq!((rooms.len(), rooms[0].made_by.as_str()), (1, "openvidu-v2"), "{rooms:?}");
    assert_eq!(rooms[0].span.reason.as_deref(), Some("roomClosedByApi"));
    let people = history.participants(Some(rooms[0].room), None, 9).await.unwrap();
    let protocols: BTreeSet<&str> = people.iter().map(|person| person.protocol.as_str()).collect();
    assert_eq!((people.len(), protocols), (4, BTreeSet::from(["livekit", "openvidu-v2"])), "{people:?}");
    assert!(people.iter().all(|person| person.span.ended_ms.is_some()), "{people:?}");
    let tracks = history.tracks(Some(rooms[0].room), None, 9).await.unwrap();
    assert_eq!((tracks.len(), tracks[0].codec.as_str(), tracks[0].source.as_str()), (1, "opus", "microphone"));
    assert!(tracks[0].span.ended_ms.is_some(), "{tracks:?}");
}

/// Waits until the queue is empty and the database is there.
async fn until_written(server: &Running) {
    let state = &server.store().state;
    let until = Instant::now() + PATIENCE;
    // An effect is on its way to the queue for a moment: what is asked for is that it stays empty.
    let mut quiet = 0;
    while quiet < 10 {
        let is_quiet = state.away_since_ms().is_none() && state.waiting() == 0;
        quiet = if is_quiet { quiet + 1 } else { 0 };
        assert!(Instant::now() < until, "{} changes wait", state.waiting());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
