//! A Router: one room's fan-out on one Worker. It owns the room's Producers and Consumers, so that nothing can cross
//! from one room to another, and passes each packet from the one to the others.
//!
//! Transports are the Worker's; they are lent for each call. Which slots are whose is kept on both sides here. Which
//! packet goes to whom and when is in `fan_out`; pipes to and from the room's Routers on other Workers are in `pipe`.
mod fan_out;
mod pipe;

use super::arena::SendArena;
use super::clock::{PeerClock, WallClock};
use super::command::{ConsumerParams, LayerLimit, ProducerParams};
use super::consumer::{Consumer, Destination, SourcePacket};
use super::event::MediaEvent;
use super::pipe::PipeOutbox;
use super::producer::{Accepted, Inlet, Producer};
use super::rtp::header::RtpPacket;
use super::timer::Timers;
use super::transport::{Owner, Transport};
use crate::id::RoomId;
use crate::random::Random;
use fan_out::Held;
use slab::Slab;
use std::collections::VecDeque;
use std::time::Instant;

/// What a Router works with, lent by its Worker.
pub(super) struct Surroundings<'a> {
    /// All Transports of the Worker.
    pub(super) transports: &'a mut Slab<Transport>,
    /// Datagrams.
    pub(super) arena: &'a mut SendArena,
    /// Events.
    pub(super) events: &'a mut VecDeque<MediaEvent>,
    /// Deadlines of Transports.
    pub(super) timers: &'a mut Timers,
    /// What goes to other Workers.
    pub(super) pipes: &'a mut PipeOutbox,
    /// The Worker's clock.
    pub(super) clock: WallClock,
    /// What packets that are sent now carry as `abs-send-time`.
    pub(super) send_time: [u8; 3],
    /// The present moment.
    pub(super) now: Instant,
}

/// One room's Producers and Consumers.
pub(super) struct Router {
    room: RoomId,
    producers: Slab<Producer>,
    consumers: Slab<Consumer>,
    held: Held,
    /// The room's Transports and mirrors on this Worker: it ends with the last one.
    pub(super) members: usize,
}

impl Router {
    pub(super) fn new(room: RoomId) -> Self {
        Self { room, producers: Slab::new(), consumers: Slab::new(), held: Held::default(), members: 0 }
    }

    /// Whose Router.
    pub(super) const fn room(&self) -> RoomId {
        self.room
    }

    /// A Producer.
    pub(super) fn producer(&self, slot: usize) -> Option<&Producer> {
        self.producers.get(slot)
    }

    /// A Producer.
    pub(super) fn producer_mut(&mut self, slot: usize) -> Option<&mut Producer> {
        self.producers.get_mut(slot)
    }

    /// A Consumer.
    pub(super) fn consumer_mut(&mut self, slot: usize) -> Option<&mut Consumer> {
        self.consumers.get_mut(slot)
    }

    /// A Consumer with its Producer.
    pub(super) fn consumer_and_source(&mut self, slot: usize) -> Option<(&mut Consumer, Option<&Producer>)> {
        let consumer = self.consumers.get_mut(slot)?;
        let source = consumer.source().and_then(|source| self.producers.get(source));
        Some((consumer, source))
    }

    /// The Producers that the Consumers on one Transport get their media from, with their clients' clocks.
    pub(super) fn sources_of(
        &self,
        transport: usize,
        transports: &Slab<Transport>,
        clocks: &mut Vec<(usize, PeerClock)>,
    ) {
        let Some(receiver) = transports.get(transport) else { return };
        let consumers = receiver.duties.consumers.iter().filter_map(|slot| self.consumers.get(*slot));
        let sources = consumers.filter_map(Consumer::source);
        clocks.extend(sources.filter_map(|slot| Some((slot, self.producers.get(slot)?.peer_clock(transports)))));
    }

    /// Adds a Producer.
    pub(super) fn open_producer(&mut self, params: &ProducerParams, inlet: Inlet) -> usize {
        self.producers.insert(Producer::new(params, inlet))
    }

    /// Removes a Producer; its Consumers stay, without a source. Gives the SSRCs it was asked for by.
    pub(super) fn close_producer(&mut self, slot: usize) -> Option<Producer> {
        let producer = self.producers.try_remove(slot)?;
        for consumer in &producer.consumers {
            if let Some(consumer) = self.consumers.get_mut(*consumer) {
                consumer.set_source(None);
            }
        }
        Some(producer)
    }

    /// Drops a Producer's packets, or lets them through from the next keyframe on.
    pub(super) fn pause_producer(&mut self, slot: usize, paused: bool, around: &mut Surroundings<'_>) {
        let Some(producer) = self.producers.get_mut(slot) else { return };
        if producer.is_paused() == paused {
            return;
        }
        producer.set_paused(paused);
        let consumers = producer.consumers.clone();
        for consumer in consumers {
            if let Some(consumer) = self.consumers.get_mut(consumer) {
                consumer.restart();
            }
            self.want_keyframes(consumer, around);
        }
    }

