//! Bad networks: what is lost is repaired, what is reordered or repeated changes nothing.
use crate::network::Conditions;
use crate::source::Mark;
use crate::world::{World, assert_gapless};
use sfu_core::media::MediaCommand;
use sfu_core::media::MediaEvent;
use sfu_core::sdp::MediaKind;
use std::collections::BTreeSet;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// Pictures of which all parts came.
fn whole_pictures(world: &World, track: &crate::world::Subscribed) -> usize {
    let marks: BTreeSet<(u32, u8, bool)> = world
        .received(track)
        .iter()
        .map(|packet| Mark::read(&packet.payload))
        .map(|mark| (mark.number, mark.part, mark.key))
        .collect();
    let pictures: BTreeSet<(u32, bool)> = marks.iter().map(|(number, _, key)| (*number, *key)).collect();
    let is_whole =
        |(number, key): &(u32, bool)| (0..if *key { 6 } else { 3 }).all(|part| marks.contains(&(*number, part, *key)));
    pictures.iter().filter(|picture| is_whole(picture)).count()
}

fn run(seed: u64, conditions: Conditions) -> (usize, usize) {
    let mut world = World::new(seed);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &[]);
    let audio = world.publish(publisher, MediaKind::Audio, &[]);
    let track = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
    let sound = world.subscribe(subscriber, MediaKind::Audio, Some(audio.producer), false);
    world.run(SECOND);
    world.conditions(conditions);
    world.run(SECOND * 10);
    world.conditions(Conditions::GOOD);
    world.run(SECOND * 2);
    let packets = world.received(&track);
    let unique: BTreeSet<u64> = packets.iter().map(|packet| packet.sequence).collect();
    assert_eq!(unique.len(), packets.len(), "no number comes twice");
    assert!(!world.received(&sound).is_empty());
    (whole_pictures(&world, &track), world.sources[video.source].sent() as usize)
}

#[test]
fn what_is_lost_on_the_way_in_is_asked_for_and_passed_on() {
    let (whole, sent) = run(11, Conditions { loss_up: 0.05, ..Conditions::GOOD });
    assert!(whole + 3 >= sent, "{whole} of {sent}");
}

#[test]
fn what_is_lost_on_the_way_out_is_sent_again() {
    let (whole, sent) = run(12, Conditions { loss_down: 0.05, ..Conditions::GOOD });
    assert!(whole + 3 >= sent, "{whole} of {sent}");
}

#[test]
fn loss_both_ways_with_reordering_and_repeats_is_repaired() {
    let conditions = Conditions {
        delay: Duration::from_millis(20),
        jitter: Duration::from_millis(8),
        loss_up: 0.05,
        loss_down: 0.05,
        duplication: 0.05,
    };
    for seed in 13..16 {
        let (whole, sent) = run(seed, conditions);
        assert!(whole + 8 >= sent, "{whole} of {sent}");
    }
}

#[test]
fn a_receiver_without_rtx_gets_the_same_packet_again() {
    let mut world = World::new(20);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &[]);
    let track = world.subscribe_with(subscriber, MediaKind::Video, Some(video.producer), |params| {
        params.ssrc.rtx = None;
        params.codecs.iter_mut().for_each(|codec| codec.rtx = None);
    });
    world.run(SECOND);
    world.conditions(Conditions { loss_down: 0.05, ..Conditions::GOOD });
    world.run(SECOND * 8);
    world.conditions(Conditions::GOOD);
    world.run(SECOND);
    let (whole, sent) = (whole_pictures(&world, &track), world.sources[video.source].sent() as usize);
    assert!(whole + 3 >= sent, "{whole} of {sent}");
}

