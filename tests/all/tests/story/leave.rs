//! Somebody leaves: of their own will, or without a word.
//!
//! Guards against: ghosts that stay on others' screens; Transports that stay open; rooms that live for ever or end under
//! those who are in them; a client that hears of a room after it has left.
use crate::harness::{Kind, Source, World};
use std::time::Duration;

#[test]
fn who_leaves_is_gone_for_the_other_at_once() {
    for (a, b) in Kind::pairs() {
        let mut world = World::new(&format!("{a:?} leaves {b:?}"), 12);
        let alice = world.enter(a, "alice");
        let bob = world.enter(b, "bob");
        world.publish(alice, &[Source::Microphone, Source::Camera]);
        world.publish(bob, &[Source::Camera]);
        world.leave(alice);
        assert_eq!(world.shown(bob), "");
        assert!(world.playing(bob).is_empty());
        let heard = world.tape.count_to("alice");
        world.mute(bob, Source::Camera, true);
        world.leave(bob);
        assert_eq!(world.tape.count_to("alice"), heard, "who has left hears nothing more");
    }
}

#[test]
fn a_v2_session_ends_with_its_last_participant() {
    let mut world = World::new("the last one leaves v2's session", 13);
    let alice = world.enter(Kind::V2, "alice");
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    world.leave(alice);
    assert!(world.room_lives(), "bob is in it");
    world.leave(bob);
    assert!(!world.room_lives());
    world.wait(Duration::from_secs(11));
    assert!(!world.is_online(alice), "the server closes a socket that was left open");
}

#[test]
fn a_livekit_room_waits_for_its_departure_timeout() {
    let mut world = World::new("the last one leaves LiveKit's room", 14);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let bob = world.enter(Kind::V2, "bob");
    world.leave(bob);
    world.leave(alice);
    world.wait(Duration::from_secs(19));
    assert!(world.room_lives());
    world.wait(Duration::from_secs(2));
    assert!(!world.room_lives());
}
