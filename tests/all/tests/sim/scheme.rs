//! Pictures with spatial and temporal layers in one stream, as VP9 and AV1 encoders send them: payload descriptors,
//! dependency descriptors, and which frame refers to which, so that a test can say what a receiver could decode.
use std::fmt::Debug;
use str0m::rtp::{Extension, ExtensionSerializer, ExtensionValues};

/// The URI of the dependency descriptor.
const URI: &str = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

/// How a source's one stream is layered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme {
    /// VP8, with `Source::temporal_layers` of them.
    Vp8,
    /// VP9; `flexible`: references by distance instead of TL0PICIDX.
    Vp9 { spatial: u8, temporal: u8, key_only: bool, flexible: bool },
    /// AV1 with dependency descriptors.
    Av1 { spatial: u8, temporal: u8, key_only: bool },
}

/// A frame: one spatial layer of one picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Which picture.
    pub number: u32,
    pub spatial: u8,
    pub temporal: u8,
    pub key: bool,
    /// The frames that it refers to: picture and spatial layer.
    pub references: Vec<(u32, u8)>,
}

impl Scheme {
    pub fn layers(self) -> (u8, u8) {
        match self {
            Self::Vp8 => (1, 1),
            Self::Vp9 { spatial, temporal, .. } | Self::Av1 { spatial, temporal, .. } => (spatial, temporal),
        }
    }

    /// Only keyframes refer from one spatial layer to another.
    fn key_only(self) -> bool {
        match self {
            Self::Vp8 => false,
            Self::Vp9 { key_only, .. } | Self::Av1 { key_only, .. } => key_only,
        }
    }

    /// The frames of picture `number`, `since` pictures after the last keyframe.
    pub fn frames(self, number: u32, since: u32) -> Vec<Frame> {
        let (spatial_layers, temporal_layers) = self.layers();
        // T0 T2 T1 T2, T0 T1, or T0 alone.
        let (temporal, distance) = match (temporal_layers, since % 4) {
            (1, _) => (0, 1),
            (2, place) if place % 2 == 0 => (0, 2),
            (2, _) => (1, 1),
            (_, 0) => (0, 4),
            (_, 2) => (1, 2),
            (_, _) => (2, 1),
        };
        let frame = |spatial: u8| {
            let key = since == 0;
            let mut references = Vec::new();
            if !key {
                references.push((number - distance.min(since), spatial));
            }
            if spatial > 0 && (key || !self.key_only()) {
                references.push((number, spatial - 1));
            }
            Frame { number, spatial, temporal, key, references }
        };
        (0..spatial_layers).map(frame).collect()
    }

    /// The start of a VP9 payload.
    pub fn vp9_start(self, frame: &Frame, picture_id: u16, tl0: u8, first: bool, last: bool, since: u32) -> Vec<u8> {
        let Self::Vp9 { flexible, spatial, key_only, .. } = self else { panic!("VP9 only") };
        let has_structure = frame.key && frame.spatial == 0 && first;
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        let flags = 0xa0
            | flag(!frame.key, 0x40)
            | flag(flexible, 0x10)
            | flag(first, 0x08)
            | flag(last, 0x04)
            | flag(has_structure, 0x02);
        let [high, low] = picture_id.to_be_bytes();
        let is_sync = frame.temporal > 0 && since % 4 != 3;
        let is_inter_layer = frame.spatial > 0 && (frame.key || !key_only);
        let layers = frame.temporal << 5 | flag(is_sync, 0x10) | frame.spatial << 1 | flag(is_inter_layer, 0x01);
        let mut start = vec![flags, high | 0x80, low, layers];
        if !flexible {
            start.push(tl0);
        } else if !frame.key {
            let distance = frame.references.first().map_or(1, |(number, _)| frame.number - number);
            start.push((distance as u8) << 1);
        }
        if has_structure {
            start.push((spatial - 1) << 5 | 0x10);
            for layer in 0..spatial {
                start.extend((320u16 << layer).to_be_bytes());
                start.extend((180u16 << layer).to_be_bytes());
            }
        }
        start
    }