    /// Adds a Consumer that goes out on the Transport in slot `transport`.
    pub(super) fn open_consumer(
        &mut self,
        params: ConsumerParams,
        source: Option<usize>,
        transport: usize,
        random: &mut Random,
        around: &mut Surroundings<'_>,
    ) -> usize {
        let slot = self.consumers.insert(Consumer::new(params, transport, random));
        self.set_source(slot, source, around);
        slot
    }

    /// Removes a Consumer.
    pub(super) fn close_consumer(&mut self, slot: usize) -> Option<Consumer> {
        let consumer = self.consumers.try_remove(slot)?;
        if let Some(source) = consumer.source().and_then(|source| self.producers.get_mut(source)) {
            source.consumers.retain(|known| *known != slot);
        }
        Some(consumer)
    }

    /// Exchanges a Consumer's Producer; the one that it has already goes on without a break.
    pub(super) fn set_source(&mut self, slot: usize, source: Option<usize>, around: &mut Surroundings<'_>) {
        let Some(consumer) = self.consumers.get_mut(slot) else { return };
        let old = consumer.source();
        let source = source.filter(|source| self.producers.contains(*source));
        if old.is_some() && old == source {
            return;
        }
        if let Some(old) = old.and_then(|old| self.producers.get_mut(old)) {
            old.consumers.retain(|known| *known != slot);
        }
        consumer.set_source(source);
        if let Some(new) = source.and_then(|source| self.producers.get_mut(source)) {
            new.consumers.push(slot);
        }
        for changed in [old, source].into_iter().flatten() {
            self.tell_wanted_layers(changed, around);
        }
        self.start_consumer(slot, around);
    }

    /// Stops a Consumer or lets it go on.
    pub(super) fn pause_consumer(&mut self, slot: usize, paused: bool, around: &mut Surroundings<'_>) {
        if let Some(consumer) = self.consumers.get_mut(slot) {
            consumer.set_paused(paused);
            self.tell_wanted_layers_of(slot, around);
            self.start_consumer(slot, around);
        }
    }

    /// The best layers that a receiver wants, and their weight beside others.
    pub(super) fn limit_consumer(&mut self, slot: usize, limit: LayerLimit, weight: u8, around: &mut Surroundings<'_>) {
        if let Some(consumer) = self.consumers.get_mut(slot) {
            consumer.set_limit(limit, weight);
            self.tell_wanted_layers_of(slot, around);
            self.want_keyframes(slot, around);
        }
    }

    /// What a Consumer's path carries of it; `None`: nothing.
    pub(super) fn grant(&mut self, slot: usize, granted: Option<LayerLimit>, around: &mut Surroundings<'_>) {
        let Some(consumer) = self.consumers.get_mut(slot) else { return };
        let is_other_layer = granted.is_some_and(|limit| consumer.set_allocation(limit));
        let starved = granted.is_none();
        let is_other_state = consumer.set_starved(starved);
        if is_other_state {
            around.events.push_back(MediaEvent::ConsumerStarved { consumer: consumer.id(), starved });
        }
        if is_other_layer || is_other_state {
            self.start_consumer(slot, around);
        }
    }

    /// A Consumer's path carries all of it.
    pub(super) fn lift(&mut self, slot: usize, around: &mut Surroundings<'_>) {
        self.grant(slot, Some(LayerLimit::ALL), around);
    }

    /// Gives a Consumer that waits for a picture one: from its source, or the black one.
    pub(super) fn start_consumer(&mut self, slot: usize, around: &mut Surroundings<'_>) {
        self.want_keyframes(slot, around);
        let Some((consumer, source)) = self.consumer_and_source(slot) else { return };
        if consumer.is_waiting() {
            let transport = consumer.transport();
            if let Some(mut to) = around.destination(transport) {
                consumer.send_blank(source, &mut to);
            }
            let due = consumer.blank_due();
            around.repeat_blanks_at(transport, due);
        }
    }

    /// Sends the black keyframes again that are due on the Transport in slot `transport`.
    pub(super) fn repeat_blanks(&mut self, transport: usize, around: &mut Surroundings<'_>) {
        let Some(duties) = around.transports.get_mut(transport).map(|transport| &mut transport.duties) else { return };
        if duties.blanks_due.take_if(|due| *due <= around.now).is_none() {
            return;
        }
        let consumers = duties.consumers.clone();
        for slot in consumers {
            let Some((consumer, source)) = self.consumer_and_source(slot) else { continue };
            if let Some(mut to) = around.destination(transport).filter(|_| consumer.blank_due().is_some()) {
                consumer.repeat_blank(source, &mut to);
            }
            let due = consumer.blank_due();
            around.repeat_blanks_at(transport, due);
        }
    }

