//! The Worker against a reference: the same call through it and through whole WebRTC peers that forward packet by
//! packet gives each receiver the same packets. Where layers are chosen, a model of what must hold is the reference.
use crate::client::Received;
use crate::network::Conditions;
use crate::reference::Reference;
use crate::source::{Mark, picture_numbers};
use crate::world::World;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sfu_core::media::{LayerLimit, MediaCommand};
use sfu_core::sdp::MediaKind;
use std::collections::BTreeMap;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const RECEIVERS: usize = 2;
const KEY_EVERY: u32 = 40;

/// What a receiver got of one source, relative to its first packet: everything but the numbers that are drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Seen {
    sequence: u64,
    timestamp: u32,
    marker: bool,
    payload_type: u8,
    audio_level: Option<i8>,
    /// VP8 picture id and TL0PICIDX.
    picture: (u16, u8),
    payload: Vec<u8>,
}

fn seen(packets: &[&Received], kind: MediaKind) -> BTreeMap<Mark, Seen> {
    let first = packets.iter().min_by_key(|packet| packet.sequence).unwrap();
    let numbers = |packet: &Received| match kind {
        MediaKind::Audio => (0, 0),
        MediaKind::Video => picture_numbers(&packet.payload),
    };
    let (first_picture, first_tl0) = numbers(first);
    let one = |packet: &&Received| {
        let (picture, tl0) = numbers(packet);
        let mut payload = packet.payload.clone();
        if kind == MediaKind::Video {
            payload[2..5].fill(0);
        }
        let seen = Seen {
            sequence: packet.sequence - first.sequence,
            timestamp: packet.timestamp.wrapping_sub(first.timestamp),
            marker: packet.marker,
            payload_type: packet.payload_type,
            audio_level: packet.audio_level,
            picture: (picture.wrapping_sub(first_picture) & 0x7fff, tl0.wrapping_sub(first_tl0)),
            payload,
        };
        (Mark::read(&packet.payload), seen)
    };
    let seen: BTreeMap<Mark, Seen> = packets.iter().map(one).collect();
    assert_eq!(seen.len(), packets.len(), "no packet comes twice");
    seen
}

type Outcome = Vec<BTreeMap<Mark, Seen>>;

fn by_worker(seed: u64, conditions: Conditions) -> Outcome {
    let mut world = World::new(seed);
    let room = world.room();
    let publisher = world.publisher(room);
    let receivers: Vec<usize> = (0..RECEIVERS).map(|_| world.subscriber(room)).collect();
    world.connect();
    let mut tracks = Vec::new();
    for kind in [MediaKind::Audio, MediaKind::Video] {
        let track = world.publish(publisher, kind, &[]);
        world.sources[track.source].key_every = Some(KEY_EVERY);
        tracks.extend(receivers.iter().map(|to| world.subscribe(*to, kind, Some(track.producer), false)));
    }
    world.run(SECOND);
    world.conditions(conditions);
    world.run(SECOND * 5);
    world.conditions(Conditions::GOOD);
    world.run(SECOND);
    world.sources.iter_mut().for_each(|source| source.stopped = true);
    world.run(SECOND);
    tracks.iter().map(|track| seen(&world.received(track), track.kind)).collect()
}

fn by_reference(seed: u64, conditions: Conditions) -> Outcome {
    let mut call = Reference::connected(seed, RECEIVERS);
    let mut tracks = Vec::new();
    for kind in [MediaKind::Audio, MediaKind::Video] {
        let ssrcs = call.publish(kind, KEY_EVERY);
        tracks.extend(ssrcs.into_iter().zip(1..).map(|(ssrc, client)| (client, ssrc, kind)));
    }
    call.run(SECOND);
    call.network.conditions = conditions;
    call.run(SECOND * 5);
    call.network.conditions = Conditions::GOOD;
    call.run(SECOND);
    call.sources.iter_mut().for_each(|source| source.stopped = true);
    call.run(SECOND);
    tracks.into_iter().map(|(client, ssrc, kind)| seen(&call.received(client, ssrc), kind)).collect()
}

/// Compares packet by packet; gives how many only one side has, and how many both have.
fn compare(seed: u64, ours: &Outcome, reference: &Outcome) -> (usize, usize) {
    let (mut alone, mut common) = (0, 0);
    for (ours, reference) in ours.iter().zip(reference) {
        for (mark, packet) in ours {
            match reference.get(mark) {
                Some(expected) => assert_eq!(packet, expected, "seed {seed}, {mark:?}"),
                None => alone += 1,
            }
        }
        common += ours.keys().filter(|mark| reference.contains_key(mark)).count();
        alone += reference.keys().filter(|mark| !ours.contains_key(mark)).count();
    }
    (alone, common)
}

