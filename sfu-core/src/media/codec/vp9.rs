//! VP9 payload descriptors (RFC 9628 §4.2): layers, picture numbers, scalability structure; read, and the picture
//! numbers written anew for a receiver.

use super::dependency_descriptor::FrameDependencies;
use super::picture::{PictureIds, PicturePosition};
use super::{PayloadInfo, PayloadPrefix};

const HAS_PICTURE_ID: u8 = 0x80;
const INTER_PICTURE: u8 = 0x40;
const HAS_LAYERS: u8 = 0x20;
const FLEXIBLE: u8 = 0x10;
const FRAME_START: u8 = 0x08;
const FRAME_END: u8 = 0x04;
const HAS_STRUCTURE: u8 = 0x02;
const NOT_REFERENCED: u8 = 0x01;
const LONG_PICTURE_ID: u8 = 0x80;
/// Reference indices of one packet in flexible mode: three at most.
const MAX_REFERENCES: usize = 3;

/// A payload descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// PictureID.
    pub picture_id: Option<u16>,
    /// TL0PICIDX (non-flexible mode with layers).
    pub tl0_picture_index: Option<u8>,
    /// The picture refers to earlier ones.
    pub is_inter: bool,
    /// First packet of a frame, which is one spatial layer of a picture.
    pub is_frame_start: bool,
    /// Last packet of a frame.
    pub is_frame_end: bool,
    /// No higher spatial layer refers to this frame.
    pub is_not_referenced: bool,
    /// Spatial layer.
    pub spatial_layer: u8,
    /// Temporal layer.
    pub temporal_layer: u8,
    /// A receiver may switch up to this temporal layer here.
    pub is_switching_up: bool,
    /// The frame refers to the lower spatial layer of the same picture.
    pub is_inter_layer: bool,
    /// Width and height of the highest spatial layer, where the packet has the scalability structure.
    pub size: Option<(u16, u16)>,
    /// In flexible mode, how many pictures back the ones are that this frame refers to; 0 for none.
    pub reference_distances: [u8; MAX_REFERENCES],
    is_flexible: bool,
    is_long: bool,
    /// Length of the part up to TL0PICIDX, in bytes.
    ids_len: usize,
    layers: Option<u8>,
}

/// Reads bytes one by one; none at the end.
struct Reader<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        self.bytes.next().copied()
    }

    fn word(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes([self.byte()?, self.byte()?]))
    }
}

impl Descriptor {
    /// Reads the descriptor at the start of `payload`; none where it is malformed or nothing follows it.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let mut reader = Reader { bytes: payload.iter() };
        let flags = reader.byte()?;
        let (mut picture_id, mut is_long) = (None, false);
        if flags & HAS_PICTURE_ID != 0 {
            let high = reader.byte()?;
            is_long = high & LONG_PICTURE_ID != 0;
            picture_id = Some(if is_long {
                u16::from_be_bytes([high & !LONG_PICTURE_ID, reader.byte()?])
            } else {
                u16::from(high)
            });
        }
        let layers = if flags & HAS_LAYERS != 0 { Some(reader.byte()?) } else { None };
        let has_tl0 = layers.is_some() && flags & FLEXIBLE == 0;
        let tl0_picture_index = if has_tl0 { Some(reader.byte()?) } else { None };
        let ids_len = payload.len() - reader.bytes.len();
        let is_flexible = flags & FLEXIBLE != 0;
        let has_references = is_flexible && flags & INTER_PICTURE != 0;
        let reference_distances = if has_references { read_references(&mut reader)? } else { [0; MAX_REFERENCES] };
        let size = if flags & HAS_STRUCTURE != 0 { read_structure(&mut reader)? } else { None };
        reader.byte()?;
        let bits = layers.unwrap_or(0);
        Some(Self {
            picture_id,
            tl0_picture_index,
            is_inter: flags & INTER_PICTURE != 0,
            is_frame_start: flags & FRAME_START != 0,
            is_frame_end: flags & FRAME_END != 0,
            is_not_referenced: flags & NOT_REFERENCED != 0,
            spatial_layer: (bits >> 1) & 0x07,
            temporal_layer: bits >> 5,
            is_switching_up: bits & 0x10 != 0,
            is_inter_layer: bits & 0x01 != 0,
            size,
            reference_distances,
            is_flexible,
            is_long,
            ids_len,
            layers,
        })
    }

    /// The packet begins a keyframe: the lowest spatial layer of a picture that refers to nothing.
    pub const fn is_keyframe_start(&self) -> bool {
        !self.is_inter && self.is_frame_start && self.spatial_layer == 0
    }

    /// In flexible mode, which frames this one refers to. Frames are numbered by picture and spatial layer, which needs
    /// numbers that wrap where picture ids of 15 bits do.
    fn dependencies(&self) -> Option<FrameDependencies> {
        let picture_id = self.picture_id.filter(|_| self.is_flexible && self.is_long)?;
        let number = (picture_id << 3) | u16::from(self.spatial_layer);
        let distances = self.reference_distances.iter().filter(|distance| **distance > 0);
        let earlier = distances.map(|distance| number.wrapping_sub(u16::from(*distance) << 3));
        let below = self.is_inter_layer.then(|| number.wrapping_sub(1));
        let frame = FrameDependencies {
            number,
            is_start: self.is_frame_start,
            is_end: self.is_frame_end,
            spatial: self.spatial_layer,
            temporal: self.temporal_layer,
            is_switch: !self.is_inter,
            ..FrameDependencies::default()
        };
        Some(frame.referring_to(earlier.chain(below)))
    }
}

