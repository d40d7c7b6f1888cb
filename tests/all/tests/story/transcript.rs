//! Golden transcripts: whole dialogues of typical calls, message by message, with ids, times and secrets masked.
//!
//! Guards against: a change to what is said, its order or its recipients that nobody meant. A change that was meant is
//! blessed by `VIADUCT_BLESS=1` and read in the diff.
use crate::harness::cast::Role;
use crate::harness::livekit::Generation;
use crate::harness::{Kind, Source, World};
use serde_json::json;

/// Meets, publishes, mutes, leaves.
fn call(a: Kind, b: Kind, name: &str) {
    let mut world = World::new(name, 70);
    let alice = world.enter(a, "alice");
    let bob = world.enter(b, "bob");
    world.publish(alice, &[Source::Microphone, Source::Camera]);
    world.mute(alice, Source::Camera, true);
    world.mute(alice, Source::Camera, false);
    world.unpublish(alice, Source::Camera);
    world.leave(alice);
    world.leave(bob);
    world.tape.check_golden(name);
}

#[test]
fn a_call_of_each_pair_reads_as_it_did() {
    call(Kind::LiveKitTwo, Kind::LiveKitTwo, "livekit/call-two-connections");
    call(Kind::LiveKitOne, Kind::LiveKitOne, "livekit/call-one-connection");
    call(Kind::V2, Kind::LiveKitOne, "livekit/call-v2-publishes");
    call(Kind::V2, Kind::V2, "v2/call-server-offers");
    call(Kind::V2Old, Kind::V2Old, "v2/call-client-offers");
    call(Kind::LiveKitTwo, Kind::V2, "v2/call-livekit-publishes");
}

#[test]
fn a_kick_reads_as_it_did() {
    let mut world = World::new("v2/kick-of-each", 71);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let bob = world.enter_v2(Kind::V2, "bob", Role::Moderator, "server data");
    let carol = world.enter(Kind::V2, "carol");
    world.publish(alice, &[Source::Microphone]);
    for name in ["alice", "carol"] {
        let target = world.v2(bob).connections_of(name)[0].clone();
        world.v2(bob).call("forceDisconnect", json!({ "connectionId": target }));
        world.settle();
    }
    assert!(!world.is_online(alice));
    assert!(world.v2(carol).evicted.is_some());
    world.tape.check_golden("v2/kick-of-each");
}

#[test]
fn a_resume_reads_as_it_did() {
    for (kind, name) in [(Kind::LiveKitTwo, "livekit/resume"), (Kind::V2, "v2/resume")] {
        let mut world = World::new(name, 72);
        let alice = world.enter(kind, "alice");
        let bob = world.enter_livekit(Generation::One, "bob", json!({ "name": "Bob B." }));
        world.cut(alice);
        world.publish(bob, &[Source::Microphone]);
        world.come_back(alice);
        world.leave(bob);
        world.tape.check_golden(name);
    }
}
