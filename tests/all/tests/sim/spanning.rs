//! One room on several Workers: receivers on any of them get what they would get on one, and the publisher notices
//! nothing.
use crate::further::worker_id;
use crate::network::Conditions;
use crate::source::Mark;
use crate::world::{Published, Subscribed, World, assert_gapless};
use sfu_core::media::{LayerLimit, MediaCommand, MediaEvent, WorkerCensus};
use sfu_core::sdp::MediaKind;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

const SECOND: Duration = Duration::from_secs(1);

fn marks(world: &World, track: &Subscribed) -> Vec<Mark> {
    world.received(track).iter().map(|packet| Mark::read(&packet.payload)).collect()
}

/// A publisher on the first Worker and a subscriber on the second.
fn two_workers(seed: u64, rids: &[&str]) -> (World, Published, Subscribed) {
    let mut world = World::spanning(seed, 2);
    let room = world.room();
    let publisher = world.publisher(room);
    let subscriber = world.subscriber_on(room, 1);
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, rids);
    let track = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
    (world, video, track)
}

fn limit(world: &mut World, track: &Subscribed, spatial: u8) {
    let limit = LayerLimit { spatial, temporal: u8::MAX };
    world.command_to(1, MediaCommand::LimitConsumer { consumer: track.consumer, limit, weight: 0 });
}

/// What four receivers of two rooms get, by room, where they are spread over this many Workers.
fn spread(workers: usize) -> Vec<Vec<Mark>> {
    let mut world = World::spanning(61, workers);
    let (red, blue) = (world.room(), world.room());
    let publishers = [world.publisher(red), world.publisher(blue)];
    let receivers: Vec<usize> =
        (0..8).map(|number| world.subscriber_on(if number < 4 { red } else { blue }, number % workers)).collect();
    world.connect();
    let red = world.publish(publishers[0], MediaKind::Video, &["q", "h", "f"]);
    let blue = world.publish(publishers[1], MediaKind::Audio, &[]);
    let tracks: Vec<Subscribed> = receivers
        .iter()
        .enumerate()
        .map(|(number, client)| match number {
            0..4 => world.subscribe(*client, MediaKind::Video, Some(red.producer), false),
            _ => world.subscribe(*client, MediaKind::Audio, Some(blue.producer), false),
        })
        .collect();
    world.run(SECOND * 3);
    for (number, track) in tracks.iter().enumerate() {
        assert_gapless(&world.received(track));
        let source = if number < 4 { red.source } else { blue.source };
        assert!(
            marks(&world, track).iter().all(|mark| usize::from(mark.source) == source),
            "nothing of the other room"
        );
        assert_eq!(world.clients[track.client].received.len(), world.received(track).len());
    }
    tracks.iter().map(|track| marks(&world, track)).collect()
}

#[test]
fn receivers_on_one_two_or_four_workers_get_the_same() {
    let one = spread(1);
    assert!(one.iter().all(|marks| marks.len() > 140));
    for workers in [2, 4] {
        for (number, (expected, got)) in one.iter().zip(spread(workers)).enumerate() {
            // The first moments may differ: a wish for a keyframe takes no time, but its place in a batch may.
            let settled = |marks: &[Mark]| -> Vec<Mark> { marks.iter().copied().filter(|m| m.number > 25).collect() };
            assert_eq!(settled(expected), settled(&got), "receiver {number} of {workers} Workers");
        }
    }
}

#[test]
fn loss_before_the_pipe_and_after_it_is_repaired_on_either_side() {
    for (seed, up, down) in [(62, 0.05, 0.0), (63, 0.0, 0.05)] {
        let (mut world, video, track) = two_workers(seed, &[]);
        world.run(SECOND);
        world.conditions(Conditions { loss_up: up, loss_down: down, ..Conditions::GOOD });
        world.run(SECOND * 5);
        world.conditions(Conditions::GOOD);
        world.run(SECOND * 2);
        let marks: BTreeSet<Mark> = marks(&world, &track).into_iter().collect();
        let sent = world.sources[video.source].sent() as usize * 3;
        assert!(marks.len() + 12 >= sent, "{} of {sent} packets", marks.len());
        let numbers: BTreeSet<u64> = world.received(&track).iter().map(|packet| packet.sequence).collect();
        assert_eq!(numbers.len(), world.received(&track).len(), "no number comes twice");
    }
}

#[test]
fn who_comes_later_on_another_worker_starts_at_a_keyframe_at_once() {
    let (mut world, video, _) = two_workers(64, &[]);
    world.run(SECOND * 2);
    let room = world.further.produced[&video.producer].1;
    let late = world.subscriber_on(room, 1);
    world.connect();
    let asked_at = world.now;
    let track = world.subscribe(late, MediaKind::Video, Some(video.producer), false);
    world.run(SECOND);
    let first = world.received(&track)[0];
    assert!(Mark::read(&first.payload).key);
    assert!(first.at - asked_at < Duration::from_millis(200), "{:?}", first.at - asked_at);
}

#[test]
fn only_layers_that_somebody_takes_cross() {
    let (mut world, _, track) = two_workers(65, &["q", "h", "f"]);
    world.run(SECOND * 2);
    assert_eq!(marks(&world, &track).last().map(|mark| mark.layer), Some(2));
    let crossed = |world: &mut World, time| {
        let before = world.worker_at(1).counters().pipe_packets_in;
        world.run(time);
        world.worker_at(1).counters().pipe_packets_in - before
    };
    let all = crossed(&mut world, SECOND * 2);
    limit(&mut world, &track, 0);
    world.run(SECOND);
    assert_eq!(marks(&world, &track).last().map(|mark| mark.layer), Some(0));
    let one = crossed(&mut world, SECOND * 2);
    assert!(one * 5 / 2 < all && one > 100, "{one} of {all}");
    limit(&mut world, &track, 2);
    world.run(SECOND);
    assert_eq!(marks(&world, &track).last().map(|mark| mark.layer), Some(2), "and up again");
    world.command_to(1, MediaCommand::PauseConsumer { consumer: track.consumer, paused: true });
    assert_eq!(crossed(&mut world, SECOND), 0, "nobody takes anything");
    world.command_to(1, MediaCommand::PauseConsumer { consumer: track.consumer, paused: false });
    world.run(SECOND);
    assert_gapless(&world.received(&track));
}

