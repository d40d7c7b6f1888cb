//! The same identity, or the same token, a second time.
//!
//! Guards against: two participants of one identity; an old client that stays connected or joins again by itself and
//! throws the new one out in turn; a v2 token that opens two seats.
use crate::harness::cast::{ROOM, Role};
use crate::harness::{Kind, Source, World};
use livekit_protocol::DisconnectReason;

#[test]
fn a_second_client_of_one_identity_puts_the_first_out() {
    for kind in [Kind::LiveKitTwo, Kind::LiveKitOne] {
        for viewer in Kind::EACH {
            let mut world = World::new(&format!("{kind:?} twice before {viewer:?}"), 20);
            let bob = world.enter(viewer, "bob");
            let first = world.enter(kind, "alice");
            world.publish(first, &[Source::Camera]);
            let second = world.enter(kind, "alice");
            let leave = world.livekit(first).leave.clone().expect("the first one is told");
            assert_eq!(leave.reason(), DisconnectReason::DuplicateIdentity);
            assert_eq!(leave.action(), livekit_protocol::leave_request::Action::Disconnect);
            assert!(!world.is_online(first) && world.is_online(second));
            assert_eq!(world.shown(bob), "alice()", "one alice, who publishes nothing yet");
            assert_eq!(world.shown(second), "bob()", "and who does not see herself");
            world.publish(second, &[Source::Microphone]);
            assert_eq!(world.shown(bob), "alice(camera: sound)");
            assert_eq!(world.playing(bob), ["alice microphone"]);
        }
    }
}

#[test]
fn a_v2_token_opens_one_seat_once() {
    let mut world = World::new("a token twice", 21);
    let token = world.reserve(Role::Publisher, "");
    let alice = world.enter_v2_with(Kind::V2, "alice", &token);
    let mallory = world.enter_v2_with(Kind::V2, "mallory", &token);
    let expected = format!("Unable to join session {ROOM}. Token {token} is not valid");
    let errors = &world.v2(mallory).errors;
    assert_eq!((errors[0].0.as_str(), errors[0].1), ("joinRoom", 401));
    assert!(errors[0].2.contains(&expected), "{errors:?}");
    assert_eq!(world.shown(alice), "");
}
