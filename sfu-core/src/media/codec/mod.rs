//! What the forwarder must know of payloads: where a picture starts, whether it is a keyframe, its layers, and which of
//! its numbers must be continuous at a receiver. Nothing is decoded; SDP parameters are `sdp`'s.

pub mod av1;
pub mod blank;
pub mod dependency_descriptor;
pub mod h264;
pub mod opus;
pub mod picture;
pub mod red;
pub mod vp8;
pub mod vp9;

use crate::sdp::Codec;
use dependency_descriptor::FrameDependencies;
use picture::{PictureIds, PicturePosition};

/// What one packet's payload says, whatever its codec.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PayloadInfo {
    /// The first packet of a keyframe, or one that carries its parameter sets: a receiver can start here.
    pub is_keyframe_start: bool,
    /// The first packet of a picture (or, where the codec's payload does not tell, of a part of one).
    pub is_frame_start: bool,
    /// The last packet of a picture's part in one spatial layer, where codec or descriptor tells.
    pub is_frame_end: bool,
    /// Spatial layer inside this stream; 0 without SVC.
    pub spatial_layer: u8,
    /// Temporal layer; 0 where the payload has none.
    pub temporal_layer: u8,
    /// The picture refers only to lower temporal layers: a receiver may go up to its layer here.
    pub is_layer_sync: bool,
    /// The frame refers to no earlier picture of its spatial layer: a receiver may go up to that layer here.
    pub is_spatial_switch: bool,
    /// Width and height in pixels, where this packet tells them.
    pub size: Option<(u16, u16)>,
    /// Numbers of the picture that a receiver wants continuous (VP8, VP9).
    pub position: Option<PicturePosition>,
    /// Which frames this one refers to, where the dependency descriptor (AV1) or the payload (VP9, flexible mode) tells.
    pub dependencies: Option<FrameDependencies>,
}

impl PayloadInfo {
    /// The same with what the packet's dependency descriptor says, which knows better.
    pub fn with_dependencies(self, frame: FrameDependencies) -> Self {
        Self {
            is_frame_start: frame.is_start,
            is_frame_end: frame.is_end,
            spatial_layer: frame.spatial,
            temporal_layer: frame.temporal,
            is_spatial_switch: frame.is_switch,
            size: frame.size.or(self.size),
            dependencies: Some(frame),
            ..self
        }
    }

    /// Reads `payload`. What cannot be parsed gives the default: a packet that is forwarded, but never started with.
    ///
    /// Every audio packet is a place to start.
    pub fn parse(codec: Codec, payload: &[u8]) -> Self {
        match codec {
            Codec::Opus | Codec::Red | Codec::Pcmu | Codec::Pcma => {
                Self { is_keyframe_start: true, is_frame_start: true, ..Self::default() }
            }
            Codec::Vp8 => vp8::Descriptor::parse(payload).map(Self::from).unwrap_or_default(),
            Codec::Vp9 { .. } => vp9::Descriptor::parse(payload).map(Self::from).unwrap_or_default(),
            Codec::H264 { .. } => h264::NalUnits::parse(payload).map(Self::from).unwrap_or_default(),
            Codec::Av1 => av1::AggregationHeader::parse(payload).map(Self::from).unwrap_or_default(),
        }
    }
}

/// The start of a payload as one receiver gets it: `bytes` stand in place of the payload's first `replaced` ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PayloadPrefix {
    buffer: [u8; PayloadPrefix::CAPACITY],
    len: u8,
    replaced: u8,
}

impl PayloadPrefix {
    /// Longest prefix, in bytes.
    pub const CAPACITY: usize = 8;

    /// Makes the prefix that gives a picture its numbers at a receiver; empty where the codec has none.
    pub fn rewrite(codec: Codec, payload: &[u8], ids: PictureIds) -> Self {
        match codec {
            Codec::Vp8 => vp8::Descriptor::parse(payload).map(|descriptor| descriptor.rewrite(ids)).unwrap_or_default(),
            Codec::Vp9 { .. } => vp9::rewrite(payload, ids).unwrap_or_default(),
            Codec::Opus | Codec::Red | Codec::Pcmu | Codec::Pcma | Codec::H264 { .. } | Codec::Av1 => Self::default(),
        }
    }

    /// The bytes that go out first.
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// What of the payload follows them.
    pub fn rest<'a>(&self, payload: &'a [u8]) -> &'a [u8] {
        payload.get(usize::from(self.replaced)..).unwrap_or_default()
    }

    fn replacing(replaced: usize) -> Self {
        Self { replaced: replaced as u8, ..Self::default() }
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.buffer.get_mut(usize::from(self.len)) {
            *place = byte;
            self.len += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn audio_starts_anywhere_and_unreadable_video_nowhere() {
        assert!(PayloadInfo::parse(Codec::Opus, &[]).is_keyframe_start);
        for codec in [Codec::Vp8, Codec::Vp9 { profile: 0 }, Codec::Av1] {
            assert_eq!(PayloadInfo::parse(codec, &[]), PayloadInfo::default(), "{codec:?}");
        }
    }

    #[test]
    fn a_prefix_takes_the_place_of_the_bytes_it_replaces() {
        let mut prefix = PayloadPrefix::replacing(2);
        prefix.push(9);
        assert_eq!((prefix.bytes(), prefix.rest(&[1, 2, 3, 4])), (&[9][..], &[3, 4][..]));
        assert_eq!(PayloadPrefix::default().rest(&[1, 2]), [1, 2]);
    }

    proptest! {
        #[test]
        fn any_payload_is_inspected_and_rewritten_without_panic(
            payload in proptest::collection::vec(any::<u8>(), 0..40), picture_id in any::<u16>(), tl0 in any::<u8>(),
        ) {
            let ids = PictureIds { picture_id, tl0_picture_index: tl0 };
            for codec in [Codec::Vp8, Codec::Vp9 { profile: 0 }, Codec::Av1] {
                let before = PayloadInfo::parse(codec, &payload);
                let prefix = PayloadPrefix::rewrite(codec, &payload, ids);
                let rewritten = [prefix.bytes(), prefix.rest(&payload)].concat();
                let after = PayloadInfo::parse(codec, &rewritten);
                prop_assert_eq!(after.position.is_some(), before.position.is_some());
                if let Some(position) = after.position {
                    prop_assert_eq!(position.picture_id, picture_id & 0x7fff);
                    prop_assert_eq!(position.tl0_picture_index.unwrap_or(tl0), tl0);
                }
                let rest = |info| PayloadInfo { position: None, dependencies: None, ..info };
                prop_assert_eq!(rest(after), rest(before));
            }
        }
    }
}