#[test]
fn a_full_ring_is_counted_and_a_keyframe_heals_what_it_cost() {
    let (mut world, _, track) = two_workers(66, &[]);
    world.run(SECOND * 2);
    world.run_with_full_rings(Duration::from_millis(300));
    let dropped = world.further.dropped;
    assert!(dropped >= 15, "{dropped}");
    let at = world.now;
    world.run(SECOND * 3);
    let after = world.received(&track).into_iter().filter(|packet| packet.at > at);
    let marks: Vec<Mark> = after.map(|packet| Mark::read(&packet.payload)).collect();
    assert!(marks.iter().any(|mark| mark.key), "the picture starts anew");
    assert!(marks.len() > 200, "{}", marks.len());
}

#[test]
fn sound_and_picture_stay_in_time_behind_a_pipe() {
    let mut world = World::spanning(67, 2);
    let room = world.room();
    let publisher = world.publisher(room);
    let subscriber = world.subscriber_on(room, 1);
    world.connect();
    let audio = world.publish(publisher, MediaKind::Audio, &[]);
    let video = world.publish(publisher, MediaKind::Video, &[]);
    // The clocks are known before the mirror is made.
    world.run(SECOND * 8);
    let sound = world.subscribe(subscriber, MediaKind::Audio, Some(audio.producer), false);
    let picture = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
    world.run(SECOND * 2);
    let captured = |track: &Subscribed, rate: f64| {
        let packets = world.received(track);
        let last = packets.last().unwrap();
        let (wall, media) = last.sender_report.expect("a sender report has come");
        let seconds = wall.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
        let ahead = f64::from(last.timestamp.wrapping_sub(media as u32).cast_signed()) / rate;
        seconds + ahead - last.at.duration_since(world.start).as_secs_f64()
    };
    let apart = captured(&sound, 48_000.0) - captured(&picture, 90_000.0);
    assert!(apart.abs() < 0.03, "{apart} s");
}

#[test]
fn a_source_that_has_sent_nothing_is_black_at_a_mirror_and_a_known_one_never() {
    for silent in [true, false] {
        let mut world = World::spanning(68, 2);
        let room = world.room();
        let publisher = world.publisher(room);
        let subscriber = world.subscriber_on(room, 1);
        world.connect();
        let video = world.publish(publisher, MediaKind::Video, &[]);
        world.sources[video.source].stopped = silent;
        world.run(SECOND);
        let track = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), true);
        world.run(SECOND);
        let black = world.received(&track).iter().filter(|packet| packet.payload.len() < 400).count();
        assert_eq!(black, usize::from(silent), "silent: {silent}");
    }
}

#[test]
fn a_mute_reaches_the_mirror_and_its_end_shows_the_picture_again() {
    let (mut world, video, track) = two_workers(69, &[]);
    world.run(SECOND * 2);
    let pause = |world: &mut World, paused| {
        for place in [0, 1] {
            world.command_to(place, MediaCommand::PauseProducer { producer: video.producer, paused });
        }
    };
    pause(&mut world, true);
    world.run(Duration::from_millis(100));
    let muted = world.received(&track).len();
    world.run(SECOND);
    assert_eq!(world.received(&track).len(), muted);
    pause(&mut world, false);
    world.run(SECOND);
    let packets = world.received(&track);
    assert!(Mark::read(&packets[muted].payload).key);
    assert_gapless(&packets);
}

#[test]
fn mirrors_and_pipes_leave_nothing_behind() {
    let (mut world, video, track) = two_workers(70, &[]);
    world.run(SECOND);
    world.command_to(1, MediaCommand::CloseConsumer(track.consumer));
    world.unreach(video, 1);
    let (packets, transports) =
        (world.received(&track).len(), [0, 1].map(|client: usize| world.clients[client].transport));
    world.run(SECOND);
    assert_eq!(world.received(&track).len(), packets);
    world.reach(video.producer, 1);
    for (place, transport) in transports.into_iter().enumerate().rev() {
        world.command_to(place, MediaCommand::CloseTransport(transport));
    }
    assert_eq!(world.censuses()[0], WorkerCensus::default());
    assert_eq!(world.censuses()[1], WorkerCensus { routers: 1, producers: 1, ..WorkerCensus::default() });
    world.command_to(1, MediaCommand::CloseProducer(video.producer));
    assert_eq!(world.censuses()[1], WorkerCensus::default());
    assert!(!world.events.iter().any(|event| matches!(event, MediaEvent::TransportClosed { .. })));
}

#[test]
fn a_pipe_of_nothing_to_nowhere_or_back_is_refused() {
    let (mut world, video, _) = two_workers(71, &[]);
    let before = world.worker.drops().commands;
    let producer = video.producer;
    for to in [worker_id(0), worker_id(1)] {
        world.command(MediaCommand::OpenPipe { producer, to });
    }
    world.command(MediaCommand::ClosePipe { producer, to: worker_id(5) });
    assert_eq!(world.worker.drops().commands, before + 3, "to itself, twice, and one that is not there");
}
