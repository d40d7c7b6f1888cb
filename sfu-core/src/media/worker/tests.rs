mod batches;
mod hostile;
mod meeting;
mod outage;

use super::*;
use crate::media::{MediaCommand, Route, TransportParams};
use crate::sdp::IceCredentials;
use std::time::Instant;

fn local(protocol: Protocol, address: &str) -> LocalAddress {
    LocalAddress { protocol, address: address.parse().unwrap() }
}

#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
fn worker(addresses: Vec<LocalAddress>) -> Result<Worker, WorkerError> {
    Worker::new(WorkerConfig { id: WorkerId(0), addresses }, Random::seeded(1), Instant::now())
}

#[test]
fn candidates_keep_their_order_and_udp_comes_first() {
    let addresses = vec![
        local(Protocol::Tcp, "192.0.2.1:7881"),
        local(Protocol::Udp, "192.0.2.1:7882"),
        local(Protocol::Udp, "127.0.0.1:7882"),
    ];
    let worker = worker(addresses).unwrap();
    let priorities: Vec<u32> = worker.facts().candidates.iter().map(|c| c.priority).collect();
    assert!(priorities[1] > priorities[2] && priorities[2] > priorities[0], "{priorities:?}");
    assert_eq!(worker.facts().fingerprint.bytes.len(), 32);
}

#[test]
fn a_worker_without_a_reachable_address_is_refused() {
    for addresses in [vec![], vec![local(Protocol::Udp, "0.0.0.0:7882")]] {
        assert!(matches!(worker(addresses), Err(WorkerError::Address)));
    }
}

/// A worker with one room of two Transports, which need no connected client for what is tested here.
fn with_transports() -> (Worker, [TransportId; 2], Instant) {
    let mut worker = worker(vec![local(Protocol::Udp, "192.0.2.1:7882")]).unwrap();
    let mut random = Random::seeded(9);
    #[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
    let now = Instant::now();
    let room = RoomId::random(&mut random);
    let transports = [0; 2].map(|_| TransportId::random(&mut random));
    for transport in transports {
        let ufrag = MediaCommand::ufrag(WorkerId(0), transport, 0);
        let local_ice = IceCredentials { ufrag, password: random.alphanumeric(24) };
        worker.handle_command(MediaCommand::OpenTransport(TransportParams { transport, room, local_ice }), now);
    }
    (worker, transports, now)
}

#[test]
fn a_fault_in_one_transport_ends_it_alone() {
    let (mut worker, [first, second], now) = with_transports();
    let route = Route {
        protocol: Protocol::Udp,
        remote: "198.51.100.7:5000".parse().unwrap(),
        local: "192.0.2.1:7882".parse().unwrap(),
    };
    let slot = worker.by_transport[&first];
    worker.demux.learn(route, slot);
    worker.transports[slot].panics_at_next_packet = true;
    worker.handle_datagram(route, &mut [0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0], now);
    let closed = MediaEvent::TransportClosed { transport: first, cause: FailureCause::Internal };
    assert_eq!(worker.poll_event(), Some(closed));
    assert_eq!(worker.poll_event(), None);
    assert!(!worker.by_transport.contains_key(&first) && worker.by_transport.contains_key(&second));
    worker.handle_command(MediaCommand::ReportStats(second), now);
    assert!(matches!(worker.poll_event(), Some(MediaEvent::Stats(_))), "the other one is alive");
}

#[test]
fn a_room_leaves_nothing_behind() {
    let (mut worker, transports, now) = with_transports();
    assert_eq!((worker.routers.len(), worker.transports.len()), (1, 2));
    for transport in transports {
        worker.handle_command(MediaCommand::CloseTransport(transport), now);
    }
    assert!(worker.routers.is_empty() && worker.transports.is_empty() && worker.by_room.is_empty());
    assert_eq!(worker.deadline(), None);
    assert_eq!(worker.poll_event(), None);
    worker.handle_command(MediaCommand::CloseTransport(transports[0]), now);
    assert_eq!(worker.drops().commands, 1, "a command about what is gone is counted");
}

#[test]
fn a_keyframe_is_asked_for_when_its_receiver_can_be_sent_it_and_not_before() {
    let ms = std::time::Duration::from_millis(1);
    let mut meeting = meeting::Meeting::new(1);
    let camera = meeting.publish(0, 100);
    meeting.send(0, 100, meeting::VP8, &meeting::picture(true, 0));
    meeting.join(1);
    meeting.subscribe(1, camera, 1_000);
    for number in 1..4 {
        meeting.send(0, 100, meeting::VP8, &meeting::picture(false, number));
        assert_eq!(meeting.pass(ms)[0].keyframe_requests, 0, "nobody could be sent it");
    }
    meeting.connect(1);
    meeting.send(0, 100, meeting::VP8, &meeting::picture(false, 4));
    assert_eq!(meeting.pass(ms)[0].keyframe_requests, 1);
    meeting.send(0, 100, meeting::VP8, &meeting::picture(true, 5));
    assert_eq!(meeting.pass(ms)[1].media.len(), 1);
}
