//! A pipe's end at the origin: one copy of a Producer for another Worker, where a mirror of it has Consumers. Decides
//! which layers cross; numbers, pauses and repairs are the mirror's.
use crate::id::WorkerId;
use crate::media::producer::Layer;
use std::time::Instant;

/// One copy of a Producer for another Worker.
#[derive(Clone, Copy, Debug)]
pub(in crate::media) struct PipeConsumer {
    to: WorkerId,
    /// The best layer that anybody there takes; `None`: nobody takes anything at the moment.
    best: Option<u8>,
}

impl PipeConsumer {
    /// All layers, until the other side says that fewer are enough.
    pub(in crate::media) const fn new(to: WorkerId) -> Self {
        Self { to, best: Some(u8::MAX) }
    }

    /// Where to.
    pub(in crate::media) const fn to(&self) -> WorkerId {
        self.to
    }

    /// The best layer that anybody there takes.
    pub(in crate::media) const fn set_best(&mut self, best: Option<u8>) {
        self.best = best;
    }

    /// Somebody there takes something.
    pub(in crate::media) const fn is_wanted(&self) -> bool {
        self.best.is_some()
    }

    /// Whether packets of `layer` cross: those up to the best wanted one; all where none of these lives, as receivers
    /// are then given the lowest that does.
    pub(in crate::media) fn takes(&self, layer: usize, layers: &[Layer], now: Instant) -> bool {
        let Some(best) = self.best.map(usize::from) else { return false };
        layer <= best || !layers.iter().take(best + 1).any(|layer| layer.is_live(now))
    }
}
