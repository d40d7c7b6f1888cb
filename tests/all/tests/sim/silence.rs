//! Sources that come, go, pause and are exchanged, and receivers that wait for a first picture.
use crate::network::Conditions;
use crate::source::{Mark, picture_numbers};
use crate::world::{Subscribed, World, assert_gapless};
use sfu_core::media::MediaCommand;
use sfu_core::sdp::MediaKind;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// Length of the black VP8 keyframe is far below that of any picture of a source here.
const BLANK_BYTES_MAX: usize = 400;

fn blanks(world: &World, track: &Subscribed) -> usize {
    world.received(track).iter().filter(|packet| packet.payload.len() < BLANK_BYTES_MAX).count()
}

#[test]
fn a_video_line_without_a_source_shows_black_until_the_camera_comes() {
    let mut world = World::new(31);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    let track = world.subscribe(subscriber, MediaKind::Video, None, true);
    world.connect();
    world.run(SECOND * 15);
    let at_start = blanks(&world, &track);
    assert!(
        (1..=12).contains(&at_start),
        "from the moment the Transport connects until a report confirms it: {at_start}"
    );
    let first = world.received(&track)[0];
    assert!(first.marker && first.payload_type == world.clients[subscriber].numbers.vp8);

    let asked = str0m::media::KeyframeRequestKind::Pli;
    let client = &mut world.clients[subscriber];
    client.rtc.direct_api().stream_rx(&track.ssrc.into()).unwrap().request_keyframe(asked);
    world.run(SECOND);
    assert!(blanks(&world, &track) > at_start, "and on each request");

    let video = world.publish(publisher, MediaKind::Video, &[]);
    world.command(MediaCommand::SetConsumerSource { consumer: track.consumer, source: Some(video.producer) });
    world.run(SECOND * 2);
    let packets = world.received(&track);
    assert_gapless(&packets);
    let camera: Vec<_> = packets.iter().filter(|packet| packet.payload.len() >= BLANK_BYTES_MAX).collect();
    assert!(camera.len() > 100);
    assert!(Mark::read(&camera[0].payload).key);
    let black = packets.iter().filter(|packet| packet.payload.len() < BLANK_BYTES_MAX).count();
    let after = packets.iter().position(|packet| packet.payload.len() >= BLANK_BYTES_MAX).unwrap();
    assert_eq!(black, after, "no black among the pictures");
}

#[test]
fn a_black_frame_that_is_lost_comes_again() {
    let mut world = World::new(36);
    let room = world.room();
    let subscriber = world.subscriber(room);
    world.connect();
    world.conditions(Conditions { loss_down: 1.0, ..Conditions::GOOD });
    let track = world.subscribe(subscriber, MediaKind::Video, None, true);
    world.run(SECOND * 3);
    assert_eq!(blanks(&world, &track), 0, "all were lost");
    world.conditions(Conditions::GOOD);
    world.run(SECOND);
    assert!(blanks(&world, &track) >= 1, "nobody asked, it came all the same");
    world.run(SECOND * 10);
    let confirmed = blanks(&world, &track);
    world.run(SECOND * 10);
    assert_eq!(blanks(&world, &track), confirmed, "a report that names it ends the repeats");
}

#[test]
fn a_receiver_that_reports_nothing_gets_a_bounded_number_of_black_frames() {
    let mut world = World::new(37);
    let room = world.room();
    let subscriber = world.subscriber(room);
    world.connect();
    let track = world.subscribe(subscriber, MediaKind::Video, None, true);
    // Everything comes down, nothing goes up; consent to send lasts longer than the repeats.
    world.conditions(Conditions { loss_up: 1.0, ..Conditions::GOOD });
    world.run(SECOND * 12);
    assert_eq!(blanks(&world, &track), 21, "one, and 20 repeats");
}

#[test]
fn no_black_frame_is_sent_to_a_receiver_that_did_not_ask_for_it() {
    let mut world = World::new(32);
    let room = world.room();
    let subscriber = world.subscriber(room);
    world.subscribe(subscriber, MediaKind::Video, None, false);
    world.connect();
    world.run(SECOND);
    assert!(world.clients[subscriber].received.is_empty());
}

