//! H.264 payloads (RFC 6184 §5): which NAL unit types a packet carries, alone, aggregated or as a fragment.

use super::PayloadInfo;

const NAL_TYPE: u8 = 0x1f;
const SLICE: u8 = 1;
const IDR_SLICE: u8 = 5;
const SPS: u8 = 7;
const PPS: u8 = 8;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;
const FU_START: u8 = 0x80;

/// What the NAL units of one packet are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NalUnits {
    /// A sequence parameter set: a receiver can start at this packet.
    pub has_sps: bool,
    /// A picture parameter set.
    pub has_pps: bool,
    /// The start of a slice of a keyframe.
    pub has_idr_start: bool,
    /// The start of any slice.
    pub has_slice_start: bool,
    /// Only a later part of a fragmented unit.
    pub is_continuation: bool,
}

impl NalUnits {
    /// Reads a payload; none where it is empty or its form is not one of single unit, STAP-A and FU-A, the only ones
    /// that packetization modes 0 and 1 have. An aggregate is read up to its first malformed unit.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let (head, rest) = payload.split_first()?;
        let mut units = Self::default();
        match head & NAL_TYPE {
            STAP_A => {
                for unit in aggregated(rest) {
                    units.add(unit.first()? & NAL_TYPE);
                }
            }
            FU_A => {
                let fragment = rest.first()?;
                if fragment & FU_START != 0 {
                    units.add(fragment & NAL_TYPE);
                } else {
                    units.is_continuation = true;
                }
            }
            single @ 1..STAP_A => units.add(single),
            _ => return None,
        }
        Some(units)
    }

    fn add(&mut self, nal_type: u8) {
        self.has_sps |= nal_type == SPS;
        self.has_pps |= nal_type == PPS;
        self.has_idr_start |= nal_type == IDR_SLICE;
        self.has_slice_start |= (SLICE..=IDR_SLICE).contains(&nal_type);
    }
}

impl From<NalUnits> for PayloadInfo {
    fn from(units: NalUnits) -> Self {
        Self { is_keyframe_start: units.has_sps, is_frame_start: !units.is_continuation, ..Self::default() }
    }
}

/// The units of a STAP-A: each behind its length.
fn aggregated(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let ([l0, l1], body) = rest.split_first_chunk()?;
        let (unit, tail) = body.split_at_checked(usize::from(u16::from_be_bytes([*l0, *l1])))?;
        rest = tail;
        Some(unit).filter(|unit| !unit.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parameter_sets_and_keyframe_slices_are_found_in_every_form() {
        let sps = NalUnits { has_sps: true, ..NalUnits::default() };
        let idr = NalUnits { has_idr_start: true, has_slice_start: true, ..NalUnits::default() };
        let slice = NalUnits { has_slice_start: true, ..NalUnits::default() };
        let cases: [(&[u8], Option<NalUnits>, &str); 12] = [
            (&[0x67, 0x42], Some(sps), "SPS alone"),
            (&[0x65, 0x88], Some(idr), "keyframe slice alone"),
            (&[0x41, 0x9a], Some(slice), "slice alone"),
            (&[0x06, 0x05], Some(NalUnits::default()), "SEI"),
            (
                &[0x78, 0, 2, 0x67, 0x42, 0, 1, 0x68, 0, 1, 0x65],
                Some(NalUnits { has_pps: true, has_sps: true, ..idr }),
                "STAP-A of all three",
            ),
            (&[0x78, 0, 1, 0x67, 0, 9, 0x65], Some(sps), "STAP-A with a unit over its end"),
            (&[0x78], Some(NalUnits::default()), "an empty STAP-A"),
            (&[0x7c, 0x85, 0x88], Some(idr), "FU-A, first fragment of a keyframe slice"),
            (
                &[0x7c, 0x05, 0x88],
                Some(NalUnits { is_continuation: true, ..NalUnits::default() }),
                "FU-A, later fragment",
            ),
            (&[0x7c, 0x81, 0x88], Some(slice), "FU-A, first fragment of a slice"),
            (&[0x7c], None, "FU-A without its header"),
            (&[0x79, 0, 0], None, "STAP-B belongs to mode 2"),
        ];
        for (payload, expected, message) in cases {
            assert_eq!(NalUnits::parse(payload), expected, "{message}");
        }
    }

    proptest! {
        #[test]
        fn any_payload_is_read_without_panic(payload in proptest::collection::vec(any::<u8>(), 0..64), form in 0u8..32) {
            let _ = NalUnits::parse(&payload);
            let _ = NalUnits::parse(&[&[form][..], &payload].concat());
        }
    }
}
