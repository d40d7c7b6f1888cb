//! Simulcast: which layer a receiver gets, and that it never notices a change but by the picture.
use crate::source::{Mark, picture_numbers};
use crate::world::{Published, Subscribed, World, assert_gapless};
use sfu_core::media::{LayerLimit, MediaCommand};
use sfu_core::sdp::MediaKind;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn simulcast(seed: u64) -> (World, Published, Subscribed) {
    let mut world = World::new(seed);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &["q", "h", "f"]);
    let track = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
    world.run(SECOND * 3);
    (world, video, track)
}

fn layers_since(world: &World, track: &Subscribed, at: std::time::Instant) -> Vec<(u8, bool)> {
    let packets = world.received(track).into_iter().filter(|packet| packet.at >= at);
    packets.map(|packet| Mark::read(&packet.payload)).map(|mark| (mark.layer, mark.key)).collect()
}

fn limit(world: &mut World, track: &Subscribed, spatial: u8) -> std::time::Instant {
    let limit = LayerLimit { spatial, temporal: u8::MAX };
    world.command(MediaCommand::LimitConsumer { consumer: track.consumer, limit, weight: 0 });
    world.now
}

/// Each change of layer begins with a keyframe, and numbers go on as if there were one stream.
fn assert_seamless(world: &World, track: &Subscribed) {
    let packets = world.received(track);
    assert_gapless(&packets);
    for pair in packets.windows(2) {
        let (a, b) = (Mark::read(&pair[0].payload), Mark::read(&pair[1].payload));
        if a.layer != b.layer {
            assert!(b.key && b.part == 0, "a new layer starts at a keyframe: {a:?} {b:?}");
            let (before, after) = (picture_numbers(&pair[0].payload), picture_numbers(&pair[1].payload));
            assert_eq!(after.0.wrapping_sub(before.0) & 0x7fff, 1, "picture id goes on");
        }
        let ahead = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
        assert!(ahead <= 20_000, "time goes on, and not too fast: {ahead} ticks");
    }
}

#[test]
fn a_receiver_gets_the_highest_layer_after_at_most_a_moment_of_a_lower_one() {
    let (world, _, track) = simulcast(21);
    let layers = layers_since(&world, &track, world.start);
    assert!(layers[0].1, "starts at a keyframe");
    assert!(layers.iter().filter(|(layer, _)| *layer == 2).count() > 180, "{layers:?}");
    assert_seamless(&world, &track);
}

#[test]
fn subscriber_gets_keyframe_after_layer_switch() {
    let (mut world, _, track) = simulcast(22);
    for spatial in [0, 2, 1, 0, 2] {
        let at = limit(&mut world, &track, spatial);
        world.run(SECOND);
        let layers = layers_since(&world, &track, at);
        assert_eq!(layers.last().map(|(layer, _)| *layer), Some(spatial));
    }
    assert_seamless(&world, &track);
}

#[test]
fn a_layer_that_dies_is_replaced_by_the_next_lower_one_and_taken_up_again() {
    let (mut world, video, track) = simulcast(23);
    world.sources[video.source].layers[2].active = false;
    world.run(SECOND * 4);
    let layers = layers_since(&world, &track, world.start);
    assert_eq!(layers.last().map(|(layer, _)| *layer), Some(1), "the layer below takes over");
    world.sources[video.source].layers[2].active = true;
    world.run(SECOND * 2);
    let layers = layers_since(&world, &track, world.start);
    assert_eq!(layers.last().map(|(layer, _)| *layer), Some(2), "and back");
    assert_gapless(&world.received(&track));
}

#[test]
fn temporal_layers_above_the_limit_leave_no_gap() {
    let mut world = World::new(24);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &[]);
    world.sources[video.source].temporal_layers = 2;
    let limit = LayerLimit { spatial: u8::MAX, temporal: 0 };
    let track = world.subscribe_with(subscriber, MediaKind::Video, Some(video.producer), |params| params.limit = limit);
    world.run(SECOND * 4);
    let packets = world.received(&track);
    let pictures = packets.len() / 3;
    assert!((45..60).contains(&pictures), "every second picture of 100: {pictures}");
    assert_gapless(&packets);
    for pair in packets.windows(2) {
        let (a, b) = (picture_numbers(&pair[0].payload).0, picture_numbers(&pair[1].payload).0);
        assert!(b.wrapping_sub(a) & 0x7fff <= 1, "picture ids have no gap");
    }
}

#[test]
fn a_receiver_of_simulcast_that_wants_fewer_pictures_gets_fewer_of_the_same_size_and_all_when_it_wants_them_again() {
    let (mut world, video, track) = simulcast(25);
    world.sources[video.source].temporal_layers = 2;
    let pictures = |world: &World, since: std::time::Instant| {
        let packets = world.received(&track).into_iter().filter(|packet| packet.at >= since);
        packets.map(|packet| Mark::read(&packet.payload)).filter(|mark| mark.part == 0 && mark.layer == 2).count()
    };
    world.run(SECOND);
    for (temporal, expected) in [(u8::MAX, 45..=55), (0, 20..=30), (1, 45..=55), (0, 20..=30)] {
        let limit = LayerLimit { spatial: u8::MAX, temporal };
        world.command(MediaCommand::LimitConsumer { consumer: track.consumer, limit, weight: 0 });
        let since = world.now;
        world.run(SECOND * 2);
        let count = pictures(&world, since);
        assert!(expected.contains(&count), "up to temporal layer {temporal}: {count} pictures in 2 s");
    }
    assert_seamless(&world, &track);
}