#[test]
fn a_muted_track_is_silent_and_goes_on_without_a_gap_from_a_keyframe() {
    let mut world = World::new(33);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &[]);
    let audio = world.publish(publisher, MediaKind::Audio, &[]);
    let picture = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
    let sound = world.subscribe(subscriber, MediaKind::Audio, Some(audio.producer), false);
    world.run(SECOND * 2);
    for producer in [video.producer, audio.producer] {
        world.command(MediaCommand::PauseProducer { producer, paused: true });
    }
    world.run(Duration::from_millis(100));
    let muted = (world.received(&picture).len(), world.received(&sound).len());
    world.run(SECOND * 2);
    assert_eq!((world.received(&picture).len(), world.received(&sound).len()), muted, "nothing comes while muted");
    for producer in [video.producer, audio.producer] {
        world.command(MediaCommand::PauseProducer { producer, paused: false });
    }
    world.run(SECOND * 2);
    for (track, before) in [(&picture, muted.0), (&sound, muted.1)] {
        let packets = world.received(track);
        assert!(packets.len() > before + 90);
        assert_gapless(&packets);
        let gap = packets[before].timestamp.wrapping_sub(packets[before - 1].timestamp);
        let rate = if track.kind == MediaKind::Video { 90_000 } else { 48_000 };
        assert!((2 * rate..3 * rate).contains(&gap), "time went on meanwhile: {gap}");
    }
    let first = world.received(&picture)[muted.0];
    assert!(Mark::read(&first.payload).key);
}

#[test]
fn an_exchanged_source_goes_on_in_the_same_stream() {
    let mut world = World::new(34);
    let room = world.room();
    let (one, two, subscriber) = (world.publisher(room), world.publisher(room), world.subscriber(room));
    world.connect();
    let first = world.publish(one, MediaKind::Video, &[]);
    let second = world.publish(two, MediaKind::Video, &["q", "f"]);
    let track = world.subscribe(subscriber, MediaKind::Video, Some(first.producer), false);
    world.run(SECOND * 2);
    world.command(MediaCommand::SetConsumerSource { consumer: track.consumer, source: Some(second.producer) });
    world.run(SECOND * 2);
    world.command(MediaCommand::CloseProducer(second.producer));
    world.run(SECOND);
    world.command(MediaCommand::SetConsumerSource { consumer: track.consumer, source: Some(first.producer) });
    world.run(SECOND * 2);
    let packets = world.received(&track);
    assert_gapless(&packets);
    let marks: Vec<Mark> = packets.iter().map(|packet| Mark::read(&packet.payload)).collect();
    let mut sources: Vec<u8> = marks.iter().map(|mark| mark.source).collect();
    sources.dedup();
    assert_eq!(sources, [0, 1, 0]);
    for pair in packets.windows(2) {
        let (a, b) = (Mark::read(&pair[0].payload), Mark::read(&pair[1].payload));
        let (before, after) = (picture_numbers(&pair[0].payload).0, picture_numbers(&pair[1].payload).0);
        assert!(after.wrapping_sub(before) & 0x7fff <= 1, "picture ids go on");
        if a.source != b.source {
            assert!(b.key && b.part == 0);
        }
    }
}

#[test]
fn a_paused_receiver_costs_nothing_and_comes_back_with_a_keyframe() {
    let mut world = World::new(35);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &[]);
    let track = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
    world.run(SECOND);
    world.command(MediaCommand::PauseConsumer { consumer: track.consumer, paused: true });
    world.run(Duration::from_millis(100));
    let paused = world.received(&track).len();
    world.run(SECOND);
    assert_eq!(world.received(&track).len(), paused);
    world.command(MediaCommand::PauseConsumer { consumer: track.consumer, paused: false });
    world.run(SECOND);
    let packets = world.received(&track);
    assert_gapless(&packets);
    assert!(Mark::read(&packets[paused].payload).key);
}
