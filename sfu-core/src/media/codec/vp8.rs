//! VP8 payload descriptors (RFC 7741 §4.2) and the start of the frame header (RFC 6386 §9.1): read, and written anew
//! with a receiver's picture numbers.

use super::picture::{PictureIds, PicturePosition};
use super::{PayloadInfo, PayloadPrefix};

const EXTENDED: u8 = 0x80;
const START: u8 = 0x10;
const HAS_PICTURE_ID: u8 = 0x80;
const HAS_TL0: u8 = 0x40;
const HAS_TEMPORAL: u8 = 0x20;
const HAS_KEY_INDEX: u8 = 0x10;
const LONG_PICTURE_ID: u8 = 0x80;
const LAYER_SYNC: u8 = 0x20;
const INTER_FRAME: u8 = 0x01;
const START_CODE: [u8; 3] = [0x9d, 0x01, 0x2a];

/// A payload descriptor and what the frame header behind it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The packet begins the frame: start of partition 0.
    pub is_frame_start: bool,
    /// The packet begins a keyframe.
    pub is_keyframe_start: bool,
    /// Width and height of a keyframe in pixels.
    pub size: Option<(u16, u16)>,
    /// Temporal layer, where it is given.
    pub temporal_layer: Option<u8>,
    /// The frame refers only to lower temporal layers.
    pub is_layer_sync: bool,
    /// PictureID.
    pub picture_id: Option<u16>,
    /// TL0PICIDX.
    pub tl0_picture_index: Option<u8>,
    is_long: bool,
    first: u8,
    flags: u8,
    layers: u8,
    len: usize,
}

impl Descriptor {
    /// Reads the descriptor at the start of `payload`; none where it is cut short or nothing follows it.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let mut bytes = payload.iter().copied();
        let first = bytes.next()?;
        let flags = if first & EXTENDED != 0 { bytes.next()? } else { 0 };
        let (mut picture_id, mut is_long) = (None, false);
        if flags & HAS_PICTURE_ID != 0 {
            let high = bytes.next()?;
            is_long = high & LONG_PICTURE_ID != 0;
            picture_id = Some(if is_long {
                u16::from_be_bytes([high & !LONG_PICTURE_ID, bytes.next()?])
            } else {
                u16::from(high)
            });
        }
        let tl0_picture_index = if flags & HAS_TL0 != 0 { Some(bytes.next()?) } else { None };
        let layers = if flags & (HAS_TEMPORAL | HAS_KEY_INDEX) != 0 { bytes.next()? } else { 0 };
        let len = payload.len() - bytes.len();
        let frame = payload.get(len..).filter(|frame| !frame.is_empty())?;
        let is_frame_start = first & START != 0 && first & 0x07 == 0;
        let is_keyframe_start = is_frame_start && frame.first().is_some_and(|tag| tag & INTER_FRAME == 0);
        let has_temporal = flags & HAS_TEMPORAL != 0;
        Some(Self {
            is_frame_start,
            is_keyframe_start,
            size: if is_keyframe_start { keyframe_size(frame) } else { None },
            temporal_layer: has_temporal.then_some(layers >> 6),
            is_layer_sync: has_temporal && layers & LAYER_SYNC != 0,
            picture_id,
            tl0_picture_index,
            is_long,
            first,
            flags,
            layers,
            len,
        })
    }

    /// Length of the descriptor, in bytes.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Never true: a descriptor has a byte at least.
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// The numbers that must be continuous at a receiver; none without a PictureID.
    pub const fn position(&self) -> Option<PicturePosition> {
        match self.picture_id {
            Some(picture_id) => {
                Some(PicturePosition { picture_id, is_long: self.is_long, tl0_picture_index: self.tl0_picture_index })
            }
            None => None,
        }
    }

    /// The descriptor with other numbers in place of the ones it has; a PictureID is written with 15 bits, so that
    /// sources with either length can follow each other.
    pub fn rewrite(&self, ids: PictureIds) -> PayloadPrefix {
        let mut prefix = PayloadPrefix::replacing(self.len);
        prefix.push(self.first);
        if self.first & EXTENDED != 0 {
            prefix.push(self.flags);
        }
        if self.picture_id.is_some() {
            let [high, low] = ids.picture_id.to_be_bytes();
            prefix.push(high | LONG_PICTURE_ID);
            prefix.push(low);
        }
        if self.tl0_picture_index.is_some() {
            prefix.push(ids.tl0_picture_index);
        }
        if self.flags & (HAS_TEMPORAL | HAS_KEY_INDEX) != 0 {
            prefix.push(self.layers);
        }
        prefix
    }
}

impl From<Descriptor> for PayloadInfo {
    fn from(descriptor: Descriptor) -> Self {
        Self {
            is_keyframe_start: descriptor.is_keyframe_start,
            is_frame_start: descriptor.is_frame_start,
            temporal_layer: descriptor.temporal_layer.unwrap_or(0),
            is_layer_sync: descriptor.is_layer_sync,
            size: descriptor.size,
            position: descriptor.position(),
            ..Self::default()
        }
    }
}

