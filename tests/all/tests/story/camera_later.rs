//! A LiveKit user has a microphone first and a camera later; a v2 user watches in one stream.
//!
//! Guards against: a v2 stream announced without its later half; a second connection or a renegotiation that v2 apps do
//! not know; silence until the first picture (no black frame); a camera published again that stays black.
use crate::harness::{Kind, Source, World};

#[test]
fn a_camera_published_later_appears_in_the_stream_that_is_there() {
    for viewer in [Kind::V2, Kind::V2Old] {
        for publisher in [Kind::LiveKitTwo, Kind::LiveKitOne] {
            let mut world = World::new(&format!("camera later: {publisher:?} before {viewer:?}"), 7);
            let bob = world.enter(viewer, "bob");
            let alice = world.enter(publisher, "alice");
            world.publish(alice, &[Source::Microphone]);
            assert_eq!(world.shown(bob), "alice(camera: sound)");
            assert_eq!(world.playing(bob), ["alice microphone"]);
            assert_eq!(world.media.blanks.len(), 1, "one black picture stands in for the camera");
            let (came, pcs) = (world.v2(bob).came.len(), world.v2(bob).pcs.len());

            world.publish(alice, &[Source::Camera]);
            assert_eq!(world.shown(bob), "alice(camera: sound+picture)");
            assert_eq!(world.playing(bob), ["alice camera", "alice microphone"]);
            let app = world.v2(bob);
            let since: Vec<_> = app.came[came..].iter().filter_map(|message| message["method"].as_str()).collect();
            assert!(since.contains(&"streamPropertyChanged"), "{since:?}");
            assert!(!since.contains(&"participantPublished"), "no second stream: {since:?}");
            assert_eq!(app.pcs.len(), pcs, "no further PeerConnection");
        }
    }
}

#[test]
fn a_camera_unpublished_and_published_again_comes_back_in_the_same_stream() {
    for viewer in [Kind::V2, Kind::V2Old] {
        for publisher in [Kind::LiveKitTwo, Kind::LiveKitOne] {
            let mut world = World::new(&format!("camera again: {publisher:?} before {viewer:?}"), 8);
            let bob = world.enter(viewer, "bob");
            let alice = world.enter(publisher, "alice");
            world.publish(alice, &[Source::Camera, Source::Microphone]);
            let stream = world.v2(bob).told("participantPublished")[0]["streams"][0]["id"].clone();
            world.unpublish(alice, Source::Camera);
            assert_eq!(world.shown(bob), "alice(camera: sound)");
            assert_eq!(world.playing(bob), ["alice microphone"]);
            world.publish(alice, &[Source::Camera]);
            assert_eq!(world.shown(bob), "alice(camera: sound+picture)");
            assert_eq!(world.playing(bob), ["alice camera", "alice microphone"]);
            let published = world.v2(bob).told("participantPublished").len();
            assert_eq!(published, 1, "{stream} stays the only stream");
        }
    }
}
