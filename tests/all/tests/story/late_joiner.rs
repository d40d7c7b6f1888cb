//! One comes late, when others have been publishing for a while.
//!
//! Guards against: media that flows only to those who were there when it was published; a snapshot that lacks streams,
//! companions or mute states; a newcomer whose offers are made before its Transport stands.
use crate::harness::{Kind, Source, World};
use std::time::Duration;

#[test]
fn a_late_joiner_sees_and_hears_everybody() {
    for (a, b) in Kind::pairs() {
        for late in [Kind::V2, Kind::V2Old, Kind::LiveKitTwo, Kind::LiveKitOne] {
            let mut world = World::new(&format!("{late:?} comes late to {a:?} and {b:?}"), 2);
            let alice = world.enter(a, "alice");
            let bob = world.enter(b, "bob");
            world.publish(alice, &[Source::Microphone, Source::Camera]);
            world.publish(bob, &[Source::Microphone, Source::Camera]);
            world.mute(bob, Source::Microphone, true);
            world.wait(Duration::from_secs(3));
            let carol = world.enter(late, "carol");
            assert_eq!(world.shown(carol), "alice(camera: sound+picture) bob(camera: picture)");
            let playing = world.playing(carol);
            for expected in ["alice camera", "alice microphone", "bob camera"] {
                assert!(playing.iter().any(|name| name == expected), "{expected} is not in {playing:?}");
            }
            world.publish(carol, &[Source::Camera]);
            assert!(world.playing(alice).contains(&"carol camera".to_owned()));
            assert!(world.playing(bob).contains(&"carol camera".to_owned()));
        }
    }
}

#[test]
fn a_late_joiner_finds_a_shared_screen_too() {
    for late in Kind::EACH {
        let mut world = World::new(&format!("{late:?} comes late to a screen"), 3);
        let alice = world.enter(Kind::LiveKitTwo, "alice");
        world.publish(alice, &[Source::Camera, Source::Screen]);
        let bob = world.enter(late, "bob");
        assert_eq!(world.shown(bob), "alice(camera: picture, screen: picture)");
        assert_eq!(world.playing(bob), ["alice camera", "alice screen"]);
    }
}
