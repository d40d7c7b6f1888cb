//! What passes between two Workers that carry one room: batches of a Producer's opened packets one way, wishes for
//! keyframes and layers the other.
//!
//! A batch is a plain value that its sender fills, a ring of the gateway's carries, and its receiver gives back empty:
//! its buffers are used again. Who mirrors what is the room's decision; which packets go is `consumer::pipe`'s.
use super::rtp::timestamp::SenderClock;
use super::transport::rtcp::NtpTime;
use crate::id::{ProducerId, WorkerId};
use std::time::Instant;

/// One thing that one Worker tells another.
#[derive(Clone, Copy, Debug)]
pub(super) enum PipeItem<'a> {
    /// A packet of a mirrored Producer.
    Packet(PipePacket<'a>),
    /// How a mirrored Producer's media clock stands to its client's wall clock, and that one to a common moment.
    Clock {
        /// Which Producer.
        producer: ProducerId,
        /// Which of its layers.
        layer: u8,
        /// The layer's last sender report.
        clock: SenderClock,
        /// What the client's wall clock said …
        theirs: NtpTime,
        /// … at this moment.
        at: Instant,
    },
    /// The mirrored Producer has sent nothing yet.
    Silent(ProducerId),
    /// Somebody at the mirror waits for a keyframe.
    KeyframeWanted {
        /// Which Producer.
        producer: ProducerId,
        /// Which of its layers.
        layer: u8,
    },
    /// The best layer that anybody at the mirror takes; `None`: nobody takes anything.
    LayersWanted {
        /// Which Producer.
        producer: ProducerId,
        /// Highest spatial layer, 0 the smallest.
        best: Option<u8>,
    },
}

impl PipeItem<'_> {
    /// Which Producer it is about.
    pub(super) const fn producer(&self) -> ProducerId {
        match self {
            Self::Packet(packet) => packet.producer,
            Self::Silent(producer)
            | Self::Clock { producer, .. }
            | Self::KeyframeWanted { producer, .. }
            | Self::LayersWanted { producer, .. } => *producer,
        }
    }
}

/// A decrypted packet with what its origin knows of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PipePacket<'a> {
    /// Which Producer.
    pub(super) producer: ProducerId,
    /// Which of its layers.
    pub(super) layer: u8,
    /// Its extended sequence number in that layer.
    pub(super) index: u64,
    /// When it came in at the origin.
    pub(super) arrived: Instant,
    /// The packet, with its publisher's payload type and extension ids.
    pub(super) bytes: &'a [u8],
}

/// What one Worker has to tell another at once. Filled by [`super::Worker::poll_pipe`].
#[derive(Clone, Debug, Default)]
pub struct PipeBatch {
    bytes: Vec<u8>,
    records: Vec<Record>,
    packets: usize,
}

/// An item whose bytes lie in its batch.
#[derive(Clone, Copy, Debug)]
enum Record {
    Packet { producer: ProducerId, layer: u8, index: u64, arrived: Instant, start: usize, len: usize },
    Other(PipeItem<'static>),
}

impl PipeBatch {
    /// Nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// How many packets are in it.
    pub const fn packets(&self) -> usize {
        self.packets
    }

    /// Empties it; its buffers keep their room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.records.clear();
        self.packets = 0;
    }

    /// Drops the packets and keeps what must not be lost (wishes and clocks): for a ring that is full. Gives the number
    /// of packets dropped.
    pub fn drop_packets(&mut self) -> usize {
        self.records.retain(|record| matches!(record, Record::Other(_)));
        self.bytes.clear();
        std::mem::take(&mut self.packets)
    }

    /// Appends what is in `other`.
    pub fn append(&mut self, other: &Self) {
        let shift = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.packets += other.packets;
        self.records.extend(other.records.iter().map(|record| match *record {
            Record::Packet { producer, layer, index, arrived, start, len } => {
                Record::Packet { producer, layer, index, arrived, start: start + shift, len }
            }
            Record::Other(item) => Record::Other(item),
        }));
    }

