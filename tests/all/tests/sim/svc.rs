//! Spatial and temporal layers inside one stream: each receiver gets those that it may have, and never a frame that it
//! could not decode.
use crate::client::Received;
use crate::network::Conditions;
use crate::scheme::{Frame, Scheme};
use crate::source::Mark;
use crate::world::{Published, Subscribed, World, assert_gapless};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sfu_core::media::{LayerLimit, MediaCommand};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

const SCHEMES: [Scheme; 6] = [
    Scheme::Vp9 { spatial: 3, temporal: 3, key_only: true, flexible: false },
    Scheme::Vp9 { spatial: 3, temporal: 3, key_only: false, flexible: true },
    Scheme::Vp9 { spatial: 1, temporal: 3, key_only: false, flexible: false },
    Scheme::Av1 { spatial: 3, temporal: 3, key_only: true },
    Scheme::Av1 { spatial: 2, temporal: 2, key_only: false },
    Scheme::Av1 { spatial: 1, temporal: 3, key_only: false },
];

fn limit(spatial: u8, temporal: u8) -> LayerLimit {
    LayerLimit { spatial, temporal }
}

struct Call {
    world: World,
    video: Published,
    track: Subscribed,
}

impl Call {
    fn new(seed: u64, scheme: Scheme, first: LayerLimit) -> Self {
        let mut world = World::new(seed);
        let room = world.room();
        let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
        world.connect();
        let video = world.publish_layered(publisher, scheme);
        let track = world.subscribe_layered(subscriber, video, first);
        Self { world, video, track }
    }

    fn limit(&mut self, limit: LayerLimit) {
        self.world.command(MediaCommand::LimitConsumer { consumer: self.track.consumer, limit, weight: 0 });
    }

    /// What came, by sequence number, without the empty packets that only fill a number.
    fn packets(&self) -> Vec<&Received> {
        let mut packets = self.world.received(&self.track);
        packets.sort_by_key(|packet| packet.sequence);
        packets.retain(|packet| !packet.payload.is_empty());
        packets
    }

    /// The layers of each picture that came since `at`.
    fn layers_since(&self, at: Instant) -> Vec<BTreeSet<u8>> {
        let mut pictures: BTreeMap<u32, BTreeSet<u8>> = BTreeMap::new();
        for packet in self.packets().into_iter().filter(|packet| packet.at >= at) {
            let mark = Mark::read(&packet.payload);
            pictures.entry(mark.number).or_default().insert(mark.layer);
        }
        pictures.into_values().collect()
    }

    fn sent_frame(&self, mark: &Mark) -> &Frame {
        let frames = &self.world.sources[self.video.source].frames;
        frames.iter().find(|frame| (frame.number, frame.spatial) == (mark.number, mark.layer)).unwrap()
    }

    /// Every frame that came is whole, in order, behind the frames that it refers to; the first one is a keyframe; one
    /// timestamp and one marker, on its last packet, for each picture.
    fn assert_decodable(&self) {
        assert_gapless(&self.world.received(&self.track));
        let packets = self.packets();
        let parts = self.world.sources[self.video.source].parts;
        let marks: Vec<Mark> = packets.iter().map(|packet| Mark::read(&packet.payload)).collect();
        assert!(marks[0].key && marks[0].layer == 0 && marks[0].part == 0, "starts at a keyframe");
        let mut decoded: BTreeSet<(u32, u8)> = BTreeSet::new();
        // The last picture may be under way still.
        let last = marks.last().unwrap().number;
        let whole = marks.iter().take_while(|mark| mark.number != last).count();
        for (at, mark) in marks[..whole].iter().enumerate() {
            let (packet, next) = (packets[at], packets.get(at + 1).zip(marks.get(at + 1)).unwrap());
            if mark.part + 1 < parts {
                assert_eq!((next.1.number, next.1.layer, next.1.part), (mark.number, mark.layer, mark.part + 1));
            } else {
                let frame = self.sent_frame(mark);
                for reference in &frame.references {
                    assert!(decoded.contains(reference), "{frame:?} came without {reference:?}");
                }
                decoded.insert((mark.number, mark.layer));
                assert!(next.1.part == 0 && (next.1.number, next.1.layer) > (mark.number, mark.layer), "{mark:?}");
            }
            let is_last = next.1.number != mark.number;
            assert_eq!(packet.marker, is_last, "marker of {mark:?}, before {:?}", next.1);
            assert_eq!(packet.timestamp != next.0.timestamp, is_last, "timestamp of {mark:?}");
            assert!(next.0.timestamp.wrapping_sub(packet.timestamp) < 90_000 * 3, "time goes on");
        }
    }
}

