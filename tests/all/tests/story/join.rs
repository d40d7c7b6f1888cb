//! Two join, publish, and see and hear each other.
//!
//! Guards against: media negotiated but wired to nobody, or to the wrong one; a participant that the other never hears
//! of; an answer or offer that a real engine refuses; one generation of signalling left behind by the other.
use crate::harness::livekit::Generation;
use crate::harness::{Kind, Source, World};
use serde_json::json;

#[test]
fn two_who_publish_see_and_hear_each_other() {
    let old = [(Kind::V2Old, Kind::V2), (Kind::LiveKitOne, Kind::V2Old), (Kind::V2Old, Kind::LiveKitTwo)];
    for (a, b) in Kind::pairs().chain(old) {
        let mut world = World::new(&format!("two meet: {a:?}, {b:?}"), 1);
        let alice = world.enter(a, "alice");
        let bob = world.enter(b, "bob");
        assert_eq!((world.shown(alice), world.shown(bob)), ("bob()".to_owned(), "alice()".to_owned()));
        world.publish(alice, &[Source::Microphone, Source::Camera]);
        world.publish(bob, &[Source::Microphone, Source::Camera]);
        assert_eq!(world.shown(alice), "bob(camera: sound+picture)");
        assert_eq!(world.shown(bob), "alice(camera: sound+picture)");
        assert_eq!(world.playing(alice), ["bob camera", "bob microphone"]);
        assert_eq!(world.playing(bob), ["alice camera", "alice microphone"]);
    }
}

#[test]
fn nothing_of_one_room_is_in_another() {
    let mut world = World::new("two rooms", 49);
    let alice = world.enter(Kind::V2, "alice");
    let elsewhere = json!({ "video": { "room": "elsewhere" } });
    let bob = world.enter_livekit(Generation::Two, "bob", elsewhere.clone());
    let carol = world.enter_livekit(Generation::One, "carol", elsewhere);
    world.publish(alice, &[Source::Camera]);
    world.publish(bob, &[Source::Camera]);
    assert_eq!(world.shown(alice), "");
    assert_eq!(world.shown(carol), "bob(camera: picture)");
    assert_eq!(world.playing(carol), ["bob camera"]);
    assert!(world.playing(alice).is_empty() && world.playing(bob).is_empty());
}