#[test]
fn reordered_packets_keep_their_places() {
    let mut world = World::new(17);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &[]);
    let track = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
    world.run(SECOND);
    world.conditions(Conditions { jitter: Duration::from_millis(6), ..Conditions::GOOD });
    world.run(SECOND * 5);
    world.conditions(Conditions::GOOD);
    world.run(SECOND);
    let mut packets = world.received(&track);
    assert_gapless(&packets);
    packets.sort_by_key(|packet| packet.sequence);
    let marks: Vec<(u32, u8)> = packets.iter().map(|p| Mark::read(&p.payload)).map(|m| (m.number, m.part)).collect();
    assert!(marks.is_sorted(), "in the order of their numbers they are in the order in which they were sent");
}

#[test]
fn an_outage_of_the_publisher_ends_with_a_keyframe() {
    let mut world = World::new(18);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &[]);
    let track = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
    world.run(SECOND * 2);
    let before = world.clients[publisher].keyframe_requests.len();
    world.conditions(Conditions { loss_up: 1.0, ..Conditions::GOOD });
    world.run(SECOND * 4);
    world.conditions(Conditions::GOOD);
    let back = world.now;
    world.run(SECOND * 2);
    assert!(world.clients[publisher].keyframe_requests.len() > before, "the Worker itself asks");
    let after = world.received(&track).into_iter().filter(|packet| packet.at > back);
    assert!(after.map(|packet| Mark::read(&packet.payload)).any(|mark| mark.key));
}

#[test]
fn both_sides_get_feedback_and_reports_and_the_room_gets_numbers() {
    let mut world = World::new(19);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &[]);
    let audio = world.publish(publisher, MediaKind::Audio, &[]);
    world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
    // Sound is not repaired, so its losses stay losses.
    world.subscribe(subscriber, MediaKind::Audio, Some(audio.producer), false);
    world.conditions(Conditions { loss_up: 0.1, loss_down: 0.1, ..Conditions::GOOD });
    world.run(SECOND * 11);
    for client in [publisher, subscriber] {
        let transport = world.clients[client].transport;
        world.command(MediaCommand::ReportStats(transport));
    }
    let stats: Vec<_> = world
        .events
        .iter()
        .filter_map(|event| if let MediaEvent::Stats(stats) = event { Some(**stats) } else { None })
        .collect();
    assert!(stats[0].packets_received > 1_000 && stats[0].packets_lost_in > 80, "{:?}", stats[0]);
    assert!(stats[1].packets_sent > 1_000 && stats[1].packets_lost_out > 10, "{:?}", stats[1]);
    assert!((9_000..20_000).contains(&stats[1].rtt_us), "5 ms each way: {:?}", stats[1]);

    let (to_publisher, to_subscriber) = (&world.clients[publisher].rtcp, &world.clients[subscriber].rtcp);
    let count = |of: &std::collections::BTreeMap<&str, usize>, kind| of.get(kind).copied().unwrap_or(0);
    assert!(count(to_publisher, "transport-wide feedback") > 150, "{to_publisher:?}");
    assert!(count(to_publisher, "RR") > 7 && count(to_publisher, "NACK") > 40, "{to_publisher:?}");
    // How many come depends on which of the publisher's own reports the network lost; the full count is below.
    assert!(count(to_subscriber, "SR") > 9 && count(to_subscriber, "SDES") > 9, "{to_subscriber:?}");
}

#[test]
fn a_subscriber_gets_a_sender_report_a_second_for_each_stream_whose_clock_is_known() {
    for seed in 1..6 {
        let mut world = World::new(seed);
        let room = world.room();
        let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
        world.connect();
        let video = world.publish(publisher, MediaKind::Video, &[]);
        let audio = world.publish(publisher, MediaKind::Audio, &[]);
        world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
        world.subscribe(subscriber, MediaKind::Audio, Some(audio.producer), false);
        world.run(SECOND * 11);
        let reports = &world.clients[subscriber].rtcp;
        // Each source's clock is known from its client's first report on, which takes up to five seconds for sound.
        assert!(reports.get("SR").is_some_and(|count| (17..=22).contains(count)), "seed {seed}: {reports:?}");
        assert_eq!(reports.get("SR"), reports.get("SDES"), "seed {seed}");
    }
}
