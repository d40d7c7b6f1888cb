//! Unpublish, and publish again.
//!
//! Guards against: a stream that stays on others' screens; m-lines that are not freed or are reused too early; SSRCs used
//! twice; a second publication that nobody receives.
use crate::harness::{Kind, Source, World};

#[test]
fn what_is_unpublished_goes_and_what_is_published_again_comes_back() {
    for (a, b) in Kind::pairs().chain([(Kind::V2, Kind::V2Old), (Kind::LiveKitOne, Kind::V2Old)]) {
        let mut world = World::new(&format!("{a:?} publishes again before {b:?}"), 19);
        let alice = world.enter(a, "alice");
        let bob = world.enter(b, "bob");
        for round in 0..3 {
            world.publish(alice, &[Source::Microphone, Source::Camera]);
            assert_eq!(world.shown(bob), "alice(camera: sound+picture)", "round {round}");
            assert_eq!(world.playing(bob), ["alice camera", "alice microphone"], "round {round}");
            world.unpublish(alice, Source::Camera);
            if !a.is_v2() {
                world.unpublish(alice, Source::Microphone);
            }
            assert_eq!(world.shown(bob), "alice()", "round {round}");
            assert!(world.playing(bob).is_empty(), "round {round}");
        }
    }
}
