//! Packets by their layout in the RFCs, malformed ones, and what is written read back.

use super::*;
use proptest::prelude::*;
use std::time::Duration;

fn packets(compound: &[u8]) -> Vec<RtcpPacket<'_>> {
    parse(compound).map(|packet| packet.unwrap()).collect()
}

fn written(write: impl FnOnce(&mut RtcpWriter<'_>) -> Result<(), RtcpError>) -> Vec<u8> {
    let mut buffer = [0; 1_500];
    let mut writer = RtcpWriter::new(&mut buffer);
    write(&mut writer).unwrap();
    writer.bytes().to_vec()
}

const BLOCK: ReportBlock = ReportBlock {
    ssrc: 7,
    fraction_lost: 128,
    cumulative_lost: -2,
    highest_sequence: 0x0001_0002,
    jitter: 3,
    last_sr: 4,
    delay_since_last_sr: 5,
};

#[test]
fn a_compound_of_reports_and_a_name_is_read_as_written() {
    let info =
        SenderInfo { ssrc: 1, ntp: NtpTime(0x1234_5678_9abc_def0), rtp_timestamp: 2, packet_count: 3, octet_count: 4 };
    let compound = written(|writer| {
        writer.sender_report(&info, &[BLOCK])?;
        writer.source_description(1, "name")?;
        writer.receiver_report(9, &[BLOCK, BLOCK])?;
        writer.goodbye(&[1, 2])
    });
    let read = packets(&compound);
    let [
        RtcpPacket::SenderReport { info: back, reports },
        RtcpPacket::SourceDescription(names),
        RtcpPacket::ReceiverReport { sender_ssrc: 9, reports: more },
        RtcpPacket::Goodbye(gone),
    ] = read.as_slice()
    else {
        panic!("{read:?}");
    };
    assert_eq!((*back, reports.clone().collect::<Vec<_>>()), (info, vec![BLOCK]));
    assert_eq!(names.clone().collect::<Vec<_>>(), [(1, Some(&b"name"[..]))]);
    assert_eq!(more.clone().count(), 2);
    assert_eq!(gone.clone().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn report_of_rfc_3550_layout_is_read_field_by_field() {
    let report = [
        0x81, 201, 0, 7, 0, 0, 0, 9, 0, 0, 0, 7, 0x80, 0xff, 0xff, 0xfe, 0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5,
    ];
    let read = packets(&report);
    let [RtcpPacket::ReceiverReport { sender_ssrc: 9, reports }] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!(reports.clone().collect::<Vec<_>>(), [BLOCK]);
    assert_eq!(written(|writer| writer.receiver_report(9, &[BLOCK])), report);
}

#[test]
fn round_trip_is_what_remains_of_the_time_since_the_report() {
    let sent = NtpTime::from_unix(Duration::from_secs(1_000));
    let at = |ms: u64| NtpTime::from_unix(Duration::from_millis(1_000_000 + ms));
    let block = ReportBlock { last_sr: sent.middle(), delay_since_last_sr: 65_536 / 2, ..BLOCK };
    assert_eq!(block.round_trip(at(750)), Some(Duration::from_millis(250)));
    assert_eq!(block.round_trip(at(499)), Some(Duration::ZERO), "a coarse clock");
    assert_eq!(ReportBlock { last_sr: 0, ..block }.round_trip(at(750)), None);
}

#[test]
fn names_are_found_over_several_chunks_and_other_items() {
    let sdes = [
        0x83, 202, 0, 8, // three chunks
        0, 0, 0, 1, 2, 1, b'x', 1, 2, b'a', b'b', 0, // a NAME item before the CNAME, one zero byte
        0, 0, 0, 2, 0, 0, 0, 0, // no item
        0, 0, 0, 3, 1, 2, b'c', b'd', 0, 0, 0, 0, // the list ends at a word: a whole word of zeros
    ];
    let read = packets(&sdes);
    let [RtcpPacket::SourceDescription(names)] = read.as_slice() else { panic!("{read:?}") };
    let names: Vec<_> = names.clone().collect();
    assert_eq!(names, [(1, Some(&b"ab"[..])), (2, None), (3, Some(&b"cd"[..]))]);
}

#[test]
fn lost_packets_share_items_and_survive_the_wrap() {
    let cases: [(&[u16], usize, &str); 6] = [
        (&[5], 1, "one"),
        (&[5, 6, 21], 1, "first and last bit of a mask"),
        (&[5, 22], 2, "just beyond a mask"),
        (&[65_535, 0, 1], 1, "over the wrap"),
        (&[1, 100, 101, 200], 3, "spread"),
        (&[], 0, "none"),
    ];
    for (lost, items, message) in cases {
        let packet = written(|writer| writer.nack(1, 2, lost));
        assert_eq!(packet.len(), 12 + 4 * items, "{message}");
        let read = packets(&packet);
        let [RtcpPacket::Nack { sender_ssrc: 1, media_ssrc: 2, lost: back }] = read.as_slice() else {
            panic!("{read:?}")
        };
        assert_eq!(back.clone().collect::<Vec<_>>(), lost, "{message}");
    }
}

#[test]
fn keyframe_requests_are_read_as_written() {
    let compound = written(|writer| {
        writer.picture_loss(1, 2)?;
        writer.full_intra(1, 3, 200)
    });
    assert_eq!(compound[..12], [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]);
    let read = packets(&compound);
    let [RtcpPacket::PictureLoss { sender_ssrc: 1, media_ssrc: 2 }, RtcpPacket::FullIntra { sender_ssrc: 1, requests }] =
        read.as_slice()
    else {
        panic!("{read:?}");
    };
    assert_eq!(requests.clone().collect::<Vec<_>>(), [(3, 200)]);
}

#[test]
fn remb_keeps_18_bits_of_its_value_and_never_rounds_up() {
    let cases =
        [(0, 0), (1, 1), (262_143, 262_143), (262_145, 262_144), (5_000_001, 5_000_000), (u64::MAX, 0x3_ffff << 46)];
    for (sent, received) in cases {
        let packet = written(|writer| writer.remb(1, sent, &[7, 8]));
        let read = packets(&packet);
        let [RtcpPacket::Remb { sender_ssrc: 1, bitrate_bps, ssrcs }] = read.as_slice() else { panic!("{read:?}") };
        assert_eq!(*bitrate_bps, received, "{sent}");
        assert_eq!(ssrcs.clone().collect::<Vec<_>>(), [7, 8]);
    }
    let mut boundless = written(|writer| writer.remb(1, 1, &[]));
    boundless[17..20].copy_from_slice(&[0xff, 0xff, 0xff]);
    assert!(matches!(packets(&boundless)[..], [RtcpPacket::Remb { bitrate_bps: u64::MAX, .. }]));
}

#[test]
fn feedback_with_every_kind_of_chunk_is_read() {
    let feedback = [
        0x8f,
        205,
        0,
        8,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        2, // SSRCs 1 and 2
        0xff,
        0xfe,
        0,
        19,
        0xff,
        0xff,
        0xff,
        9, // base 65,534, 19 statuses, reference -1, number 9
        0x20,
        3, // three small ones
        0b1000_0000,
        0b0000_0001, // thirteen lost, one small
        0b1101_1000,
        0, // small, large, rest unused
        1,
        2,
        3,
        4,
        5,
        0xff,
        0xff, // deltas, the last is -1
        0,
        0,
        0,
    ];
    let read = packets(&feedback);
    let [RtcpPacket::TransportFeedback(feedback)] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!((feedback.sender_ssrc, feedback.media_ssrc, feedback.feedback_count), (1, 2, 9));
    let received: Vec<_> =
        feedback.statuses().filter_map(|status| status.arrival_250us.map(|at| (status.sequence, at))).collect();
    assert_eq!(received, [(65_534, -255), (65_535, -253), (0, -250), (14, -246), (15, -241), (16, -242)]);
    assert_eq!(feedback.statuses().count(), 19);
}

#[test]
fn malformed_bodies_are_named_and_the_next_packet_is_still_read() {
    let pli = written(|writer| writer.picture_loss(1, 2));
    let cases: [(&[u8], RtcpError, &str); 8] = [
        (&[0x81, 201, 0, 1, 0, 0, 0, 9], RtcpError::Body(201), "RR without its block"),
        (&[0x80, 200, 0, 1, 0, 0, 0, 9], RtcpError::Body(200), "SR without sender info"),
        (&[0x82, 203, 0, 1, 0, 0, 0, 9], RtcpError::Body(203), "BYE with one SSRC of two"),
        (&[0x81, 205, 0, 1, 0, 0, 0, 9], RtcpError::Body(205), "NACK without media SSRC"),
        (&[0x8f, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, b'R', b'E', b'M', b'B'], RtcpError::Body(206), "REMB cut"),
        (
            &[0x8f, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0],
            RtcpError::Body(205),
            "feedback without its chunk",
        ),
        (
            &[0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 0, 0x20, 9, 1, 1],
            RtcpError::Body(205),
            "feedback with two deltas of nine",
        ),
        (
            &[0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0x60, 1, 1, 1],
            RtcpError::Body(205),
            "feedback with the reserved symbol",
        ),
    ];
    for (bytes, error, message) in cases {
        let compound = [bytes, &pli].concat();
        let read: Vec<_> = parse(&compound).collect();
        assert_eq!(read.first().unwrap().as_ref().err(), Some(&error), "{message}");
        assert!(matches!(read.get(1), Some(Ok(RtcpPacket::PictureLoss { .. }))), "{message}");
    }
}

#[test]
fn broken_framing_ends_the_compound() {
    let cases: [(&[u8], RtcpError); 5] = [
        (&[0x80, 201, 0], RtcpError::TooShort),
        (&[0x80, 201, 0, 2, 0, 0, 0, 1], RtcpError::TooShort),
        (&[0x40, 201, 0, 0], RtcpError::Version),
        (&[0xa0, 201, 0, 0], RtcpError::Padding),
        (&[0xa0, 201, 0, 1, 0, 0, 0, 5], RtcpError::Padding),
    ];
    for (bytes, error) in cases {
        let read: Vec<_> = parse(bytes).map(|packet| packet.err()).collect();
        assert_eq!(read, [Some(error)]);
    }
}

#[test]
fn padding_is_not_part_of_the_last_packet() {
    let padded = [0xa1, 203, 0, 2, 0, 0, 0, 7, 0, 0, 0, 4];
    assert!(matches!(&packets(&padded)[..], [RtcpPacket::Goodbye(gone)] if gone.clone().eq([7])));
}

#[test]
fn what_does_not_fit_leaves_the_compound_as_it_was() {
    let mut buffer = [0; 20];
    let mut writer = RtcpWriter::new(&mut buffer);
    writer.picture_loss(1, 2).unwrap();
    let before = writer.bytes().to_vec();
    assert_eq!(writer.picture_loss(1, 2), Err(RtcpError::BufferFull));
    assert_eq!(writer.receiver_report(1, &[BLOCK; 32]), Err(RtcpError::TooMany));
    assert_eq!(writer.source_description(1, &"x".repeat(256)), Err(RtcpError::TooMany));
    assert_eq!(writer.bytes(), before);
    writer.receiver_report(1, &[]).unwrap();
    assert_eq!(writer.len(), 20);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_without_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 198u8..210, words in 0u8..48) {
        if bytes.len() >= 4 {
            bytes[0] = 0x80 | (bytes[0] & 0x3f);
            bytes[1] = kind;
            bytes[2] = 0;
            bytes[3] = words;
        }
        let mut items = 0usize;
        for packet in parse(&bytes) {
            match packet {
                Ok(RtcpPacket::SenderReport { reports, .. } | RtcpPacket::ReceiverReport { reports, .. }) => items += reports.count(),
                Ok(RtcpPacket::SourceDescription(names)) => items += names.count(),
                Ok(RtcpPacket::Goodbye(ssrcs) | RtcpPacket::Remb { ssrcs, .. }) => items += ssrcs.count(),
                Ok(RtcpPacket::Nack { lost, .. }) => items += lost.count(),
                Ok(RtcpPacket::FullIntra { requests, .. }) => items += requests.count(),
                Ok(RtcpPacket::TransportFeedback(feedback)) => {
                    let count = feedback.statuses().count();
                    prop_assert_eq!(count, usize::from(feedback.status_count));
                    items += count;
                }
                Ok(RtcpPacket::PictureLoss { .. } | RtcpPacket::Other { .. }) | Err(_) => {}
            }
        }
        // A run chunk of two bytes can stand for 8,191 lost packets.
        prop_assert!(items <= bytes.len() * 8_192);
    }

    #[test]
    fn any_feedback_is_read_back_as_written(
        base in any::<u16>(), reference in 0u32..0x80_0000,
        deltas in proptest::collection::vec(
            prop_oneof![Just(None), (0i16..300).prop_map(Some), any::<i16>().prop_map(Some)], 0..400),
        stretch in 0usize..100,
    ) {
        // Long stretches of one kind make run chunks.
        let mut deltas = deltas;
        deltas.extend(std::iter::repeat_n(None, stretch));
        deltas.extend(std::iter::repeat_n(Some(1), stretch));
        let head = FeedbackHead { sender_ssrc: 1, media_ssrc: 2, base_sequence: base, reference_time_64ms: reference, feedback_count: 3 };
        let packet = written(|writer| writer.transport_feedback(&head, &deltas));
        let read = packets(&packet);
        let [RtcpPacket::TransportFeedback(feedback)] = read.as_slice() else { panic!("{read:?}") };
        let mut clock = i64::from(reference) * 256;
        let statuses: Vec<_> = feedback.statuses().collect();
        prop_assert_eq!(statuses.len(), deltas.len());
        for (at, (status, delta)) in statuses.into_iter().zip(deltas).enumerate() {
            prop_assert_eq!(status.sequence, base.wrapping_add(at as u16));
            clock += i64::from(delta.unwrap_or(0));
            prop_assert_eq!(status.arrival_250us, delta.map(|_| clock));
        }
    }

    #[test]
    fn any_list_of_lost_packets_is_read_back(base in any::<u16>(), steps in proptest::collection::vec(1u16..40, 0..100)) {
        let lost: Vec<u16> = steps.iter().scan(base, |at, step| { *at = at.wrapping_add(*step); Some(*at) }).collect();
        let packet = written(|writer| writer.nack(1, 2, &lost));
        let read = packets(&packet);
        let [RtcpPacket::Nack { lost: back, .. }] = read.as_slice() else { panic!("{read:?}") };
        prop_assert_eq!(back.clone().collect::<Vec<_>>(), lost);
    }
}
