//! What one client does to harm others, with valid keys of its own: dropped and counted, and the others go on.
use super::meeting::{MID, Meeting, VP8, VP8_RTX, picture};
use super::*;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);
/// SSRCs of the honest camera, and of the copies of it.
const HONEST: u32 = 100;
const COPY: u32 = 1_000;

/// Client 0 publishes to client 1; client 2 is the hostile one, which publishes to both.
fn meeting() -> Meeting {
    let mut meeting = Meeting::new(3);
    let honest = meeting.publish(0, HONEST);
    meeting.subscribe(1, honest, COPY);
    let hostile = meeting.publish(2, 200);
    meeting.subscribe(1, hostile, 2_000);
    meeting.send(0, HONEST, VP8, &picture(true, 0));
    assert_eq!(meeting.pass(MS)[1].media.len(), 1);
    meeting
}

/// The honest camera still reaches its receiver.
fn assert_undisturbed(meeting: &mut Meeting) {
    for number in 10_000..10_003 {
        meeting.send(0, HONEST, VP8, &picture(false, number));
    }
    let got = meeting.pass(MS);
    let honest = got[1].media.iter().filter(|(ssrc, ..)| *ssrc == COPY).count();
    assert_eq!(honest, 3, "the honest camera goes on");
}

#[test]
fn forged_ssrcs_are_dropped_and_counted() {
    let mut meeting = meeting();
    let cases = [
        (HONEST, VP8, true, "another client's SSRC is the sender's own affair"),
        (COPY, VP8, true, "so is the SSRC of a copy"),
        (7, 111, false, "a payload type that nobody negotiated"),
    ];
    for (ssrc, payload_type, is_learned, message) in cases {
        let before = meeting.worker.drops().unowned;
        meeting.send(2, ssrc, payload_type, &picture(false, 1));
        let got = meeting.pass(MS);
        assert!(got[1].media.iter().all(|(ssrc, ..)| *ssrc != COPY), "{message}: nothing in the honest stream");
        assert_eq!(meeting.worker.drops().unowned - before, u64::from(!is_learned), "{message}");
    }
    assert_undisturbed(&mut meeting);
}

#[test]
fn two_cameras_with_one_ssrc_stay_apart() {
    let mut meeting = Meeting::new(3);
    for peer in [0, 1] {
        let camera = meeting.publish(peer, HONEST);
        meeting.subscribe(2, camera, COPY * (peer as u32 + 1));
    }
    for number in 0..5 {
        for peer in [0, 1] {
            let mut payload = picture(number == 0, number);
            payload[999] = 0xf0 + peer as u8;
            meeting.send(peer, HONEST, VP8, &payload);
        }
    }
    let got = meeting.pass(MS);
    for peer in [0, 1u8] {
        let ssrc = COPY * (u32::from(peer) + 1);
        let packets: Vec<_> = got[2].media.iter().filter(|(known, ..)| *known == ssrc).collect();
        assert_eq!(packets.len(), 5);
        assert!(packets.iter().all(|(.., payload)| payload[999] == 0xf0 + peer));
        assert!(packets.windows(2).all(|pair| pair[0].2.wrapping_add(1) == pair[1].2));
    }
}

#[test]
fn endless_ssrcs_of_one_client_fill_no_table() {
    let mut meeting = meeting();
    for number in 0..5_000u32 {
        let mid = b"m200";
        let mut header = vec![0x90, VP8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde, 0, 2, (MID << 4) | 3];
        header[8..12].copy_from_slice(&(10_000 + number).to_be_bytes());
        header.extend(mid);
        header.extend([0; 3]);
        let mut datagram = meeting.seal(2, &header, &picture(false, 1), 1);
        meeting.give(2, &mut datagram);
        meeting.pass(MS / 10);
    }
    assert_undisturbed(&mut meeting);
}

