//! Busy machines: packets that come late in bursts because somebody's processor had other things to do. No path is
//! narrow here, so no picture may be held back, whatever was measured before it started.
use crate::network::Stalls;
use crate::source::Mark;
use crate::world::{Subscribed, World};
use sfu_core::sdp::MediaKind;
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

/// Tens of ms in bursts, as scenes of several browsers on two cores show them; and a machine that hardly gets on.
const BUSY: [(u64, u64); 3] = [(40, 400), (80, 300), (150, 500)];

/// How often pictures were left out.
fn starved(world: &World) -> usize {
    world.starved.iter().filter(|(is_starved, _)| *is_starved).count()
}

/// The layers that came since `from`, and after which time each came first.
fn first_of_each(world: &World, track: &Subscribed, from: Instant) -> [Option<Duration>; 3] {
    let mut first = [None; 3];
    for packet in world.received(track).into_iter().filter(|packet| packet.at >= from) {
        let layer = usize::from(Mark::read(&packet.payload).layer);
        first[layer].get_or_insert(packet.at.duration_since(from));
    }
    first
}

/// A microphone alone for ten seconds, then a camera of these layers starts. Gives the world, its picture and when.
fn late_camera(seed: u64, stalls: Stalls, rids: &[&str]) -> (World, Subscribed, Instant) {
    let mut world = World::new(seed);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let microphone = world.publish(publisher, MediaKind::Audio, &[]);
    world.subscribe(subscriber, MediaKind::Audio, Some(microphone.producer), false);
    world.network.stalls = Some(stalls);
    world.run(SECOND * 10);
    let from = world.now;
    let camera = world.publish(publisher, MediaKind::Video, rids);
    let source = &mut world.sources[camera.source];
    (source.parts, source.size, source.growth) = (2, 400, 3);
    let picture = world.subscribe_with(subscriber, MediaKind::Video, Some(camera.producer), |params| {
        params.may_pause = true;
    });
    (world, picture, from)
}

#[test]
fn a_picture_that_starts_after_sound_alone_on_a_busy_machine_comes_at_once_and_stays() {
    for (number, (longest_ms, apart_ms)) in BUSY.into_iter().enumerate() {
        for round in 0..4 {
            let seed = 600 + number as u64 * 10 + round;
            let stalls = Stalls { longest: Duration::from_millis(longest_ms), apart: Duration::from_millis(apart_ms) };
            let (mut world, picture, from) = late_camera(seed, stalls, &["q", "h", "f"]);
            world.run(SECOND * 20);
            let [low, middle, best] = first_of_each(&world, &picture, from);
            let first = [low, middle, best].into_iter().flatten().min().unwrap();
            let last = world.received(&picture).last().map(|packet| Mark::read(&packet.payload).layer);
            eprintln!(
                "stalls up to {longest_ms} ms each up to {apart_ms} ms: picture after {} ms, best layer after {} ms, \
                 layer {last:?} at the end, left out {} times",
                first.as_millis(),
                best.unwrap_or(Duration::MAX).as_millis(),
                starved(&world),
            );
            assert!(first < SECOND, "{first:?}");
            assert_eq!(starved(&world), 0, "never left out");
            assert!(best.is_some_and(|best| best < SECOND * 2), "{best:?}");
        }
    }
}

#[test]
fn a_small_picture_on_a_busy_machine_is_never_left_out() {
    for (number, (longest_ms, apart_ms)) in BUSY.into_iter().enumerate() {
        let stalls = Stalls { longest: Duration::from_millis(longest_ms), apart: Duration::from_millis(apart_ms) };
        let (mut world, picture, from) = late_camera(650 + number as u64, stalls, &[]);
        world.run(SECOND * 60);
        let times: Vec<Instant> = world.received(&picture).iter().map(|packet| packet.at).collect();
        let gap = times.windows(2).map(|pair| pair[1].saturating_duration_since(pair[0])).max().unwrap();
        eprintln!(
            "one layer, stalls up to {longest_ms} ms: first packet after {} ms, longest gap {} ms, left out {} times",
            times[0].duration_since(from).as_millis(),
            gap.as_millis(),
            starved(&world),
        );
        assert_eq!(starved(&world), 0);
        assert!(gap < SECOND, "{gap:?}");
    }
}
