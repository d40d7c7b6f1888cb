//! AV1 aggregation headers (AV1 RTP specification §4.4). Layers and frame boundaries are in the dependency descriptor.

use super::PayloadInfo;

/// The first byte of an AV1 payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AggregationHeader {
    /// Z: the first OBU element continues one of the packet before.
    pub continues_before: bool,
    /// Y: the last OBU element continues in the next packet.
    pub continues_after: bool,
    /// W: number of OBU elements, 0 where each has a length.
    pub element_count: u8,
    /// N: first packet of a coded video sequence, that is of a keyframe.
    pub is_new_sequence: bool,
}

impl AggregationHeader {
    /// Reads the header; none where no OBU follows it, or a sequence begins with a continuation, which cannot be.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [head, _, ..] = payload else {
            return None;
        };
        let header = Self {
            continues_before: head & 0x80 != 0,
            continues_after: head & 0x40 != 0,
            element_count: (head >> 4) & 0x03,
            is_new_sequence: head & 0x08 != 0,
        };
        (!(header.is_new_sequence && header.continues_before)).then_some(header)
    }
}

impl From<AggregationHeader> for PayloadInfo {
    fn from(header: AggregationHeader) -> Self {
        Self { is_keyframe_start: header.is_new_sequence, is_frame_start: !header.continues_before, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_read_and_impossible_headers_refused() {
        let header = AggregationHeader::parse(&[0b0110_1000, 1]).unwrap();
        assert!(header.is_new_sequence && header.continues_after && !header.continues_before);
        assert_eq!(header.element_count, 2);
        let cases: [(&[u8], &str); 3] =
            [(&[], "empty"), (&[0b0001_1000], "no OBU"), (&[0b1000_1000, 1], "a new sequence that continues")];
        for (payload, message) in cases {
            assert_eq!(AggregationHeader::parse(payload), None, "{message}");
        }
    }
}
