//! What can be sent again: the decrypted packets of a source, kept once for all its Consumers, and per Consumer the
//! small notes that turn a number its receiver asks for into one of those packets. When to repeat is decided here by
//! age only; sealing and RTX framing are the Consumer's.

use super::header::{RtpHeader, RtpPacket};
use super::sequence::extend;
use std::time::{Duration, Instant};

/// Longest packet that is kept, in bytes: beyond any path's MTU nothing is repeated.
pub const MAX_CACHED_LEN: usize = 2_048;

/// A source's last packets by extended sequence number. Slots are made when first needed and then used again, so that
/// a stream in flow allocates nothing.
#[derive(Debug)]
pub struct PacketCache {
    slots: Vec<Slot>,
    capacity: usize,
    highest: u64,
}

#[derive(Debug, Default)]
struct Slot {
    /// Index and header of the packet; none before the first.
    packet: Option<(u64, RtpHeader)>,
    bytes: Vec<u8>,
}

impl PacketCache {
    /// A cache for the last `capacity` packets.
    pub const fn new(capacity: usize) -> Self {
        Self { slots: Vec::new(), capacity, highest: 0 }
    }

    /// Keeps a decrypted packet, which takes the place of one `capacity` numbers older.
    pub fn insert(&mut self, index: u64, header: RtpHeader, packet: &[u8]) {
        let too_old = self.highest.saturating_sub(index) >= self.capacity as u64;
        if self.capacity == 0 || packet.len() > MAX_CACHED_LEN || too_old {
            return;
        }
        self.highest = self.highest.max(index);
        let place = (index % self.capacity as u64) as usize;
        if place >= self.slots.len() {
            self.slots.resize_with(place + 1, Slot::default);
        }
        if let Some(slot) = self.slots.get_mut(place) {
            slot.packet = Some((index, header));
            slot.bytes.clear();
            slot.bytes.extend_from_slice(packet);
        }
    }

    /// The packet with this index, if it is still there.
    pub fn get(&self, index: u64) -> Option<RtpPacket<'_>> {
        let place = index.checked_rem(self.capacity as u64)? as usize;
        let slot = self.slots.get(place)?;
        let (_, header) = slot.packet.filter(|(kept, _)| *kept == index)?;
        RtpPacket::with_header(header, &slot.bytes).ok()
    }

    /// Forgets everything and gives the memory back.
    pub fn clear(&mut self) {
        self.slots = Vec::new();
        self.highest = 0;
    }
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

/// A Consumer's notes of what it sent, by outgoing number.
#[derive(Debug)]
pub struct SentPackets {
    slots: Vec<Option<Sent>>,
    capacity: usize,
    highest: u64,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    index: u64,
    packet: SentPacket,
    /// When it was repeated last; none while it was sent once only.
    repeated: Option<Instant>,
}

impl SentPackets {
    /// Notes for the last `capacity` packets.
    pub const fn new(capacity: usize) -> Self {
        Self { slots: Vec::new(), capacity, highest: 0 }
    }

    /// Notes a packet sent with outgoing extended number `index`.
    pub fn insert(&mut self, index: u64, packet: SentPacket) {
        let Some(place) = index.checked_rem(self.capacity as u64) else {
            return;
        };
        if self.slots.is_empty() {
            self.slots.resize(self.capacity, None);
        }
        self.highest = self.highest.max(index);
        if let Some(slot) = self.slots.get_mut(place as usize) {
            *slot = Some(Sent { index, packet, repeated: None });
        }
    }

    /// The packet that the receiver asks for by `sequence`, if it may be sent again now: it is known, and the last
    /// repeat is a round trip old, so that it cannot still be under way. Notes the repeat.
    pub fn repeat(&mut self, sequence: u16, round_trip: Duration, now: Instant) -> Option<(u64, SentPacket)> {
        let index = extend(self.highest, sequence)?;
        let place = index.checked_rem(self.capacity as u64)? as usize;
        let sent = self.slots.get_mut(place)?.as_mut().filter(|sent| sent.index == index)?;
        if sent.repeated.is_some_and(|last| now.saturating_duration_since(last) < round_trip) {
            return None;
        }
        sent.repeated = Some(now);
        Some((index, sent.packet))
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
        let mut cache = PacketCache::new(4);
        for index in [100u64, 101, 103, 104, 102] {
            let (header, bytes) = packet(index as u16, 3);
            cache.insert(index, header, &bytes);
        }
        for index in 101..=104u64 {
            let kept = cache.get(index).unwrap();
            assert_eq!(u64::from(kept.header().sequence), index);
            assert_eq!(kept.payload(), [index as u8; 3]);
        }
        assert!(cache.get(100).is_none(), "its slot went to 104");
        let (header, bytes) = packet(99, 3);
        cache.insert(99, header, &bytes);
        assert!(cache.get(99).is_none(), "too old to push a newer one out");
        assert!(cache.get(103).is_some());
        cache.clear();
        assert!(cache.get(104).is_none());
    }

    #[test]
    fn oversize_packets_and_a_cache_of_none_keep_nothing() {
        let (header, bytes) = packet(1, MAX_CACHED_LEN);
        let mut cache = PacketCache::new(4);
        cache.insert(1, header, &bytes);
        assert!(cache.get(1).is_none());
        let (header, bytes) = packet(1, 1);
        let mut none = PacketCache::new(0);
        none.insert(1, header, &bytes);
        assert!(none.get(1).is_none());
    }

    #[test]
    fn a_packet_is_repeated_once_per_round_trip_while_it_is_remembered() {
        let (start, rtt) = (Instant::now(), Duration::from_millis(50));
        let mut sent = SentPackets::new(8);
        for index in 65_530..65_540u64 {
            sent.insert(index, SentPacket { source_index: index + 1_000, ..SentPacket::default() });
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
}
