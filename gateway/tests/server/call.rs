//! A v2 session in which somebody speaks: publishing and receiving sound, over any wire.
use crate::kit::V2Client;
use crate::peer::{Peer, Wire, until_heard};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use str0m::media::Direction;

/// A wire to this machine.
pub async fn wire() -> Wire {
    Wire::udp(IpAddr::V4(Ipv4Addr::LOCALHOST)).await
}

/// Publishes sound; gives the stream's sender and the server's answer too.
pub async fn publish(client: &mut V2Client, wire: Wire) -> (Peer, Value, String) {
    let (peer, offer) = Peer::offering(wire, Direction::SendOnly);
    let asked = json!({
        "sdpOffer": offer, "doLoopback": false, "hasAudio": true, "hasVideo": false, "audioActive": true,
        "videoActive": false, "typeOfVideo": "CAMERA", "frameRate": 0, "videoDimensions": "{}",
    });
    let published = client.call("publishVideo", asked).await;
    let (peer, answer) = answered(peer, &published);
    (peer, published["result"]["id"].clone(), answer)
}

/// Receives a stream; gives the server's answer too.
pub async fn receive(client: &mut V2Client, sender: &Value, wire: Wire) -> (Peer, String) {
    let (peer, offer) = Peer::offering(wire, Direction::RecvOnly);
    let received = client.call("receiveVideoFrom", json!({ "sender": sender, "sdpOffer": offer })).await;
    answered(peer, &received)
}

fn answered(mut peer: Peer, message: &Value) -> (Peer, String) {
    let answer = message["result"]["sdpAnswer"].as_str().unwrap_or_else(|| panic!("{message}")).to_owned();
    peer.answered(&answer);
    (peer, answer)
}

/// Two clients in `room`, of whom one hears the other.
pub async fn call_with_media(port: u16) -> (V2Client, V2Client) {
    let mut alice = V2Client::joined(port, "room").await;
    let (mut speaker, sender, _) = publish(&mut alice, wire().await).await;
    let mut bob = V2Client::joined(port, "room").await;
    let (mut listener, _) = receive(&mut bob, &sender, wire().await).await;
    until_heard(&mut speaker, &mut listener, 20).await;
    (alice, bob)
}