#[test]
fn lies_about_lengths_and_padding_are_counted() {
    let mut meeting = meeting();
    let fixed = |first: u8, sequence: u8| [first, VP8, 0, sequence, 0, 0, 0, 0, 0, 0, 0, 200];
    let padded = |sequence| fixed(0xa0, sequence).to_vec();
    let overflow = |elements: &[u8]| [&fixed(0x90, 9)[..], &[0xbe, 0xde, 0, 1], elements].concat();
    let cases = [
        (padded(1), vec![1, 2, 3, 9], 1, "more padding than there is"),
        (padded(2), vec![1, 2, 3, 0], 1, "no padding though it says so"),
        (padded(3), vec![], 1, "nothing to hold the count"),
        (overflow(&[0x4f, 1, 2, 3]), picture(false, 3), 0, "an element that ends behind its block: not read"),
    ];
    for (header, payload, malformed, message) in cases {
        let before = meeting.worker.drops().malformed;
        let index = u64::from(header[3]);
        let mut datagram = meeting.seal(2, &header, &payload, index);
        meeting.give(2, &mut datagram);
        assert_eq!(meeting.worker.drops().malformed - before, malformed, "{message}");
    }
    // What is wrong in the clear part is no packet of anybody's.
    let stumps: [&[u8]; 4] = [&[0x80, VP8], &[0x8f, VP8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 200], &fixed(0x90, 5), &[0x80; 12]];
    for stump in stumps {
        let before = meeting.worker.drops();
        meeting.give(2, &mut stump.to_vec());
        let after = meeting.worker.drops();
        assert_eq!(after.unowned - before.unowned, 1, "{stump:?}");
    }
    assert_undisturbed(&mut meeting);
}

#[test]
fn replayed_and_old_packets_are_dropped() {
    let mut meeting = meeting();
    let header = |sequence: u16| {
        let [high, low] = sequence.to_be_bytes();
        [0x80, VP8, high, low, 0, 0, 0, 0, 0, 0, 0, 200]
    };
    let first = meeting.seal(2, &header(5_000), &picture(true, 1), 5_000);
    let old = meeting.seal(2, &header(4_500), &picture(false, 1), 4_500);
    meeting.give(2, &mut first.clone());
    assert_eq!(meeting.pass(MS)[1].media.len(), 1);
    let later = meeting.seal(2, &header(6_000), &picture(false, 2), 6_000);
    meeting.give(2, &mut later.clone());
    meeting.pass(MS);
    let before = meeting.worker.drops().unowned;
    for datagram in [&first, &later, &later, &old] {
        meeting.give(2, &mut datagram.clone());
    }
    assert_eq!(meeting.worker.drops().unowned - before, 4);
    assert!(meeting.pass(MS)[1].media.is_empty());
    assert_undisturbed(&mut meeting);
}

#[test]
fn a_storm_of_keyframe_requests_reaches_the_camera_as_few() {
    let mut meeting = meeting();
    let mut requests = 0;
    for _ in 0..1_000 {
        meeting.send_rtcp(1, |writer| while writer.picture_loss(1, COPY).is_ok() {});
        requests += meeting.pass(MS)[0].keyframe_requests;
    }
    assert!((1..=4).contains(&requests), "{requests} requests in a second");
    // Requests for what is not the asking client's own change nothing.
    meeting.send(0, HONEST, VP8, &picture(true, 9));
    meeting.pass(MS * 600);
    meeting.send_rtcp(2, |writer| writer.picture_loss(1, COPY).unwrap());
    assert_eq!(meeting.pass(MS * 10)[0].keyframe_requests, 0);
    assert_undisturbed(&mut meeting);
}

#[test]
fn who_asks_for_every_packet_again_gets_no_more_than_a_share() {
    let mut meeting = meeting();
    let (mut sent, mut again) = (0, 0);
    for number in 1..2_000u16 {
        meeting.send(0, HONEST, VP8, &picture(false, number));
        let mut count = |got: Vec<super::meeting::Got>| {
            for (_, payload_type, sequence, payload) in &got[1].media {
                *(if *payload_type == VP8_RTX { &mut again } else { &mut sent }) += payload.len();
                let _ = sequence;
            }
            got[1].media.first().map(|(_, _, sequence, _)| *sequence)
        };
        let last = count(meeting.pass(MS * 2)).unwrap_or(0);
        let lost: Vec<u16> = (0..100).map(|back| last.wrapping_sub(back)).rev().collect();
        meeting.send_rtcp(1, |writer| writer.nack(1, COPY, &lost).unwrap());
        count(meeting.pass(MS * 2));
    }
    assert!(again > 50_000, "{again} bytes: repairs do happen");
    assert!(again <= sent / 2 + 160 * 1_024, "{again} bytes again for {sent}");
    assert_undisturbed(&mut meeting);
}

