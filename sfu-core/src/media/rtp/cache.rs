//! What can be sent again: the decrypted packets of a source, kept once for all its Consumers, and per Consumer the
//! small notes that turn a number its receiver asks for into one of those packets. When to repeat is decided here by
//! age only; sealing and RTX framing are the Consumer's.

use super::header::{RtpHeader, RtpPacket};
use super::sequence::{extend, extend_half};
use crate::media::prefetch::prefetch;
use std::time::{Duration, Instant};

/// Longest packet that is kept, in bytes: beyond any path's MTU nothing is repeated.
pub const MAX_CACHED_LEN: usize = 2_048;

/// What is younger than this is kept while there is room: receivers ask for no older packets.
const KEPT_FOR: Duration = Duration::from_secs(1);
/// Room for a packet is made in steps of this, bytes.
const LENGTH_STEP: usize = 128;
/// Notes that one batch of packets mostly makes.
const NEXT_NOTES: usize = 4;
/// Packets that there is room for at first.
const FIRST_CAPACITY: usize = 32;

/// A source's last packets by extended sequence number. It grows until it holds a second of the stream, and its slots
/// are used again, so that a stream in flow allocates nothing.
#[derive(Debug)]
pub struct PacketCache {
    slots: Vec<Slot>,
    max_capacity: usize,
    highest: u64,
}

#[derive(Debug, Default)]
struct Slot {
    /// Index, header and arrival of the packet; none before the first.
    packet: Option<(u64, RtpHeader, Instant)>,
    bytes: Vec<u8>,
}

impl PacketCache {
    /// A cache for a second of packets, but at most the last `max_capacity` ones.
    pub const fn new(max_capacity: usize) -> Self {
        Self { slots: Vec::new(), max_capacity, highest: 0 }
    }

    /// Keeps a decrypted packet, which takes the place of one that is as many numbers older as there are slots.
    pub fn insert(&mut self, index: u64, header: RtpHeader, packet: &[u8], now: Instant) {
        if self.max_capacity == 0 || packet.len() > MAX_CACHED_LEN {
            return;
        }
        if self.slots.is_empty() {
            self.slots.resize_with(FIRST_CAPACITY.min(self.max_capacity), Slot::default);
        }
        self.highest = self.highest.max(index);
        loop {
            let capacity = self.slots.len();
            if self.highest - index >= capacity as u64 {
                return;
            }
            let Some(slot) = self.slots.get_mut((index % capacity as u64) as usize) else { return };
            let is_young = |(_, _, at): (u64, RtpHeader, Instant)| now.saturating_duration_since(at) < KEPT_FOR;
            if capacity < self.max_capacity && slot.packet.is_some_and(is_young) {
                self.grow();
                continue;
            }
            slot.packet = Some((index, header, now));
            slot.bytes.clear();
            // Not twice as much, as a vector that grows takes, and not anew for each length.
            slot.bytes.reserve_exact(packet.len().next_multiple_of(LENGTH_STEP));
            slot.bytes.extend_from_slice(packet);
            return;
        }
    }

    /// Makes room for half as many packets again.
    fn grow(&mut self) {
        let capacity = grown(self.slots.len()).min(self.max_capacity);
        let mut slots = Vec::new();
        slots.resize_with(capacity, Slot::default);
        for slot in self.slots.drain(..) {
            let Some((index, _, _)) = slot.packet else { continue };
            let is_kept = self.highest.saturating_sub(index) < capacity as u64;
            if let Some(place) = slots.get_mut((index % capacity as u64) as usize).filter(|_| is_kept) {
                *place = slot;
            }
        }
        self.slots = slots;
    }

    /// The packet with this index, if it is still there.
    pub fn get(&self, index: u64) -> Option<RtpPacket<'_>> {
        let place = index.checked_rem(self.slots.len() as u64)? as usize;
        let slot = self.slots.get(place)?;
        let (_, header, _) = slot.packet.filter(|(kept, _, _)| *kept == index)?;
        RtpPacket::with_header(header, &slot.bytes).ok()
    }

    /// Forgets everything and gives the memory back.
    pub fn clear(&mut self) {
        self.slots = Vec::new();
        self.highest = 0;
    }
}

