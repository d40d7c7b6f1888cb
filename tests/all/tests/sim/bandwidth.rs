//! Narrow and lossy paths: what a receiver gets when its path does not carry all, and when it does again.
//!
//! These are the figures that the project promises; each test prints its own.
use crate::client::{Numbers, rtc_mid};
use crate::network::{Conditions, Narrow};
use crate::source::Mark;
use crate::world::{Published, Subscribed, World, assert_gapless};
use sfu_core::extension::{Extension, ExtensionMap};
use sfu_core::media::ConsumerParams;
use sfu_core::sdp::MediaKind;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use str0m::media::KeyframeRequestKind;

const SECOND: Duration = Duration::from_secs(1);

/// What the best layer of [`call`]'s camera needs, with its sound, bits a second on the path (by the tests' own count).
const BEST_BPS: u64 = 1_800_000;

struct Call {
    world: World,
    picture: Subscribed,
    sound: Subscribed,
}

/// A camera of three layers of 0.2, 0.6 and 1.7 Mbit/s and a microphone, and one who receives both.
fn call(seed: u64, change: impl Fn(&mut ConsumerParams)) -> Call {
    let mut world = World::new(seed);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let camera = world.publish(publisher, MediaKind::Video, &["q", "h", "f"]);
    let source = &mut world.sources[camera.source];
    (source.parts, source.size, source.growth) = (2, 400, 3);
    let microphone = world.publish(publisher, MediaKind::Audio, &[]);
    let picture = world.subscribe_with(subscriber, MediaKind::Video, Some(camera.producer), &change);
    let sound = world.subscribe_with(subscriber, MediaKind::Audio, Some(microphone.producer), &change);
    Call { world, picture, sound }
}

impl Call {
    /// The layer of each packet of the picture that came since `from`, with the time since then.
    fn layers(&self, from: Instant) -> Vec<(Duration, u8)> {
        let packets = self.world.received(&self.picture).into_iter().filter(|packet| packet.at >= from);
        packets.map(|packet| (packet.at.duration_since(from), Mark::read(&packet.payload).layer)).collect()
    }

    /// The layer that came last.
    fn layer(&self) -> Option<u8> {
        self.layers(self.world.start).last().map(|(_, layer)| *layer)
    }

    /// How often the layer changed since `from`.
    fn changes(&self, from: Instant) -> usize {
        let mut packets = self.world.received(&self.picture);
        packets.retain(|packet| packet.at >= from);
        packets.sort_by_key(|packet| packet.sequence);
        let layers: Vec<u8> = packets.iter().map(|packet| Mark::read(&packet.payload).layer).collect();
        layers.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }

    /// The longest time without sound since `from`, and the share of it that came.
    fn sound(&self, from: Instant) -> (Duration, f64) {
        let packets = self.world.received(&self.sound);
        let times: Vec<Instant> = packets.iter().map(|packet| packet.at).filter(|at| *at >= from).collect();
        let gaps = times.windows(2).map(|pair| pair[1].saturating_duration_since(pair[0]));
        let due = self.world.now.duration_since(from).as_secs_f64() * 50.0;
        (gaps.max().unwrap_or(Duration::MAX), times.len() as f64 / due)
    }
}

/// Pictures, and how many of them can be decoded: all their parts came, and all pictures they are built on.
fn decodable(world: &World, camera: &Published, track: &Subscribed) -> (usize, usize) {
    let mut parts: BTreeMap<u32, (u8, u8, bool)> = BTreeMap::new();
    for packet in world.received(track) {
        let mark = Mark::read(&packet.payload);
        let entry = parts.entry(mark.number).or_insert((0, mark.layer, mark.key));
        entry.0 += 1;
    }
    let source = &world.sources[camera.source];
    let first = *parts.keys().next().unwrap();
    let (mut all, mut good, mut is_intact) = (0, 0, false);
    for number in first..source.sent() {
        all += 1;
        let whole =
            parts.get(&number).filter(|(count, layer, key)| *count == source.parts_of(usize::from(*layer), *key));
        is_intact = whole.is_some_and(|(_, _, key)| *key || is_intact);
        good += usize::from(is_intact);
    }
    (good, all)
}

#[test]
fn a_tenth_of_random_loss_leaves_nearly_all_pictures_decodable() {
    for (seed, may_pause) in [(101, true), (102, false)] {
        let mut world = World::new(seed);
        let room = world.room();
        let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
        world.conditions(Conditions { delay: Duration::from_millis(25), ..Conditions::GOOD });
        world.connect();
        let camera = world.publish(publisher, MediaKind::Video, &[]);
        let track = world.subscribe_with(subscriber, MediaKind::Video, Some(camera.producer), |params| {
            params.may_pause = may_pause;
        });
        world.run(SECOND);
        world.conditions(Conditions { delay: Duration::from_millis(25), loss_down: 0.1, ..Conditions::GOOD });
        world.run(SECOND * 60);
        world.conditions(Conditions { delay: Duration::from_millis(25), ..Conditions::GOOD });
        world.run(SECOND);
        let (good, all) = decodable(&world, &camera, &track);
        let share = good as f64 / all as f64;
        eprintln!("10 % loss, 50 ms round trip: {good} of {all} pictures decodable ({:.2} %)", share * 100.0);
        assert!(all > 1_400 && share >= 0.98, "{good} of {all}");
    }
}

