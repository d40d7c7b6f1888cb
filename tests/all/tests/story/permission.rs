//! What somebody may not do is refused in the words of its protocol, and nobody else notices.
//!
//! Guards against: a publication in spite of the role; a refusal in silence, on which SDKs hang; a refused client that
//! can do nothing afterwards.
use crate::harness::cast::Role;
use crate::harness::livekit::Generation;
use crate::harness::{Kind, Source, World};
use livekit_protocol as proto;
use proto::request_response::{Reason, Request as Echo};
use serde_json::json;

#[test]
fn a_v2_subscriber_that_publishes_gets_401() {
    for viewer in Kind::EACH {
        let mut world = World::new(&format!("a subscriber publishes before {viewer:?}"), 36);
        let bob = world.enter(viewer, "bob");
        let alice = world.enter_v2(Kind::V2, "alice", Role::Subscriber, "");
        world.publish(bob, &[Source::Camera]);
        let heard = world.tape.count_to("bob");
        world.publish(alice, &[Source::Camera]);
        let errors: Vec<_> = world.v2(alice).errors.iter().map(|(method, code, _)| (method.clone(), *code)).collect();
        assert_eq!(errors, [("publishVideo".to_owned(), 401)]);
        assert_eq!(world.tape.count_to("bob"), heard, "nobody notices");
        assert_eq!(world.playing(alice), ["bob camera"], "it still looks on");
    }
}

#[test]
fn a_livekit_client_without_the_grant_is_refused_with_its_request_echoed() {
    for generation in [Generation::Two, Generation::One] {
        for (grant, source) in [
            (json!({ "canPublish": false }), Source::Camera),
            (json!({ "canPublishSources": ["microphone"] }), Source::Camera),
        ] {
            let mut world = World::new(&format!("{generation:?} publishes without {grant}"), 37);
            let bob = world.enter(Kind::V2, "bob");
            let alice = world.enter_livekit(generation, "alice", json!({ "video": grant }));
            world.livekit(alice).publish(source);
            world.settle();
            let app = world.livekit(alice);
            let responses: Vec<_> = app.responses().cloned().collect();
            assert_eq!(responses.len(), 1, "{responses:?}");
            assert_eq!(responses[0].reason(), Reason::NotAllowed);
            assert!(matches!(&responses[0].request, Some(Echo::AddTrack(echo)) if echo.cid == "alice-camera"));
            assert_eq!(world.shown(bob), "alice()");
        }
    }
}

#[test]
fn a_permission_taken_away_ends_what_it_allowed() {
    for viewer in Kind::EACH {
        let mut world = World::new(&format!("a permission is taken before {viewer:?}"), 38);
        let bob = world.enter(viewer, "bob");
        let alice = world.enter(Kind::LiveKitTwo, "alice");
        world.publish(alice, &[Source::Microphone, Source::Camera]);
        let owner = world.participant("alice");
        let permissions = sfu_core::room::Permissions { publish: false, ..owner.permissions.clone() };
        let update = sfu_core::room::ParticipantUpdate { permissions: Some(permissions), ..Default::default() };
        let command =
            sfu_core::room::RoomCommand::UpdateParticipant { participant: Some(owner.id), update: Box::new(update) };
        world.call("lobby", command).expect("an API may");
        assert_eq!(world.shown(bob), "alice()");
        assert!(world.playing(bob).is_empty());
        assert!(world.livekit(alice).published.is_empty(), "her client is told");
        world.livekit(alice).publish(Source::Screen);
        world.settle();
        let last = world.livekit(alice).responses().last().map(proto::RequestResponse::reason);
        assert_eq!(last, Some(Reason::NotAllowed));
    }
}

#[test]
fn who_may_not_subscribe_receives_nothing() {
    let mut world = World::new("no permission to subscribe", 39);
    let bob = world.enter(Kind::V2, "bob");
    let alice = world.enter_livekit(Generation::Two, "alice", json!({ "video": { "canSubscribe": false } }));
    world.publish(bob, &[Source::Camera]);
    assert!(world.playing(alice).is_empty());
    world.livekit(alice).subscribe("bob", Source::Camera, true);
    world.settle();
    let reasons: Vec<_> = world.livekit(alice).responses().map(proto::RequestResponse::reason).collect();
    assert_eq!(reasons, [Reason::NotAllowed]);
    assert!(world.playing(alice).is_empty());
}
