//! Stopping.
use crate::kit::{Folder, V2Client, start};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

#[tokio::test]
async fn clients_are_told_and_the_ports_are_free_soon() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let port = server.port;
    let mut alice = V2Client::joined(port, "room").await;

    let started = Instant::now();
    let stopping = tokio::spawn(server.stop());
    assert_eq!(alice.notified("participantEvicted").await["params"]["reason"], "openviduServerStopped");
    while let Some(message) = alice.next().await {
        assert!(!message.is_text(), "{message:?}");
    }
    stopping.await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(10));
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}
