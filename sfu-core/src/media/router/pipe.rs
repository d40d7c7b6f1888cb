//! The room's Routers on other Workers: what goes to their mirrors, and what comes to the mirrors here.
use super::{Router, Surroundings};
use crate::id::WorkerId;
use crate::media::consumer::{Consumer, PipeConsumer, SourcePacket};
use crate::media::pipe::{PipeItem, PipeOutbox, PipePacket};
use crate::media::producer::{Accepted, Producer};
use crate::media::rtp::header::RtpPacket;
use crate::media::transport::Owner;
use crate::sdp::MediaKind;
use std::time::{Duration, Instant};

impl Router {
    /// Begins to send a Producer to a mirror of it, which learns its clocks first.
    pub(in crate::media) fn open_pipe(
        &mut self,
        slot: usize,
        to: WorkerId,
        around: &mut Surroundings<'_>,
    ) -> Option<()> {
        let producer = self.producers.get_mut(slot)?;
        let known = producer.pipes.iter().any(|pipe| pipe.to() == to);
        if known || producer.mirror().is_some() {
            return None;
        }
        producer.pipes.push(PipeConsumer::new(to));
        self.introduce(slot, to, around)
    }

    /// Tells a mirror what it cannot know from packets: clocks, and that none have come.
    pub(in crate::media) fn introduce(&self, slot: usize, to: WorkerId, around: &mut Surroundings<'_>) -> Option<()> {
        let producer = self.producers.get(slot)?;
        if producer.started().is_none() {
            around.pipes.push(to, PipeItem::Silent(producer.id()));
        }
        self.pass_clocks_on(producer.transport()?, around);
        Some(())
    }

    /// Tells mirrors the clocks of what comes on the Transport in slot `transport`: one distance for all streams of a
    /// client, so that its sound and picture stay together there, too.
    pub(in crate::media) fn pass_clocks_on(&self, transport: usize, around: &mut Surroundings<'_>) {
        let Some(origin) = around.transports.get(transport) else { return };
        let (duties, at) = (&origin.duties, around.now);
        let Some(theirs) = duties.peer_clock.theirs(around.clock.at(at)) else { return };
        for producer in duties.producers.iter().filter_map(|slot| self.producers.get(*slot)) {
            for pipe in &producer.pipes {
                let layers = (0u8..).zip(producer.layers());
                for (layer, clock) in layers.filter_map(|(number, layer)| Some((number, layer.clock?))) {
                    let producer = producer.id();
                    around.pipes.push(pipe.to(), PipeItem::Clock { producer, layer, clock, theirs, at });
                }
            }
        }
    }

    /// Asks a Producer's client for a keyframe, itself or by way of the Worker that has it.
    pub(in crate::media) fn request_keyframe(&mut self, slot: usize, layer: usize, around: &mut Surroundings<'_>) {
        let Some(producer) = self.producers.get_mut(slot) else { return };
        producer.request_keyframe(layer);
        match producer.transport() {
            Some(transport) => around.timers.no_later_than(transport, around.now),
            None => producer.ask_origin(around.pipes, around.now),
        }
    }

    /// Takes a packet of a mirrored Producer and passes it on.
    pub(in crate::media) fn handle_piped(
        &mut self,
        slot: usize,
        from: WorkerId,
        piped: &PipePacket<'_>,
        around: &mut Surroundings<'_>,
    ) -> Option<()> {
        let packet = RtpPacket::parse(piped.bytes).ok()?;
        let layer = usize::from(piped.layer);
        let mirror = self.producers.get(slot)?;
        mirror.mirror().filter(|mirror| mirror.from == from)?;
        if mirror.layers().get(layer)?.ssrc != Some(packet.header().ssrc) {
            // What waits is of the old one.
            self.pass_on(around);
        }
        let producer = self.producers.get_mut(slot)?;
        if producer.layers_mut().get_mut(layer)?.take_ssrc(packet.header().ssrc).is_some() {
            for consumer in &producer.consumers {
                if let Some(consumer) = self.consumers.get_mut(*consumer) {
                    consumer.restart();
                }
            }
        }
        let owner = Owner { producer: slot, layer, rtx: false };
        let accepted = producer.handle_packet(owner, piped.index, &packet, piped.arrived);
        producer.ask_origin(around.pipes, around.now);
        let info = match accepted {
            None => return Some(()),
            Some(Accepted::Padding) => None,
            Some(Accepted::Media { info, .. }) => Some(info),
        };
        let codec = producer.started()?;
        let values = packet.extension_values(producer.extensions()).end_to_end();
        let source = SourcePacket { layer, index: piped.index, packet, values, codec, info };
        self.take_packet(slot, &source, around);
        Some(())
    }

    /// Tells the origin of a mirror which layers are wanted here, where that has changed.
    pub(in crate::media) fn tell_wanted_layers(&mut self, slot: usize, around: &mut Surroundings<'_>) {
        let Some(producer) = self.producers.get_mut(slot).filter(|producer| producer.mirror().is_some()) else {
            return;
        };
        let receivers = producer.consumers.iter().filter_map(|slot| self.consumers.get(*slot));
        let best = receivers.filter_map(Consumer::best_layer).max();
        let id = producer.id();
        let Some(mirror) = producer.mirror_mut() else { return };
        if mirror.told_best != best {
            mirror.told_best = best;
            around.pipes.push(mirror.from, PipeItem::LayersWanted { producer: id, best });
        }
    }

    /// The same for the source of a Consumer.
    pub(in crate::media) fn tell_wanted_layers_of(&mut self, consumer: usize, around: &mut Surroundings<'_>) {
        if let Some(source) = self.consumers.get(consumer).and_then(Consumer::source) {
            self.tell_wanted_layers(source, around);
        }
    }
}

impl Producer {
    /// Sends a packet to the mirrors whose receivers take its layer.
    pub(super) fn pass_on(&self, layer: usize, index: u64, bytes: &[u8], pipes: &mut PipeOutbox, now: Instant) {
        for pipe in self.pipes.iter().filter(|pipe| pipe.takes(layer, self.layers(), now)) {
            let Ok(layer) = u8::try_from(layer) else { return };
            let packet = PipePacket { producer: self.id(), layer, index, arrived: now, bytes };
            pipes.push_packet(pipe.to(), &packet);
        }
    }

    /// A mirror passes on what its receivers wait for. What is missing is repaired at the origin; where it stays away,
    /// because the ring between was full, too, only a keyframe helps.
    fn ask_origin(&mut self, pipes: &mut PipeOutbox, now: Instant) {
        let (producer, is_video) = (self.id(), self.kind() == MediaKind::Video);
        let wants = is_video && !self.is_paused() && self.has_receivers();
        let Some(from) = self.mirror().map(|mirror| mirror.from) else { return };
        for (number, layer) in (0u8..).zip(self.layers_mut()) {
            if layer.nack.poll_timeout().is_some_and(|due| due <= now) {
                layer.nack.poll_requests(Duration::ZERO, now, &mut Vec::new());
            }
            if layer.nack.take_gave_up() && wants {
                layer.keyframes.request_anew();
            }
            if layer.keyframes.poll_request(now) {
                pipes.push(from, PipeItem::KeyframeWanted { producer, layer: number });
            }
        }
    }
}
