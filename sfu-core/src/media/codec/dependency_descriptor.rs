//! AV1 dependency descriptor (AV1 RTP specification, appendix A), as far as a forwarder needs it: frame boundaries,
//! frame number, the start of a new structure (a keyframe), and each template's layers. Chains and decode targets are
//! not read. Every loop is bounded by the format's own limits.

/// Most templates a structure can have.
const MAX_TEMPLATES: usize = 64;
/// Longest descriptor looked at, in bytes.
const MAX_LEN: usize = 255;

/// What a descriptor says of one packet's frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DependencyDescriptor {
    /// First packet of its frame.
    pub is_frame_start: bool,
    /// Last packet of its frame.
    pub is_frame_end: bool,
    /// Template of the frame, in the numbers of the structure in force.
    pub template_id: u8,
    /// Frame number, wraps at 65,536.
    pub frame_number: u16,
    /// A new structure: the first packet of a keyframe has one.
    pub structure: Option<TemplateStructure>,
}

/// Layers of the templates of a structure; kept by the caller until the next one comes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TemplateStructure {
    id_offset: u8,
    decode_target_count: u8,
    count: u8,
    /// Spatial and temporal layer of each template.
    layers: [(u8, u8); MAX_TEMPLATES],
}

impl std::fmt::Debug for TemplateStructure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TemplateStructure").field("id_offset", &self.id_offset).field("layers", &self.layers()).finish()
    }
}

impl TemplateStructure {
    /// Spatial and temporal layer of the template with this id; none where the structure has no such template.
    pub fn layer_of(&self, template_id: u8) -> Option<(u8, u8)> {
        let place = template_id.wrapping_sub(self.id_offset) & 0x3f;
        self.layers().get(usize::from(place)).copied()
    }

    /// Number of decode targets.
    pub const fn decode_target_count(&self) -> u8 {
        self.decode_target_count
    }

    fn layers(&self) -> &[(u8, u8)] {
        self.layers.get(..usize::from(self.count)).unwrap_or_default()
    }
}

impl DependencyDescriptor {
    /// Reads an extension's value; none where it is malformed.
    pub fn parse(value: &[u8]) -> Option<Self> {
        if value.len() > MAX_LEN {
            return None;
        }
        let mut bits = Bits { bytes: value, at: 0 };
        let is_frame_start = bits.flag()?;
        let is_frame_end = bits.flag()?;
        let template_id = bits.take(6)? as u8;
        let frame_number = bits.take(16)? as u16;
        let mut structure = None;
        if value.len() > 3 {
            let has_structure = bits.flag()?;
            // Active decode targets, custom DTIs, custom frame differences, custom chains: of no use here.
            bits.take(4)?;
            if has_structure {
                structure = Some(read_structure(&mut bits)?);
            }
        }
        Some(Self { is_frame_start, is_frame_end, template_id, frame_number, structure })
    }
}

fn read_structure(bits: &mut Bits<'_>) -> Option<TemplateStructure> {
    let id_offset = bits.take(6)? as u8;
    let decode_target_count = bits.take(5)? as u8 + 1;
    let mut structure = TemplateStructure { id_offset, decode_target_count, count: 0, layers: [(0, 0); MAX_TEMPLATES] };
    let (mut spatial, mut temporal) = (0u8, 0u8);
    for place in &mut structure.layers {
        *place = (spatial, temporal);
        structure.count += 1;
        match bits.take(2)? {
            0 => {}
            1 => temporal = temporal.checked_add(1).filter(|layer| *layer < 8)?,
            2 => {
                temporal = 0;
                spatial = spatial.checked_add(1).filter(|layer| *layer < 4)?;
            }
            _ => return Some(structure),
        }
    }
    // More templates than ids.
    None
}

/// Reads bits from the left; none at the end.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn flag(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit == 1)
    }

    fn take(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |value, _| Some(value << 1 | u32::from(self.flag()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Packs `(value, width)` pairs into bytes.
    fn packed(fields: &[(u32, u32)]) -> Vec<u8> {
        let mut bits: Vec<bool> = Vec::new();
        for (value, width) in fields {
            bits.extend((0..*width).rev().map(|bit| value >> bit & 1 == 1));
        }
        bits.chunks(8)
            .map(|byte| byte.iter().enumerate().fold(0, |sum, (at, bit)| sum | u8::from(*bit) << (7 - at)))
            .collect()
    }

    #[test]
    fn the_short_form_has_boundaries_template_and_number() {
        let read = DependencyDescriptor::parse(&[0b1000_0101, 0x12, 0x34]).unwrap();
        assert!(read.is_frame_start && !read.is_frame_end);
        assert_eq!((read.template_id, read.frame_number), (5, 0x1234));
        assert_eq!(read.structure, None);
        for len in 0..3 {
            assert_eq!(DependencyDescriptor::parse(&[0; 3][..len]), None, "{len}");
        }
    }

    #[test]
    fn the_templates_of_a_structure_have_their_layers() {
        // L2T2: (0,0) (0,0) (0,1) (1,0) (1,1), ids from 60 on, wrapping at 64.
        let mut fields = vec![(1, 1), (1, 1), (60, 6), (7, 16), (0b1_0000, 5), (60, 6), (3, 5)];
        fields.extend([(0, 2), (1, 2), (2, 2), (1, 2), (3, 2)]);
        let bytes = packed(&fields);
        let structure = DependencyDescriptor::parse(&bytes).unwrap().structure.unwrap();
        let layers: Vec<_> = [60, 61, 62, 63, 0, 1].map(|id| structure.layer_of(id)).to_vec();
        assert_eq!(layers, [Some((0, 0)), Some((0, 0)), Some((0, 1)), Some((1, 0)), Some((1, 1)), None]);
        assert_eq!(structure.decode_target_count(), 4);
        for len in 4..bytes.len() {
            assert_eq!(DependencyDescriptor::parse(&bytes[..len]), None, "cut at {len}");
        }
    }

    #[test]
    fn structures_beyond_the_formats_limits_are_refused() {
        let head = [(1, 1), (1, 1), (0, 6), (7, 16), (0b1_0000, 5), (0, 6), (0, 5)];
        let cases = [(0, 64, "65 templates"), (1, 8, "nine temporal layers"), (2, 4, "five spatial layers")];
        for (step, count, message) in cases {
            let mut fields = head.to_vec();
            fields.extend(std::iter::repeat_n((step, 2), count));
            fields.push((3, 2));
            assert_eq!(DependencyDescriptor::parse(&packed(&fields)), None, "{message}");
        }
        assert_eq!(DependencyDescriptor::parse(&[0; 256]), None);
    }

    proptest! {
        #[test]
        fn any_value_is_read_without_panic(value in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Some(structure) = DependencyDescriptor::parse(&value).and_then(|read| read.structure) {
                prop_assert!((0..=255).all(|id| structure.layer_of(id).is_none_or(|(s, t)| s < 4 && t < 8)));
            }
        }
    }
}
