//! Pipes: a Producer's copy for another Worker, and the mirror of another Worker's Producer.
use super::Worker;
use crate::id::{ProducerId, WorkerId};
use crate::media::command::MirrorParams;
use crate::media::pipe::{PipeBatch, PipeItem};
use crate::media::producer::{Inlet, Mirror};
use std::time::Instant;

impl Worker {
    /// Takes what another Worker has to tell. The batch can be used again afterwards.
    pub fn handle_pipe(&mut self, from: WorkerId, batch: &PipeBatch, now: Instant) {
        self.counters.pipe_packets_in += batch.packets() as u64;
        for item in batch.items() {
            let outcome = std::panic::AssertUnwindSafe(|| self.handle_pipe_item(from, item, now));
            match std::panic::catch_unwind(outcome) {
                Ok(Some(())) => {}
                // Closed in the meantime on one of the two sides.
                Ok(None) => self.drops.pipes += 1,
                Err(_) => {
                    tracing::error!("a fault in one mirror: it is closed");
                    self.close_mirror(item.producer(), now);
                }
            }
        }
    }

    fn handle_pipe_item(&mut self, from: WorkerId, item: PipeItem<'_>, now: Instant) -> Option<()> {
        let (router_slot, slot) = self.by_producer.get(&item.producer()).copied()?;
        let (router, mut around) = self.router_around(router_slot, now)?;
        match item {
            PipeItem::Packet(packet) => {
                let was_holding = router.is_holding();
                let taken = router.handle_piped(slot, from, &packet, &mut around);
                self.note_held(router_slot, was_holding, now);
                taken
            }
            PipeItem::Clock { layer, clock, theirs, at, .. } => {
                let mirror = router.producer_mut(slot)?;
                mirror.layers_mut().get_mut(usize::from(layer))?.clock = Some(clock);
                mirror.mirror_mut()?.clock.set(theirs, around.clock.at(at));
                Some(())
            }
            PipeItem::Silent(_) => {
                let mirror = router.producer_mut(slot)?;
                mirror.mirror_mut()?.is_silent = true;
                for consumer in mirror.consumers.clone() {
                    router.start_consumer(consumer, &mut around);
                }
                Some(())
            }
            PipeItem::KeyframeWanted { layer, .. } => {
                router.request_keyframe(slot, usize::from(layer), &mut around);
                Some(())
            }
            PipeItem::LayersWanted { best, .. } => {
                let producer = router.producer_mut(slot)?;
                producer.pipes.iter_mut().find(|pipe| pipe.to() == from)?.set_best(best);
                // It may be the mirror's first word: what was said before it was there is said again.
                router.introduce(slot, from, &mut around)
            }
        }
    }

    pub(super) fn open_pipe(&mut self, producer: ProducerId, to: WorkerId, now: Instant) -> Option<()> {
        let (router, slot) = self.by_producer.get(&producer).copied()?;
        if to == self.facts.worker {
            return None;
        }
        let (router, mut around) = self.router_around(router, now)?;
        router.open_pipe(slot, to, &mut around)
    }

    pub(super) fn close_pipe(&mut self, producer: ProducerId, to: WorkerId) -> Option<()> {
        let (router, slot) = self.by_producer.get(&producer).copied()?;
        let producer = self.routers.get_mut(router)?.producer_mut(slot)?;
        let before = producer.pipes.len();
        producer.pipes.retain(|pipe| pipe.to() != to);
        (producer.pipes.len() < before).then_some(())
    }

    pub(super) fn open_mirror(&mut self, params: &MirrorParams) -> Option<()> {
        let id = params.producer.producer;
        if self.by_producer.contains_key(&id) || params.from == self.facts.worker {
            return None;
        }
        let router_slot = self.router_of(params.room);
        let router = self.routers.get_mut(router_slot)?;
        let mirror = Mirror::new(params.from);
        let slot = router.open_producer(&params.producer, Inlet::Pipe(mirror));
        router.members += 1;
        self.by_producer.insert(id, (router_slot, slot));
        self.pipes.push(params.from, PipeItem::LayersWanted { producer: id, best: Some(u8::MAX) });
        Some(())
    }

    fn close_mirror(&mut self, producer: ProducerId, now: Instant) {
        if let Some((router, slot)) = self.by_producer.remove(&producer) {
            self.close_producer(router, slot, now);
        }
    }
}
