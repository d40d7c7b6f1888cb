//! One m-line over a Transport's life.
use super::{Receive, SectionUse};
use crate::id::ConsumerId;
use crate::sdp::{DataChannels, MediaKind, Mid, Section, SectionKind, SsrcGroup, TrackLabel};

/// One m-line. Its place never changes; its mid does only where a refused one is taken into use again.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Sound, picture, data.
    pub kind: SectionKind,
    /// Its name.
    pub mid: Mid,
    /// Refused or closed by either side.
    pub rejected: bool,
    /// What it carries.
    pub used: SectionUse,
    /// The SSRCs that its Consumer sends with.
    pub ssrc: Option<SsrcGroup>,
    /// The client's section in its last description; `None` while only we have offered it.
    pub remote: Option<Section>,
    /// Our own section in answer to it; `None` while the client has never offered it.
    pub answered: Option<Section>,
    /// What it carries in the open offer of ours.
    pub offered: Option<SectionUse>,
    /// What was last reported as received.
    pub received: Option<Receive>,
    /// The Consumer that was last reported as sending.
    pub sending: Option<ConsumerId>,
}

impl Line {
    /// A new m-line that carries nothing.
    pub fn new(kind: SectionKind, mid: Mid) -> Self {
        Self {
            kind,
            mid,
            rejected: false,
            used: SectionUse::Nothing,
            ssrc: None,
            remote: None,
            answered: None,
            offered: None,
            received: None,
            sending: None,
        }
    }

    /// Sound or picture; `None` for others.
    pub fn media_kind(&self) -> Option<MediaKind> {
        match &self.kind {
            SectionKind::Media(kind) => Some(*kind),
            SectionKind::Data(_) | SectionKind::Unknown(_) => None,
        }
    }

    /// The data-channel parameters; `None` for others.
    pub fn data(&self) -> Option<DataChannels> {
        match &self.kind {
            SectionKind::Data(data) => Some(*data),
            SectionKind::Media(_) | SectionKind::Unknown(_) => None,
        }
    }

    /// True where this Consumer sends here.
    pub fn sends_as(&self, consumer: ConsumerId) -> bool {
        self.used.consumer().is_some_and(|(used, _)| used == consumer)
    }

    /// Carries the Consumer no longer.
    pub fn stop_sending(&mut self) {
        self.used = SectionUse::of(self.used.producer(), None);
        self.ssrc = None;
        self.sending = None;
    }

    /// Carries another track; false where it was that one already.
    pub fn relabel(&mut self, label: TrackLabel) -> bool {
        match self.used.consumer() {
            Some((consumer, old)) if old != label => {
                self.used = SectionUse::of(self.used.producer(), Some((consumer, label)));
                true
            }
            Some(_) | None => false,
        }
    }

    /// True where the client would receive and nothing is sent.
    pub fn is_free(&self) -> bool {
        let receives = self.remote.as_ref().is_some_and(|remote| remote.direction.receives());
        receives && !self.rejected && self.used.consumer().is_none()
    }
}
