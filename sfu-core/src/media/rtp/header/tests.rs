//! Cases of RFC 3550 and RFC 8285, and headers written and read back.

use super::*;
use proptest::prelude::*;

fn map(pairs: &[(Extension, u8)]) -> ExtensionMap {
    let mut map = ExtensionMap::new();
    for (extension, id) in pairs {
        assert!(map.insert(*id, *extension));
    }
    map
}

#[test]
fn fields_csrcs_extensions_payload_and_padding_are_found() {
    let packet = [
        0xb1, 0xe0, 0x12, 0x34, 0, 0, 0, 5, 0xca, 0xfe, 0xba, 0xbe, // fixed part, P X CC=1, M PT=96
        0, 0, 0, 9, // CSRC
        0xbe, 0xde, 0, 1, 0x10, 0xaa, 0, 0, // id 1, one byte, two bytes of block padding
        1, 2, 3, 0, 0, 3, // payload and three bytes of padding
    ];
    let parsed = RtpPacket::parse(&packet).unwrap();
    let header = parsed.header();
    assert!(header.marker);
    assert_eq!((header.payload_type, header.sequence), (96, 0x1234));
    assert_eq!((header.timestamp, header.ssrc), (5, 0xcafe_babe));
    assert_eq!(header.len(), 24);
    assert_eq!(parsed.csrcs().collect::<Vec<_>>(), [9]);
    assert_eq!(parsed.extensions().collect::<Vec<_>>(), [(1, &[0xaa][..])]);
    assert_eq!(parsed.payload(), [1, 2, 3]);
    assert_eq!(parsed.padding_len(), 3);
}

