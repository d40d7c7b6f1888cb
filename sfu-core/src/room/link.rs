//! A participant's Transports as the room keeps them: made, opened on their worker, indexed, closed.
//!
//! What is negotiated on one is `negotiation.rs`'s affair; what a section is for, `plan.rs`'s.
use super::TransportRole;
use super::meeting::Room;
use super::negotiation::{FreeSections, Negotiation, NegotiationSetup};
use super::publication::Details;
use crate::capability::Refusal;
use crate::id::{ConsumerId, ParticipantId, ProducerId, TransportId, WorkerId};
use crate::media::{MediaCommand, TransportParams};
use crate::sdp::{IceCredentials, MediaKind, Mid};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// Characters of an ICE password; RFC 8839 wants at least 22.
const ICE_PASSWORD_CHARS: usize = 32;
/// Characters of an RTCP canonical name (RFC 7022: at least 96 bits).
const CNAME_CHARS: usize = 20;

/// A Transport with its negotiation.
pub(super) struct Link {
    pub(super) transport: TransportId,
    pub(super) worker: WorkerId,
    pub(super) negotiation: Negotiation,
    /// How often ICE was started anew by us.
    pub(super) generation: u32,
    /// The worker has reported its end: nothing can be negotiated on it any more.
    pub(super) closed: bool,
    /// Sections that sent until our last description: a browser shows a new track there only after an inactive one.
    pub(super) resting: BTreeSet<Mid>,
    /// The client's receiving sections that nothing is sent on, as of its last offer.
    pub(super) free: FreeSections,
    /// More sections that the client was asked for since its last offer.
    pub(super) asked: Option<FreeSections>,
    /// Received tracks that nobody has announced yet, or that were unpublished while the client goes on sending.
    pub(super) held: Vec<Held>,
    /// The publisher wants its own media back, by these Consumers.
    pub(super) loopback: Option<FxHashMap<ConsumerId, ProducerId>>,
}

/// A received track that belongs to no published one.
pub(super) struct Held {
    pub(super) producer: ProducerId,
    pub(super) kind: MediaKind,
    /// The track part of its msid.
    pub(super) client_id: String,
    pub(super) details: Details,
    pub(super) paused: bool,
}

impl Room {
    /// A Transport on a worker of the room's that nobody has been told of yet.
    pub(super) fn make_link(&mut self, owner: ParticipantId) -> Result<Link, Refusal> {
        let facts = self.place(owner)?;
        let transport = TransportId::random(&mut self.random);
        let setup = NegotiationSetup {
            local_ice: self.local_ice(facts.worker, transport, 0),
            fingerprint: facts.fingerprint,
            candidates: self.candidates_for(owner, &facts.candidates),
            session_id: self.random.below(1 << 62),
            codecs: self.settings.codecs.clone(),
            forced_video: self.settings.forced_video_codec,
            cname: self.random.alphanumeric(CNAME_CHARS),
        };
        Ok(Link {
            transport,
            worker: facts.worker,
            negotiation: Negotiation::new(setup),
            generation: 0,
            closed: false,
            resting: BTreeSet::new(),
            free: FreeSections::default(),
            asked: None,
            held: Vec::new(),
            loopback: None,
        })
    }

    /// Our ICE credentials of a Transport's `generation`-th start.
    pub(super) fn local_ice(&mut self, worker: WorkerId, transport: TransportId, generation: u32) -> IceCredentials {
        let ufrag = MediaCommand::ufrag(worker, transport, generation);
        IceCredentials { ufrag, password: self.random.alphanumeric(ICE_PASSWORD_CHARS) }
    }

    /// Opens a Transport on its worker and keeps it under its role; one that was there before is closed.
    pub(super) fn open_link(&mut self, owner: ParticipantId, role: TransportRole, link: Link) {
        self.close_link(owner, role);
        let Some(participant) = self.roster.get_mut(owner) else { return };
        let (worker, transport) = (link.worker, link.transport);
        let channels = if receives(role) { participant.facts.channels.clone() } else { Vec::new() };
        let local_ice = link.negotiation.local_ice().clone();
        participant.links.insert(role, link);
        self.transports.insert(transport, (owner, role));
        self.media(worker, MediaCommand::OpenTransport(TransportParams { transport, room: self.id, local_ice }));
        for (label, ordered, max_retransmits) in channels {
            let label = label.to_owned();
            self.media(worker, MediaCommand::OpenChannel { transport, label, ordered, max_retransmits });
        }
        if receives(role) {
            let waiting =
                self.roster.get_mut(owner).map(|owner| std::mem::take(&mut owner.waiting)).unwrap_or_default();
            for (label, binary, payload) in waiting {
                self.media(worker, MediaCommand::SendChannel { transport, label, binary, reliable: true, payload });
            }
        }
    }

    /// Closes a Transport with all that is on it.
    pub(super) fn close_link(&mut self, owner: ParticipantId, role: TransportRole) {
        let Some(link) = self.roster.get_mut(owner).and_then(|participant| participant.links.remove(&role)) else {
            return;
        };
        self.transports.remove(&link.transport);
        if !link.closed {
            self.media(link.worker, MediaCommand::CloseTransport(link.transport));
        }
    }

    /// The worker and id of a Transport that stands.
    pub(super) fn address_of(&self, owner: ParticipantId, role: TransportRole) -> Option<(WorkerId, TransportId)> {
        let link = self.roster.get(owner)?.links.get(&role)?;
        (!link.closed).then_some((link.worker, link.transport))
    }
}

/// True for Transports on which everything is received that is not negotiated stream by stream.
const fn receives(role: TransportRole) -> bool {
    match role {
        TransportRole::Subscriber | TransportRole::Single => true,
        TransportRole::Publisher | TransportRole::Up(_) | TransportRole::Down(_) => false,
    }
}