const fn grown(capacity: usize) -> usize {
    capacity + capacity.div_ceil(2)
}

/// How a packet went out to one receiver: enough to make it again from the source's cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentPacket {
    /// Its index in the source's cache.
    pub source_index: u64,
    /// Outgoing timestamp.
    pub timestamp: u32,
    /// Outgoing VP8 picture id, where rewritten.
    pub picture_id: u16,
    /// Outgoing VP8 TL0PICIDX, where rewritten.
    pub tl0_picture_index: u8,
    /// Which of the Producer's layers it came from, or any number the Consumer gives a source.
    pub source: u8,
    /// Outgoing payload type.
    pub payload_type: u8,
    /// Outgoing marker bit.
    pub marker: bool,
}

/// A Consumer's notes of what it sent, by outgoing number. Grows as [`PacketCache`] does.
#[derive(Debug)]
pub struct SentPackets {
    slots: Vec<Sent>,
    max_capacity: usize,
    highest: u64,
    highest_source: u64,
    /// What the slots' times count from.
    start: Option<Instant>,
}

/// One note, small: there are many of them, and each packet writes one.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    /// The lower half of its number.
    index: u32,
    /// The lower half of the number in the source.
    source_index: u32,
    timestamp: u32,
    /// When it was sent last, milliseconds after the start.
    last_ms: u32,
    picture_id: u16,
    tl0_picture_index: u8,
    source: u8,
    payload_type: u8,
    marker: bool,
    is_repeated: bool,
    is_used: bool,
}

impl SentPackets {
    /// Notes for a second of packets, but at most the last `max_capacity` ones.
    pub const fn new(max_capacity: usize) -> Self {
        Self { slots: Vec::new(), max_capacity, highest: 0, highest_source: 0, start: None }
    }

    /// Notes a packet sent with outgoing extended number `index`.
    pub fn insert(&mut self, index: u64, packet: SentPacket, now: Instant) {
        if self.slots.is_empty() {
            self.slots.resize(FIRST_CAPACITY.min(self.max_capacity), Sent::default());
        }
        self.highest = self.highest.max(index);
        self.highest_source = self.highest_source.max(packet.source_index);
        let last_ms = self.milliseconds(now);
        let is_young =
            |sent: &Sent| sent.is_used && u128::from(last_ms.wrapping_sub(sent.last_ms)) < KEPT_FOR.as_millis();
        while self.slots.len() < self.max_capacity && self.slot(index).is_some_and(|sent| is_young(sent)) {
            self.grow();
        }
        let sent = Sent {
            index: index as u32,
            source_index: packet.source_index as u32,
            timestamp: packet.timestamp,
            last_ms,
            picture_id: packet.picture_id,
            tl0_picture_index: packet.tl0_picture_index,
            source: packet.source,
            payload_type: packet.payload_type,
            marker: packet.marker,
            is_repeated: false,
            is_used: true,
        };
        if let Some(slot) = self.slot(index) {
            *slot = sent;
        }
    }

    /// Whether this was sent so long ago that a newer packet has its place. A number that was kept for a packet which is
    /// still on its way to us has an older one in its place, or none.
    pub fn has_forgotten(&self, sequence: u16) -> bool {
        let slot = |index: u64| self.slots.get(index.checked_rem(self.slots.len() as u64)? as usize);
        let index = extend(self.highest, sequence);
        let found = index.and_then(|index| Some((index, slot(index).filter(|sent| sent.is_used)?)));
        found.is_some_and(|(index, sent)| extend_half(self.highest, sent.index).is_some_and(|held| held > index))
    }

