//! From Producers' packets to their Consumers: receiver by receiver.
//!
//! Packets of one batch of input wait for each other in their sources' caches. Then each receiver gets all that is for
//! it, so that its keys, its numbers and its part of the send buffer are fetched from memory once for all of them: with
//! many receivers that costs more than anything else here. What is chosen and how it is numbered is the Consumer's.
use super::{Router, Surroundings};
use crate::media::codec::PayloadInfo;
use crate::media::consumer::{Consumer, SourcePacket};
use crate::media::prefetch::prefetch;
use crate::media::producer::Producer;
use crate::media::transport::Transport;
use crate::sdp::Codec;
use slab::Slab;

/// Packets of a room that wait at most: fewer than a source's cache has room for at first.
const WAITING_MAX: usize = 24;
/// Packets that wait at least before they are passed on, however many receivers there are: most pictures have fewer.
const WAITING_MIN: usize = 4;
/// Copies that are made at once in a room with many receivers: they should still be in the processor's cache when they
/// are sent.
const COPIES_AT_ONCE: usize = 512;
/// Visits that memory is asked for ahead: it takes about as long as one visit.
const FETCHED_AHEAD: usize = 2;
/// Bits of a visit's Consumer and of its first packet in its sort key.
const CONSUMER_BITS: u32 = 32;
const FIRST_BITS: u32 = 8;

/// Layers whose keyframes are needed.
type Wanted = [Option<usize>; 2];

/// A packet that waits in its layer's cache.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    producer: usize,
    /// In which order packets came.
    place: usize,
    layer: usize,
    index: u64,
    codec: Codec,
    info: PayloadInfo,
}

/// What a Router holds back until the batch of input has ended.
#[derive(Default)]
pub(super) struct Held {
    waiting: Vec<Waiting>,
    /// Sort keys: Transport, place of the first packet of its Producer, Consumer. Used anew each time.
    visits: Vec<u64>,
    /// The slot of the Transport that sent what is being passed on.
    sender: Option<usize>,
    /// The media SSRC of a Producer whose next batch fails, on purpose.
    #[cfg(test)]
    fails_for: Option<u32>,
}

impl Router {
    /// Whether packets wait for [`Router::pass_on`].
    pub(in crate::media) const fn is_holding(&self) -> bool {
        !self.held.waiting.is_empty()
    }

    /// After a fault while packets were passed on: the slot of the Transport that sent them.
    pub(in crate::media) const fn faulty_sender(&self) -> Option<usize> {
        self.held.sender
    }

    #[cfg(test)]
    pub(in crate::media) fn fail_at_next_batch_of(&mut self, ssrc: u32) {
        self.held.fails_for = Some(ssrc);
    }

    /// Takes an accepted packet of a Producer: lets it wait for others, or passes it on now where it cannot wait.
    pub(super) fn take_packet(&mut self, producer: usize, source: &SourcePacket<'_>, around: &mut Surroundings<'_>) {
        let Some((waiting, limit)) = self.waiting_for(producer, source) else {
            self.pass_on(around);
            self.fan_out(producer, source, around);
            return;
        };
        if self.held.waiting.len() >= limit {
            self.pass_on(around);
        }
        self.held.waiting.push(Waiting { place: self.held.waiting.len(), ..waiting });
    }

    /// `None` where a packet cannot wait: it holds nothing, it is not in the cache, or what follows it changes how it is
    /// read (layers inside one stream).
    fn waiting_for(&self, slot: usize, source: &SourcePacket<'_>) -> Option<(Waiting, usize)> {
        let is_plain = match source.codec {
            Codec::Opus | Codec::Red | Codec::Pcmu | Codec::Pcma | Codec::Vp8 | Codec::H264 { .. } => true,
            Codec::Vp9 { .. } | Codec::Av1 => false,
        };
        let info = source.info.filter(|_| is_plain)?;
        let producer = self.producers.get(slot)?;
        producer.layers().get(source.layer)?.cache.get(source.index)?;
        let limit = (COPIES_AT_ONCE / producer.consumers.len().max(1)).clamp(WAITING_MIN, WAITING_MAX);
        let SourcePacket { layer, index, codec, .. } = *source;
        Some((Waiting { producer: slot, place: 0, layer, index, codec, info }, limit))
    }

