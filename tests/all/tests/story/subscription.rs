//! Subscribing in every style, unsubscribing, subscribing again, and starting over with a new PeerConnection.
//!
//! Guards against: a style of one SDK generation that stops working; media that goes on after an unsubscribe; a second
//! subscription that stays black; reconnectStream that the others notice.
use crate::harness::{Kind, Source, World};

#[test]
fn a_v2_client_unsubscribes_and_subscribes_again_in_its_style() {
    for viewer in [Kind::V2, Kind::V2Old] {
        for publisher in Kind::EACH {
            let mut world = World::new(&format!("{viewer:?} looks away from {publisher:?}"), 40);
            let alice = world.enter(publisher, "alice");
            let bob = world.enter(viewer, "bob");
            world.publish(alice, &[Source::Microphone, Source::Camera]);
            let connection = world.v2(bob).connections_of("alice")[0].clone();
            let stream = world.v2(bob).stream_of(&connection).expect("a stream");
            for _ in 0..2 {
                assert_eq!(world.playing(bob), ["alice camera", "alice microphone"]);
                world.v2(bob).unsubscribe(&connection);
                world.settle();
                assert!(world.playing(bob).is_empty());
                world.v2(bob).subscribe(&stream);
                world.settle();
            }
            assert_eq!(world.playing(bob), ["alice camera", "alice microphone"]);
            assert!(world.v2(bob).errors.is_empty(), "{:?}", world.v2(bob).errors);
        }
    }
}

#[test]
fn both_styles_work_for_one_client() {
    let mut world = World::new("both styles", 41);
    let alice = world.enter(Kind::V2, "alice");
    let bob = world.enter(Kind::V2, "bob");
    world.publish(alice, &[Source::Microphone]);
    assert_eq!(world.playing(bob), ["alice microphone"], "an audio-only stream");
    let connection = world.v2(bob).connections_of("alice")[0].clone();
    let stream = world.v2(bob).stream_of(&connection).expect("a stream");
    world.v2(bob).unsubscribe(&connection);
    world.settle();
    world.v2(bob).joined.as_mut().expect("joined")["mediaServer"] = "kurento".into();
    world.v2(bob).subscribe(&stream);
    world.settle();
    assert_eq!(world.playing(bob), ["alice microphone"]);
}

#[test]
fn a_v2_client_starts_over_and_nobody_is_told() {
    for viewer in Kind::EACH {
        let mut world = World::new(&format!("v2 reconnects its stream before {viewer:?}"), 42);
        let alice = world.enter(Kind::V2, "alice");
        let bob = world.enter(viewer, "bob");
        world.publish(alice, &[Source::Microphone, Source::Camera]);
        let stream = world.v2(alice).stream.clone();
        let heard = world.tape.count_to("bob");
        world.v2(alice).reconnect_publisher(&[Source::Microphone, Source::Camera]);
        world.settle();
        assert_eq!(world.v2(alice).stream, stream, "the stream keeps its id");
        assert_eq!(world.playing(bob), ["alice camera", "alice microphone"]);
        if viewer.is_v2() {
            assert_eq!(world.tape.count_to("bob"), heard, "nothing is said to bob");
            let stream = stream.expect("a stream");
            world.v2(bob).reconnect_subscriber(&stream);
            world.settle();
            assert_eq!(world.playing(bob), ["alice camera", "alice microphone"]);
            assert!(world.v2(bob).errors.is_empty(), "{:?}", world.v2(bob).errors);
        }
    }
}

#[test]
fn a_livekit_client_unsubscribes_and_subscribes_again() {
    for viewer in [Kind::LiveKitTwo, Kind::LiveKitOne] {
        for publisher in Kind::EACH {
            let mut world = World::new(&format!("{viewer:?} looks away from {publisher:?}"), 43);
            let alice = world.enter(publisher, "alice");
            let bob = world.enter(viewer, "bob");
            world.publish(alice, &[Source::Microphone, Source::Camera]);
            for _ in 0..3 {
                assert_eq!(world.playing(bob), ["alice camera", "alice microphone"]);
                world.livekit(bob).subscribe("alice", Source::Camera, false);
                world.settle();
                assert_eq!(world.playing(bob), ["alice microphone"]);
                world.livekit(bob).subscribe("alice", Source::Camera, true);
                world.settle();
            }
            assert_eq!(world.playing(bob), ["alice camera", "alice microphone"]);
        }
    }
}

#[test]
fn many_publishers_fit_into_every_topology() {
    for viewer in Kind::EACH {
        let mut world = World::new(&format!("{viewer:?} looks at many"), 44);
        let bob = world.enter(viewer, "bob");
        let mut expected = Vec::new();
        for number in 0..6 {
            let kind = Kind::EACH[number % 3];
            let name = format!("p{number}");
            let publisher = world.enter(kind, &name);
            world.publish(publisher, &[Source::Microphone, Source::Camera]);
            expected.extend([format!("{name} camera"), format!("{name} microphone")]);
        }
        assert_eq!(world.playing(bob), expected);
    }
}

#[test]
fn a_v2_publisher_gets_its_own_media_back_where_it_asks_for_that() {
    let mut world = World::new("loopback", 48);
    let alice = world.enter(Kind::V2, "alice");
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    world.v2(alice).publish_with_loopback(&[Source::Microphone, Source::Camera]);
    world.settle();
    assert_eq!(world.playing(alice), ["alice camera", "alice microphone"], "{:?}", world.v2(alice).errors);
    assert_eq!(world.playing(bob), ["alice camera", "alice microphone"]);
    assert_eq!(world.shown(alice), "bob()", "she does not see herself as another");
}
