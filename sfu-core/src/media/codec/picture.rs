//! Continuity of picture numbers at one receiver: VP8 and VP9 count pictures (PictureID) and base-layer pictures
//! (TL0PICIDX), and a VP8 decoder takes a jump in them for loss; VP9 and AV1 (frame numbers of the dependency
//! descriptor) refer to pictures by distance, so that their gaps must stay. Where the numbers stand in a packet is
//! `vp8`'s, `vp9`'s and `dependency_descriptor`'s.

use crate::media::rtp::sequence::SequenceMapper;

/// Picture numbers as a payload has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PicturePosition {
    /// PictureID, 7 or 15 bits.
    pub picture_id: u16,
    /// Whether it has 15 bits.
    pub is_long: bool,
    /// TL0PICIDX, where the payload has one.
    pub tl0_picture_index: Option<u8>,
}

/// Picture numbers as a receiver gets them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PictureIds {
    /// PictureID, always written with 15 bits.
    pub picture_id: u16,
    /// TL0PICIDX; written only where the payload has one.
    pub tl0_picture_index: u8,
}

/// Maps the picture numbers of a Consumer's present source to outgoing ones.
#[derive(Clone, Debug)]
pub struct PictureMapper {
    pictures: SequenceMapper,
    highest_in: Option<u64>,
    /// Distance `out - in` of TL0PICIDX; none before the first one of a source.
    tl0_offset: Option<u8>,
    next_tl0: u8,
}

impl PictureMapper {
    /// Starts with these numbers (random ones, so that a receiver sees no reuse).
    pub const fn new(first: PictureIds) -> Self {
        Self {
            pictures: SequenceMapper::new(first.picture_id),
            highest_in: None,
            tl0_offset: None,
            next_tl0: first.tl0_picture_index,
        }
    }

    /// The outgoing numbers of a picture of which a packet is to be sent; all its packets get the same. None where the
    /// picture was dropped or is from before the source's start.
    pub fn forward(&mut self, position: PicturePosition) -> Option<PictureIds> {
        let index = self.extend(position);
        let picture_id = (self.pictures.forward(index)? & 0x7fff) as u16;
        let tl0_picture_index = match position.tl0_picture_index {
            Some(tl0) => self.map_tl0(tl0),
            None => self.next_tl0.wrapping_sub(1),
        };
        Some(PictureIds { picture_id, tl0_picture_index })
    }

    /// Notes that a picture is not sent, on purpose: the next one takes its number. Not for codecs whose pictures refer
    /// to each other by distance.
    pub fn drop_picture(&mut self, position: PicturePosition) {
        let index = self.extend(position);
        self.pictures.drop_packet(index);
    }

    /// Ends the source's run: the next picture, of whatever source, gets the next numbers.
    pub fn switch_source(&mut self) {
        self.pictures.switch_source();
        self.highest_in = None;
        self.tl0_offset = None;
    }

    fn map_tl0(&mut self, tl0: u8) -> u8 {
        let offset = *self.tl0_offset.get_or_insert(self.next_tl0.wrapping_sub(tl0));
        let out = tl0.wrapping_add(offset);
        if out.wrapping_sub(self.next_tl0) < 0x80 {
            self.next_tl0 = out.wrapping_add(1);
        }
        out
    }

    /// The extended number of a picture; the first of a source stands high enough for late ones to stay positive.
    fn extend(&mut self, position: PicturePosition) -> u64 {
        let unused_bits = if position.is_long { 1 } else { 9 };
        let Some(highest) = self.highest_in else {
            let first = (1 << 16) | u64::from(position.picture_id);
            self.highest_in = Some(first);
            return first;
        };
        let distance = (position.picture_id.wrapping_sub(highest as u16) << unused_bits) as i16 >> unused_bits;
        let index = highest.saturating_add_signed(i64::from(distance));
        self.highest_in = Some(highest.max(index));
        index
    }
}

/// Maps the frame numbers of a Consumer's present source to outgoing ones: what is left out leaves its gap.
#[derive(Clone, Copy, Debug)]
pub struct FrameNumberMapper {
    /// Distance `out - in`; none before the first frame of a source.
    offset: Option<u16>,
    next: u16,
}

impl FrameNumberMapper {
    /// Starts with this number.
    pub const fn new(first: u16) -> Self {
        Self { offset: None, next: first }
    }

    /// The outgoing number of a frame.
    pub fn forward(&mut self, number: u16) -> u16 {
        let offset = *self.offset.get_or_insert(self.next.wrapping_sub(number));
        let out = number.wrapping_add(offset);
        if out.wrapping_sub(self.next) < 0x8000 {
            self.next = out.wrapping_add(1);
        }
        out
    }

    /// Ends the source's run: the next frame, of whatever source, gets the next number.
    pub const fn switch_source(&mut self) {
        self.offset = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: PictureIds = PictureIds { picture_id: 0x7ffe, tl0_picture_index: 255 };

    fn long(picture_id: u16, tl0: u8) -> PicturePosition {
        PicturePosition { picture_id, is_long: true, tl0_picture_index: Some(tl0) }
    }

    fn ids(picture_id: u16, tl0_picture_index: u8) -> Option<PictureIds> {
        Some(PictureIds { picture_id, tl0_picture_index })
    }

    #[test]
    fn numbers_wrap_on_both_sides_and_packets_of_a_picture_share_them() {
        let mut mapper = PictureMapper::new(FIRST);
        assert_eq!(mapper.forward(long(0x7fff, 9)), ids(0x7ffe, 255));
        assert_eq!(mapper.forward(long(0x7fff, 9)), ids(0x7ffe, 255));
        assert_eq!(mapper.forward(long(0, 10)), ids(0x7fff, 0));
        assert_eq!(mapper.forward(long(1, 10)), ids(0, 0));
        assert_eq!(mapper.forward(long(0x7fff, 9)), ids(0x7ffe, 255), "a late packet");
    }

    #[test]
    fn dropped_pictures_leave_no_hole() {
        let mut mapper = PictureMapper::new(PictureIds::default());
        assert_eq!(mapper.forward(long(5, 1)), ids(0, 0));
        mapper.drop_picture(long(6, 1));
        mapper.drop_picture(long(6, 1));
        assert_eq!(mapper.forward(long(7, 2)), ids(1, 1));
        assert_eq!(mapper.forward(long(6, 1)), None);
    }

    #[test]
    fn frame_numbers_keep_their_gaps_and_go_on_at_another_source() {
        let mut mapper = FrameNumberMapper::new(0xfffe);
        let out = [10, 12, 11, 13].map(|number| mapper.forward(number));
        assert_eq!(out, [0xfffe, 0, 0xffff, 1]);
        mapper.switch_source();
        assert_eq!([500, 501].map(|number| mapper.forward(number)), [2, 3]);
    }

    #[test]
    fn another_source_goes_on_where_the_last_one_was() {
        let mut mapper = PictureMapper::new(PictureIds::default());
        assert_eq!(mapper.forward(long(100, 50)), ids(0, 0));
        mapper.switch_source();
        let short = |picture_id, tl0| PicturePosition { picture_id, is_long: false, tl0_picture_index: tl0 };
        assert_eq!(mapper.forward(short(127, Some(3))), ids(1, 1));
        assert_eq!(mapper.forward(short(0, Some(4))), ids(2, 2), "7-bit numbers wrap at 127");
        assert_eq!(mapper.forward(short(1, None)), ids(3, 2));
    }
}
