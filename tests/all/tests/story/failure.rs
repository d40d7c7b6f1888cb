//! Something breaks: a client's media, a worker, the server.
//!
//! Guards against: a client whose media is dead and that is told nothing; a broken Transport that takes others along; an
//! end of the server without a word.
use crate::harness::cast::ROOM;
use crate::harness::{Kind, Source, World};
use livekit_protocol::{DisconnectReason, leave_request::Action};
use sfu_core::media::FailureCause;
use sfu_core::room::{LeaveReason, RoomCommand};

#[test]
fn a_livekit_client_whose_media_broke_is_told_to_join_anew() {
    for kind in [Kind::LiveKitTwo, Kind::LiveKitOne] {
        let mut world = World::new(&format!("the media of {kind:?} breaks"), 90);
        let alice = world.enter(kind, "alice");
        let bob = world.enter(Kind::V2, "bob");
        world.publish(alice, &[Source::Camera]);
        world.publish(bob, &[Source::Camera]);
        world.break_media(alice, FailureCause::Internal);
        let leave = world.livekit(alice).leave.clone().expect("a leave message");
        assert_eq!(leave.action(), Action::Reconnect);
        assert_eq!(world.shown(bob), "", "until she is back");
        let again = world.enter(kind, "alice");
        world.publish(again, &[Source::Camera]);
        assert_eq!(world.playing(bob), ["alice camera"]);
        assert_eq!(world.playing(again), ["bob camera"]);
    }
}

#[test]
fn a_v2_client_whose_media_broke_starts_over_under_the_same_stream() {
    for viewer in Kind::EACH {
        let mut world = World::new(&format!("v2's media breaks before {viewer:?}"), 91);
        let alice = world.enter(Kind::V2, "alice");
        let bob = world.enter(viewer, "bob");
        world.publish(alice, &[Source::Microphone, Source::Camera]);
        world.break_media(alice, FailureCause::Dtls);
        assert_eq!(world.shown(bob), "alice(camera: sound+picture)", "the stream stays announced");
        assert!(world.playing(bob).is_empty());
        world.v2(alice).reconnect_publisher(&[Source::Microphone, Source::Camera]);
        world.settle();
        assert!(world.v2(alice).errors.is_empty(), "{:?}", world.v2(alice).errors);
        assert_eq!(world.playing(bob), ["alice camera", "alice microphone"]);
    }
}

#[test]
fn a_lost_worker_ends_the_room_in_the_words_of_both_protocols() {
    let mut world = World::new("the worker is lost", 92);
    let alice = world.enter(Kind::V2, "alice");
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    world.publish(alice, &[Source::Camera]);
    world.call(ROOM, RoomCommand::Close { reason: LeaveReason::ServerFailure }).expect("the shard may");
    assert_eq!(world.v2(alice).evicted.as_deref(), Some("nodeCrashed"));
    assert_eq!(world.livekit(bob).leave.clone().expect("a leave").action(), Action::Reconnect);
    assert!(!world.room_lives());
}

#[test]
fn a_stopping_server_says_so_to_everybody() {
    let mut world = World::new("the server stops", 93);
    let alice = world.enter(Kind::V2, "alice");
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    let carol = world.enter(Kind::LiveKitOne, "carol");
    world.stop_server();
    assert_eq!(world.v2(alice).evicted.as_deref(), Some("openviduServerStopped"));
    for client in [bob, carol] {
        let leave = world.livekit(client).leave.clone().expect("a leave");
        assert_eq!(leave.reason(), DisconnectReason::ServerShutdown);
    }
    assert!([alice, bob, carol].into_iter().all(|client| !world.is_online(client)));
}

#[test]
fn a_session_closed_by_its_api_ends_for_both_worlds() {
    let mut world = World::new("the API closes the room", 94);
    let alice = world.enter(Kind::V2, "alice");
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    world.call(ROOM, RoomCommand::Close { reason: LeaveReason::RoomClosedByApi }).expect("an API may");
    assert_eq!(world.v2(alice).evicted.as_deref(), Some("sessionClosedByServer"));
    let leave = world.livekit(bob).leave.clone().expect("a leave");
    assert_eq!((leave.reason(), leave.action()), (DisconnectReason::RoomDeleted, Action::Disconnect));
    assert!(!world.room_lives());
}
