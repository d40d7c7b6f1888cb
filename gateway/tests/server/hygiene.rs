//! Bad input: an explicit end for who sent it, and nothing for anybody else.
use crate::kit::{Folder, V2Client, start};
use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

#[tokio::test]
async fn an_oversize_message_closes_its_own_socket_with_the_right_code() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let mut alice = V2Client::joined(server.port, "room").await;

    let mut hostile = V2Client::connect(server.port).await;
    hostile.socket.send(Message::text("x".repeat(1024 * 1024 + 1))).await.unwrap();
    let end = loop {
        match hostile.next().await {
            Some(Message::Close(frame)) => break frame.map(|frame| frame.code),
            Some(_) => {}
            None => break None,
        }
    };
    assert_eq!(end, Some(CloseCode::Size));
    assert!(alice.call("ping", json!({ "interval": 5000 })).await["result"].is_object());
    server.stop().await;
}

#[tokio::test]
async fn noise_of_every_kind_leaves_the_server_up() {
    let folder = Folder::new();
    let server = start(&folder).await;
    for noise in ["", "{", "null", "[]", "{\"jsonrpc\":\"2.0\"}", "\u{0}"] {
        let mut hostile = V2Client::connect(server.port).await;
        hostile.socket.send(Message::text(noise)).await.unwrap();
        hostile.socket.send(Message::binary(vec![0xff; 64])).await.unwrap();
    }
    let udp = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for port in server.media_ports() {
        for length in [0, 1, 12, 20, 1200] {
            udp.send_to(&vec![0x80; length], ("127.0.0.1", port)).await.unwrap();
            udp.send_to(&vec![0x16; length], ("127.0.0.1", port)).await.unwrap();
        }
    }
    V2Client::joined(server.port, "room").await;
    server.stop().await;
}
