//! Publishers are told which layers anybody wants, under the profile that has it.
//!
//! Guards against: a layer that somebody wants and that is stopped; one that nobody wants and that is sent for ever; a
//! stop at once, which a moment later has to be taken back; any such word under the other profile.
use crate::harness::cast::Client;
use crate::harness::{Kind, World};
use livekit_protocol as proto;
use proto::VideoQuality;
use proto::signal_response::Message as Response;
use sfu_core::capability::Profile;
use std::time::Duration;

/// What a publisher was told since the last look: the codec and the qualities that it is to send.
fn told(world: &mut World, who: Client) -> Vec<String> {
    let app = world.livekit(who);
    let sids: Vec<String> = app.published.values().cloned().collect();
    let updates = app.came.iter().filter_map(|message| match message {
        Response::SubscribedQualityUpdate(update) => Some(update.clone()),
        _ => None,
    });
    let line = |update: proto::SubscribedQualityUpdate| {
        assert!(sids.contains(&update.track_sid));
        let [codec] = update.subscribed_codecs.as_slice() else { panic!("one codec: {update:?}") };
        #[expect(deprecated, reason = "older SDKs read the deprecated field")]
        let old = &update.subscribed_qualities;
        assert_eq!(old, &codec.qualities, "older SDKs are told the same");
        let all: Vec<_> = codec.qualities.iter().map(proto::SubscribedQuality::quality).collect();
        assert_eq!(all, [VideoQuality::Low, VideoQuality::Medium, VideoQuality::High]);
        let on: String = codec.qualities.iter().map(|quality| if quality.enabled { '+' } else { '-' }).collect();
        format!("{} {on}", codec.codec)
    };
    let lines = updates.map(line).collect();
    app.came.clear();
    lines
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn layers_are_asked_for_at_once_and_given_up_after_a_while() {
    for kind in [Kind::LiveKitTwo, Kind::LiveKitOne] {
        let mut world = World::with_profile("layers that are wanted", 91, Profile::Full);
        let alice = world.enter(kind, "alice");
        let bob = world.enter(Kind::LiveKitTwo, "bob");
        world.livekit(alice).publish_layers();
        world.settle();
        assert_eq!(told(&mut world, alice), ["vp8 +++"]);
        world.livekit(bob).want_quality("alice", VideoQuality::Low);
        world.settle();
        assert!(told(&mut world, alice).is_empty());
        world.wait(seconds(4));
        assert!(told(&mut world, alice).is_empty(), "not yet");
        world.wait(seconds(2));
        assert_eq!(told(&mut world, alice), ["vp8 +--"]);
        let carol = world.enter(kind, "carol");
        assert_eq!(told(&mut world, alice), ["vp8 +++"], "carol wants all, at once");
        world.leave(carol);
        world.wait(seconds(6));
        assert_eq!(told(&mut world, alice), ["vp8 +--"]);
        world.leave(bob);
        world.wait(seconds(6));
        assert_eq!(told(&mut world, alice), ["vp8 ---"], "nobody is left");
        world.enter(Kind::V2, "dave");
        assert_eq!(told(&mut world, alice), ["vp8 +++"], "v2's clients want all there is");
    }
}

#[test]
fn a_wish_that_is_taken_back_in_time_stops_nothing() {
    let mut world = World::with_profile("a wish taken back", 92, Profile::Full);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let bob = world.enter(Kind::LiveKitOne, "bob");
    world.livekit(alice).publish_layers();
    world.settle();
    told(&mut world, alice);
    world.livekit(bob).want_quality("alice", VideoQuality::Off);
    world.wait(seconds(3));
    world.livekit(bob).want_quality("alice", VideoQuality::High);
    world.wait(seconds(20));
    assert!(told(&mut world, alice).is_empty());
}

#[test]
fn a_picture_that_nobody_ever_takes_is_stopped_after_ten_seconds() {
    let mut world = World::with_profile("a picture for nobody", 93, Profile::Full);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    world.livekit(alice).publish_layers();
    world.wait(seconds(9));
    assert!(told(&mut world, alice).is_empty());
    world.wait(seconds(2));
    assert_eq!(told(&mut world, alice), ["vp8 ---"]);
}

#[test]
fn nothing_of_it_is_told_where_the_profile_has_no_dynacast() {
    let mut world = World::new("no dynacast", 94);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    world.livekit(alice).publish_layers();
    world.settle();
    world.livekit(bob).want_quality("alice", VideoQuality::Low);
    world.wait(seconds(30));
    assert!(told(&mut world, alice).is_empty());
}
