//! Shared screens: a second group of tracks in LiveKit, a companion connection in v2.
//!
//! Guards against: a screen that replaces the camera of its owner; a companion that is announced to nobody, outlives its
//! tracks, or is taken for a person of its own; force against a companion that hits the person.
use crate::harness::cast::Role;
use crate::harness::{Kind, Source, World};
use serde_json::json;

#[test]
fn a_livekit_screen_is_a_companion_connection_in_v2() {
    for publisher in [Kind::LiveKitTwo, Kind::LiveKitOne] {
        let mut world = World::new(&format!("screen of {publisher:?}"), 9);
        let bob = world.enter(Kind::V2, "bob");
        let alice = world.enter(publisher, "alice");
        world.publish(alice, &[Source::Microphone, Source::Camera]);
        world.publish(alice, &[Source::Screen, Source::ScreenSound]);
        assert_eq!(world.shown(bob), "alice(camera: sound+picture, screen: sound+picture)");
        assert_eq!(world.playing(bob), ["alice camera", "alice microphone", "alice screen", "alice screen sound"]);
        let connections = world.v2(bob).connections_of("alice");
        assert_eq!(connections.len(), 2, "{connections:?}");
        assert!(connections[1].starts_with(&connections[0]) && connections[1].ends_with("_SCREEN"), "{connections:?}");
        let metadata = connections.iter().map(|id| world.v2(bob).metadata_of(id)).collect::<Vec<_>>();
        assert_eq!(metadata[0], metadata[1], "the same person's");

        world.unpublish(alice, Source::ScreenSound);
        world.unpublish(alice, Source::Screen);
        assert_eq!(world.shown(bob), "alice(camera: sound+picture)");
        assert_eq!(world.v2(bob).connections_of("alice").len(), 1, "the companion has left");
    }
}

#[test]
fn force_against_a_companion_stops_the_screen_alone() {
    for method in ["forceDisconnect", "forceUnpublish"] {
        let mut world = World::new(&format!("{method} of a companion"), 10);
        let alice = world.enter(Kind::LiveKitOne, "alice");
        let bob = world.enter_v2(Kind::V2, "bob", Role::Moderator, "");
        world.publish(alice, &[Source::Camera, Source::Screen]);
        let app = world.v2(bob);
        let companion = app.connections_of("alice").pop().expect("a companion");
        let params = match method {
            "forceDisconnect" => json!({ "connectionId": companion }),
            _ => json!({ "streamId": app.stream_of(&companion) }),
        };
        app.call(method, params);
        world.settle();
        assert!(world.v2(bob).errors.is_empty(), "{:?}", world.v2(bob).errors);
        assert_eq!(world.shown(bob), "alice(camera: picture)", "{method}");
        assert_eq!(world.playing(bob), ["alice camera"]);
        let app = world.livekit(alice);
        assert_eq!(app.published.keys().copied().collect::<Vec<_>>(), [Source::Camera], "the SDK is told");
        assert!(app.leave.is_none(), "the person stays");
    }
}

#[test]
fn a_v2_screen_is_a_screen_share_in_livekit() {
    for viewer in Kind::EACH {
        let mut world = World::new(&format!("v2 screen before {viewer:?}"), 11);
        let bob = world.enter(viewer, "bob");
        let screen = world.enter(Kind::V2, "alice");
        world.publish(screen, &[Source::Screen]);
        assert_eq!(world.shown(bob), "alice(screen: picture)");
        assert_eq!(world.playing(bob), ["alice screen"]);
    }
}
