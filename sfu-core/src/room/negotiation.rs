//! The negotiation of one Transport: its m-lines for its whole life, whoever offers.
//!
//! [`Negotiation`] is a state machine over typed descriptions: offers and answers of the client come in, ours go out,
//! and each step says in [`Applied`] what changed for media. It knows neither participants nor permissions: what an
//! offered section is for, the room says through `plan`. How a description is spelled is [`crate::sdp`]'s affair.
mod answering;
mod applied;
mod check;
mod codecs;
mod error;
mod extensions;
mod line;
mod offering;
mod section;
mod simulcast;
#[cfg(test)]
mod tests;

pub(super) use codecs::same_family;

pub use applied::{Applied, Connect, FreeSections, Receive, Sending};
pub use error::NegotiationError;

use crate::extension::ExtensionMap;
use crate::id::{ConsumerId, ProducerId};
use crate::random::Random;
use crate::sdp::{
    Candidate, Codec, CodecSpec, Description, DescriptionKind, Fingerprint, IceCredentials, MediaKind, Mid, Section,
    Setup, TrackLabel,
};
use line::Line;
use std::collections::BTreeSet;

/// What is fixed when a Transport is made.
#[derive(Clone, Debug)]
pub struct NegotiationSetup {
    /// Our ICE credentials.
    pub local_ice: IceCredentials,
    /// The fingerprint of the worker's DTLS certificate.
    pub fingerprint: Fingerprint,
    /// The worker's addresses, best first.
    pub candidates: Vec<Candidate>,
    /// `o=` session id.
    pub session_id: u64,
    /// The codecs that may be used, best first; empty: all that Viaduct routes.
    pub codecs: Vec<Codec>,
    /// The only video codec that may be used, by family.
    pub forced_video: Option<Codec>,
    /// RTCP canonical name of all that is sent on this Transport.
    pub cname: String,
}

/// What a section is used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SectionUse {
    /// The client's track is received.
    Receive {
        /// As this Producer.
        producer: ProducerId,
    },
    /// A track is sent to the client.
    Send {
        /// As this Consumer.
        consumer: ConsumerId,
        /// What it carries.
        label: TrackLabel,
    },
    /// Both at once (a publisher that wants its own media back).
    Both {
        /// Received as this Producer.
        producer: ProducerId,
        /// Sent as this Consumer.
        consumer: ConsumerId,
        /// What is sent.
        label: TrackLabel,
    },
    /// Nothing at present: the section stays open, inactive.
    Nothing,
}

impl SectionUse {
    /// The Producer that receives here.
    pub const fn producer(&self) -> Option<ProducerId> {
        match self {
            Self::Receive { producer } | Self::Both { producer, .. } => Some(*producer),
            Self::Send { .. } | Self::Nothing => None,
        }
    }

    /// The Consumer that sends here, and what it carries.
    pub const fn consumer(&self) -> Option<(ConsumerId, TrackLabel)> {
        match self {
            Self::Send { consumer, label } | Self::Both { consumer, label, .. } => Some((*consumer, *label)),
            Self::Receive { .. } | Self::Nothing => None,
        }
    }

    pub(super) const fn of(producer: Option<ProducerId>, consumer: Option<(ConsumerId, TrackLabel)>) -> Self {
        match (producer, consumer) {
            (Some(producer), Some((consumer, label))) => Self::Both { producer, consumer, label },
            (Some(producer), None) => Self::Receive { producer },
            (None, Some((consumer, label))) => Self::Send { consumer, label },
            (None, None) => Self::Nothing,
        }
    }
}

/// What the room makes of an offered section: asked with the section and with what its m-line carries now (`None`: the
/// m-line is new).
pub type Plan<'a> = &'a mut dyn FnMut(&Section, Option<&SectionUse>) -> SectionUse;

/// The m-lines of one Transport.
#[derive(Debug)]
pub struct Negotiation {
    setup: NegotiationSetup,
    /// `o=` version of the last description of ours.
    version: u64,
    lines: Vec<Line>,
    /// The other side's half as last accepted.
    remote: Option<(IceCredentials, Fingerprint)>,
    /// Both sides have accepted an `m=application`, and the room knows.
    data_channels: bool,
    /// An m-line carries one track for good: none is used again.
    keeps_lines: bool,
    /// An offer of ours with this many sections waits for its answer.
    offer_open: Option<usize>,
    /// Something changed that only an offer of ours can say.
    changed: bool,
    /// All SSRCs ever drawn for this Transport or named on it: none is used twice (SRTP keys, RFC 3711, section 9.1).
    ssrcs: BTreeSet<u32>,
    /// The client's codecs by its own payload types: a payload type, too, means one thing over all bundled sections.
    known_codecs: Vec<CodecSpec>,
    /// The codecs that the client is to send, by its names for its tracks.
    preferences: Vec<(String, Codec)>,
    /// The header extension ids in use: one meaning each over all bundled sections (RFC 8285, section 5).
    extensions: ExtensionMap,
}

impl Negotiation {
    /// The negotiation of a new Transport.
    pub fn new(setup: NegotiationSetup) -> Self {
        Self {
            setup,
            version: 0,
            lines: Vec::new(),
            remote: None,
            keeps_lines: false,
            data_channels: false,
            offer_open: None,
            changed: false,
            ssrcs: BTreeSet::new(),
            known_codecs: Vec::new(),
            preferences: Vec::new(),
            extensions: ExtensionMap::new(),
        }
    }

