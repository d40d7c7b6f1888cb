//! Paths that carried nothing for a while: what is asked for when they are back.
use super::meeting::{Meeting, VP8, VP8_RTX, picture};
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);
const CAMERA: u32 = 100;
const COPY: u32 = 1_000;

/// A camera that has sent a picture each 30 ms for so many pictures; what its receiver got last.
fn after(pictures: u16) -> (Meeting, u16) {
    let mut meeting = Meeting::new(2);
    let camera = meeting.publish(0, CAMERA);
    meeting.subscribe(1, camera, COPY);
    let mut last = 0;
    for number in 0..pictures {
        meeting.send(0, CAMERA, VP8, &picture(number == 0, number));
        let got = meeting.pass(MS * 30);
        last = got[1].media.last().unwrap().2;
    }
    (meeting, last)
}

#[test]
fn what_nobody_has_any_more_is_asked_of_the_camera_as_a_keyframe() {
    for (pictures, back, resent, requests) in [(200, 10, 1, 0), (200, 150, 0, 1)] {
        let (mut meeting, last) = after(pictures);
        meeting.pass(MS * 1_000);
        meeting.send_rtcp(1, |writer| writer.nack(1, COPY, &[last.wrapping_sub(back)]).unwrap());
        let got = meeting.pass(MS);
        let again = got[1].media.iter().filter(|(_, payload_type, ..)| *payload_type == VP8_RTX).count();
        assert_eq!((again, got[0].keyframe_requests), (resent, requests), "{back} pictures ago");
    }
}

#[test]
fn asking_for_it_often_reaches_the_camera_as_few_requests() {
    let (mut meeting, last) = after(200);
    let mut requests = 0;
    for _ in 0..1_000 {
        let gone: Vec<u16> = (150..180).map(|back| last.wrapping_sub(back)).collect();
        meeting.send_rtcp(1, |writer| writer.nack(1, COPY, &gone).unwrap());
        requests += meeting.pass(MS)[0].keyframe_requests;
    }
    assert!((1..=4).contains(&requests), "{requests} requests in a second");
}

#[test]
fn a_camera_that_was_away_is_asked_for_a_keyframe_once_it_is_back() {
    for away_s in [2, 3, 8, 12] {
        let (mut meeting, _) = after(50);
        for _ in 0..away_s {
            meeting.pass(MS * 1_000);
            // As browsers do that see no picture any more.
            meeting.send_rtcp(1, |writer| writer.picture_loss(1, COPY).unwrap());
        }
        meeting.pass(MS * 500);
        meeting.peers[0].sequence += away_s * 30;
        meeting.send(0, CAMERA, VP8, &picture(false, 100));
        // Half a second lies between two requests, whatever for.
        let asked = (0..50).find(|_| meeting.pass(MS * 10)[0].keyframe_requests > 0);
        assert!(asked.is_some(), "after {away_s} s");
    }
}