/// The start of `payload` with a receiver's picture numbers; none where the descriptor cannot be read.
pub fn rewrite(payload: &[u8], ids: PictureIds) -> Option<PayloadPrefix> {
    let descriptor = Descriptor::parse(payload)?;
    let mut prefix = PayloadPrefix::replacing(descriptor.ids_len);
    prefix.push(*payload.first()?);
    if descriptor.picture_id.is_some() {
        let [high, low] = ids.picture_id.to_be_bytes();
        prefix.push(high | LONG_PICTURE_ID);
        prefix.push(low);
    }
    if let Some(layers) = descriptor.layers {
        prefix.push(layers);
    }
    if descriptor.tl0_picture_index.is_some() {
        prefix.push(ids.tl0_picture_index);
    }
    Some(prefix)
}

impl From<Descriptor> for PayloadInfo {
    fn from(descriptor: Descriptor) -> Self {
        Self {
            is_keyframe_start: descriptor.is_keyframe_start(),
            is_frame_start: descriptor.is_frame_start,
            is_frame_end: descriptor.is_frame_end,
            spatial_layer: descriptor.spatial_layer,
            temporal_layer: descriptor.temporal_layer,
            is_layer_sync: descriptor.is_switching_up,
            is_spatial_switch: !descriptor.is_inter,
            size: descriptor.size,
            position: descriptor.picture_id.map(|picture_id| PicturePosition {
                picture_id,
                is_long: descriptor.is_long,
                tl0_picture_index: descriptor.tl0_picture_index,
            }),
            dependencies: descriptor.dependencies(),
        }
    }
}

fn read_references(reader: &mut Reader<'_>) -> Option<[u8; MAX_REFERENCES]> {
    let mut distances = [0; MAX_REFERENCES];
    for distance in &mut distances {
        let byte = reader.byte()?;
        *distance = byte >> 1;
        if byte & 0x01 == 0 {
            return Some(distances);
        }
    }
    // A fourth reference is announced: malformed.
    None
}