#[test]
fn a_capped_path_gets_a_lower_layer_and_its_sound_goes_on_and_afterwards_the_best_again() {
    for (seed, queue_ms) in [(103, 300), (104, 100), (105, 1_000)] {
        let mut call = call(seed, |_| ());
        call.world.run(SECOND * 5);
        assert_eq!(call.layer(), Some(2), "all is well at first");
        let capped = call.world.now;
        let queue = Duration::from_millis(queue_ms);
        call.world.network.narrow = Some(Narrow { bps: BEST_BPS / 3, queue });
        call.world.run(SECOND * 20);
        let last_best = call.layers(capped).iter().filter(|(_, layer)| *layer == 2).map(|(at, _)| *at).max().unwrap();
        let first_lower = call.layers(capped).iter().find(|(_, layer)| *layer < 2).map(|(at, _)| *at).unwrap();
        let (gap, share) = call.sound(capped);
        let changes = call.changes(capped);
        let free = call.world.now;
        call.world.network.narrow = None;
        call.world.run(SECOND * 15);
        let back = call.layers(free).iter().find(|(_, layer)| *layer == 2).map(|(at, _)| *at).unwrap_or(Duration::MAX);
        eprintln!(
            "cap to a third, queue of {queue_ms} ms: lower layer after {} ms (best layer gone after {} ms), {changes} \
             changes in 20 s, longest gap in sound {} ms ({:.1} % came), best layer again {} ms after the cap ended",
            first_lower.as_millis(),
            last_best.as_millis(),
            gap.as_millis(),
            share * 100.0,
            back.as_millis(),
        );
        assert!(first_lower < SECOND * 3 && last_best < SECOND * 3, "falls within 3 s");
        assert!(gap < SECOND && share > 0.9, "sound does not stop");
        assert!(changes <= 6, "no flapping");
        assert!(back < SECOND * 10, "recovers within 10 s");
        assert_eq!(call.layer(), Some(2), "and stays there");
    }
}

#[test]
fn a_path_without_a_cap_gets_the_best_layer_and_keeps_it() {
    for (seed, jitter_ms) in [(106, 0), (107, 8)] {
        let mut call = call(seed, |params| params.may_pause = true);
        let jitter = Duration::from_millis(jitter_ms);
        call.world.conditions(Conditions { delay: Duration::from_millis(25), jitter, ..Conditions::GOOD });
        let start = call.world.now;
        call.world.run(SECOND * 60);
        let best = call.layers(start).iter().find(|(_, layer)| *layer == 2).map(|(at, _)| *at).unwrap();
        let changes = call.changes(start + best + Duration::from_millis(1));
        eprintln!("no cap, jitter {jitter_ms} ms: best layer after {} ms, {changes} changes in 60 s", best.as_millis());
        assert!(best < SECOND * 2);
        assert_eq!((changes, call.layer()), (0, Some(2)));
    }
}

/// The same extensions without transport-wide numbers.
fn without_numbers(map: &ExtensionMap) -> ExtensionMap {
    let mut reduced = ExtensionMap::new();
    for (id, extension) in map.iter().filter(|(_, extension)| *extension != Extension::TransportSequence) {
        assert!(reduced.insert(id, extension));
    }
    reduced
}

/// Sends a receiver's own estimate twice a second.
fn tell_estimate(call: &mut Call, bps: u64, seconds: u32) {
    for _ in 0..seconds * 2 {
        let client = &mut call.world.clients[call.picture.client];
        let mut direct = client.rtc.direct_api();
        direct.stream_rx(&call.picture.ssrc.into()).unwrap().request_remb(bps.into());
        client.handle_timeout(call.world.now);
        let place = call.picture.client;
        call.world.drain_client(place);
        call.world.run(SECOND / 2);
    }
}