    /// Accepts the client's offer and answers it. `plan` is asked about each audio and video section that is not refused
    /// or inactive and that is new, changed (direction, msid, SSRCs, layers, codecs) or could carry more than it does. What is
    /// planned beyond the section's direction is left undone. An open offer of ours gives way: it is made anew later.
    pub fn accept_offer(
        &mut self,
        offer: &Description,
        plan: Plan<'_>,
        random: &mut Random,
    ) -> Result<Applied, NegotiationError> {
        answering::accept_offer(self, offer, plan, random)
    }

    /// The codecs that the client is to send, by its names for its tracks: answers from now on say so.
    pub fn prefer(&mut self, preferences: Vec<(String, Codec)>) {
        self.preferences = preferences;
    }

    /// Sends a track in offers of ours: on an m-line of that kind that was negotiated inactive, else on a new one.
    pub fn add_sending(
        &mut self,
        consumer: ConsumerId,
        kind: MediaKind,
        label: TrackLabel,
        random: &mut Random,
    ) -> Mid {
        offering::add_sending(self, consumer, kind, label, random)
    }

    /// Stops sending a track; its m-line becomes inactive with the next description of ours. Unknown ones do no harm.
    pub fn remove_sending(&mut self, consumer: ConsumerId) {
        for line in self.lines.iter_mut().filter(|line| line.sends_as(consumer)) {
            line.stop_sending();
            self.changed = true;
        }
    }

    /// Says in the next description of ours that the m-line carries another track.
    pub fn relabel(&mut self, consumer: ConsumerId, label: TrackLabel) {
        for line in self.lines.iter_mut().filter(|line| line.sends_as(consumer)) {
            self.changed |= line.relabel(label);
        }
    }

    /// From now on each track gets an m-line of its own that no later one uses again, until there are very many: the
    /// first track of an m-line is the one that browsers name it by for good.
    pub const fn keep_lines(&mut self) {
        self.keeps_lines = true;
    }

    /// Wants an `m=application` in offers of ours.
    pub fn want_data(&mut self) {
        offering::want_data(self);
    }

    /// New ICE credentials for the next description of ours: an ICE restart. Where the client restarts (see
    /// [`Negotiation::is_ice_restart`]), call it before the offer is accepted; the old credentials would do as well.
    pub fn restart_ice(&mut self, local: IceCredentials) {
        self.setup.local_ice = local;
        self.changed = true;
    }

    /// Our candidates from the next description of ours on.
    pub fn set_candidates(&mut self, candidates: Vec<Candidate>) {
        self.setup.candidates = candidates;
    }

    /// Our ICE credentials as the next description of ours says them.
    pub fn local_ice(&self) -> &IceCredentials {
        &self.setup.local_ice
    }

    /// True where the client's description restarts ICE: it has other credentials than the last one accepted.
    pub fn is_ice_restart(&self, description: &Description) -> bool {
        let offered = check::remote_ice(description);
        self.remote.as_ref().is_some_and(|(known, _)| offered != *known)
    }

    /// True where something waits to be offered and no offer is open. Where only the client offers on this Transport, its
    /// next offer is answered with it instead.
    pub fn needs_offer(&self) -> bool {
        self.changed && self.offer_open.is_none()
    }

    /// The offer that says all changes so far, or `None` where there is nothing to say or one is open.
    pub fn make_offer(&mut self, random: &mut Random) -> Option<Description> {
        offering::make_offer(self, random)
    }

    /// Takes back the open offer, which the client has lost with its signalling: what it said waits to be offered anew.
    pub fn withdraw_offer(&mut self) {
        if self.offer_open.take().is_some() {
            self.changed = true;
        }
    }

    /// Accepts the client's answer to our open offer.
    pub fn accept_answer(&mut self, answer: &Description, random: &mut Random) -> Result<Applied, NegotiationError> {
        offering::accept_answer(self, answer, random)
    }

    /// What each m-line carries that sends: for faces that tell the client which m-line is which track.
    pub fn sendings(&self) -> impl Iterator<Item = (&Mid, ConsumerId, TrackLabel)> + '_ {
        self.lines.iter().filter_map(|line| line.used.consumer().map(|(consumer, label)| (&line.mid, consumer, label)))
    }

    /// The client's sections that could receive and that nothing is sent on.
    pub fn free_sections(&self) -> FreeSections {
        let mut free = FreeSections::default();
        for kind in self.lines.iter().filter(|line| line.is_free()).filter_map(Line::media_kind) {
            match kind {
                MediaKind::Audio => free.audio += 1,
                MediaKind::Video => free.video += 1,
            }
        }
        free
    }

    /// An SSRC that was never used on this Transport.
    fn draw_ssrc(&mut self, random: &mut Random) -> u32 {
        loop {
            let ssrc = random.ssrc();
            if self.ssrcs.insert(ssrc) {
                return ssrc;
            }
        }
    }

    /// A description of ours without its sections.
    fn describe(&mut self, kind: DescriptionKind, setup: Setup) -> Description {
        self.version += 1;
        Description {
            kind,
            session_id: self.setup.session_id,
            version: self.version,
            ice: self.setup.local_ice.clone(),
            ice_lite: true,
            fingerprint: self.setup.fingerprint.clone(),
            setup,
            extmap_allow_mixed: true,
            sections: Vec::new(),
        }
    }
}
