//! Media over TCP: two clients of a v2 session whose network lets no UDP through, and those that mean no good.
use crate::call::{publish, receive};
use crate::kit::{Folder, PATIENCE, V2Client, start};
use crate::peer::{Peer, Wire, until_heard};
use gateway::app::Running;
use gateway::media::AddressChoice;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A publisher and a subscriber of it, each over the wire that `wire` makes.
pub async fn talk(port: u16, speaker: Wire, listener: Wire) -> (Peer, Peer) {
    let mut alice = V2Client::joined(port, "room").await;
    let (mut speaker, sender, answer) = publish(&mut alice, speaker).await;
    assert!(answer.contains(" tcp ") && answer.contains("tcptype passive"), "{answer}");
    let mut bob = V2Client::joined(port, "room").await;
    let (mut listener, _) = receive(&mut bob, &sender, listener).await;
    until_heard(&mut speaker, &mut listener, 20).await;
    // The signalling lives as long as the test looks on.
    drop((alice, bob));
    (speaker, listener)
}

/// A framed check with a forged integrity.
fn check(username: &str) -> Vec<u8> {
    let mut attributes = vec![0, 6, 0, username.len() as u8];
    attributes.extend_from_slice(username.as_bytes());
    attributes.resize(4 + username.len().next_multiple_of(4), 0);
    attributes.extend([0, 0x24, 0, 4, 1, 1, 1, 1]);
    attributes.extend([0, 8, 0, 20]);
    attributes.extend([9; 20]);
    let mut message = vec![0, 1, 0, attributes.len() as u8, 0x21, 0x12, 0xa4, 0x42];
    message.extend([7; 12]);
    message.extend(attributes);
    [&(message.len() as u16).to_be_bytes(), message.as_slice()].concat()
}

#[tokio::test]
async fn two_clients_without_udp_hear_each_other_over_one_tcp_port() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let tcp = SocketAddr::from(([127, 0, 0, 1], server.media_tcp_port().unwrap()));
    let (_, listener) = talk(server.port, Wire::tcp(tcp).await, Wire::tcp(tcp).await).await;
    let first = listener.heard[0][1];
    assert!(listener.heard.iter().enumerate().all(|(at, frame)| frame[1] == first.wrapping_add(at as u8)));
    server.stop().await;
}

#[tokio::test]
async fn ipv6_carries_media_over_udp_and_over_tcp() {
    let folder = Folder::new();
    let mut config = gateway::config::dev(&folder.0).unwrap();
    let localhost = IpAddr::from(Ipv6Addr::LOCALHOST);
    config.media.addresses = AddressChoice { node_ips: vec![localhost], ..AddressChoice::default() };
    let server = Running::start(config).await.unwrap();
    let tcp = SocketAddr::new(localhost, server.media_tcp_port().unwrap());
    talk(server.port, Wire::udp(localhost).await, Wire::tcp(tcp).await).await;
    server.stop().await;
}

#[tokio::test]
async fn a_connection_that_sends_no_check_for_us_is_closed_at_once() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let tcp = SocketAddr::from(([127, 0, 0, 1], server.media_tcp_port().unwrap()));
    let cases: [(&str, Vec<u8>); 5] = [
        ("HTTP", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()),
        ("too long", vec![0xff; 64]),
        ("not STUN", vec![0, 4, 22, 3, 1, 0]),
        ("a user name of somebody else", check("abcd:efgh")),
        ("a worker that is not", check("W99T1G0:efgh")),
    ];
    for (name, bytes) in cases {
        let mut stream = TcpStream::connect(tcp).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
        let mut rest = Vec::new();
        let read = tokio::time::timeout(PATIENCE / 5, stream.read_to_end(&mut rest)).await;
        assert!(read.is_ok() && rest.is_empty(), "{name}: {read:?} {rest:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_silent_connection_and_one_that_proves_nothing_are_closed_in_time() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let tcp = SocketAddr::from(([127, 0, 0, 1], server.media_tcp_port().unwrap()));
    let started = Instant::now();
    let mut silent = TcpStream::connect(tcp).await.unwrap();
    let mut forged = TcpStream::connect(tcp).await.unwrap();
    forged.write_all(&check("W0T1G0:someone")).await.unwrap();
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, silent.read_to_end(&mut rest)).await.expect("closed");
    assert!((4..10).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    let _ = tokio::time::timeout(PATIENCE, forged.read_to_end(&mut rest)).await.expect("closed");
    assert!((9..20).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    assert!(rest.is_empty());
    server.stop().await;
}
