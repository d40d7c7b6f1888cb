//! One session on two media threads: a publisher on one, a listener on the other, and what the figures say of it.
use crate::call::{publish, receive, wire};
use crate::kit::{Folder, PATIENCE, V2Client, http, start};
use crate::peer::until_heard;
use gateway::app::Running;
use serde_json::json;
use std::time::{Duration, Instant};

/// A server of two media threads, of which one carries two outgoing tracks of a room before newcomers go elsewhere.
async fn server(folder: &Folder) -> Running {
    let mut config = gateway::config::dev(&folder.0).unwrap();
    config.media.workers = 2;
    config.media.consumers_per_worker = 2;
    Running::start(config).await.unwrap()
}

/// A figure of a worker.
async fn figure(port: u16, name: &str, worker: u8) -> Option<u64> {
    let answer = http(port, "GET", "/metrics", &[], "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let start = format!("{name}{{worker=\"{worker}\"}} ");
    answer.body.lines().find_map(|line| line.strip_prefix(&start)).and_then(|value| value.parse().ok())
}

/// Waits until a figure, which is copied once a second, is as expected.
async fn until_figure(port: u16, name: &str, worker: u8, expected: impl Fn(u64) -> bool) {
    let until = Instant::now() + PATIENCE;
    loop {
        let value = figure(port, name, worker).await;
        if value.is_some_and(&expected) {
            return;
        }
        assert!(Instant::now() < until, "{name} of {worker}: {value:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn who_is_on_another_media_thread_hears_the_same() {
    let folder = Folder::new();
    let server = server(&folder).await;
    let ports = server.media_ports();
    let is_on = |answer: &str, worker: usize| answer.contains(&format!(" {} typ host", ports[worker]));

    let mut alice = V2Client::joined(server.port, "room").await;
    let (mut speaker, sender, answer) = publish(&mut alice, wire().await).await;
    assert!(is_on(&answer, 0) != is_on(&answer, 1), "{answer}");
    let main = usize::from(is_on(&answer, 1));
    let (main_number, other_number) = (main as u8, 1 - main as u8);

    let mut bob = V2Client::joined(server.port, "room").await;
    let (mut far, answer) = receive(&mut bob, &sender, wire().await).await;
    assert!(is_on(&answer, 1 - main), "{answer}");
    let mut carol = V2Client::joined(server.port, "room").await;
    let (mut another, _answer) = receive(&mut carol, &sender, wire().await).await;
    until_heard(&mut speaker, &mut far, 50).await;
    until_heard(&mut speaker, &mut another, 50).await;
    for listener in [&far, &another] {
        let first = listener.heard[0][1];
        let expected = |at: usize| first.wrapping_add(at as u8);
        assert!(listener.heard.iter().enumerate().all(|(at, frame)| frame[1] == expected(at)), "{:?}", listener.heard);
    }

    until_figure(server.port, "viaduct_worker_pipe_packets_out_total", main_number, |packets| packets >= 50).await;
    until_figure(server.port, "viaduct_worker_pipe_packets_in_total", other_number, |packets| packets >= 50).await;
    until_figure(server.port, "viaduct_worker_producers", other_number, |mirrors| mirrors == 1).await;
    for client in [&mut bob, &mut carol] {
        client.call("leaveRoom", json!({})).await;
    }
    until_figure(server.port, "viaduct_worker_producers", other_number, |mirrors| mirrors == 0).await;
    until_figure(server.port, "viaduct_worker_transports", other_number, |transports| transports == 0).await;
    server.stop().await;
}

#[tokio::test]
async fn figures_tell_of_rooms_and_threads() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let _alice = V2Client::joined(server.port, "room").await;
    let answer = http(server.port, "GET", "/metrics", &[], "").await;
    assert_eq!(answer.status, 200);
    for line in ["viaduct_rooms 1", "viaduct_participants 1", "viaduct_tracks_published 0", "# EOF"] {
        assert!(answer.body.lines().any(|written| written == line), "{line}\n{}", answer.body);
    }
    server.stop().await;
}
