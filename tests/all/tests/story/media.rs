//! Media really flows: real Worker, real SRTP, and what is decrypted at the other end says whose it is.
//!
//! Guards against: a room, a face and a worker that agree on nothing but types; media of one that is shown as another's;
//! a first picture that never comes, or is none.
use crate::harness::{Client, Kind, Source, World};
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

#[test]
fn the_layer_that_was_asked_for_is_sent() {
    for viewer in [Kind::LiveKitTwo, Kind::LiveKitOne] {
        let mut world = World::with_media(&format!("layers before {viewer:?}"), 63);
        let alice = world.enter(Kind::LiveKitTwo, "alice");
        let bob = world.enter(viewer, "bob");
        let carol = world.enter(Kind::V2, "carol");
        world.livekit(alice).publish_layers();
        world.settle();
        world.film(A_WHILE);
        world.film(A_WHILE);
        assert_eq!(world.heard(bob), ["alice camera f"]);
        world.livekit(bob).want_quality("alice", proto::VideoQuality::Low);
        world.film(A_WHILE);
        world.film(A_WHILE);
        assert_eq!(world.heard(bob), ["alice camera q"]);
        assert_eq!(world.heard(carol), ["alice camera f"], "what others get is their own affair");
        world.livekit(bob).want_quality("alice", proto::VideoQuality::Medium);
        world.film(A_WHILE);
        world.film(A_WHILE);
        assert_eq!(world.heard(bob), ["alice camera h"]);
    }
}

#[test]
fn muted_means_silent_and_unmuted_is_heard_again() {
    for viewer in Kind::EACH {
        let mut world = World::with_media(&format!("mute before {viewer:?}"), 64);
        let alice = world.enter(Kind::LiveKitTwo, "alice");
        let bob = world.enter(viewer, "bob");
        world.publish(alice, &[Source::Microphone, Source::Camera]);
        world.film(A_WHILE);
        for source in [Source::Camera, Source::Microphone] {
            world.mute(alice, source, true);
            world.film(A_WHILE);
            let heard = world.heard(bob);
            assert!(!heard.contains(&format!("alice {}", source.name())), "{heard:?}");
            world.mute(alice, source, false);
            world.film(A_WHILE);
            let heard = world.heard(bob);
            assert!(heard.contains(&format!("alice {}", source.name())), "{heard:?}");
        }
    }
}

#[test]
fn a_camera_published_again_is_seen_again() {
    for viewer in Kind::EACH {
        let mut world = World::with_media(&format!("a camera again before {viewer:?}"), 65);
        let alice = world.enter(Kind::LiveKitOne, "alice");
        let bob = world.enter(viewer, "bob");
        for _ in 0..3 {
            world.publish(alice, &[Source::Camera]);
            world.film(A_WHILE);
            world.film(A_WHILE);
            assert_eq!(world.heard(bob), ["alice camera"]);
            world.unpublish(alice, Source::Camera);
            world.film(A_WHILE);
            world.film(A_WHILE);
            assert!(!world.heard(bob).contains(&"alice camera".to_owned()));
        }
    }
}

/// What is heard but the black picture, which comes again until a report says that it was received.
fn tracks(world: &World, who: Client) -> Vec<String> {
    world.heard(who).into_iter().filter(|heard| heard != "black").collect()
}

#[test]
fn media_goes_on_over_a_resume_with_its_ice_restart() {
    for kind in [Kind::LiveKitTwo, Kind::LiveKitOne] {
        let mut world = World::with_media(&format!("{kind:?} resumes"), 66);
        let alice = world.enter(kind, "alice");
        let bob = world.enter(Kind::V2, "bob");
        world.publish(alice, &[Source::Microphone]);
        world.publish(bob, &[Source::Camera]);
        world.film(A_WHILE);
        world.cut(alice);
        world.film(A_WHILE);
        assert_eq!(tracks(&world, bob), ["alice microphone"], "media needs no signalling");
        world.come_back(alice);
        world.film(A_WHILE);
        world.film(A_WHILE);
        assert_eq!(tracks(&world, bob), ["alice microphone"]);
        assert_eq!(world.heard(alice), ["bob camera"]);
        assert!(world.livekit(alice).leave.is_none());
    }
}

#[test]
fn a_v2_stream_started_over_is_heard_again() {
    for viewer in Kind::EACH {
        let mut world = World::with_media(&format!("reconnectStream before {viewer:?}"), 67);
        let alice = world.enter(Kind::V2, "alice");
        let bob = world.enter(viewer, "bob");
        let sources = [Source::Microphone, Source::Camera];
        world.publish(alice, &sources);
        world.film(A_WHILE);
        world.v2(alice).reconnect_publisher(&sources);
        world.film(A_WHILE);
        world.film(A_WHILE);
        assert_eq!(world.heard(bob), ["alice camera", "alice microphone"]);
    }
}
