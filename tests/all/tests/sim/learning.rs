//! How a Worker knows whose packets come, and as what they go out.
use crate::network::Conditions;
use crate::source::Mark;
use crate::world::{World, assert_gapless};
use sfu_core::extension::{Extension, ExtensionMap};
use sfu_core::media::{MediaEvent, SendCodec};
use sfu_core::sdp::{Codec, MediaKind};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A map in which the Worker cannot find the mid.
fn without_mid(map: &ExtensionMap) -> ExtensionMap {
    let mut reduced = ExtensionMap::new();
    for (id, extension) in map.iter().filter(|(_, extension)| *extension != Extension::Mid) {
        assert!(reduced.insert(id, extension));
    }
    reduced
}

#[test]
fn ssrcs_that_the_description_names_need_no_extension() {
    let mut world = World::new(61);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    // Two cameras, so that the payload type alone says nothing; their repairs are known by SSRC, too.
    let cameras = [0, 1].map(|_| {
        world.publish_with(publisher, MediaKind::Video, &[], |params, groups| {
            params.extensions = without_mid(&params.extensions);
            params.ssrcs = groups.to_vec();
        })
    });
    let tracks = cameras.map(|video| world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false));
    world.conditions(Conditions { loss_up: 0.03, ..Conditions::GOOD });
    world.run(SECOND * 4);
    for (source, track) in tracks.iter().enumerate() {
        let packets = world.received(track);
        assert!(packets.len() > 290, "{}", packets.len());
        assert!(packets.iter().all(|packet| usize::from(Mark::read(&packet.payload).source) == source));
    }
}

#[test]
fn the_only_track_of_a_kind_is_known_by_its_payload_type() {
    let mut world = World::new(62);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let [audio, video] = [MediaKind::Audio, MediaKind::Video].map(|kind| {
        world.publish_with(publisher, kind, &[], |params, _| params.extensions = without_mid(&params.extensions))
    });
    let sound = world.subscribe(subscriber, MediaKind::Audio, Some(audio.producer), false);
    let picture = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
    world.run(SECOND * 2);
    for (track, source) in [(sound, 0), (picture, 1)] {
        let packets = world.received(&track);
        assert_gapless(&packets);
        assert!(packets.len() > 90 && packets.iter().all(|packet| Mark::read(&packet.payload).source == source));
    }
}

#[test]
fn a_codec_that_the_receiver_does_not_take_is_reported_once_and_not_sent() {
    let mut world = World::new(63);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &[]);
    let track = world.subscribe_with(subscriber, MediaKind::Video, Some(video.producer), |params| {
        params.codecs = vec![SendCodec { codec: Codec::Av1, payload_type: 45, rtx: None, nack: true }];
    });
    world.run(SECOND * 2);
    assert!(world.received(&track).is_empty());
    let mismatch = MediaEvent::ConsumerMismatch { consumer: track.consumer, codec: Codec::Vp8 };
    assert_eq!(world.events.iter().filter(|event| **event == mismatch).count(), 1);
}

#[test]
fn redundant_sound_is_unwrapped_for_a_receiver_of_plain_sound() {
    let mut world = World::new(64);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    // Each payload's first byte reads as the head of a RED payload with one block.
    let audio = world.publish_with(publisher, MediaKind::Audio, &[], |params, _| {
        params.codecs[0].codec = Codec::Red;
    });
    let track = world.subscribe(subscriber, MediaKind::Audio, Some(audio.producer), false);
    world.run(SECOND * 2);
    let packets = world.received(&track);
    assert!(packets.len() > 90);
    assert_gapless(&packets);
    assert!(packets.iter().all(|packet| packet.payload.len() == 67 && packet.payload[0] == 0x78));
}

#[test]
fn a_publisher_without_transport_wide_feedback_gets_an_estimate() {
    let mut world = World::new(65);
    let room = world.room();
    let publisher = world.publisher(room);
    world.connect();
    world.publish_with(publisher, MediaKind::Video, &[], |params, _| {
        params.transport_cc = false;
        params.remb = true;
    });
    world.run(SECOND * 4);
    let rtcp = &world.clients[publisher].rtcp;
    assert!(rtcp.get("REMB").is_some_and(|count| *count > 5), "{rtcp:?}");
    assert!(!rtcp.contains_key("transport-wide feedback"), "{rtcp:?}");
    assert!(!rtcp.contains_key("PLI"), "nobody watches: {rtcp:?}");
}
