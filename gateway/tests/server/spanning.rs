//! One session on two media threads: a publisher on one, a listener on the other, and what the figures say of it.
use crate::kit::{Folder, PATIENCE, V2Client, http, start, v2_token};
use crate::peer::{Peer, Wire, until_heard};
use gateway::app::Running;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};
use str0m::media::Direction;

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A server of two media threads, of which one carries two outgoing tracks of a room before newcomers go elsewhere.
async fn server(folder: &Folder) -> Running {
    let mut config = gateway::config::dev(&folder.0).unwrap();
    config.media.workers = 2;
    config.media.consumers_per_worker = 2;
    Running::start(config).await.unwrap()
}

async fn joined(port: u16) -> V2Client {
    let mut client = V2Client::connect(port).await;
    let token = v2_token(port, "room").await;
    client.join("room", &token).await;
    client
}

/// Publishes sound; gives the stream's sender and the server's answer.
async fn publish(client: &mut V2Client) -> (Peer, Value, String) {
    let (mut peer, offer) = Peer::offering(Wire::udp(LOCALHOST).await, Direction::SendOnly);
    let published = client
        .call(
            "publishVideo",
            json!({
                "sdpOffer": offer, "doLoopback": false, "hasAudio": true, "hasVideo": false, "audioActive": true,
                "videoActive": false, "typeOfVideo": "CAMERA", "frameRate": 0, "videoDimensions": "{}",
            }),
        )
        .await;
    let answer = published["result"]["sdpAnswer"].as_str().unwrap_or_else(|| panic!("{published}")).to_owned();
    peer.answered(&answer);
    (peer, published["result"]["id"].clone(), answer)
}

/// Receives a stream; gives the server's answer too.
async fn receive(client: &mut V2Client, sender: &Value) -> (Peer, String) {
    let (mut peer, offer) = Peer::offering(Wire::udp(LOCALHOST).await, Direction::RecvOnly);
    let received = client.call("receiveVideoFrom", json!({ "sender": sender, "sdpOffer": offer })).await;
    let answer = received["result"]["sdpAnswer"].as_str().unwrap_or_else(|| panic!("{received}")).to_owned();
    peer.answered(&answer);
    (peer, answer)
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

    let mut alice = joined(server.port).await;
    let (mut speaker, sender, answer) = publish(&mut alice).await;
    assert!(is_on(&answer, 0) != is_on(&answer, 1), "{answer}");
    let main = usize::from(is_on(&answer, 1));
    let (main_number, other_number) = (main as u8, 1 - main as u8);

    let mut bob = joined(server.port).await;
    let (mut far, answer) = receive(&mut bob, &sender).await;
    assert!(is_on(&answer, 1 - main), "{answer}");
    let mut carol = joined(server.port).await;
    let (mut another, _answer) = receive(&mut carol, &sender).await;
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
    let _alice = joined(server.port).await;
    let answer = http(server.port, "GET", "/metrics", &[], "").await;
    assert_eq!(answer.status, 200);
    for line in ["viaduct_rooms 1", "viaduct_participants 1", "viaduct_tracks_published 0", "# EOF"] {
        assert!(answer.body.lines().any(|written| written == line), "{line}\n{}", answer.body);
    }
    server.stop().await;
}