    /// The dependency descriptor of a packet. `numbers` gives frames their numbers.
    pub fn descriptor(self, frame: &Frame, first: bool, last: bool, numbers: impl Fn(u32, u8) -> u16) -> Vec<u8> {
        let (spatial, temporal) = self.layers();
        let own = numbers(frame.number, frame.spatial);
        let template = frame.spatial * temporal + frame.temporal;
        let has_structure = frame.key && frame.spatial == 0 && first;
        let mut bits = BitString::default();
        bits.put(u32::from(first), 1).put(u32::from(last), 1).put(u32::from(template), 6).put(u32::from(own), 16);
        // Indications and distances of their own, no chains of their own.
        bits.put(u32::from(has_structure), 1).put(0b0110, 4);
        if has_structure {
            self.put_structure(&mut bits);
        }
        for target in 0..spatial * temporal {
            bits.put(self.indication(frame, target / temporal, target % temporal), 2);
        }
        for (number, spatial) in &frame.references {
            bits.put(3, 2).put(u32::from(own.wrapping_sub(numbers(*number, *spatial)) - 1), 12);
        }
        bits.put(0, 2);
        bits.bytes()
    }

    fn put_structure(self, bits: &mut BitString) {
        let (spatial, temporal) = self.layers();
        bits.put(0, 6).put(u32::from(spatial * temporal - 1), 5);
        for template in 1..=spatial * temporal {
            let step = if template == spatial * temporal { 3 } else { 1 + u32::from(template % temporal == 0) };
            bits.put(step, 2);
        }
        for template in 0..spatial * temporal {
            let (s, t) = (template / temporal, template % temporal);
            let frame = Frame { number: 1, spatial: s, temporal: t, key: false, references: Vec::new() };
            for target in 0..spatial * temporal {
                bits.put(self.indication(&frame, target / temporal, target % temporal), 2);
            }
        }
        // No distances, no chains, no sizes.
        bits.put(0, u32::from(spatial * temporal));
        let targets = u32::from(spatial * temporal) + 1;
        bits.put(0, u32::BITS - targets.leading_zeros() - 1);
        bits.put(0, 1);
    }

    /// What a frame is to a decode target: 0 nothing, 1 discardable, 2 a switch, 3 required.
    fn indication(self, frame: &Frame, spatial: u8, temporal: u8) -> u32 {
        if frame.key {
            return if frame.spatial <= spatial { 2 } else { 0 };
        }
        let is_below = frame.spatial < spatial && !self.key_only();
        if frame.temporal > temporal || (frame.spatial != spatial && !is_below) {
            return 0;
        }
        if is_below {
            3
        } else if frame.temporal > 0 && frame.temporal == temporal {
            1
        } else {
            2
        }
    }
}

#[derive(Default)]
struct BitString {
    bits: Vec<bool>,
}

impl BitString {
    fn put(&mut self, value: u32, count: u32) -> &mut Self {
        self.bits.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let byte = |bits: &[bool]| bits.iter().enumerate().fold(0, |sum, (at, bit)| sum | u8::from(*bit) << (7 - at));
        self.bits.chunks(8).map(byte).collect()
    }
}

/// A dependency descriptor as a packet has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Descriptor(pub Vec<u8>);

#[derive(Debug)]
struct Carrier;

/// The extension that carries it.
pub fn extension() -> Extension {
    Extension::with_serializer(URI, Carrier)
}

impl ExtensionSerializer for Carrier {
    fn write_to(&self, buf: &mut [u8], ev: &ExtensionValues) -> usize {
        let Some(Descriptor(bytes)) = ev.user_values.get::<Descriptor>() else { return 0 };
        buf[..bytes.len()].copy_from_slice(bytes);
        bytes.len()
    }

    fn parse_value(&self, buf: &[u8], ev: &mut ExtensionValues) -> bool {
        ev.user_values.set(Descriptor(buf.to_vec()));
        true
    }

    fn is_video(&self) -> bool {
        true
    }

    fn is_audio(&self) -> bool {
        false
    }

    fn requires_two_byte_form(&self, ev: &ExtensionValues) -> bool {
        ev.user_values.get::<Descriptor>().is_some_and(|Descriptor(bytes)| bytes.len() > 16)
    }
}