    /// The packet that the receiver asks for by `sequence`, if it may be sent again now: it is known, and the last
    /// repeat is a round trip old, so that it cannot still be under way. Notes the repeat.
    pub fn repeat(&mut self, sequence: u16, round_trip: Duration, now: Instant) -> Option<(u64, SentPacket)> {
        let index = extend(self.highest, sequence)?;
        let (now_ms, highest_source) = (self.milliseconds(now), self.highest_source);
        let sent = self.slot(index).filter(|sent| sent.is_used && sent.index == index as u32)?;
        let since_ms = u128::from(now_ms.wrapping_sub(sent.last_ms));
        if sent.is_repeated && since_ms < round_trip.as_millis() {
            return None;
        }
        (sent.is_repeated, sent.last_ms) = (true, now_ms);
        let packet = SentPacket {
            source_index: extend_half(highest_source, sent.source_index)?,
            timestamp: sent.timestamp,
            picture_id: sent.picture_id,
            tl0_picture_index: sent.tl0_picture_index,
            source: sent.source,
            payload_type: sent.payload_type,
            marker: sent.marker,
        };
        Some((index, packet))
    }

    /// Asks memory for the places of the next notes.
    pub(in crate::media) fn prefetch(&self, index: u64) {
        let place = index.checked_rem(self.slots.len() as u64).map(|place| place as usize);
        place.and_then(|place| self.slots.get(place..self.slots.len().min(place + NEXT_NOTES))).map(prefetch);
    }

    fn slot(&mut self, index: u64) -> Option<&mut Sent> {
        let place = index.checked_rem(self.slots.len() as u64)? as usize;
        self.slots.get_mut(place)
    }

    fn milliseconds(&mut self, now: Instant) -> u32 {
        let start = *self.start.get_or_insert(now);
        now.saturating_duration_since(start).as_millis() as u32
    }

