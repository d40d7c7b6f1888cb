//! AV1 dependency descriptor (AV1 RTP specification, appendix A): which frame a packet is of, its layers, the frames it
//! refers to and where a receiver can go up; and the same descriptor written anew for a receiver that gets other frame
//! numbers or not all layers. What is forwarded is the Consumer's to decide; chains are stepped over.

mod bits;
mod structure;
#[cfg(test)]
mod tests;

pub use structure::TemplateStructure;

use bits::{BitWriter, Bits};
use structure::{Distances, Indications, MAX_REFERENCES};

/// Longest descriptor looked at, in bytes: what one header extension holds.
const MAX_LEN: usize = 255;
/// Length of a descriptor without its extended part, in bytes.
const SHORT_LEN: usize = 3;
/// The bit behind the five flags of the extended part.
const FLAGS_END: usize = 29;

/// What a descriptor says of one packet's frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameDependencies {
    /// Frame number, wraps at 65,536.
    pub number: u16,
    /// First packet of its frame.
    pub is_start: bool,
    /// Last packet of its frame.
    pub is_end: bool,
    /// The packet brings a new structure: its frame is a keyframe.
    pub has_structure: bool,
    /// Spatial layer.
    pub spatial: u8,
    /// Temporal layer.
    pub temporal: u8,
    /// A receiver that has the frames this one refers to may go up to its spatial layer here.
    pub is_switch: bool,
    /// Width and height of the highest spatial layer in pixels, where the packet tells them.
    pub size: Option<(u16, u16)>,
    pub(super) references: [u16; MAX_REFERENCES],
    pub(super) reference_count: u8,
}

impl FrameDependencies {
    /// Numbers of the frames that this one refers to.
    pub fn references(&self) -> impl Iterator<Item = u16> + '_ {
        self.references.iter().copied().take(usize::from(self.reference_count))
    }

    /// The same frame, referring to these, as many as there is room for.
    pub(super) fn referring_to(mut self, numbers: impl Iterator<Item = u16>) -> Self {
        self.reference_count = 0;
        for (place, number) in self.references.iter_mut().zip(numbers) {
            *place = number;
            self.reference_count += 1;
        }
        self
    }
}

/// The fields of one descriptor, before its structure gives them a meaning.
struct Fields {
    is_start: bool,
    is_end: bool,
    template_id: u8,
    number: u16,
    structure: Option<Box<TemplateStructure>>,
    /// The bit where the mask of active decode targets stands or would stand.
    mask_at: usize,
    has_mask: bool,
    has_indications: bool,
    has_distances: bool,
}

impl Fields {
    fn read(value: &[u8]) -> Option<Self> {
        let head: &[u8; SHORT_LEN] = value.first_chunk()?;
        let mut fields = Self {
            is_start: head[0] & 0x80 != 0,
            is_end: head[0] & 0x40 != 0,
            template_id: head[0] & 0x3f,
            number: u16::from_be_bytes([head[1], head[2]]),
            structure: None,
            mask_at: FLAGS_END,
            has_mask: false,
            has_indications: false,
            has_distances: false,
        };
        if value.len() == SHORT_LEN {
            return Some(fields);
        }
        if value.len() > MAX_LEN {
            return None;
        }
        let mut bits = Bits::from(value, SHORT_LEN * 8);
        let has_structure = bits.flag()?;
        fields.has_mask = bits.flag()?;
        fields.has_indications = bits.flag()?;
        fields.has_distances = bits.flag()?;
        bits.flag()?;
        if has_structure {
            fields.structure = Some(Box::new(TemplateStructure::read(&mut bits)?));
        }
        fields.mask_at = bits.at();
        Some(fields)
    }
}

/// Reads the descriptors of one stream. Keeps the structure in force.
#[derive(Clone, Debug, Default)]
pub struct DependencyReader {
    structure: Option<Box<TemplateStructure>>,
    /// The decode targets that the source says it sends.
    active: u32,
}

