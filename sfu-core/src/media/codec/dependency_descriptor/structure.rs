//! The template structure that a keyframe's descriptor brings (AV1 RTP specification, §A.8): for each template its
//! layers, what it means to each decode target, and which frames it refers to. Every loop is bounded by the format.

use super::bits::Bits;

/// Most templates a structure can have.
pub(super) const MAX_TEMPLATES: usize = 64;
/// Most decode targets a structure can have.
const MAX_TARGETS: usize = 32;
/// Frames that one frame refers to: AV1 has seven references.
pub(super) const MAX_REFERENCES: usize = 8;

/// What a frame means to the decode targets, one bit each, the first target's the lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Indications {
    /// The frame belongs to the target.
    pub(super) present: u32,
    /// The target can be taken up at the frame.
    pub(super) switch: u32,
}

impl Indications {
    /// Two bits for each of `targets` targets: not present, discardable, switch, required.
    pub(super) fn read(bits: &mut Bits<'_>, targets: u8) -> Option<Self> {
        let mut read = Self::default();
        for target in 0..targets {
            let indication = bits.take(2)?;
            read.present |= u32::from(indication != 0) << target;
            read.switch |= u32::from(indication == 2) << target;
        }
        Some(read)
    }
}

/// How far back, in frame numbers, the frames lie that a frame refers to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Distances {
    distances: [u16; MAX_REFERENCES],
    count: u8,
}

impl Distances {
    /// Adds one; none where there are too many.
    pub(super) fn push(&mut self, distance: u16) -> Option<()> {
        *self.distances.get_mut(usize::from(self.count))? = distance;
        self.count += 1;
        Some(())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        self.distances.iter().copied().take(usize::from(self.count))
    }
}

/// One template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) spatial: u8,
    pub(super) temporal: u8,
    pub(super) indications: Indications,
    pub(super) distances: Distances,
}

/// The templates of a structure, in force until the next one comes.
#[derive(Clone, PartialEq, Eq)]
pub struct TemplateStructure {
    id_offset: u8,
    pub(super) target_count: u8,
    pub(super) chain_count: u8,
    count: u8,
    templates: [Template; MAX_TEMPLATES],
    /// Spatial and temporal layer of each decode target.
    targets: [(u8, u8); MAX_TARGETS],
    /// Width and height of the highest spatial layer in pixels, where the structure tells them.
    pub(super) size: Option<(u16, u16)>,
}

impl std::fmt::Debug for TemplateStructure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (templates, targets) = (self.templates(), self.targets());
        f.debug_struct("TemplateStructure").field("templates", &templates).field("targets", &targets).finish()
    }
}

impl TemplateStructure {
    /// Reads a structure; none where it is malformed.
    pub(super) fn read(bits: &mut Bits<'_>) -> Option<Self> {
        let id_offset = bits.take(6)? as u8;
        let target_count = bits.take(5)? as u8 + 1;
        let mut structure = Self {
            id_offset,
            target_count,
            chain_count: 0,
            count: 0,
            templates: [Template::default(); MAX_TEMPLATES],
            targets: [(0, 0); MAX_TARGETS],
            size: None,
        };
        structure.read_layers(bits)?;
        structure.read_templates(bits)?;
        structure.read_chains(bits)?;
        structure.find_targets();
        if bits.flag()? {
            for _ in 0..=structure.top_spatial() {
                let (width, height) = (bits.take(16)?, bits.take(16)?);
                let pixels = |minus_one: u32| u16::try_from(minus_one + 1).unwrap_or(u16::MAX);
                structure.size = Some((pixels(width), pixels(height)));
            }
        }
        Some(structure)
    }

    fn read_layers(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        let (mut spatial, mut temporal) = (0u8, 0u8);
        for template in &mut self.templates {
            (template.spatial, template.temporal) = (spatial, temporal);
            self.count += 1;
            match bits.take(2)? {
                0 => {}
                1 => temporal = temporal.checked_add(1).filter(|layer| *layer < 8)?,
                2 => {
                    temporal = 0;
                    spatial = spatial.checked_add(1).filter(|layer| *layer < 4)?;
                }
                _ => return Some(()),
            }
        }
        // More templates than ids.
        None
    }

    fn read_templates(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        let count = usize::from(self.count);
        for template in self.templates.iter_mut().take(count) {
            template.indications = Indications::read(bits, self.target_count)?;
        }
        for template in self.templates.iter_mut().take(count) {
            while bits.flag()? {
                template.distances.push(bits.take(4)? as u16 + 1)?;
            }
        }
        Some(())
    }

    /// Chains tell a receiver of loss; a forwarder has only to step over them.
    fn read_chains(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        self.chain_count = bits.below(u32::from(self.target_count) + 1)? as u8;
        if self.chain_count == 0 {
            return Some(());
        }
        for _ in 0..self.target_count {
            bits.below(u32::from(self.chain_count))?;
        }
        for _ in 0..usize::from(self.count) * usize::from(self.chain_count) {
            bits.take(4)?;
        }
        Some(())
    }

    /// A target has the layers of the highest frames in it.
    fn find_targets(&mut self) {
        for template in self.templates.iter().take(usize::from(self.count)) {
            for (target, (spatial, temporal)) in self.targets.iter_mut().enumerate() {
                if template.indications.present >> target & 1 == 1 {
                    *spatial = template.spatial.max(*spatial);
                    *temporal = template.temporal.max(*temporal);
                }
            }
        }
    }

    /// The template with this id; none where the structure has no such template.
    pub(super) fn template(&self, id: u8) -> Option<&Template> {
        let place = id.wrapping_sub(self.id_offset) & 0x3f;
        self.templates().get(usize::from(place))
    }

    /// The decode targets whose layers are at most these, one bit each, the first target's the lowest.
    pub fn targets_within(&self, spatial: u8, temporal: u8) -> u32 {
        let within = |(s, t): &(u8, u8)| u32::from(*s <= spatial && *t <= temporal);
        self.targets().iter().enumerate().map(|(target, layers)| within(layers) << target).sum()
    }

    /// The decode targets of one spatial layer, one bit each.
    pub(super) fn targets_of(&self, spatial: u8) -> u32 {
        self.targets().iter().enumerate().map(|(target, (s, _))| u32::from(*s == spatial) << target).sum()
    }

    /// The highest spatial layer.
    pub fn top_spatial(&self) -> u8 {
        self.templates().iter().map(|template| template.spatial).max().unwrap_or(0)
    }

    fn templates(&self) -> &[Template] {
        self.templates.get(..usize::from(self.count)).unwrap_or_default()
    }

    fn targets(&self) -> &[(u8, u8)] {
        self.targets.get(..usize::from(self.target_count)).unwrap_or_default()
    }
}
