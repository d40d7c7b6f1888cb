//! Payload descriptors of all codecs: rewriting a picture's numbers changes nothing else that is read from it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sfu_core::media::codec::dependency_descriptor::DependencyReader;
use sfu_core::media::codec::picture::PictureIds;
use sfu_core::media::codec::{PayloadInfo, PayloadPrefix, opus, red};
use sfu_core::sdp::{Codec, H264Profile};

fuzz_target!(|bytes: &[u8]| {
    let Some((head, payload)) = bytes.split_first_chunk::<4>() else { return };
    let [which, high, low, tl0_picture_index] = *head;
    let h264 = Codec::H264 { profile: H264Profile::Baseline, packetization_mode: which >> 7 };
    let codecs = [Codec::Vp8, Codec::Vp9 { profile: 0 }, h264, Codec::Av1, Codec::Opus, Codec::Red];
    let codec = codecs[usize::from(which) % codecs.len()];
    let before = PayloadInfo::parse(codec, payload);
    let ids = PictureIds { picture_id: u16::from_be_bytes([high, low]), tl0_picture_index };
    let prefix = PayloadPrefix::rewrite(codec, payload, ids);
    assert!(prefix.bytes().len() <= PayloadPrefix::CAPACITY);
    if before.position.is_some() {
        let after = PayloadInfo::parse(codec, &[prefix.bytes(), prefix.rest(payload)].concat());
        let rest = |info| PayloadInfo { position: None, dependencies: None, ..info };
        assert_eq!(rest(after), rest(before));
        assert!(after.position.is_some());
    }
    let _ = (opus::duration_ticks(payload), opus::is_silence(payload), red::primary(payload));
    // A descriptor means something only after the one that brought its structure: two in a row.
    let (first, second) = payload.split_at(usize::from(tl0_picture_index) % (payload.len() + 1));
    let mut reader = DependencyReader::default();
    for value in [first, second] {
        let Some(frame) = reader.read(value) else { continue };
        assert!(frame.spatial < 4 && frame.temporal < 8 && frame.references().count() <= 8);
        let targets = Some(u32::from_be_bytes(*head));
        if let Some(rewritten) = reader.rewrite(value, ids.picture_id, targets) {
            let read = reader.clone().read(rewritten.bytes()).expect("what was rewritten can be read");
            assert_eq!(read.number, ids.picture_id);
            assert_eq!((read.spatial, read.temporal, read.is_switch), (frame.spatial, frame.temporal, frame.is_switch));
        }
    }
});
