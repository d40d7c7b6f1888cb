//! Packets that come in one batch: passed on receiver by receiver, in order, in long runs, and none is lost.
use super::meeting::{Meeting, VP8, picture};
use super::*;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

/// Everybody publishes a camera and receives all others; a first keyframe has been passed on.
fn meeting(peers: u8) -> (Meeting, Vec<ProducerId>) {
    let mut meeting = Meeting::new(peers);
    let count = usize::from(peers);
    let cameras: Vec<ProducerId> = (0..count).map(|peer| meeting.publish(peer, ssrc(peer))).collect();
    for (peer, camera) in (0..count).zip(&cameras) {
        for receiver in (0..count).filter(|receiver| *receiver != peer) {
            meeting.subscribe(receiver, *camera, copy(peer));
        }
    }
    for peer in 0..count {
        meeting.send(peer, ssrc(peer), VP8, &picture(true, 0));
    }
    meeting.pass(MS);
    (meeting, cameras)
}

fn ssrc(peer: usize) -> u32 {
    100 + peer as u32
}

fn copy(peer: usize) -> u32 {
    1_000 + 10 * peer as u32
}

#[test]
fn a_batch_reaches_each_receiver_in_one_run_and_in_each_cameras_order() {
    let (mut meeting, _) = meeting(4);
    for number in 1..=3 {
        for peer in 0..4 {
            meeting.send(peer, ssrc(peer), VP8, &picture(false, number));
        }
    }
    let mut runs = Vec::new();
    while let Some(transmit) = meeting.worker.poll_transmit() {
        runs.push((transmit.route.remote, transmit.datagrams().map(<[u8]>::to_vec).collect::<Vec<_>>()));
    }
    assert_eq!(runs.iter().map(|(_, run)| run.len()).collect::<Vec<_>>(), [9; 4], "one run for each receiver");
    for (remote, run) in &runs {
        let me = meeting.peers.iter().position(|peer| peer.route.remote == *remote).unwrap();
        for peer in (0..4).filter(|peer| *peer != me) {
            let is_of = |datagram: &&Vec<u8>| datagram[8..12] == copy(peer).to_be_bytes();
            let sequences: Vec<u16> =
                run.iter().filter(is_of).map(|datagram| u16::from_be_bytes([datagram[2], datagram[3]])).collect();
            assert_eq!(sequences.len(), 3);
            assert!(sequences.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)), "{sequences:?}");
        }
    }
}

#[test]
fn a_batch_may_be_longer_than_what_waits() {
    let (mut meeting, _) = meeting(3);
    for number in 1..=100 {
        meeting.send(0, ssrc(0), VP8, &picture(false, number));
    }
    let got = meeting.pass(MS);
    for receiver in [1, 2] {
        let numbers: Vec<u8> = got[receiver].media.iter().map(|(.., payload)| payload[999]).collect();
        assert_eq!(numbers, (1..=100).collect::<Vec<u8>>());
    }
}

#[test]
fn what_waits_when_a_camera_changes_its_ssrc_is_still_passed_on() {
    let (mut meeting, _) = meeting(2);
    meeting.send(0, ssrc(0), VP8, &picture(false, 1));
    meeting.send(0, 77, VP8, &picture(true, 2));
    meeting.send(0, 77, VP8, &picture(false, 3));
    let got = meeting.pass(MS);
    let numbers: Vec<u8> = got[1].media.iter().map(|(.., payload)| payload[999]).collect();
    assert_eq!(numbers, [1, 2, 3]);
}

#[test]
fn a_camera_that_is_closed_while_its_packets_wait_is_passed_on_first() {
    let (mut meeting, cameras) = meeting(2);
    meeting.send(0, ssrc(0), VP8, &picture(false, 1));
    meeting.worker.handle_command(MediaCommand::CloseProducer(cameras[0]), meeting.now);
    assert_eq!(meeting.pass(MS)[1].media.len(), 1);
}

#[test]
fn a_fault_while_packets_are_passed_on_ends_their_sender_alone() {
    let (mut meeting, _) = meeting(3);
    let router = meeting.worker.by_room[&meeting.room];
    meeting.worker.routers[router].fail_at_next_batch_of(ssrc(1));
    for peer in 0..3 {
        meeting.send(peer, ssrc(peer), VP8, &picture(false, 1));
    }
    meeting.pass(MS);
    let closed = MediaEvent::TransportClosed { transport: meeting.peers[1].transport, cause: FailureCause::Internal };
    let events: Vec<MediaEvent> = std::iter::from_fn(|| meeting.worker.poll_event()).collect();
    assert!(events.contains(&closed), "{events:?}");
    for peer in [0, 2] {
        meeting.send(peer, ssrc(peer), VP8, &picture(false, 2));
    }
    let got = meeting.pass(MS);
    assert_eq!((got[0].media.len(), got[2].media.len()), (1, 1), "the others go on");
}
