//! What flows, as operators see it: from two answers of the workers, asked when somebody looks.
use super::client::*;
use super::scene::*;
use crate::media::{MediaCommand, MediaEvent, ProducerStats, TransportStats};
use crate::room::*;
use crate::sdp::MediaKind;
use std::time::Duration;

/// Looks; how many Transports the workers are asked about comes along.
fn look(scene: &mut Scene) -> (Traffic, usize) {
    let traffic = scene.room.look_at_traffic(scene.now.instant);
    let asks = std::iter::from_fn(|| scene.room.poll())
        .filter(|output| matches!(output, RoomOutput::Media { command: MediaCommand::ReportStats(_), .. }));
    (traffic, asks.count())
}

#[test]
fn two_answers_make_bitrates_and_losses_of_a_path_and_a_track() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = scene.livekit("alice", Topology::PublisherSubscriber);
    scene.ask(alice, announce(MediaKind::Audio, TrackSource::Microphone, "mic"));
    scene.ask(alice, announce(MediaKind::Video, TrackSource::Camera, "cam"));
    scene.ask(alice, negotiate(TransportRole::Publisher, sending()));
    let transport = scene.transport(alice, TransportRole::Publisher);
    let (producer, (_, track)) = scene.room.producers.iter().map(|(producer, of)| (*producer, *of)).next().unwrap();

    let (nothing, asked) = look(&mut scene);
    assert_eq!((nothing, asked), (Traffic::default(), 2), "publisher and subscriber");
    assert_eq!(look(&mut scene).1, 0, "not asked again at once");
    let stats = |bytes: u64, packets: u64, lost: u64| {
        let up = TransportStats {
            bytes_received: bytes,
            packets_received: packets,
            packets_lost_in: lost,
            rtt_us: 20_000,
            ..TransportStats::new(transport)
        };
        let of_track = ProducerStats { producer, packets, bytes, lost };
        [MediaEvent::Stats(Box::new(up)), MediaEvent::ProducerStats(Box::new(of_track))]
    };
    for event in stats(1_000, 10, 0) {
        scene.media(event);
    }
    assert_eq!(look(&mut scene).0, Traffic::default(), "one answer is a count, no rate");
    scene.after(Duration::from_secs(2));
    for event in stats(26_000, 59, 1) {
        scene.media(event);
    }
    let (traffic, _) = look(&mut scene);
    let flow = Flow { bitrate_bps: 100_000, packets: 49, lost: 1 };
    let (who, path, _) = traffic.participants[0];
    assert_eq!((who, path.up, path.down), (alice.id, flow, Flow::default()));
    assert_eq!(path.round_trip, Duration::from_millis(20));
    assert_eq!(traffic.tracks, [(track, flow)]);

    scene.after(Duration::from_secs(30));
    assert_eq!(look(&mut scene).0, Traffic::default(), "old figures say nothing of the present");
}