    fn grow(&mut self) {
        let capacity = grown(self.slots.len()).min(self.max_capacity);
        let old = std::mem::replace(&mut self.slots, vec![Sent::default(); capacity]);
        for sent in old.into_iter().filter(|sent| sent.is_used) {
            let index = extend_half(self.highest, sent.index);
            let is_kept = |index: &u64| self.highest.saturating_sub(*index) < capacity as u64;
            if let Some(slot) = index.filter(is_kept).and_then(|index| self.slot(index)) {
                *slot = sent;
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;

    fn packet(sequence: u16, len: usize) -> (RtpHeader, Vec<u8>) {
        let mut bytes = vec![0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        bytes[2..4].copy_from_slice(&sequence.to_be_bytes());
        bytes.resize(12 + len, sequence as u8);
        (RtpHeader::parse(&bytes).unwrap(), bytes)
    }

    #[test]
    fn the_last_packets_are_kept_and_older_ones_are_not() {
        let (now, mut cache) = (Instant::now(), PacketCache::new(4));
        for index in [100u64, 101, 103, 104, 102] {
            let (header, bytes) = packet(index as u16, 3);
            cache.insert(index, header, &bytes, now);
        }
        for index in 101..=104u64 {
            let kept = cache.get(index).unwrap();
            assert_eq!(u64::from(kept.header().sequence), index);
            assert_eq!(kept.payload(), [index as u8; 3]);
        }
        assert!(cache.get(100).is_none(), "its slot went to 104");
        let (header, bytes) = packet(99, 3);
        cache.insert(99, header, &bytes, now);
        assert!(cache.get(99).is_none(), "too old to push a newer one out");
        assert!(cache.get(103).is_some());
        cache.clear();
        assert!(cache.get(104).is_none());
    }

    #[test]
    fn oversize_packets_and_a_cache_of_none_keep_nothing() {
        let (header, bytes) = packet(1, MAX_CACHED_LEN);
        let now = Instant::now();
        let mut cache = PacketCache::new(4);
        cache.insert(1, header, &bytes, now);
        assert!(cache.get(1).is_none());
        let (header, bytes) = packet(1, 1);
        let mut none = PacketCache::new(0);
        none.insert(1, header, &bytes, now);
        assert!(none.get(1).is_none());
    }

    #[test]
    fn a_packet_is_repeated_once_per_round_trip_while_it_is_remembered() {
        let (start, rtt) = (Instant::now(), Duration::from_millis(50));
        let mut sent = SentPackets::new(8);
        for index in 65_530..65_540u64 {
            sent.insert(index, SentPacket { source_index: index + 1_000, ..SentPacket::default() }, start);
        }
        let cases = [
            (65_533, 0, Some(66_533), "asked before the wrap"),
            (65_533, 49, None, "the repeat is still under way"),
            (65_533, 50, Some(66_533), "a round trip later"),
            (2, 50, Some(66_538), "asked after the wrap"),
            (65_530, 50, None, "pushed out"),
            (4, 50, None, "not sent yet"),
        ];
        for (sequence, at_ms, expected, message) in cases {
            let now = start + Duration::from_millis(at_ms);
            let repeated = sent.repeat(sequence, rtt, now).map(|(_, packet)| packet.source_index);
            assert_eq!(repeated, expected, "{message}");
        }
        assert_eq!(SentPackets::new(0).repeat(1, rtt, start), None);
    }

    #[test]
    fn only_what_a_newer_packet_has_the_place_of_is_forgotten() {
        let start = Instant::now();
        let mut sent = SentPackets::new(8);
        assert!(!sent.has_forgotten(1), "nothing was sent");
        for index in (65_530..65_540u64).filter(|index| *index != 65_537) {
            sent.insert(index, SentPacket::default(), start);
        }
        let cases = [
            (65_530, true, "its place went to 65538"),
            (65_531, true, "its place went to 65539, after the wrap"),
            (65_532, false, "remembered"),
            (1, false, "kept for a packet that has not come; 65529 was before"),
            (3, false, "remembered, the last one"),
            (4, false, "not sent yet"),
        ];
        for (sequence, expected, message) in cases {
            assert_eq!(sent.has_forgotten(sequence), expected, "{message}");
        }
    }

    #[test]
    fn a_second_of_any_stream_is_kept_and_not_much_more() {
        let start = Instant::now();
        for (packets_a_second, expected_max) in [(10, 32), (90, 150), (400, 512), (2_000, 512)] {
            let (mut cache, mut sent) = (PacketCache::new(512), SentPackets::new(512));
            let last = 70_000 + packets_a_second * 3;
            for index in 70_000..=last {
                let now = start + Duration::from_micros((index - 70_000) * 1_000_000 / packets_a_second);
                let (header, bytes) = packet(index as u16, 10);
                cache.insert(index, header, &bytes, now);
                sent.insert(index, SentPacket { source_index: index << 20, ..SentPacket::default() }, now);
            }
            let kept = packets_a_second.min(512);
            let now = start + Duration::from_secs(3);
            for index in last + 1 - kept..=last {
                assert!(cache.get(index).is_some(), "{index} at {packets_a_second} a second");
                let (number, packet) = sent.repeat(index as u16, Duration::ZERO, now).unwrap();
                assert_eq!((number, packet.source_index as u32), (index, (index << 20) as u32));
            }
            assert!(cache.slots.len() <= expected_max && sent.slots.len() <= expected_max, "{packets_a_second}");
        }
    }

    #[test]
    fn a_late_packet_takes_no_newer_ones_place() {
        let (now, mut cache) = (Instant::now(), PacketCache::new(512));
        for index in [1_000u64, 1_031, 1_032, 1_064, 1_040, 600] {
            let (header, bytes) = packet(index as u16, 3);
            cache.insert(index, header, &bytes, now);
        }
        for index in [1_000, 1_031, 1_032, 1_064, 1_040] {
            assert!(cache.get(index).is_some(), "{index}");
        }
        assert!(cache.get(600).is_none());
    }
}