    /// Passes on what waits.
    pub(in crate::media) fn pass_on(&mut self, around: &mut Surroundings<'_>) {
        if !self.is_holding() {
            return;
        }
        // Taken out, so that a fault leaves nothing behind that would fail again.
        let mut waiting = std::mem::take(&mut self.held.waiting);
        let mut visits = std::mem::take(&mut self.held.visits);
        waiting.sort_unstable_by_key(|packet| (packet.producer, packet.place));
        self.plan_visits(&waiting, &mut visits);
        let wanted = self.visit(&waiting, &visits, around);
        for (packet, wanted) in waiting.iter().zip(wanted) {
            self.ask(packet.producer, wanted, around);
        }
        waiting.clear();
        visits.clear();
        (self.held.waiting, self.held.visits, self.held.sender) = (waiting, visits, None);
    }

    /// Who gets something, ordered by Transport.
    fn plan_visits(&self, waiting: &[Waiting], visits: &mut Vec<u64>) {
        let mut first = 0u64;
        for packets in waiting.chunk_by(|one, other| one.producer == other.producer) {
            let producer = packets.first().and_then(|packet| self.producers.get(packet.producer));
            for slot in producer.map(|producer| producer.consumers.as_slice()).unwrap_or_default() {
                let Some(transport) = self.consumers.get(*slot).map(Consumer::transport) else { continue };
                let transport = (transport as u64) << (CONSUMER_BITS + FIRST_BITS);
                visits.push(transport | first << CONSUMER_BITS | (*slot as u64 & u64::from(u32::MAX)));
            }
            first += packets.len() as u64;
        }
        visits.sort_unstable();
    }

    /// Gives each Consumer its packets; says which keyframes are needed, at the place of each Producer's first packet.
    fn visit(&mut self, waiting: &[Waiting], visits: &[u64], around: &mut Surroundings<'_>) -> [Wanted; WAITING_MAX] {
        let Self { producers, consumers, held, .. } = self;
        let mut sources = [const { None }; WAITING_MAX];
        for (source, waiting) in sources.iter_mut().zip(waiting) {
            *source = producers.get(waiting.producer).and_then(|producer| waiting.read(producer, around.transports));
        }
        let mut all_wanted = [[None; 2]; WAITING_MAX];
        fetch_first(visits, consumers, around.transports);
        for (place, visit) in visits.iter().enumerate() {
            let first = (visit >> CONSUMER_BITS) as usize & ((1 << FIRST_BITS) - 1);
            fetch_ahead(visits, place, consumers, around.transports);
            let Some(consumer) = consumers.get_mut(consumer_of(*visit)) else { continue };
            let (Some(head), Some(wanted)) = (waiting.get(first), all_wanted.get_mut(first)) else { continue };
            let Some(producer) = producers.get(head.producer) else { continue };
            held.sender = producer.transport();
            #[cfg(test)]
            if let Some(failing) = held.fails_for.take_if(|ssrc| producer.layers()[0].ssrc == Some(*ssrc)) {
                panic!("a fault with {failing}, on purpose");
            }
            let of_producer = waiting[first..].iter().take_while(|packet| packet.producer == head.producer).count();
            let sources = sources.iter().skip(first).take(of_producer).flatten();
            serve(consumer, producer, sources, wanted, around);
        }
        all_wanted
    }

