//! Redundant audio (RFC 2198): older packets repeated in front of the newest one. Passed through to receivers that know
//! it, unwrapped to its primary block for the others.

const FOLLOWS: u8 = 0x80;
/// Most redundant blocks that are looked at; browsers send two at most.
const MAX_REDUNDANT: usize = 32;
const BLOCK_HEAD_LEN: usize = 4;

/// One block of a RED payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// Payload type of the block, in the numbers of who sent it.
    pub payload_type: u8,
    /// How much older than the packet's timestamp it is, in clock ticks; 0 for the primary.
    pub timestamp_offset: u16,
    /// The encoded audio.
    pub data: &'a [u8],
}

/// The newest block, which a packet without RED would have held; none where the payload is malformed.
pub fn primary(payload: &[u8]) -> Option<Block<'_>> {
    blocks(payload)?.last()
}

/// All blocks, oldest first and the primary last; none where the heads and lengths do not fit the payload.
pub fn blocks(payload: &[u8]) -> Option<impl Iterator<Item = Block<'_>>> {
    let (mut heads, mut redundant_len) = (0, 0);
    let mut rest = payload;
    while let [first, _, l0, l1, tail @ ..] = rest
        && first & FOLLOWS != 0
    {
        redundant_len += block_len(*l0, *l1);
        heads += 1;
        rest = tail;
        if heads > MAX_REDUNDANT {
            return None;
        }
    }
    let (last_head, data) = rest.split_first()?;
    if last_head & FOLLOWS != 0 {
        return None;
    }
    let (redundant, newest) = data.split_at_checked(redundant_len)?;
    let primary = Block { payload_type: *last_head, timestamp_offset: 0, data: newest };
    let (heads, _) = payload.get(..heads * BLOCK_HEAD_LEN)?.as_chunks::<BLOCK_HEAD_LEN>();
    let older = heads.iter().scan(redundant, |data, [first, o, l0, l1]| {
        let (block, tail) = data.split_at_checked(block_len(*l0, *l1))?;
        *data = tail;
        let timestamp_offset = u16::from_be_bytes([*o, *l0]) >> 2;
        Some(Block { payload_type: first & !FOLLOWS, timestamp_offset, data: block })
    });
    Some(older.chain(std::iter::once(primary)))
}

const fn block_len(l0: u8, l1: u8) -> usize {
    u16::from_be_bytes([l0 & 0x03, l1]) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blocks_come_oldest_first_with_their_age() {
        // Two redundant blocks of 2 and 1 bytes, 1,920 and 960 ticks old, then the primary.
        let payload = [111 | 0x80, 0x1e, 0x00, 2, 111 | 0x80, 0x0f, 0x00, 1, 111, 1, 2, 3, 4, 5];
        let read: Vec<_> = blocks(&payload).unwrap().map(|block| (block.timestamp_offset, block.data)).collect();
        assert_eq!(read, [(1_920, &[1, 2][..]), (960, &[3]), (0, &[4, 5])]);
        let newest = primary(&payload).unwrap();
        assert_eq!((newest.payload_type, newest.data), (111, &[4, 5][..]));
    }

    #[test]
    fn a_payload_without_redundancy_is_its_primary_and_malformed_ones_are_none() {
        assert_eq!(primary(&[111, 9]), Some(Block { payload_type: 111, timestamp_offset: 0, data: &[9] }));
        assert_eq!(primary(&[111]).map(|block| block.data), Some(&[][..]), "an empty primary block");
        let cases: [(&[u8], &str); 5] = [
            (&[], "empty"),
            (&[0xef], "a head cut short"),
            (&[0xef, 0, 0, 1], "no primary head"),
            (&[0xef, 0, 0, 2, 111, 1], "a block over the end"),
            (&[0xef; 200], "heads without end"),
        ];
        for (payload, message) in cases {
            assert_eq!(primary(payload), None, "{message}");
        }
    }

    proptest! {
        #[test]
        fn blocks_of_any_payload_lie_inside_it(payload in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Some(blocks) = blocks(&payload) {
                let total: usize = blocks.map(|block| block.data.len()).sum();
                prop_assert!(total < payload.len());
            }
        }
    }
}
