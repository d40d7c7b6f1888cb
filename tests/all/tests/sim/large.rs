//! Large rooms on two Workers: one publisher with 300 receivers, and 30 who see each other.
use crate::client::Numbers;
use crate::source::Mark;
use crate::world::{Published, Subscribed, World, assert_gapless};
use sfu_core::id::RoomId;
use sfu_core::sdp::MediaKind;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// A world of two Workers; clients are spread over both by turns.
fn crowd(seed: u64, count: usize, numbers: Numbers) -> (World, RoomId, Vec<usize>) {
    let mut world = World::spanning(seed, 2);
    let room = world.room();
    let clients = (0..count).map(|number| world.join_on(room, numbers, number % 2)).collect();
    (world, room, clients)
}

fn small(world: &mut World, published: Published) {
    let source = &mut world.sources[published.source];
    source.parts = 1;
    source.interval = Duration::from_millis(100);
}

/// Every receiver has the same pictures from some moment on, each once.
fn assert_all_received(world: &World, tracks: &[Subscribed], source: usize, since: u32) {
    let sent = world.sources[source].sent();
    for track in tracks {
        let packets = world.received(track);
        assert_gapless(&packets);
        let marks = packets.iter().map(|packet| Mark::read(&packet.payload));
        let pictures: BTreeSet<u32> = marks
            .inspect(|mark| assert_eq!(usize::from(mark.source), source))
            .map(|mark| mark.number)
            .filter(|number| *number >= since)
            .collect();
        let missing = (since..sent - 1).filter(|number| !pictures.contains(number)).count();
        assert_eq!(missing, 0, "client {}", track.client);
    }
}

#[test]
fn a_publisher_is_seen_by_300_on_two_workers() {
    let started = Instant::now();
    let (mut world, room, receivers) = crowd(81, 300, Numbers::SUBSCRIBER);
    let publisher = world.publisher(room);
    world.connect();
    println!("connected after {:?}", started.elapsed());
    let video = world.publish(publisher, MediaKind::Video, &[]);
    small(&mut world, video);
    let subscribe = |client: &usize| world.subscribe(*client, MediaKind::Video, Some(video.producer), false);
    let tracks: Vec<Subscribed> = receivers.iter().map(subscribe).collect();
    world.run(Duration::from_millis(1_500));
    println!("done after {:?}", started.elapsed());
    assert_all_received(&world, &tracks, video.source, 5);
    let crossed = world.worker_at(1).counters().pipe_packets_in;
    let sent = u64::from(world.sources[video.source].sent());
    assert!((sent..sent * 2 + 6).contains(&crossed), "each packet crosses once, not 150 times: {crossed} of {sent}");
    let requests = world.clients[publisher].keyframe_requests.len();
    assert!(requests <= 4, "300 wishes for a keyframe are few requests: {requests}");
}

#[test]
fn thirty_who_see_each_other_on_two_workers() {
    let started = Instant::now();
    let (mut world, _, clients) = crowd(82, 30, Numbers::PUBLISHER);
    world.connect();
    println!("connected after {:?}", started.elapsed());
    let mut tracks = Vec::new();
    for client in &clients {
        let video = world.publish(*client, MediaKind::Video, &[]);
        small(&mut world, video);
        let others = clients.iter().filter(|other| *other != client);
        let subscribe = |other: &usize| world.subscribe(*other, MediaKind::Video, Some(video.producer), false);
        tracks.push((video, others.map(subscribe).collect::<Vec<_>>()));
    }
    world.run(Duration::from_millis(1_500));
    println!("done after {:?}", started.elapsed());
    for (video, tracks) in &tracks {
        assert_eq!(tracks.len(), 29);
        assert_all_received(&world, tracks, video.source, 8);
    }
    let censuses = world.censuses();
    assert_eq!(censuses.iter().map(|census| census.producers).collect::<Vec<_>>(), [30, 30], "each is on both");
    assert_eq!(censuses.iter().map(|census| census.consumers).sum::<usize>(), 870);
}