/// Reads the scalability structure and returns the size of its highest layer.
fn read_structure(reader: &mut Reader<'_>) -> Option<Option<(u16, u16)>> {
    let head = reader.byte()?;
    let mut size = None;
    if head & 0x10 != 0 {
        for _ in 0..=(head >> 5) {
            size = Some((reader.word()?, reader.word()?));
        }
    }
    if head & 0x08 != 0 {
        for _ in 0..reader.byte()? {
            let references = (reader.byte()? >> 2) & 0x03;
            for _ in 0..references {
                reader.byte()?;
            }
        }
    }
    Some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyframe_with_its_structure_is_read() {
        let payload = [
            0b1010_1010,
            0x81,
            0x02,
            0x00,
            9, // I L B V; picture id 258; layer 0,0; TL0PICIDX 9
            0b0011_1000,
            1,
            0x40,
            0,
            0xb4,
            2,
            0x80,
            1,
            0x68, // two sizes and a group
            2,
            0b0000_0000,
            0b0011_0100,
            1, // two pictures, the second with a reference
            0xff,
        ];
        let read = Descriptor::parse(&payload).unwrap();
        assert!(read.is_keyframe_start() && !read.is_frame_end);
        assert_eq!((read.picture_id, read.tl0_picture_index), (Some(258), Some(9)));
        assert_eq!(read.size, Some((640, 360)));
        for len in 0..payload.len() {
            assert_eq!(Descriptor::parse(&payload[..len]), None, "cut at {len}");
        }
    }

    #[test]
    fn layers_and_flags_are_read_bit_by_bit() {
        let read = Descriptor::parse(&[0b1111_1101, 5, 0b0101_0011, 0b0000_0011, 0b0000_0010, 1]).unwrap();
        assert_eq!((read.temporal_layer, read.spatial_layer), (2, 1));
        assert!(read.is_switching_up && read.is_inter_layer && read.is_inter);
        assert!(read.is_frame_start && read.is_frame_end && read.is_not_referenced);
        assert_eq!((read.picture_id, read.tl0_picture_index), (Some(5), None), "flexible mode has no TL0PICIDX");
        assert_eq!(read.reference_distances, [1, 1, 0]);
        assert!(!read.is_keyframe_start());
        let four = [0b1111_1101, 5, 0, 3, 3, 3, 3, 1];
        assert_eq!(Descriptor::parse(&four), None, "four references");
    }

    #[test]
    fn frames_of_flexible_mode_refer_to_frames_by_picture_and_layer() {
        // Picture 1 of layer 1 refers one and three pictures back, over the wrap of picture ids, and one layer down.
        let info = PayloadInfo::from(Descriptor::parse(&[0b1111_1000, 0x80, 1, 0b0000_0011, 3, 6, 1]).unwrap());
        let frame = info.dependencies.unwrap();
        let numbers = [1u16, 0, 0x7ffe].map(|picture| (picture << 3) | 1);
        assert_eq!(frame.number, numbers[0]);
        assert_eq!(frame.references().collect::<Vec<_>>(), [numbers[1], numbers[2], numbers[0] - 1]);
        let short = PayloadInfo::from(Descriptor::parse(&[0b1111_1000, 1, 0b0000_0011, 2, 1]).unwrap());
        assert_eq!(short.dependencies, None, "7 bits wrap elsewhere");
        let fixed = PayloadInfo::from(Descriptor::parse(&[0b1110_1000, 0x80, 1, 0b0000_0011, 2, 1]).unwrap());
        assert_eq!(fixed.dependencies, None, "not flexible");
    }

    #[test]
    fn an_upper_spatial_layer_is_no_place_to_start() {
        let upper = Descriptor::parse(&[0b0010_1000, 0b0000_0011, 1, 1]).unwrap();
        assert!(upper.is_frame_start && !upper.is_inter && !upper.is_keyframe_start());
        let single = Descriptor::parse(&[0b0000_1000, 1]).unwrap();
        assert!(single.is_keyframe_start(), "without layers");
    }

    #[test]
    fn rewriting_changes_the_numbers_and_nothing_else() {
        let ids = PictureIds { picture_id: 0x1234, tl0_picture_index: 0x56 };
        let cases: [(&[u8], &[u8], &str); 3] = [
            (&[0b1010_1000, 5, 0x20, 9, 1], &[0b1010_1000, 0x92, 0x34, 0x20, 0x56, 1], "7 bits become 15"),
            (&[0b1111_1000, 0x80, 5, 0x20, 2, 1], &[0b1111_1000, 0x92, 0x34, 0x20, 2, 1], "flexible, with reference"),
            (&[0b0000_1000, 1], &[0b0000_1000, 1], "nothing to rewrite"),
        ];
        for (payload, expected, message) in cases {
            let prefix = rewrite(payload, ids).unwrap();
            assert_eq!([prefix.bytes(), prefix.rest(payload)].concat(), expected, "{message}");
        }
    }
}