    /// Gives one packet to all Consumers of its Producer at once.
    fn fan_out(&mut self, slot: usize, source: &SourcePacket<'_>, around: &mut Surroundings<'_>) {
        let Some(producer) = self.producers.get(slot) else { return };
        let mut wanted = [None, None];
        for consumer in &producer.consumers {
            if let Some(consumer) = self.consumers.get_mut(*consumer) {
                serve(consumer, producer, std::iter::once(source), &mut wanted, around);
            }
        }
        self.ask(slot, wanted, around);
    }

    fn ask(&mut self, slot: usize, wanted: Wanted, around: &mut Surroundings<'_>) {
        for layer in wanted.into_iter().flatten() {
            let layers = self.producers.get(slot).map(Producer::layers).unwrap_or_default();
            if layers.get(layer).is_some_and(|layer| !layer.keyframes.is_wanted()) {
                self.request_keyframe(slot, layer, around);
            }
        }
    }
}

impl Waiting {
    /// The packet, from the cache.
    fn read<'a>(&self, producer: &'a Producer, transports: &Slab<Transport>) -> Option<SourcePacket<'a>> {
        let packet = producer.layers().get(self.layer)?.cache.get(self.index)?;
        let values = match producer.transport() {
            Some(transport) => packet.extension_values(transports.get(transport)?.incoming.extensions()),
            None => packet.extension_values(producer.extensions()),
        };
        let Self { layer, index, codec, info, .. } = *self;
        Some(SourcePacket { layer, index, packet, values: values.end_to_end(), codec, info: Some(info) })
    }
}

/// The slot of a visit's Consumer.
const fn consumer_of(visit: u64) -> usize {
    (visit & u32::MAX as u64) as usize
}

/// The slot of a visit's Transport.
const fn transport_of(visit: u64) -> usize {
    (visit >> (CONSUMER_BITS + FIRST_BITS)) as usize
}

/// Asks memory for what the first visits need.
fn fetch_first(visits: &[u64], consumers: &Slab<Consumer>, transports: &Slab<Transport>) {
    for visit in visits.iter().take(FETCHED_AHEAD) {
        consumers.get(consumer_of(*visit)).map(prefetch);
    }
    visits.first().and_then(|visit| transports.get(transport_of(*visit))).map(Transport::prefetch_sending);
}

/// Asks memory for what the next visits need: the next one's Consumer is there by now, so that what it points to is known.
fn fetch_ahead(visits: &[u64], place: usize, consumers: &Slab<Consumer>, transports: &Slab<Transport>) {
    if let Some(later) = visits.get(place + FETCHED_AHEAD) {
        consumers.get(consumer_of(*later)).map(prefetch);
        let (later, before) = (transport_of(*later), visits.get(place + FETCHED_AHEAD - 1).map(|v| transport_of(*v)));
        if before != Some(later) {
            transports.get(later).map(Transport::prefetch_sending);
        }
    }
    let next = visits.get(place + 1);
    let parts = next.and_then(|next| consumers.get(consumer_of(*next)).zip(transports.get(transport_of(*next))));
    if let Some((consumer, transport)) = parts {
        consumer.prefetch_notes(transport);
    }
}

/// Gives packets of one Producer to one of its Consumers; adds the keyframes that this needs.
fn serve<'a>(
    consumer: &mut Consumer,
    producer: &Producer,
    sources: impl Iterator<Item = &'a SourcePacket<'a>>,
    wanted: &mut Wanted,
    around: &mut Surroundings<'_>,
) {
    let transport = consumer.transport();
    let Some(mut to) = around.destination(transport) else { return };
    for source in sources {
        consumer.forward(source, producer, &mut to);
    }
    let can_send = to.transport.can_send();
    if let Some(at) = to.transport.duties.note_media(to.now) {
        around.timers.no_later_than(transport, at);
    }
    if !can_send {
        return;
    }
    let needs = consumer.wanted_keyframes(producer.layers(), around.now);
    for (wanted, needed) in wanted.iter_mut().zip(needs) {
        *wanted = needed.or(*wanted);
    }
}