impl DependencyReader {
    /// Reads an extension's value; none where it is malformed, or of a structure that has not come.
    pub fn read(&mut self, value: &[u8]) -> Option<FrameDependencies> {
        let mut fields = Fields::read(value)?;
        let has_structure = fields.structure.is_some();
        let structure = fields.structure.take().or_else(|| self.structure.take())?;
        let read = read_frame(value, &fields, &structure);
        if has_structure {
            self.active = all_targets(&structure);
        }
        if let Some((_, Some(mask))) = read {
            self.active = mask;
        }
        self.structure = Some(structure);
        let (frame, _) = read?;
        Some(FrameDependencies {
            has_structure,
            size: self.structure.as_ref()?.size.filter(|_| has_structure),
            ..frame
        })
    }

    /// The structure in force.
    pub fn structure(&self) -> Option<&TemplateStructure> {
        self.structure.as_deref()
    }

    /// The decode targets that the source says it sends, one bit each, the first target's the lowest.
    pub const fn active_targets(&self) -> u32 {
        self.active
    }

    /// The descriptor `value` with another frame number, and, where `targets` are given, with these as the active
    /// decode targets. None where it cannot be read.
    pub fn rewrite(&self, value: &[u8], number: u16, targets: Option<u32>) -> Option<Descriptor> {
        let fields = Fields::read(value)?;
        let mut out = Descriptor { bytes: [0; Descriptor::CAPACITY], len: 0 };
        match targets {
            None => {
                out.bytes.get_mut(..value.len())?.copy_from_slice(value);
                out.len = value.len();
            }
            Some(targets) => {
                let count = fields.structure.as_deref().or(self.structure())?.target_count;
                out.len = write_mask(value, &fields, targets, u32::from(count), &mut out.bytes)?;
            }
        }
        out.bytes.get_mut(1..SHORT_LEN)?.copy_from_slice(&number.to_be_bytes());
        Some(out)
    }
}

/// A descriptor as one receiver gets it.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor {
    bytes: [u8; Descriptor::CAPACITY],
    len: usize,
}

impl Descriptor {
    /// Longest descriptor, in bytes.
    pub const CAPACITY: usize = MAX_LEN;

    /// The extension's value.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

fn all_targets(structure: &TemplateStructure) -> u32 {
    u32::MAX >> (32 - u32::from(structure.target_count.clamp(1, 32)))
}

/// The frame's layers and references, and the mask of active decode targets where the descriptor has one.
fn read_frame(
    value: &[u8],
    fields: &Fields,
    structure: &TemplateStructure,
) -> Option<(FrameDependencies, Option<u32>)> {
    let template = structure.template(fields.template_id)?;
    let mut bits = Bits::from(value, fields.mask_at);
    let mask = if fields.has_mask { Some(bits.take(u32::from(structure.target_count))?) } else { None };
    let (mut indications, mut distances) = (template.indications, template.distances);
    if fields.has_indications {
        indications = Indications::read(&mut bits, structure.target_count)?;
    }
    if fields.has_distances {
        distances = Distances::default();
        loop {
            match bits.take(2)? {
                0 => break,
                nibbles => distances.push(bits.take(4 * nibbles)? as u16 + 1)?,
            }
        }
    }
    let frame = FrameDependencies {
        number: fields.number,
        is_start: fields.is_start,
        is_end: fields.is_end,
        spatial: template.spatial,
        temporal: template.temporal,
        is_switch: indications.switch & structure.targets_of(template.spatial) != 0,
        ..FrameDependencies::default()
    };
    let references = distances.iter().map(|distance| fields.number.wrapping_sub(distance));
    Some((frame.referring_to(references), mask))
}

/// Writes `value` with `targets` as its mask; gives the length.
fn write_mask(value: &[u8], fields: &Fields, targets: u32, count: u32, out: &mut [u8]) -> Option<usize> {
    let mut from = Bits::from(value, 0);
    let mut to = BitWriter::new(out);
    to.copy(&mut from, SHORT_LEN * 8);
    if value.len() == SHORT_LEN {
        to.put_all(0b01000, 5);
        to.put_all(targets, count);
        return to.len();
    }
    to.copy(&mut from, SHORT_LEN * 8 + 1);
    from.flag()?;
    to.put(true);
    to.copy(&mut from, fields.mask_at);
    to.put_all(targets, count);
    let rest = fields.mask_at + if fields.has_mask { count as usize } else { 0 };
    to.copy(&mut Bits::from(value, rest), value.len() * 8);
    to.len()
}
