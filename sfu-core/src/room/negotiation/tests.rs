//! Negotiation, step by step, with what real browsers offer and with a whole WebRTC library on the other side.
mod answers;
mod any_order;
mod limits;
mod offers;
mod oracle;
mod reoffers;
mod written;

use super::{Applied, Negotiation, NegotiationError, NegotiationSetup, SectionUse};
use crate::id::{ConsumerId, ParticipantId, ProducerId, StreamId, TrackId};
use crate::random::Random;
use crate::sdp::{
    Candidate, CandidateKind, Description, DescriptionKind, Direction, Fingerprint, IceCredentials, MediaKind,
    Protocol, Section, SectionKind, Setup, TrackLabel,
};

/// A Transport of worker 0.
pub(super) fn setup() -> NegotiationSetup {
    NegotiationSetup {
        local_ice: IceCredentials { ufrag: "W0T1G0".to_owned(), password: "p".repeat(24) },
        fingerprint: Fingerprint { algorithm: "sha-256".to_owned(), bytes: (0..32).collect() },
        candidates: vec![Candidate {
            foundation: "1".to_owned(),
            protocol: Protocol::Udp,
            priority: 2_130_706_431,
            address: "192.0.2.9:7882".parse().unwrap(),
            kind: CandidateKind::Host,
        }],
        session_id: 77,
        codecs: Vec::new(),
        forced_video: None,
        cname: "viaduct".to_owned(),
    }
}

/// A track to send.
pub(super) fn label(kind: MediaKind, random: &mut Random) -> TrackLabel {
    TrackLabel {
        participant: ParticipantId::random(random),
        stream: StreamId::random(random),
        track: Some(TrackId::random(random)),
        kind,
    }
}

/// A Transport with its room's side: receives all that is offered, sends wherever it may.
pub(super) struct Bench {
    pub negotiation: Negotiation,
    pub random: Random,
    pub ids: Random,
    /// The sections that the room was asked about, by mid, with what their m-lines carried.
    pub asked: Vec<(String, Option<SectionUse>)>,
    pub receives: bool,
    pub sends: bool,
}

impl Bench {
    pub fn new(setup: NegotiationSetup) -> Self {
        let (random, ids) = (Random::seeded(1), Random::seeded(2));
        Self { negotiation: Negotiation::new(setup), random, ids, asked: Vec::new(), receives: true, sends: true }
    }

    pub fn offer(&mut self, offer: &Description) -> Result<Applied, NegotiationError> {
        self.asked.clear();
        let Self { negotiation, random, ids, asked, receives, sends } = self;
        let mut plan = |section: &Section, used: Option<&SectionUse>| {
            asked.push((section.mid.0.clone(), used.copied()));
            let SectionKind::Media(kind) = section.kind else { return SectionUse::Nothing };
            let producer = receives.then(|| ProducerId::random(ids));
            let consumer = sends.then(|| (ConsumerId::random(ids), label(kind, ids)));
            SectionUse::of(producer, consumer)
        };
        negotiation.accept_offer(offer, &mut plan, random)
    }

    pub fn add(&mut self, kind: MediaKind) -> ConsumerId {
        let consumer = ConsumerId::random(&mut self.ids);
        let label = label(kind, &mut self.ids);
        self.negotiation.add_sending(consumer, kind, label, &mut self.random);
        consumer
    }

    pub fn make_offer(&mut self) -> Description {
        self.negotiation.make_offer(&mut self.random).unwrap()
    }

    pub fn answer(&mut self, answer: &Description) -> Result<Applied, NegotiationError> {
        self.negotiation.accept_answer(answer, &mut self.random)
    }
}

/// What a client answers that takes everything: our offer, seen from the other side.
pub(super) fn taken(offer: &Description) -> Description {
    let mut answer = offer.clone();
    answer.kind = DescriptionKind::Answer;
    answer.setup = Setup::Active;
    answer.ice_lite = false;
    answer.ice = IceCredentials { ufrag: "theirs".to_owned(), password: "t".repeat(24) };
    answer.fingerprint = Fingerprint { algorithm: "sha-256".to_owned(), bytes: (32..64).collect() };
    for section in &mut answer.sections {
        section.direction = match section.direction {
            Direction::SendOnly => Direction::RecvOnly,
            Direction::RecvOnly => Direction::SendOnly,
            Direction::SendRecv | Direction::Inactive => section.direction,
        };
        section.label = None;
        section.ssrcs.clear();
        section.cname = None;
        section.candidates.clear();
    }
    answer
}
