//! A receiver that heard nothing for a while, and asks for what it missed.
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
