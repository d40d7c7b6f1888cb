//! What the sections of a client's offer are for: which announced track comes in, which wanted one goes out.
//!
//! A [`Planner`] is made of plain facts before an offer is accepted, decides section by section, and afterwards tells
//! the room what it decided. It changes nothing itself: an offer that is refused has had no effect.
use super::negotiation::{FreeSections, SectionUse};
use crate::id::{ConsumerId, ProducerId, TrackId};
use crate::random::Random;
use crate::sdp::{Direction, MediaKind, Mid, Section, SectionKind, TrackLabel};
use std::collections::BTreeSet;

/// How tracks are found in an offer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Matching {
    /// By kind and order; what fits no track is not received.
    ByOrder,
    /// By the name in the section's msid, else the only track of this kind; what fits none is held until announced.
    ByName,
    /// Nothing may be sent by the client.
    Nothing,
}

/// A published track that has no section yet, or one that has.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) track: TrackId,
    /// It is the track's second codec.
    pub(super) second: bool,
    pub(super) kind: MediaKind,
    pub(super) client_id: String,
    /// Where it comes in already.
    pub(super) producer: Option<ProducerId>,
    /// What it is called where it is sent back to its own publisher.
    pub(super) label: TrackLabel,
}

/// A track that waits for a section in which the client receives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) consumer: ConsumerId,
    pub(super) kind: MediaKind,
    pub(super) label: TrackLabel,
}

/// Decides section by section.
pub(super) struct Planner {
    pub(super) matching: Matching,
    pub(super) expected: Vec<Expected>,
    pub(super) waiting: Vec<Waiting>,
    /// Sections that must be inactive once before they carry something again.
    pub(super) resting: BTreeSet<Mid>,
    /// Send what comes in back.
    pub(super) loopback: bool,
    pub(super) random: Random,
    /// Decided: these tracks come in as these Producers, in their first codec or their second (true).
    pub(super) matched: Vec<(ProducerId, TrackId, bool)>,
    /// Decided: received, though announced by nobody.
    pub(super) unknown: Vec<(ProducerId, MediaKind, String)>,
    /// Decided: these go out in these sections.
    pub(super) assigned: Vec<(ConsumerId, Mid)>,
    /// Decided: sent back.
    pub(super) returned: Vec<(ConsumerId, ProducerId)>,
    /// Seen: sections in which the client would receive and that nothing was left for.
    pub(super) free: FreeSections,
}

impl Planner {
    /// One that knows of no track.
    pub(super) fn new(matching: Matching, random: Random) -> Self {
        Self {
            matching,
            expected: Vec::new(),
            waiting: Vec::new(),
            resting: BTreeSet::new(),
            loopback: false,
            random,
            matched: Vec::new(),
            unknown: Vec::new(),
            assigned: Vec::new(),
            returned: Vec::new(),
            free: FreeSections::default(),
        }
    }

    /// What this section is for.
    pub(super) fn decide(&mut self, section: &Section, current: Option<&SectionUse>) -> SectionUse {
        let SectionKind::Media(kind) = section.kind else { return SectionUse::Nothing };
        let now_in = current.and_then(SectionUse::producer);
        let now_out = current.and_then(SectionUse::consumer);
        let producer = if section.direction.sends() { self.incoming(section, kind, now_in) } else { None };
        let consumer = match section.direction {
            Direction::SendRecv if self.loopback => self.returning(producer, now_out),
            // Go's SDK sends on sections in which it receives already, and makes all others for both ways.
            Direction::SendRecv | Direction::RecvOnly => now_out.or_else(|| self.outgoing(section, kind)),
            Direction::SendOnly | Direction::Inactive => None,
        };
        SectionUse::of(producer, consumer)
    }

    fn incoming(&mut self, section: &Section, kind: MediaKind, current: Option<ProducerId>) -> Option<ProducerId> {
        let name = section.msid.as_ref().map(|msid| msid.track.as_str()).unwrap_or_default();
        let found = match self.matching {
            Matching::Nothing => return None,
            Matching::ByOrder if current.is_some() => return current,
            Matching::ByOrder => self.first_open(kind),
            Matching::ByName => {
                let bound = self.expected.iter().find(|track| track.producer.is_some() && track.producer == current);
                if bound.is_some_and(|track| track.client_id == name) {
                    return current;
                }
                let by_name = self.open_by_name(kind, name);
                let fallback = if current.is_none() { self.only_open(kind) } else { None };
                by_name.or(fallback)
            }
        };
        match (found, current) {
            (Some(index), _) => Some(self.bind(index)),
            (None, Some(current)) => Some(current),
            (None, None) if self.matching == Matching::ByName => {
                let producer = ProducerId::random(&mut self.random);
                self.unknown.push((producer, kind, name.to_owned()));
                Some(producer)
            }
            (None, None) => None,
        }
    }

    fn open(&self, kind: MediaKind) -> impl Iterator<Item = usize> + '_ {
        let open = move |track: &Expected| track.kind == kind && track.producer.is_none();
        self.expected.iter().enumerate().filter(move |(_, track)| open(track)).map(|(index, _)| index)
    }

    fn first_open(&self, kind: MediaKind) -> Option<usize> {
        self.open(kind).next()
    }

    fn only_open(&self, kind: MediaKind) -> Option<usize> {
        let mut open = self.open(kind);
        open.next().filter(|_| open.next().is_none())
    }

    fn open_by_name(&self, kind: MediaKind, name: &str) -> Option<usize> {
        self.open(kind).find(|index| !name.is_empty() && self.expected[*index].client_id == name)
    }

    fn bind(&mut self, index: usize) -> ProducerId {
        let producer = ProducerId::random(&mut self.random);
        if let Some(track) = self.expected.get_mut(index) {
            track.producer = Some(producer);
            self.matched.push((producer, track.track, track.second));
        }
        producer
    }

    fn returning(
        &mut self,
        producer: Option<ProducerId>,
        current: Option<(ConsumerId, TrackLabel)>,
    ) -> Option<(ConsumerId, TrackLabel)> {
        let producer = producer?;
        let label = self.expected.iter().find(|track| track.producer == Some(producer))?.label;
        let consumer = current.map_or_else(|| ConsumerId::random(&mut self.random), |(consumer, _)| consumer);
        self.returned.push((consumer, producer));
        Some((consumer, label))
    }

    fn outgoing(&mut self, section: &Section, kind: MediaKind) -> Option<(ConsumerId, TrackLabel)> {
        let next = self.waiting.iter().position(|waiting| waiting.kind == kind);
        match next.filter(|_| !self.resting.contains(&section.mid)) {
            Some(index) => {
                let waiting = self.waiting.remove(index);
                self.assigned.push((waiting.consumer, section.mid.clone()));
                Some((waiting.consumer, waiting.label))
            }
            None => {
                match kind {
                    MediaKind::Audio => self.free.audio += 1,
                    MediaKind::Video => self.free.video += 1,
                }
                None
            }
        }
    }
}