    /// What is in it, in order.
    pub(super) fn items(&self) -> impl Iterator<Item = PipeItem<'_>> {
        self.records.iter().map(|record| match *record {
            Record::Packet { producer, layer, index, arrived, start, len } => {
                let bytes = self.bytes.get(start..start + len).unwrap_or_default();
                PipeItem::Packet(PipePacket { producer, layer, index, arrived, bytes })
            }
            Record::Other(item) => item,
        })
    }

    fn push(&mut self, item: PipeItem<'static>) {
        self.records.push(Record::Other(item));
    }

    fn push_packet(&mut self, packet: &PipePacket<'_>) {
        let PipePacket { producer, layer, index, arrived, bytes } = *packet;
        let (start, len) = (self.bytes.len(), bytes.len());
        self.bytes.extend_from_slice(bytes);
        self.records.push(Record::Packet { producer, layer, index, arrived, start, len });
        self.packets += 1;
    }
}

/// What waits for each of the other Workers.
#[derive(Default)]
pub(super) struct PipeOutbox {
    /// By worker number.
    batches: Vec<PipeBatch>,
}

impl PipeOutbox {
    fn batch(&mut self, to: WorkerId) -> &mut PipeBatch {
        let place = usize::from(to.0);
        if self.batches.len() <= place {
            self.batches.resize_with(place + 1, PipeBatch::default);
        }
        &mut self.batches[place]
    }

    /// Tells a Worker something.
    pub(super) fn push(&mut self, to: WorkerId, item: PipeItem<'static>) {
        self.batch(to).push(item);
    }

    /// Sends a Worker a packet.
    pub(super) fn push_packet(&mut self, to: WorkerId, packet: &PipePacket<'_>) {
        self.batch(to).push_packet(packet);
    }

    /// Exchanges `spare` for the next batch that holds something; gives whom it is for.
    pub(super) fn poll(&mut self, spare: &mut PipeBatch) -> Option<WorkerId> {
        let place = self.batches.iter().position(|batch| !batch.is_empty())?;
        let to = u8::try_from(place).ok().map(WorkerId)?;
        spare.clear();
        std::mem::swap(&mut self.batches[place], spare);
        Some(to)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;
    use crate::random::Random;

    fn packet(producer: ProducerId, index: u64, bytes: &[u8]) -> PipePacket<'_> {
        PipePacket { producer, layer: 1, index, arrived: Instant::now(), bytes }
    }

    fn contents(batch: &PipeBatch) -> Vec<(u64, Vec<u8>)> {
        let packet = |item| match item {
            PipeItem::Packet(packet) => Some((packet.index, packet.bytes.to_vec())),
            PipeItem::Clock { .. }
            | PipeItem::Silent(_)
            | PipeItem::KeyframeWanted { .. }
            | PipeItem::LayersWanted { .. } => None,
        };
        batch.items().filter_map(packet).collect()
    }

    #[test]
    fn batches_go_out_by_worker_and_their_room_comes_back() {
        let producer = ProducerId::random(&mut Random::seeded(1));
        let mut outbox = PipeOutbox::default();
        outbox.push_packet(WorkerId(2), &packet(producer, 7, b"abc"));
        outbox.push_packet(WorkerId(1), &packet(producer, 8, b"d"));
        outbox.push_packet(WorkerId(2), &packet(producer, 9, b"ef"));
        let mut batch = PipeBatch::default();
        assert_eq!(outbox.poll(&mut batch), Some(WorkerId(1)));
        assert_eq!(contents(&batch), [(8, b"d".to_vec())]);
        assert_eq!(outbox.poll(&mut batch), Some(WorkerId(2)));
        assert_eq!(contents(&batch), [(7, b"abc".to_vec()), (9, b"ef".to_vec())]);
        assert_eq!(outbox.poll(&mut batch), None);
    }

    #[test]
    fn a_full_ring_costs_packets_and_never_wishes() {
        let producer = ProducerId::random(&mut Random::seeded(1));
        let mut outbox = PipeOutbox::default();
        outbox.push_packet(WorkerId(0), &packet(producer, 1, b"abc"));
        outbox.push(WorkerId(0), PipeItem::KeyframeWanted { producer, layer: 0 });
        let mut kept = PipeBatch::default();
        assert!(outbox.poll(&mut kept).is_some());
        assert_eq!(kept.drop_packets(), 1);
        let mut next = PipeBatch::default();
        outbox.push_packet(WorkerId(0), &packet(producer, 2, b"de"));
        assert!(outbox.poll(&mut next).is_some());
        kept.append(&next);
        assert_eq!((kept.packets(), contents(&kept)), (1, vec![(2, b"de".to_vec())]));
        assert!(matches!(kept.items().next(), Some(PipeItem::KeyframeWanted { .. })), "the wish comes first");
    }
}
