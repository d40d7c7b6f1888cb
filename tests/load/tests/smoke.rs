//! The load tester against a real server in the same process: participants join, are heard and seen, and are counted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use gateway::app::Running;
use gateway::config;
use std::path::PathBuf;
use std::time::Duration;
use viaduct_load::media::Pattern;
use viaduct_load::plan::{Course, Means, Plan};
use viaduct_load::rpc::{self, Measured, RpcPlan};
use viaduct_load::signal::Entrance;
use viaduct_load::{report, run};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("viaduct-load-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn plan(port: u16, participants: usize) -> Plan {
    Plan {
        url: format!("ws://127.0.0.1:{port}"),
        entrance: Entrance::LiveKit { key: "devkey".into(), secret: "secret".into() },
        means: Means::Packets,
        room_prefix: "smoke".into(),
        participants,
        rooms_of: 2,
        publishers: usize::MAX,
        rate: 20.0,
        course: Course::Fixed,
        pattern: Pattern { fps: 30, video_kbps: 776, key_frame_secs: 10, audio_bytes: 160, simulcast: false },
        warmup: Duration::ZERO,
        window: Duration::from_secs(1),
        patience: Duration::from_secs(30),
        tick: Duration::from_millis(4),
        verify_every: 10,
        loss_max: 1.0,
        offload: false,
        server_pid: Some(std::process::id()),
        quiet: true,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_participants_of_a_room_see_and_hear_each_other() {
    let folder = Folder::new("two");
    let server = Running::start(config::dev(&folder.0).unwrap()).await.unwrap();
    let results = run::run(plan(server.port, 2)).await.unwrap();
    server.stop().await;
    assert_eq!(results.ending, "done", "{:?}", results.changes);
    assert_eq!((results.held, results.failures), (2, 0), "{:?}", results.changes);
    let measurement = &results.measurements[0];
    assert!(measurement.delivered > 0 && measurement.sent > 0, "{measurement:?}");
    assert_eq!(results.unopened, 0, "every packet that was opened is what a participant of ours sent");
    assert!(results.opened > 0);
    assert_eq!(results.first_frame_ms.count, 4, "a picture and a sound for each");
    assert!(results.srtp_profile.is_some_and(|profile| profile.starts_with("AEAD_AES_")));
    assert!(report::html(&results).contains("2 participants held"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_publishes_and_the_others_watch() {
    let folder = Folder::new("watch");
    let server = Running::start(config::dev(&folder.0).unwrap()).await.unwrap();
    let results = run::run(Plan { rooms_of: 3, publishers: 1, ..plan(server.port, 3) }).await.unwrap();
    server.stop().await;
    assert_eq!((results.held, results.failures), (3, 0), "{:?}", results.changes);
    assert_eq!(results.first_frame_ms.count, 4, "the one picture and sound, for two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_participant_that_is_refused_five_times_ends_the_run() {
    let folder = Folder::new("refused");
    let server = Running::start(config::dev(&folder.0).unwrap()).await.unwrap();
    let secret = "not the secret, and long enough for HS256".into();
    let wrong = Plan { entrance: Entrance::LiveKit { key: "devkey".into(), secret }, ..plan(server.port, 1) };
    let results = run::run(wrong).await.unwrap();
    server.stop().await;
    assert_eq!((results.held, results.failures), (0, 5));
    assert!(results.ending.contains("401"), "{}", results.ending);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn participants_of_a_v2_session_see_and_hear_each_other() {
    let folder = Folder::new("v2");
    let server = Running::start(config::dev(&folder.0).unwrap()).await.unwrap();
    let v2 = Entrance::V2 { secret: "MY_SECRET".into() };
    let results = run::run(Plan { entrance: v2, rooms_of: 3, ..plan(server.port, 3) }).await.unwrap();
    server.stop().await;
    assert_eq!((results.held, results.failures), (3, 0), "{:?}", results.changes);
    assert_eq!(results.unopened, 0);
    assert!(results.first_frame_ms.count >= 9, "pictures and sounds of others: {}", results.first_frame_ms.count);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signalling_alone_is_timed_and_every_signal_arrives() {
    let folder = Folder::new("signal");
    let server = Running::start(config::dev(&folder.0).unwrap()).await.unwrap();
    let plan = RpcPlan {
        url: format!("ws://127.0.0.1:{}", server.port),
        secret: "MY_SECRET".into(),
        participants: 6,
        rooms_of: 3,
        room_prefix: "signal".into(),
        rate: 50.0,
        signals: 10.0,
        window: Duration::from_secs(1),
        patience: Duration::from_secs(30),
    };
    let results = rpc::run(&plan).await;
    server.stop().await;
    assert!(results.failures.is_empty(), "{:?}", results.failures);
    let count = |measured| results.figures.iter().find(|figure| figure.measured == measured).map_or(0, |one| one.count);
    assert_eq!((count(Measured::JoinRoom), count(Measured::PublishVideo)), (6, 6));
    assert_eq!(count(Measured::ReceiveVideo), 12, "everybody receives everybody else of its room");
    assert!(results.deliveries_expected >= 60, "{}", results.deliveries_expected);
    assert_eq!(count(Measured::FanOut), results.deliveries_expected);
    assert!(results.table().contains("| joinRoom | 6 of 6 |"), "{}", results.table());
}