    /// Asks a Consumer's source for the keyframes that it needs.
    pub(super) fn want_keyframes(&mut self, slot: usize, around: &mut Surroundings<'_>) {
        let Some(consumer) = self.consumers.get(slot) else { return };
        let Some(source) = consumer.source() else { return };
        let Some(producer) = self.producers.get(source) else { return };
        // One that comes before the receiver can be sent anything is wasted, and the next may be asked for only later.
        if !around.transports.get(consumer.transport()).is_some_and(Transport::can_send) {
            return;
        }
        for layer in consumer.wanted_keyframes(producer.layers(), around.now).into_iter().flatten() {
            self.request_keyframe(source, layer, around);
        }
    }

    /// Takes an opened packet of a Producer and passes it on.
    pub(super) fn handle_rtp(&mut self, owner: Owner, index: u64, bytes: &mut [u8], around: &mut Surroundings<'_>) {
        let now = around.now;
        let Some(producer) = self.producers.get_mut(owner.producer) else { return };
        let unwrapped = if owner.rtx { producer.unwrap_rtx(owner, bytes) } else { Some((bytes, index)) };
        let Some((bytes, index)) = unwrapped else { return };
        let Ok(packet) = RtpPacket::parse(bytes) else { return };
        if !owner.rtx {
            self.take_ssrc(owner, packet.header().ssrc, around);
        }
        let Some(producer) = self.producers.get_mut(owner.producer) else { return };
        let accepted = producer.handle_packet(owner, index, &packet, now);
        let deadline = producer.layers().get(owner.layer).and_then(|layer| layer.deadline(now));
        if let (Some(at), Some(transport)) = (deadline, producer.transport()) {
            around.timers.no_later_than(transport, at);
        }
        let (codec, info) = match accepted {
            None => return,
            Some(Accepted::Padding) => (None, None),
            Some(Accepted::Media { codec, info, started }) => {
                if started {
                    around.events.push_back(MediaEvent::ProducerStarted { producer: producer.id(), codec });
                }
                if let Some(level) = producer.heard(&packet, codec) {
                    around.events.push_back(MediaEvent::ProducerHeard { producer: producer.id(), level });
                }
                (Some(codec), Some(info))
            }
        };
        let Some(codec) = codec.or_else(|| producer.started()) else { return };
        let transport = producer.transport().and_then(|slot| around.transports.get(slot));
        let Some(transport) = transport else { return };
        let values = packet.extension_values(transport.incoming.extensions()).end_to_end();
        producer.pass_on(owner.layer, index, packet.bytes(), around.pipes, now);
        let source = SourcePacket { layer: owner.layer, index, packet, values, codec, info };
        self.take_packet(owner.producer, &source, around);
    }

    /// Notes that a layer's media has this SSRC (now).
    fn take_ssrc(&mut self, owner: Owner, ssrc: u32, around: &mut Surroundings<'_>) {
        let layers = self.producers.get(owner.producer).map(Producer::layers).unwrap_or_default();
        if layers.get(owner.layer).is_none_or(|layer| layer.ssrc == Some(ssrc)) {
            return;
        }
        // What waits is of the old one.
        self.pass_on(around);
        let Some(producer) = self.producers.get_mut(owner.producer) else { return };
        let Some(transport) = producer.transport() else { return };
        let Some(layer) = producer.layers_mut().get_mut(owner.layer) else { return };
        let old = layer.take_ssrc(ssrc);
        let Some(transport_state) = around.transports.get_mut(transport) else { return };
        if let Some(old) = old {
            transport_state.incoming.forget_ssrc(old);
            for consumer in &producer.consumers {
                if let Some(consumer) = self.consumers.get_mut(*consumer) {
                    consumer.restart();
                }
            }
        }
        let due = transport_state.duties.note_media(around.now);
        around.timers.no_later_than(transport, due.unwrap_or(around.now));
    }
}

impl Surroundings<'_> {
    /// Notes when a Transport's black keyframes are to be looked at again.
    fn repeat_blanks_at(&mut self, slot: usize, due: Option<Instant>) {
        let Some(transport) = self.transports.get_mut(slot) else { return };
        let at = [transport.duties.blanks_due, due].into_iter().flatten().min();
        transport.duties.blanks_due = at;
        if let Some(at) = at {
            self.timers.no_later_than(slot, at);
        }
    }

    /// Where packets for the Transport in a slot go.
    pub(super) fn destination(&mut self, transport: usize) -> Option<Destination<'_>> {
        Some(Destination {
            transport: self.transports.get_mut(transport)?,
            arena: self.arena,
            events: self.events,
            send_time: self.send_time,
            now: self.now,
        })
    }
}
