//! Media really flows: real Worker, real SRTP, and what is decrypted at the other end says whose it is.
//!
//! Guards against: a room, a face and a worker that agree on nothing but types; media of one that is shown as another's;
//! a first picture that never comes, or is none.
use crate::harness::{Kind, Source, World};
use livekit_protocol as proto;
use proto::data_packet::Value;
use std::time::Duration;

const A_WHILE: Duration = Duration::from_millis(600);

#[test]
fn media_flows_between_the_worlds() {
    for (a, b) in [(Kind::V2, Kind::LiveKitTwo), (Kind::LiveKitOne, Kind::V2), (Kind::V2Old, Kind::LiveKitOne)] {
        let mut world = World::with_media(&format!("real media: {a:?}, {b:?}"), 60);
        let alice = world.enter(a, "alice");
        let bob = world.enter(b, "bob");
        world.publish(alice, &[Source::Microphone, Source::Camera]);
        world.publish(bob, &[Source::Microphone, Source::Camera]);
        world.film(A_WHILE);
        world.film(A_WHILE);
        assert_eq!(world.heard(bob), ["alice camera", "alice microphone"], "{a:?} to {b:?}");
        assert_eq!(world.heard(alice), ["bob camera", "bob microphone"], "{b:?} to {a:?}");
        world.leave(alice);
        world.film(A_WHILE);
        assert!(world.heard(bob).is_empty(), "nothing of who has left");
    }
}

#[test]
fn a_v2_viewer_gets_a_black_picture_until_the_camera_comes() {
    let mut world = World::with_media("a black picture", 61);
    let bob = world.enter(Kind::V2, "bob");
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    world.publish(alice, &[Source::Microphone]);
    world.film(A_WHILE);
    assert_eq!(world.heard(bob), ["alice microphone", "black"]);
    world.publish(alice, &[Source::Camera]);
    world.film(A_WHILE);
    world.film(A_WHILE);
    assert_eq!(world.heard(bob), ["alice camera", "alice microphone"]);
}

#[test]
fn a_data_message_is_refused_over_the_real_channel() {
    for kind in [Kind::LiveKitTwo, Kind::LiveKitOne] {
        let mut world = World::with_media(&format!("a data message of {kind:?}"), 62);
        let alice = world.enter(kind, "alice");
        world.publish(alice, &[Source::Microphone]);
        world.film(A_WHILE);
        let user = Value::User(proto::UserPacket { payload: b"hello".to_vec(), ..proto::UserPacket::default() });
        let packet = proto::DataPacket { value: Some(user), ..proto::DataPacket::default() };
        let bytes = prost::Message::encode_to_vec(&packet);
        assert!(world.livekit(alice).sending.write("_reliable", &bytes), "the channel is open");
        world.film(A_WHILE);
        let packets = &world.livekit(alice).packets;
        assert_eq!(packets.len(), 1, "a notice comes back");
    }
}