#[test]
fn each_receiver_gets_what_the_reference_gives_it() {
    let conditions = Conditions { delay: Duration::from_millis(15), ..Conditions::GOOD };
    let cases = [
        ("a good network", 300, conditions),
        ("reordering", 301, Conditions { jitter: Duration::from_millis(12), ..conditions }),
        ("repeats", 302, Conditions { duplication: 0.2, ..conditions }),
        ("both", 303, Conditions { jitter: Duration::from_millis(30), duplication: 0.1, ..conditions }),
    ];
    for (name, seed, conditions) in cases {
        let (ours, reference) = (by_worker(seed, conditions), by_reference(seed, conditions));
        let (alone, common) = compare(seed, &ours, &reference);
        println!("{name}: {common} packets alike, {alone} not on both sides");
        assert_eq!(alone, 0, "{name}: what one side's receivers have, the other's have");
        assert!(common > 2 * (345 + 525), "{name}: {common}");
    }
}

#[test]
fn over_loss_each_receiver_gets_what_the_reference_gives_it_once_repaired() {
    for seed in 310..316 {
        let conditions = Conditions {
            delay: Duration::from_millis(15),
            jitter: Duration::from_millis(8),
            loss_up: 0.02,
            loss_down: 0.02,
            duplication: 0.03,
        };
        let (ours, reference) = (by_worker(seed, conditions), by_reference(seed, conditions));
        // Sound is not repaired, so each side loses packets of its own choice: there, common ones are alike.
        let (_, sound) = compare(seed, &ours[..RECEIVERS].to_vec(), &reference[..RECEIVERS].to_vec());
        let (alone, pictures) = compare(seed, &ours[RECEIVERS..].to_vec(), &reference[RECEIVERS..].to_vec());
        println!(
            "seed {seed}: {sound} of sound and {pictures} of pictures alike, {alone} of pictures not on both sides"
        );
        assert!(sound > 2 * 300 && pictures > 2 * 500, "{sound} {pictures}");
        assert!(alone * 200 < pictures, "{alone} of {pictures}");
    }
}

#[test]
fn over_loss_and_any_wishes_simulcast_goes_on_as_one_stream() {
    for seed in 320..326 {
        let mut world = World::new(seed);
        let mut random = StdRng::seed_from_u64(seed);
        let room = world.room();
        let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
        world.connect();
        let video = world.publish(publisher, MediaKind::Video, &["q", "h", "f"]);
        world.sources[video.source].temporal_layers = 2;
        let track = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
        world.run(SECOND);
        world.conditions(Conditions {
            delay: Duration::from_millis(10),
            jitter: Duration::from_millis(8),
            loss_up: 0.02,
            loss_down: 0.02,
            duplication: 0.02,
        });
        for _ in 0..12 {
            let limit = LayerLimit { spatial: random.random_range(0..3), temporal: random.random_range(0..2) };
            world.command(MediaCommand::LimitConsumer { consumer: track.consumer, limit, weight: 0 });
            world.run(Duration::from_millis(random.random_range(50..900)));
        }
        world.conditions(Conditions::GOOD);
        world.run(SECOND);
        let mut packets = world.received(&track);
        packets.retain(|packet| !packet.payload.is_empty());
        packets.sort_by_key(|packet| packet.sequence);
        assert!(packets.windows(2).all(|pair| pair[0].sequence < pair[1].sequence), "seed {seed}: a number twice");
        let marks: Vec<Mark> = packets.iter().map(|packet| Mark::read(&packet.payload)).collect();
        assert!(marks[0].key && marks[0].part == 0, "seed {seed}: starts at a keyframe");
        for (packets, marks) in packets.windows(2).zip(marks.windows(2)) {
            let (a, b, before, after) = (packets[0], packets[1], marks[0], marks[1]);
            let context = || format!("seed {seed}: {before:?}, then {after:?}");
            if before.layer != after.layer {
                assert!(after.key && after.part == 0, "{}", context());
            } else {
                assert!((before.number, before.part) < (after.number, after.part), "{}", context());
            }
            let is_same = (before.layer, before.number) == (after.layer, after.number);
            let ((id_a, tl0_a), (id_b, tl0_b)) = (picture_numbers(&a.payload), picture_numbers(&b.payload));
            let (step, tl0_step) = (id_b.wrapping_sub(id_a) & 0x7fff, tl0_b.wrapping_sub(tl0_a));
            assert_eq!(step == 0, is_same, "{}", context());
            let ahead = b.timestamp.wrapping_sub(a.timestamp);
            assert_eq!(ahead == 0, is_same, "{}", context());
            assert!(ahead < 90_000, "{ahead} ticks, {}", context());
            // Pictures that were lost, and late ones that were left out, are between numbers that are apart.
            let is_next = b.sequence == a.sequence + 1;
            assert!(!is_next || (step <= 1 && tl0_step <= 1), "{step} {tl0_step} {}", context());
        }
    }
}
