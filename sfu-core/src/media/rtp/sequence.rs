//! Extended sequence numbers (16 bits on the wire, 64 inside, so that order and loss are plain arithmetic) and the map
//! from a source's numbers to a Consumer's: its receiver sees one stream that rises by one over exchanged sources,
//! layers, drops and pauses. Timestamps are `timestamp`'s.

/// The extended number nearest to `reference` whose low 16 bits are `sequence` (RFC 3711 §3.3.1); none where it would
/// be below zero.
pub fn extend(reference: u64, sequence: u16) -> Option<u64> {
    let distance = sequence.wrapping_sub(reference as u16) as i16;
    reference.checked_add_signed(i64::from(distance))
}

/// Extends the numbers of one stream that has no SRTP index, such as transport-wide numbers.
///
/// Starts in the second cycle, so that numbers before the first one have a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SequenceExtender {
    highest: Option<u64>,
}

impl SequenceExtender {
    /// An extender that has seen nothing.
    pub const fn new() -> Self {
        Self { highest: None }
    }

    /// The extended number of `sequence`, which may be late.
    pub fn extend(&mut self, sequence: u16) -> u64 {
        let first = (1 << 16) | u64::from(sequence);
        let Some(highest) = self.highest else {
            self.highest = Some(first);
            return first;
        };
        let extended = extend(highest, sequence).unwrap_or(first);
        self.highest = Some(highest.max(extended));
        extended
    }
}

/// A jump of a source's numbers beyond this is a new start rather than loss, in packets.
const MAX_GAP: u64 = 1_000;
/// Drops remembered, to number a late packet between them as it would have been in its time.
const DROPS_KEPT: usize = 128;

/// Maps the numbers of a Consumer's present source to outgoing ones.
#[derive(Clone, Debug)]
pub struct SequenceMapper {
    next_out: u64,
    run: Option<Run>,
    drops: Drops,
}

/// The packets since the last start of a source.
#[derive(Clone, Copy, Debug)]
struct Run {
    first_in: u64,
    highest_in: u64,
    /// `out - in` of the highest packet.
    offset: i64,
}

impl SequenceMapper {
    /// Starts with `first_out`, cut to 15 bits: a receiver guesses rollover counter 0 for the first packet (RFC 3711).
    pub const fn new(first_out: u16) -> Self {
        Self { next_out: (first_out & 0x7fff) as u64, run: None, drops: Drops::new() }
    }

    /// The outgoing number of a packet that is to be sent. None where it comes too late to have one: it was dropped,
    /// is from before the source's start, or older than what is remembered.
    ///
    /// Numbers missing in the source stay free in the output for packets that are repaired later.
    pub fn forward(&mut self, index: u64) -> Option<u64> {
        let run = match &mut self.run {
            Some(run) if index <= run.highest_in + MAX_GAP => run,
            Some(_) | None => return Some(self.start(index)),
        };
        if index <= run.highest_in {
            let later_drops = self.drops.later_than(index).filter(|_| index >= run.first_in)?;
            return index.checked_add_signed(run.offset + later_drops);
        }
        run.highest_in = index;
        let out = index.checked_add_signed(run.offset)?;
        self.next_out = out + 1;
        Some(out)
    }

    /// Notes that a packet is not sent, on purpose: the next one takes its number. Gives the number that was kept free
    /// for a late one, which its receiver misses until something is sent with it.
    pub fn drop_packet(&mut self, index: u64) -> Option<u64> {
        let run = self.run.as_mut()?;
        if index > run.highest_in + MAX_GAP {
            self.switch_source();
            return None;
        }
        if index <= run.highest_in {
            return self.forward(index);
        }
        let skipped = index - run.highest_in - 1;
        run.highest_in = index;
        run.offset -= 1;
        self.next_out += skipped;
        self.drops.push(index);
        None
    }

    /// Ends the source's run: the next packet, of whatever source, gets the next number.
    pub fn switch_source(&mut self) {
        self.run = None;
        self.drops.clear();
    }

    /// A number for a packet that comes from no source, such as a black frame; ends the source's run.
    pub fn insert(&mut self) -> u64 {
        self.switch_source();
        let out = self.next_out;
        self.next_out += 1;
        out
    }

    /// The number after the highest one given so far.
    pub const fn next_out(&self) -> u64 {
        self.next_out
    }

    fn start(&mut self, index: u64) -> u64 {
        let out = self.next_out;
        self.run = Some(Run { first_in: index, highest_in: index, offset: out as i64 - index as i64 });
        self.drops.clear();
        self.next_out += 1;
        out
    }
}

/// The last dropped packets of a run, in rising order.
#[derive(Clone, Debug)]
struct Drops {
    /// Made with the first drop, and kept: most streams have none, and what is small stays in the processor's cache.
    ring: Vec<u64>,
    count: usize,
}

impl Drops {
    const fn new() -> Self {
        Self { ring: Vec::new(), count: 0 }
    }

    fn push(&mut self, index: u64) {
        if self.ring.is_empty() {
            self.ring.resize(DROPS_KEPT, 0);
        }
        self.ring[self.count % DROPS_KEPT] = index;
        self.count += 1;
    }

    const fn clear(&mut self) {
        self.count = 0;
    }