#[test]
fn without_a_limit_all_layers_come_as_they_were_sent() {
    for (seed, scheme) in (200..).zip(SCHEMES) {
        let mut call = Call::new(seed, scheme, LayerLimit::ALL);
        call.world.run(SECOND * 3);
        call.assert_decodable();
        let (spatial, _) = scheme.layers();
        let pictures = call.layers_since(call.world.start);
        assert!(pictures.len() > 60, "{scheme:?}: {}", pictures.len());
        assert!(pictures[..pictures.len() - 1].iter().all(|layers| layers.len() == usize::from(spatial)), "{scheme:?}");
    }
}

#[test]
fn spatial_layers_go_down_at_once_and_up_with_a_keyframe() {
    for (seed, scheme) in (210..).zip(SCHEMES) {
        let (spatial, _) = scheme.layers();
        let mut call = Call::new(seed, scheme, limit(0, u8::MAX));
        call.world.run(SECOND);
        for top in [2, 0, 1, 2, 1, 0, 2] {
            call.limit(limit(top, u8::MAX));
            let at = call.world.now + Duration::from_millis(100);
            call.world.run(SECOND);
            let expected = usize::from(top.min(spatial - 1)) + 1;
            let pictures = call.layers_since(at);
            let settled = pictures.iter().skip_while(|layers| layers.len() != expected);
            let settled: Vec<_> = settled.take(pictures.len() - 1).collect();
            assert!(settled.len() > 15, "{scheme:?} to {top}: {pictures:?}");
            assert!(settled[..settled.len() - 1].iter().all(|layers| layers.len() == expected), "{scheme:?} to {top}");
        }
        call.assert_decodable();
    }
}

#[test]
fn temporal_layers_are_left_out_and_taken_up_where_they_can_be_decoded() {
    for (seed, scheme) in (220..).zip(SCHEMES) {
        let mut call = Call::new(seed, scheme, limit(u8::MAX, 0));
        call.world.run(SECOND * 2);
        let (_, temporal) = scheme.layers();
        let slow = call.layers_since(call.world.start).len();
        let expected = if temporal == 3 { 8..18 } else { 20..30 };
        assert!(expected.contains(&slow), "{scheme:?}: a quarter or half of about 50: {slow}");
        let requests = call.world.clients[0].keyframe_requests.len();
        call.limit(LayerLimit::ALL);
        let at = call.world.now;
        call.world.run(SECOND);
        let fast = call.layers_since(at).len();
        assert!(fast >= 20, "{scheme:?}: {fast} of about 25");
        assert_eq!(call.world.clients[0].keyframe_requests.len(), requests, "no keyframe is needed for it");
        call.assert_decodable();
    }
}

#[test]
fn descriptors_tell_a_receiver_of_fewer_layers_which_these_are() {
    let scheme = Scheme::Av1 { spatial: 3, temporal: 3, key_only: true };
    let mut call = Call::new(230, scheme, limit(1, 1));
    call.world.run(SECOND * 2);
    call.assert_decodable();
    let packets = call.packets();
    let mut number = None;
    for packet in packets {
        let bytes = &packet.descriptor;
        let mark = Mark::read(&packet.payload);
        assert_eq!((bytes[0] & 0x80 != 0, bytes[0] & 0x40 != 0), (mark.part == 0, mark.part == 2), "frame bounds");
        assert_eq!(bytes[3] & 0x40 != 0, mark.part == 0, "a mask with each frame: {bytes:?}");
        if mark.part == 0 && bytes[3] & 0x80 == 0 {
            // Nine targets behind five flags: those of layers (0..2, 0..2) are numbers 0, 1, 3 and 4.
            let mask = (u16::from_be_bytes([bytes[3], bytes[4]]) >> 2) & 0x1ff;
            assert_eq!(mask, 0b0_0001_1011, "{bytes:?}");
        }
        let sent = u16::from_be_bytes([bytes[1], bytes[2]]);
        let own = mark.number * 3 + u32::from(mark.layer);
        let offset = *number.get_or_insert(sent.wrapping_sub(own as u16));
        assert_eq!(sent.wrapping_sub(own as u16), offset, "frame numbers keep their distances");
    }
}

#[test]
fn whatever_is_wished_and_lost_only_decodable_frames_come() {
    let conditions = Conditions {
        delay: Duration::from_millis(10),
        jitter: Duration::from_millis(6),
        loss_up: 0.02,
        loss_down: 0.02,
        duplication: 0.02,
    };
    for (seed, scheme) in (240..).zip(SCHEMES) {
        let mut call = Call::new(seed, scheme, LayerLimit::ALL);
        call.world.run(SECOND);
        call.world.conditions(conditions);
        let mut random = StdRng::seed_from_u64(seed);
        for _ in 0..12 {
            call.limit(limit(random.random_range(0..3), random.random_range(0..3)));
            call.world.run(Duration::from_millis(random.random_range(50..900)));
        }
        call.world.conditions(Conditions::GOOD);
        call.world.run(SECOND);
        println!("{scheme:?}");
        call.assert_decodable();
    }
}
