//! RTP headers, their extensions and RED: what is read stays within the packet, and what is written from it is read
//! again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sfu_core::extension::{Extension, ExtensionMap};
use sfu_core::media::codec::red;
use sfu_core::media::rtp::extension::{
    AudioLevel, PlayoutDelay, VideoOrientation, parse_abs_send_time, parse_label, parse_transport_sequence,
};
use sfu_core::media::rtp::header::{OutgoingHeader, RtpHeader, RtpPacket};

fuzz_target!(|bytes: &[u8]| {
    // The first byte shifts the ids of the extension map.
    let Some((shift, bytes)) = bytes.split_first() else { return };
    let mut map = ExtensionMap::new();
    for (id, extension) in (1u8..).zip(Extension::ALL) {
        let _ = map.insert(1 + (id.wrapping_add(*shift) % 14), extension);
    }
    let Ok(packet) = RtpPacket::parse(bytes) else { return };
    let header = *packet.header();
    assert_eq!(RtpHeader::parse(bytes), Ok(header));
    assert!(header.len() + packet.payload().len() + packet.padding_len() == bytes.len());
    assert!(packet.csrcs().count() <= 15);
    assert!(packet.extensions().map(|(_, value)| value.len()).sum::<usize>() <= header.len());
    let values = packet.extension_values(&map);
    for extension in Extension::ALL {
        let Some(value) = values.get(extension) else { continue };
        let _ = (AudioLevel::parse(value), PlayoutDelay::parse(value), VideoOrientation::parse(value));
        let _ = (parse_abs_send_time(value), parse_label(value), parse_transport_sequence(value));
    }
    let outgoing = OutgoingHeader {
        marker: header.marker,
        payload_type: header.payload_type,
        sequence: header.sequence,
        timestamp: header.timestamp,
        ssrc: header.ssrc,
    };
    let mut written = [0; 512];
    if let Ok(len) = outgoing.write(&map, &values, &mut written) {
        let again = RtpPacket::parse(&written[..len]).expect("a header of ours is read");
        assert_eq!(again.header().sequence, header.sequence);
        let read = again.extension_values(&map);
        for extension in Extension::ALL {
            assert_eq!(read.get(extension), values.get(extension), "{extension:?}");
        }
    }
    let payload = packet.payload();
    if let Some(blocks) = red::blocks(payload) {
        assert!(blocks.map(|block| block.data.len()).sum::<usize>() <= payload.len());
    }
    let _ = red::primary(payload);
});
