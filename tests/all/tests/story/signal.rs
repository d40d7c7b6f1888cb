//! v2's signals: messages between v2 clients, in every profile.
//!
//! Guards against: a signal that reaches the wrong people, or none in silence; a sender without its own copy; a LiveKit
//! client that is sent something it cannot read.
use crate::harness::cast::ROOM;
use crate::harness::{Kind, World};
use sfu_core::capability::{Feature, NotFound, NotNow, Refusal};
use sfu_core::room::{RoomCommand, Signal};

fn heard(world: &mut World, who: crate::harness::Client) -> Vec<String> {
    let signals = std::mem::take(&mut world.v2(who).signals);
    signals
        .into_iter()
        .map(|(_, kind, data)| format!("{} {}", kind.unwrap_or_default(), data.unwrap_or_default()))
        .collect()
}

#[test]
fn a_signal_to_all_reaches_all_v2_clients_and_no_other() {
    let mut world = World::new("a signal to all", 26);
    let alice = world.enter(Kind::V2, "alice");
    let bob = world.enter(Kind::V2Old, "bob");
    let carol = world.enter(Kind::LiveKitTwo, "carol");
    let before = world.tape.count_to("carol");
    world.v2(alice).signal(&[], "chat", "hello");
    world.settle();
    assert_eq!(heard(&mut world, alice), ["signal:chat hello"], "the sender has its copy");
    let from = world.v2(alice).connection();
    assert_eq!(world.v2(bob).signals[0].0.as_deref(), Some(from.as_str()));
    assert_eq!(heard(&mut world, bob), ["signal:chat hello"]);
    assert_eq!(world.tape.count_to("carol"), before);
    assert!(world.v2(alice).errors.is_empty());
    assert!(world.livekit(carol).packets.is_empty());
}

#[test]
fn a_signal_to_some_reaches_only_them() {
    let mut world = World::new("a signal to some", 27);
    let alice = world.enter(Kind::V2, "alice");
    let bob = world.enter(Kind::V2, "bob");
    let carol = world.enter(Kind::V2, "carol");
    let to = vec![world.v2(bob).connection()];
    world.v2(alice).signal(&to, "chat", "psst");
    world.settle();
    assert_eq!(heard(&mut world, bob), ["signal:chat psst"]);
    assert!(heard(&mut world, carol).is_empty() && heard(&mut world, alice).is_empty());
}

#[test]
fn a_signal_to_a_livekit_client_is_refused_with_the_code() {
    let mut world = World::new("a signal to a LiveKit client", 28);
    let alice = world.enter(Kind::V2, "alice");
    let bob = world.enter(Kind::V2, "bob");
    let carol = world.enter(Kind::LiveKitOne, "carol");
    let target = world.v2(alice).connections_of("carol");
    let mixed = vec![target[0].clone(), world.v2(bob).connection()];
    for to in [target, mixed] {
        world.v2(alice).signal(&to, "chat", "hello");
        world.settle();
        let (method, code, message) = world.v2(alice).errors.pop().expect("an error");
        assert_eq!((method.as_str(), code), ("sendMessage", 601));
        assert!(message.contains(Feature::DataMessages.row().code), "{message}");
        assert!(heard(&mut world, bob).is_empty(), "nobody gets anything");
    }
    assert!(world.livekit(carol).packets.is_empty());
}

#[test]
fn a_signal_to_somebody_unknown_is_refused() {
    let mut world = World::new("a signal to nobody", 29);
    let alice = world.enter(Kind::V2, "alice");
    world.v2(alice).signal(&["con_Unknown000".to_owned()], "chat", "hello");
    world.v2(alice).call("sendMessage", serde_json::json!({ "message": "no JSON" }));
    world.settle();
    let codes: Vec<i64> = world.v2(alice).errors.iter().map(|(_, code, _)| *code).collect();
    assert_eq!(codes, [601, 600]);
}

#[test]
fn the_server_api_signals_v2_clients_and_is_refused_where_only_others_are() {
    let mut world = World::new("signals of the backend", 30);
    let carol = world.enter(Kind::LiveKitTwo, "carol");
    let target = world.participant("carol").id;
    let signal = |to| RoomCommand::Signal(Signal { to, kind: Some("chat".to_owned()), data: Some("hi".to_owned()) });
    assert_eq!(world.call(ROOM, signal(vec![target])).err(), Some(Refusal::NotSupported(Feature::DataMessages)));
    let alice = world.enter(Kind::V2, "alice");
    world.call(ROOM, signal(Vec::new())).expect("a signal to all");
    assert_eq!(world.v2(alice).signals, [(None, Some("signal:chat".to_owned()), Some("hi".to_owned()))]);
    world.leave(alice);
    world.leave(carol);
    assert!(matches!(
        world.call(ROOM, signal(Vec::new())).err(),
        Some(Refusal::NotNow(NotNow::RoomEmpty) | Refusal::NotFound(NotFound::Room))
    ));
}
