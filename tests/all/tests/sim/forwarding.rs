//! The path of a call: what one client sends, the others of its room receive, and nobody else.
use crate::source::{Mark, picture_numbers};
use crate::world::{Subscribed, World, assert_gapless};
use sfu_core::media::MediaEvent;
use sfu_core::sdp::{Codec, MediaKind};
use std::time::{Duration, SystemTime};

const SECOND: Duration = Duration::from_secs(1);

fn marks(world: &World, subscribed: &Subscribed) -> Vec<Mark> {
    world.received(subscribed).iter().map(|packet| Mark::read(&packet.payload)).collect()
}

#[test]
fn sound_and_picture_of_a_publisher_reach_two_subscribers() {
    let mut world = World::new(1);
    let room = world.room();
    let publisher = world.publisher(room);
    let subscribers = [world.subscriber(room), world.subscriber(room)];
    world.connect();
    let audio = world.publish(publisher, MediaKind::Audio, &[]);
    let video = world.publish(publisher, MediaKind::Video, &[]);
    let tracks: Vec<(Subscribed, Subscribed)> = subscribers
        .iter()
        .map(|client| {
            let sound = world.subscribe(*client, MediaKind::Audio, Some(audio.producer), false);
            (sound, world.subscribe(*client, MediaKind::Video, Some(video.producer), false))
        })
        .collect();
    world.run(SECOND * 5);

    for started in [(audio.producer, Codec::Opus), (video.producer, Codec::Vp8)] {
        let (producer, codec) = started;
        assert!(world.events.contains(&MediaEvent::ProducerStarted { producer, codec }), "{codec:?}");
    }
    for (sound, picture) in &tracks {
        for track in [sound, picture] {
            let packets = world.received(track);
            assert!(packets.len() >= 240, "{}", packets.len());
            assert_gapless(&packets);
            let numbers = world.clients[track.client].numbers;
            let payload_type = if track.kind == MediaKind::Audio { numbers.opus } else { numbers.vp8 };
            assert!(packets.iter().all(|p| p.payload_type == payload_type && p.mid == track.mid.0));
        }
        assert!(world.received(sound).iter().all(|p| p.audio_level == Some(-30)));
        let sound = marks(&world, sound);
        assert!(sound.windows(2).all(|pair| pair[0].number + 1 == pair[1].number && pair[0].source == 0));
        let picture = marks(&world, picture);
        assert!(picture[0].key && picture[0].part == 0, "starts at a keyframe");
        assert!(picture.iter().all(|mark| mark.source == 1));
    }
}

#[test]
fn nothing_of_one_room_comes_into_another() {
    let mut world = World::new(2);
    let (red, blue) = (world.room(), world.room());
    let (publisher, stranger) = (world.publisher(red), world.subscriber(blue));
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &[]);
    let wrong = world.subscribe(stranger, MediaKind::Video, Some(video.producer), false);
    world.command(sfu_core::media::MediaCommand::SetConsumerSource {
        consumer: wrong.consumer,
        source: Some(video.producer),
    });
    world.run(SECOND * 2);
    assert!(world.sources[0].sent() > 40);
    assert!(world.clients[stranger].received.is_empty());
}

#[test]
fn a_subscriber_who_comes_later_starts_at_a_keyframe_at_once() {
    let mut world = World::new(3);
    let room = world.room();
    let publisher = world.publisher(room);
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &[]);
    world.run(SECOND * 2);
    let late = world.subscriber(room);
    world.connect();
    let asked_at = world.now;
    let track = world.subscribe(late, MediaKind::Video, Some(video.producer), false);
    world.run(SECOND);
    let packets = world.received(&track);
    let first = packets[0];
    assert!(Mark::read(&first.payload).key);
    assert!(first.at - asked_at < Duration::from_millis(200), "{:?}", first.at - asked_at);
    assert_gapless(&packets);
}

#[test]
fn picture_numbers_and_timestamps_rise_at_a_receiver() {
    let mut world = World::new(4);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &[]);
    let track = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
    world.run(SECOND * 3);
    let packets = world.received(&track);
    for pair in packets.windows(2) {
        let ((a, tl0_a), (b, tl0_b)) = (picture_numbers(&pair[0].payload), picture_numbers(&pair[1].payload));
        let step = u16::from(Mark::read(&pair[0].payload).number != Mark::read(&pair[1].payload).number);
        assert_eq!(b.wrapping_sub(a) & 0x7fff, step, "picture id");
        assert_eq!(tl0_b.wrapping_sub(tl0_a), step as u8, "TL0PICIDX");
        assert_eq!(pair[1].timestamp.wrapping_sub(pair[0].timestamp), u32::from(step) * 3_600);
    }
}

#[test]
fn sound_and_picture_stay_in_time_by_their_sender_reports() {
    let mut world = World::new(5);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let audio = world.publish(publisher, MediaKind::Audio, &[]);
    let video = world.publish(publisher, MediaKind::Video, &[]);
    let sound = world.subscribe(subscriber, MediaKind::Audio, Some(audio.producer), false);
    let picture = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
    world.run(SECOND * 12);
    // When, by the reports, what the last packet of each holds was taken: both were sent at the same moment.
    let captured = |track: &Subscribed, rate: f64| {
        let packets = world.received(track);
        let last = packets.last().unwrap();
        let (wall, media) = last.sender_report.expect("a sender report has come");
        let ticks = f64::from(last.timestamp.wrapping_sub(media as u32).cast_signed());
        (last.at, wall, ticks / rate)
    };
    let (sound_at, sound_wall, sound_ahead) = captured(&sound, 48_000.0);
    let (picture_at, picture_wall, picture_ahead) = captured(&picture, 90_000.0);
    let sent_apart =
        picture_at.duration_since(world.start).as_secs_f64() - sound_at.duration_since(world.start).as_secs_f64();
    let seconds = |wall: SystemTime| wall.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
    let walls = seconds(picture_wall) - seconds(sound_wall);
    let said_apart = walls + picture_ahead - sound_ahead;
    assert!((said_apart - sent_apart).abs() < 0.03, "{said_apart} s by the reports, {sent_apart} s in truth");
}
