//! What a mirror knows beside its packets: a Producer whose packets come over a pipe from the Worker that has its
//! client. The client's clock, which a Transport knows otherwise, and what the other side was told, are kept here.
use crate::id::WorkerId;
use crate::media::clock::PeerClock;

/// The mirror's half of a pipe.
pub(in crate::media) struct Mirror {
    /// Where its packets come from.
    pub(in crate::media) from: WorkerId,
    /// How far its client's clock is from ours.
    pub(in crate::media) clock: PeerClock,
    /// The origin has said that nothing was sent yet; until then the first packet is presumed to be under way.
    pub(in crate::media) is_silent: bool,
    /// The best layer that the origin was told is wanted.
    pub(in crate::media) told_best: Option<u8>,
}

impl Mirror {
    /// A mirror of what comes from there: all layers are presumed to be wanted.
    pub(in crate::media) fn new(from: WorkerId) -> Self {
        Self { from, clock: PeerClock::default(), is_silent: false, told_best: Some(u8::MAX) }
    }
}