#[test]
fn broken_packets_are_refused_with_their_reason() {
    let base = |first: u8, tail: &[u8]| {
        let mut packet = vec![first, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        packet.extend_from_slice(tail);
        packet
    };
    let cases = [
        (vec![], RtpError::TooShort, "empty"),
        (vec![0x80; 11], RtpError::TooShort, "shorter than the fixed part"),
        (base(0x40, &[]), RtpError::Version, "version 1"),
        (base(0x82, &[0; 4]), RtpError::TooShort, "second CSRC missing"),
        (base(0x90, &[0xbe, 0xde]), RtpError::TooShort, "extension head cut"),
        (base(0x90, &[0xbe, 0xde, 0, 2, 0, 0, 0, 0]), RtpError::TooShort, "extension body cut"),
        (base(0xa0, &[]), RtpError::Padding, "padding without a byte"),
        (base(0xa0, &[0]), RtpError::Padding, "padding of zero"),
        (base(0xa0, &[1, 3]), RtpError::Padding, "padding over the payload"),
        (vec![0x80; MAX_PACKET_LEN + 1], RtpError::TooLong, "over a datagram"),
    ];
    for (packet, error, message) in cases {
        assert_eq!(RtpPacket::parse(&packet).map(|_| ()), Err(error), "{message}");
    }
}

#[test]
fn a_packet_of_padding_alone_has_an_empty_payload() {
    let mut packet = vec![0xa0, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
    packet.extend_from_slice(&[0; 254]);
    packet.push(255);
    let parsed = RtpPacket::parse(&packet).unwrap();
    assert!(parsed.payload().is_empty());
    assert_eq!(parsed.padding_len(), 255);
}

#[test]
fn extension_blocks_are_read_in_both_forms_up_to_the_first_fault() {
    type Case<'a> = (u16, &'a [u8], &'a [(u8, &'a [u8])], &'a str);
    let cases: [Case<'_>; 7] = [
        (0xbede, &[0x10, 1, 0x31, 2, 3, 0, 0, 0], &[(1, &[1]), (3, &[2, 3])], "one-byte form"),
        (0x1000, &[1, 0, 2, 2, 8, 9, 0, 0], &[(1, &[]), (2, &[8, 9])], "two-byte form, empty value"),
        (0x1005, &[16, 1, 7, 0], &[(16, &[7])], "two-byte form with application bits"),
        (0xbede, &[0x10, 1, 0xf0, 9], &[(1, &[1])], "id 15 ends a one-byte block"),
        (0xbede, &[0x10, 1, 0x2f, 9], &[(1, &[1])], "value runs over the block"),
        (0x1000, &[1, 9, 0, 0], &[], "two-byte value runs over the block"),
        (0xabac, &[0x10, 1, 0, 0], &[], "unknown profile"),
    ];
    for (profile, block, expected, message) in cases {
        let mut packet = vec![0x90, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        packet.extend_from_slice(&profile.to_be_bytes());
        packet.extend_from_slice(&((block.len() / 4) as u16).to_be_bytes());
        packet.extend_from_slice(block);
        let parsed = RtpPacket::parse(&packet).unwrap();
        assert_eq!(parsed.extensions().collect::<Vec<_>>(), expected, "{message}");
    }
}

#[test]
fn known_extensions_get_the_receivers_ids_and_the_hops_own_ones_are_dropped() {
    let from = map(&[
        (Extension::Mid, 1),
        (Extension::RtpStreamId, 2),
        (Extension::AudioLevel, 3),
        (Extension::AbsSendTime, 4),
    ]);
    let to = map(&[
        (Extension::Mid, 9),
        (Extension::RtpStreamId, 10),
        (Extension::AudioLevel, 11),
        (Extension::TransportSequence, 12),
    ]);
    let mut values = ExtensionValues::default();
    values.set(Extension::Mid, b"0");
    values.set(Extension::RtpStreamId, b"h");
    values.set(Extension::AudioLevel, &[0x85]);
    values.set(Extension::AbsSendTime, &[1, 2, 3]);
    let header = OutgoingHeader { marker: true, payload_type: 111, sequence: 7, timestamp: 8, ssrc: 9 };
    let mut buffer = [0xff; 64];
    let len = header.write(&from, &values, &mut buffer).unwrap();
    let received = RtpPacket::parse(&buffer[..len]).unwrap();

    let mut outgoing = received.extension_values(&from).end_to_end();
    outgoing.set(Extension::Mid, b"sub");
    outgoing.set(Extension::TransportSequence, &[0, 1]);
    let mut buffer = [0xff; 64];
    let len = header.write(&to, &outgoing, &mut buffer).unwrap();
    let sent = RtpPacket::parse(&buffer[..len]).unwrap();
    assert_eq!(sent.extensions().collect::<Vec<_>>(), [(9, &b"sub"[..]), (11, &[0x85]), (12, &[0, 1])]);
    assert!(sent.header().marker);
    assert_eq!(sent.header().ssrc, 9);
}

#[test]
fn a_value_that_does_not_fit_the_one_byte_form_takes_the_two_byte_form() {
    let long = [7; 20];
    let header = OutgoingHeader { marker: false, payload_type: 96, sequence: 0, timestamp: 0, ssrc: 1 };
    let ids = map(&[(Extension::Mid, 1), (Extension::DependencyDescriptor, 2)]);
    for value in [&long[..], &[]] {
        let mut values = ExtensionValues::default();
        values.set(Extension::DependencyDescriptor, value);
        values.set(Extension::Mid, b"0");
        let mut buffer = [0; 64];
        let len = header.write(&ids, &values, &mut buffer).unwrap();
        let packet = RtpPacket::parse(&buffer[..len]).unwrap();
        assert_eq!(packet.extensions().collect::<Vec<_>>(), [(1, &b"0"[..]), (2, value)]);
    }
}

#[test]
fn without_values_no_extension_block_is_written_and_small_buffers_are_refused() {
    let header = OutgoingHeader { marker: false, payload_type: 0, sequence: 0, timestamp: 0, ssrc: 0 };
    let ids = map(&[(Extension::Mid, 1)]);
    let mut values = ExtensionValues::default();
    assert_eq!(header.write(&ids, &values, &mut [0; 12]), Ok(12));
    values.set(Extension::Mid, b"12345678");
    for len in 0..28 {
        let mut buffer = vec![0; len];
        assert_eq!(header.write(&ids, &values, &mut buffer), Err(RtpError::BufferFull), "{len}");
    }
    assert_eq!(header.write(&ids, &values, &mut [0; 28]), Ok(28));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_without_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..128), rtp in any::<bool>()) {
        if let (true, Some(first)) = (rtp, bytes.first_mut()) {
            *first = 0x80 | (*first & 0x3f);
        }
        if let Ok(packet) = RtpPacket::parse(&bytes) {
            let used: usize = packet.extensions().map(|(_, value)| value.len() + 1).sum();
            prop_assert!(used <= bytes.len());
            prop_assert_eq!(packet.header().len() + packet.payload().len() + packet.padding_len(), bytes.len());
            prop_assert!(packet.csrcs().count() <= 15);
        }
    }

    #[test]
    fn what_is_written_is_read_back(
        marker in any::<bool>(), payload_type in 0u8..128, sequence in any::<u16>(), timestamp in any::<u32>(),
        ssrc in any::<u32>(), mid in proptest::collection::vec(any::<u8>(), 0..32), id in 0u8..20,
    ) {
        let mut ids = ExtensionMap::new();
        let known = ids.insert(id, Extension::Mid);
        let mut values = ExtensionValues::default();
        values.set(Extension::Mid, &mid);
        let header = OutgoingHeader { marker, payload_type, sequence, timestamp, ssrc };
        let mut buffer = [0xff; 80];
        let len = header.write(&ids, &values, &mut buffer).unwrap();
        let packet = RtpPacket::parse(&buffer[..len]).unwrap();
        let back = packet.header();
        prop_assert_eq!((back.marker, back.payload_type, back.sequence), (marker, payload_type, sequence));
        prop_assert_eq!((back.timestamp, back.ssrc), (timestamp, ssrc));
        let expected = if known { Some(&mid[..]) } else { None };
        prop_assert_eq!(packet.extension_values(&ids).get(Extension::Mid), expected);
    }
}
