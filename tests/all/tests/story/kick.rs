//! Somebody is put out, or made to stop publishing: by a moderator, by v2's REST API, by LiveKit's.
//!
//! Guards against: a kick that only tells others; the wrong reason in either protocol; a kick that anybody may do; a
//! kicked client that goes on sending or receiving.
use crate::harness::cast::{Client, ROOM, Role};
use crate::harness::{Kind, Source, World};
use livekit_protocol::DisconnectReason;
use serde_json::json;
use sfu_core::room::{LeaveReason, PublishedTarget, RoomCommand};

fn check_out(world: &mut World, kind: Kind, alice: Client, bob: Client, v2_reason: &str) {
    assert_eq!(world.shown(bob), "", "alice is gone");
    assert!(world.playing(bob).is_empty());
    assert!(world.playing(alice).is_empty());
    if kind.is_v2() {
        assert_eq!(world.v2(alice).evicted.as_deref(), Some(v2_reason));
    } else {
        let leave = world.livekit(alice).leave.clone().expect("a leave message");
        assert_eq!(leave.reason(), DisconnectReason::ParticipantRemoved);
        assert_eq!(leave.action(), livekit_protocol::leave_request::Action::Disconnect, "it does not come back");
        assert!(!world.is_online(alice));
    }
}

#[test]
fn a_moderator_puts_anybody_out() {
    for kind in [Kind::V2, Kind::V2Old, Kind::LiveKitTwo, Kind::LiveKitOne] {
        let mut world = World::new(&format!("a moderator puts {kind:?} out"), 15);
        let alice = world.enter(kind, "alice");
        let bob = world.enter_v2(Kind::V2, "bob", Role::Moderator, "");
        world.publish(alice, &[Source::Microphone, Source::Camera]);
        world.publish(bob, &[Source::Camera]);
        let target = world.v2(bob).connections_of("alice")[0].clone();
        world.v2(bob).call("forceDisconnect", json!({ "connectionId": target }));
        world.settle();
        check_out(&mut world, kind, alice, bob, "forceDisconnectByUser");
        let app = world.v2(bob);
        assert_eq!(app.told("participantLeft")[0]["reason"], "forceDisconnectByUser");
        assert_eq!(app.told("participantEvicted")[0]["reason"], "forceDisconnectByUser");
    }
}

#[test]
fn who_is_no_moderator_puts_nobody_out() {
    for role in [Role::Publisher, Role::Subscriber] {
        let mut world = World::new(&format!("{role:?} tries to put somebody out"), 16);
        let alice = world.enter(Kind::LiveKitTwo, "alice");
        let bob = world.enter_v2(Kind::V2, "bob", role, "");
        world.publish(alice, &[Source::Camera]);
        let app = world.v2(bob);
        let target = app.connections_of("alice")[0].clone();
        let stream = app.stream_of(&target);
        app.call("forceDisconnect", json!({ "connectionId": target }));
        app.call("forceUnpublish", json!({ "streamId": stream }));
        world.settle();
        let codes: Vec<i64> = world.v2(bob).errors.iter().map(|(_, code, _)| *code).collect();
        assert_eq!(codes, [401, 401]);
        assert_eq!(world.shown(bob), "alice(camera: picture)");
        assert_eq!(world.playing(bob), ["alice camera"]);
    }
}

#[test]
fn the_apis_put_anybody_out() {
    for (a, b) in Kind::pairs() {
        let mut world = World::new(&format!("an API puts {a:?} out before {b:?}"), 17);
        let alice = world.enter(a, "alice");
        let bob = world.enter(b, "bob");
        world.publish(alice, &[Source::Microphone, Source::Camera]);
        world.publish(bob, &[Source::Camera]);
        let participant = world.participant("alice").id;
        let remove = RoomCommand::Remove { participant, reason: LeaveReason::ForcedByServer };
        world.call(ROOM, remove.clone()).expect("an API may");
        check_out(&mut world, a, alice, bob, "forceDisconnectByServer");
        assert!(world.call(ROOM, remove).is_err(), "nobody is put out twice");
    }
}

#[test]
fn forced_unpublishing_stops_the_stream_and_leaves_the_person() {
    for by_moderator in [true, false] {
        for kind in Kind::EACH {
            let mut world = World::new(&format!("{kind:?} must stop, by a moderator: {by_moderator}"), 18);
            let alice = world.enter(kind, "alice");
            let bob = world.enter_v2(Kind::V2, "bob", Role::Moderator, "");
            world.publish(alice, &[Source::Microphone, Source::Camera]);
            let stream = world.v2(bob).told("participantPublished")[0]["streams"][0]["id"].clone();
            if by_moderator {
                world.v2(bob).call("forceUnpublish", json!({ "streamId": stream }));
                world.settle();
            } else {
                let owner = world.participant("alice");
                let target = PublishedTarget::Stream(owner.streams[0].id);
                let command = RoomCommand::ForceUnpublish { participant: owner.id, target };
                world.call(ROOM, command).expect("an API may");
            }
            assert_eq!(world.shown(bob), "alice()");
            assert!(world.playing(bob).is_empty());
            let reason = if by_moderator { "forceUnpublishByUser" } else { "forceUnpublishByServer" };
            assert_eq!(world.v2(bob).told("participantUnpublished")[0]["reason"], reason);
            if kind.is_v2() {
                assert_eq!(world.v2(alice).stream, None, "the owner is told");
                assert_eq!(world.v2(alice).evicted, None);
            } else {
                assert!(world.livekit(alice).published.is_empty(), "the owner is told");
                assert!(world.livekit(alice).leave.is_none());
            }
            world.publish(alice, &[Source::Camera]);
            assert_eq!(world.playing(bob), ["alice camera"], "and may publish again");
        }
    }
}