#[test]
fn a_receiver_that_estimates_by_itself_gets_what_it_says_it_can_take() {
    let mut call = call(108, |params| params.extensions = without_numbers(&Numbers::SUBSCRIBER.extensions()));
    call.world.run(SECOND * 4);
    assert_eq!(call.layer(), Some(2), "nothing is said: nothing bounds it");
    let mut shown = Vec::new();
    for (bps, expected) in [(800_000, 1), (300_000, 0), (4_000_000, 2)] {
        let from = call.world.now;
        tell_estimate(&mut call, bps, 4);
        let layers = call.layers(from);
        let since = layers.iter().rposition(|(_, layer)| *layer != expected).map_or(0, |place| place + 1);
        shown.push((bps, layers.get(since).map(|(at, layer)| (*layer, at.as_millis()))));
        assert_eq!(call.layer(), Some(expected), "{bps} bits a second");
        assert!(call.layers(from)[since].0 < SECOND * 3);
    }
    eprintln!("REMB only: (bits a second, (layer, ms until it stays)): {shown:?}");
}

#[test]
fn what_a_receiver_estimates_beside_its_feedback_is_ignored() {
    let mut call = call(112, |params| params.may_pause = true);
    call.world.run(SECOND * 4);
    let from = call.world.now;
    tell_estimate(&mut call, 60_000, 6);
    assert!(call.layers(from).iter().all(|(_, layer)| *layer == 2));
    assert_eq!(starved(&call.world, call.world.start), []);
}

/// When after `from` the picture was left out (true) or came back.
fn starved(world: &World, from: Instant) -> Vec<(bool, Duration)> {
    let later = world.starved.iter().filter(|(_, at)| *at >= from);
    later.map(|(is_starved, at)| (*is_starved, at.duration_since(from))).collect()
}

#[test]
fn a_picture_that_does_not_fit_at_all_is_left_out_where_that_is_allowed_and_comes_back() {
    for (seed, queue_ms) in [(109, 300), (113, 100), (114, 1_000)] {
        let mut call = call(seed, |params| params.may_pause = true);
        call.world.run(SECOND * 4);
        let queue = Duration::from_millis(queue_ms);
        for _ in 0..3 {
            let capped = call.world.now;
            call.world.network.narrow = Some(Narrow { bps: 130_000, queue });
            call.world.run(SECOND * 8);
            let (is_starved, left_out) = starved(&call.world, capped).first().copied().unwrap();
            assert!(is_starved && left_out < SECOND * 4, "{left_out:?}");
            let settled = capped + SECOND * 4;
            let (gap, share) = call.sound(settled);
            let pictures = call.layers(settled).len();
            assert!(gap < SECOND && share > 0.95, "{gap:?} {share}");
            let free = call.world.now;
            call.world.network.narrow = None;
            call.world.run(SECOND * 12);
            let (is_starved, back) = starved(&call.world, free).last().copied().unwrap();
            eprintln!(
                "cap below the lowest layer, queue of {queue_ms} ms: left out after {} ms, then sound {:.1} %, gap {} ms, \
                 {pictures} packets of the picture; back {} ms after the cap ended",
                left_out.as_millis(),
                share * 100.0,
                gap.as_millis(),
                back.as_millis()
            );
            assert!(!is_starved && back < SECOND * 10);
            assert_eq!(call.layer(), Some(2));
            let last: Vec<_> =
                call.world.received(&call.picture).into_iter().filter(|p| p.at > free + SECOND * 9).collect();
            assert_gapless(&last);
        }
    }
}

#[test]
fn a_configured_cap_keeps_the_picture_below_it_for_good() {
    let mut call = call(110, |params| {
        if params.kind == MediaKind::Video {
            params.max_bitrate_bps = Some(800_000);
        }
    });
    call.world.run(SECOND * 10);
    let layers = call.layers(call.world.start + SECOND * 3);
    assert!(layers.iter().all(|(_, layer)| *layer == 1), "the middle layer, of 0.6 Mbit/s");
}

#[test]
fn a_storm_of_keyframe_requests_reaches_the_publisher_as_a_few() {
    let mut world = World::new(111);
    let room = world.room();
    let publisher = world.publisher(room);
    let viewers: Vec<usize> = (0..20).map(|_| world.subscriber(room)).collect();
    world.connect();
    let camera = world.publish(publisher, MediaKind::Video, &[]);
    let tracks: Vec<_> =
        viewers.iter().map(|viewer| world.subscribe(*viewer, MediaKind::Video, Some(camera.producer), false)).collect();
    world.run(SECOND * 2);
    let before = world.clients[publisher].keyframe_requests.len();
    for _ in 0..30 {
        for track in &tracks {
            let (mid, now) = (rtc_mid(&track.mid), world.now);
            let client = &mut world.clients[track.client];
            let mut direct = client.rtc.direct_api();
            direct.stream_rx_by_mid(mid, None).unwrap().request_keyframe(KeyframeRequestKind::Pli);
            client.handle_timeout(now);
            world.drain_client(track.client);
        }
        world.run(Duration::from_millis(100));
    }
    let asked = world.clients[publisher].keyframe_requests.len() - before;
    eprintln!("600 keyframe requests of 20 receivers in 3 s: {asked} reach the publisher");
    assert!((2..=7).contains(&asked), "{asked}");
}