#[test]
fn floods_and_lies_in_rtcp_are_counted_and_change_nothing() {
    let mut meeting = meeting();
    let before = meeting.worker.drops().malformed;
    // A length behind the end, a report count without reports, a version that is none.
    let lies: [&[u8]; 3] = [
        &[0x80, 201, 0, 9, 0, 0, 0, 1],
        &[0x9f, 201, 0, 1, 0, 0, 0, 1],
        &[0x80, 201, 0, 1, 0, 0, 0, 1, 0x00, 201, 0, 1, 0, 0, 0, 1],
    ];
    for lie in lies {
        meeting.send_rtcp_bytes(2, lie);
    }
    assert_eq!(meeting.worker.drops().malformed - before, 3);
    for _ in 0..5_000 {
        meeting.send_rtcp(2, |writer| writer.receiver_report(1, &[]).unwrap());
    }
    let got = meeting.pass(MS);
    assert!(got.iter().all(|got| got.media.is_empty()), "nothing is answered");
    assert_undisturbed(&mut meeting);
}

#[test]
fn lies_about_layers_and_descriptors_harm_the_liar_alone() {
    let mut meeting = meeting();
    let mut random = Random::seeded(77);
    for number in 0..2_000u16 {
        let mut payload = picture(number % 7 == 0, number);
        let mut noise = [0; 24];
        random.fill(&mut noise);
        // Any descriptor whatever: extended bits, layer numbers that jump, picture ids that go back.
        payload[..24].copy_from_slice(&noise);
        payload.truncate(usize::from(noise[23]) + 1);
        meeting.send(2, 200, VP8, &payload);
        meeting.pass(MS);
    }
    assert!(meeting.worker.by_transport.len() == 3, "nobody was closed");
    assert_undisturbed(&mut meeting);
}

#[test]
fn a_flood_of_stun_is_dropped_without_an_answer() {
    let mut meeting = meeting();
    let slot = meeting.worker.by_transport[&meeting.peers[0].transport];
    let before = meeting.worker.drops();
    let ufrag = MediaCommand::ufrag(WorkerId(0), meeting.peers[0].transport, 0);
    let username = format!("{ufrag}:them");
    for number in 0..5_000u16 {
        let [high, low] = number.to_be_bytes();
        let mut request = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, high, low];
        if number % 2 == 0 {
            request.extend([0, 6, 0, username.len() as u8]);
            request.extend(username.as_bytes());
            request.resize(request.len().next_multiple_of(4), 0);
            request[3] = (request.len() - 20) as u8;
        }
        let remote = ([203, 0, 113, low], 1_024 + number).into();
        let route = Route { remote, ..meeting.peers[0].route };
        meeting.worker.handle_datagram(route, &mut request, meeting.now);
    }
    assert_eq!(meeting.worker.drops().unauthentic_checks - before.unauthentic_checks, 5_000);
    assert_eq!(meeting.worker.transports[slot].routes().count(), 1, "no path was learned");
    assert!(meeting.worker.poll_transmit().is_none());
    assert_undisturbed(&mut meeting);
}

#[test]
fn datagrams_in_anothers_name_are_dropped() {
    let mut meeting = meeting();
    // Sealed with the attacker's keys, from the victim's address.
    let header = [0x80, VP8, 0x70, 0, 0, 0, 0, 0, 0, 0, 0, HONEST as u8];
    let mut datagram = meeting.seal(2, &header, &picture(true, 1), 0x7000);
    let before = meeting.worker.drops().unowned;
    meeting.give(0, &mut datagram);
    assert_eq!(meeting.worker.drops().unowned - before, 1);
    assert!(meeting.pass(MS)[1].media.is_empty());
    assert_undisturbed(&mut meeting);
}