    /// How many drops came after `index`; none where it was dropped itself or is older than what is remembered.
    fn later_than(&self, index: u64) -> Option<i64> {
        let kept = self.count.min(DROPS_KEPT);
        for back in 0..kept {
            let dropped = self.ring[(self.count - 1 - back) % DROPS_KEPT];
            if dropped == index {
                return None;
            }
            if dropped < index {
                return Some(back as i64);
            }
        }
        (self.count <= DROPS_KEPT).then_some(kept as i64)
    }
}

/// The number nearest to `reference` whose lower half is `low`; none where it would be below zero.
pub fn extend_half(reference: u64, low: u32) -> Option<u64> {
    reference.checked_add_signed(i64::from(low.wrapping_sub(reference as u32) as i32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_nearest_extension_is_taken() {
        let cases = [
            (0, 5, Some(5)),
            (65_535, 0, Some(65_536)),
            (65_536, 65_535, Some(65_535)),
            (10, 65_530, None),
            (100_000, 34_465, Some(100_001)),
            (100_000, 34_463, Some(99_999)),
        ];
        for (reference, sequence, expected) in cases {
            assert_eq!(extend(reference, sequence), expected, "{reference} {sequence}");
        }
    }

    #[test]
    fn an_extender_follows_wraps_and_places_what_came_before_the_first() {
        let mut extender = SequenceExtender::new();
        let numbers: Vec<u64> = [1, 65_534, 0, 2].into_iter().map(|number| extender.extend(number)).collect();
        assert_eq!(numbers, [65_537, 65_534, 65_536, 65_538]);
    }

    #[test]
    fn output_is_gapless_over_drops_and_keeps_room_for_repairs() {
        let mut mapper = SequenceMapper::new(100);
        assert_eq!(mapper.forward(5_000), Some(100));
        mapper.drop_packet(5_001);
        assert_eq!(mapper.forward(5_002), Some(101));
        // 5,003 is lost, 5,004 dropped, 5,005 lost.
        mapper.drop_packet(5_004);
        assert_eq!(mapper.forward(5_006), Some(104));
        assert_eq!(mapper.forward(5_003), Some(102), "repaired before the drop");
        assert_eq!(mapper.forward(5_005), Some(103), "repaired after the drop");
        assert_eq!(mapper.forward(5_004), None, "a dropped packet stays dropped");
        assert_eq!(mapper.drop_packet(5_004), None, "and has no number");
        assert_eq!(mapper.forward(4_999), None, "before the start of the source");
        assert_eq!(mapper.next_out(), 105);
    }

    #[test]
    fn a_late_packet_that_is_dropped_gives_the_number_that_was_kept_for_it() {
        let mut mapper = SequenceMapper::new(100);
        assert_eq!(mapper.drop_packet(4_000), None, "before the start");
        assert_eq!((mapper.forward(5_000), mapper.forward(5_002)), (Some(100), Some(102)));
        assert_eq!(mapper.drop_packet(5_001), Some(101));
        assert_eq!(mapper.drop_packet(4_999), None, "before the start of the source");
    }

    #[test]
    fn a_new_source_and_an_inserted_packet_take_the_next_numbers() {
        let mut mapper = SequenceMapper::new(0xffff);
        assert_eq!(mapper.forward(7), Some(0x7fff));
        mapper.switch_source();
        assert_eq!(mapper.forward(90_000), Some(0x8000));
        assert_eq!(mapper.insert(), 0x8001);
        assert_eq!(mapper.forward(90_010), Some(0x8002));
        assert_eq!(mapper.forward(90_001), None, "from before the inserted packet");
    }

    #[test]
    fn a_jump_of_the_source_is_a_new_start() {
        let mut mapper = SequenceMapper::new(0);
        assert_eq!(mapper.forward(1_000), Some(0));
        assert_eq!(mapper.forward(2_000), Some(1_000), "the largest gap that may still be loss");
        assert_eq!(mapper.forward(3_001), Some(1_001));
        mapper.drop_packet(9_000);
        assert_eq!(mapper.forward(9_001), Some(1_002));
    }

    #[test]
    fn what_is_older_than_the_remembered_drops_gets_no_number() {
        let mut mapper = SequenceMapper::new(0);
        assert_eq!(mapper.forward(0), Some(0));
        for index in 0..=DROPS_KEPT as u64 {
            mapper.drop_packet(2 * index + 2);
        }
        assert_eq!(mapper.forward(1), None);
        assert_eq!(mapper.forward(5), Some(3), "three odd numbers up to here");
    }

    proptest! {
        #[test]
        fn every_number_is_given_once_and_in_the_order_of_the_source(
            first_out in any::<u16>(), start in 0u64..1_000_000,
            steps in proptest::collection::vec((1u64..4, any::<bool>(), any::<bool>()), 1..200),
        ) {
            let mut mapper = SequenceMapper::new(first_out);
            let (mut index, mut given) = (start, BTreeSet::new());
            prop_assert_eq!(mapper.forward(index), Some(u64::from(first_out & 0x7fff)));
            given.insert((index, u64::from(first_out & 0x7fff)));
            for (step, drop, repair) in steps {
                let missing = index + 1..index + step;
                index += step;
                if drop {
                    mapper.drop_packet(index);
                } else if let Some(out) = mapper.forward(index) {
                    given.insert((index, out));
                }
                for late in missing.filter(|_| repair) {
                    if let Some(out) = mapper.forward(late) {
                        given.insert((late, out));
                    }
                }
            }
            let outs: Vec<u64> = given.iter().map(|(_, out)| *out).collect();
            prop_assert!(outs.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", given);
        }
    }
}