/// Width and height behind a keyframe's tag and start code (RFC 6386 §9.1); the scaling bits are left out.
fn keyframe_size(frame: &[u8]) -> Option<(u16, u16)> {
    let [_, _, _, code @ .., w0, w1, h0, h1] = *frame.first_chunk::<10>()?;
    (code == START_CODE).then(|| (u16::from_le_bytes([w0, w1]) & 0x3fff, u16::from_le_bytes([h0, h1]) & 0x3fff))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 10] = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x42, 0x68, 0x01];

    #[test]
    fn descriptors_of_every_form_are_read() {
        type Case<'a> = (&'a [u8], Option<u16>, Option<u8>, Option<u8>, usize, &'a str);
        let cases: [Case<'_>; 7] = [
            (&[0x10, 1], None, None, None, 1, "no extension"),
            (&[0x90, 0x80, 0x7f, 1], Some(127), None, None, 3, "7-bit picture id"),
            (&[0x90, 0x80, 0x81, 0x02, 1], Some(0x102), None, None, 4, "15-bit picture id"),
            (&[0x90, 0xe0, 0x80, 0x05, 7, 0x60, 1], Some(5), Some(7), Some(1), 6, "all of a layered stream"),
            (&[0x90, 0x40, 9, 1], None, Some(9), None, 3, "TL0PICIDX alone"),
            (&[0x90, 0x10, 0xdf, 1], None, None, None, 3, "KEYIDX alone is no temporal layer"),
            (&[0x90, 0x00, 1], None, None, None, 2, "an extension of nothing"),
        ];
        for (payload, picture_id, tl0, temporal, len, message) in cases {
            let descriptor = Descriptor::parse(payload).unwrap();
            assert_eq!(descriptor.picture_id, picture_id, "{message}");
            assert_eq!(descriptor.tl0_picture_index, tl0, "{message}");
            assert_eq!(descriptor.temporal_layer, temporal, "{message}");
            assert_eq!(descriptor.len(), len, "{message}");
        }
        assert!(Descriptor::parse(&[0x90, 0xe0, 0x80, 0x05, 7, 0x60, 1]).unwrap().is_layer_sync);
    }

    #[test]
    fn cut_descriptors_and_empty_frames_are_refused() {
        let whole = [0x90, 0xf0, 0x80, 0x05, 7, 0x60];
        for len in 0..=whole.len() {
            assert_eq!(Descriptor::parse(&whole[..len]), None, "{len}");
        }
    }

    #[test]
    fn a_keyframe_is_one_only_at_the_start_of_its_first_partition() {
        let cases: [(&[u8], u8, bool, bool, &str); 5] = [
            (&[0x10], 0x10, true, true, "start of partition 0, P clear"),
            (&[0x10], 0x11, true, false, "an inter frame"),
            (&[0x00], 0x10, false, false, "within the frame"),
            (&[0x11], 0x10, false, false, "start of partition 1"),
            (&[0x30], 0x10, true, true, "non-reference bit set"),
        ];
        for (descriptor, tag, frame_start, keyframe_start, message) in cases {
            let read = Descriptor::parse(&[descriptor, &[tag]].concat()).unwrap();
            assert_eq!((read.is_frame_start, read.is_keyframe_start), (frame_start, keyframe_start), "{message}");
            assert_eq!(read.size, None, "{message}: too short for a size");
        }
        let key = Descriptor::parse(&[&[0x10][..], &KEY].concat()).unwrap();
        assert_eq!(key.size, Some((640, 360)), "without the scaling bits");
    }

    #[test]
    fn rewriting_changes_the_numbers_and_nothing_else() {
        let ids = PictureIds { picture_id: 0x1234, tl0_picture_index: 0x56 };
        let cases: [(&[u8], &[u8], &str); 5] = [
            (&[0x90, 0xf0, 0x05, 7, 0x65, 1], &[0x90, 0xf0, 0x92, 0x34, 0x56, 0x65, 1], "7 bits become 15"),
            (&[0x80, 0x80, 0x80, 0x05, 1], &[0x80, 0x80, 0x92, 0x34, 1], "picture id alone"),
            (&[0x90, 0x40, 9, 1], &[0x90, 0x40, 0x56, 1], "no picture id, none made"),
            (&[0x10, 1], &[0x10, 1], "nothing to rewrite"),
            (&[0x90, 0x20, 0x40, 1], &[0x90, 0x20, 0x40, 1], "layer alone"),
        ];
        for (payload, expected, message) in cases {
            let prefix = Descriptor::parse(payload).unwrap().rewrite(ids);
            assert_eq!([prefix.bytes(), prefix.rest(payload)].concat(), expected, "{message}");
        }
    }
}
