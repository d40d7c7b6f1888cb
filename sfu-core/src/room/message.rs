//! Messages between participants: signals of the v2 protocol, and what a face says on its own client's data channel.
use super::TransportRole;
use super::answer::{Answered, Ask};
use super::command::{Origin, Signal};
use super::data::DataText;
use super::event::RoomEvent;
use super::meeting::Room;
use crate::capability::{Feature, NotFound, NotNow, Refusal, require};
use crate::id::ParticipantId;
use crate::media::MediaCommand;

impl Room {
    /// Nobody is sent anything where one of the addressees is unknown or takes no signals. The sender's own copy comes
    /// before its answer (v2's order). Where the profile has data messages the participants of the other protocol are
    /// sent it as one, but none that they sent themselves.
    pub(super) fn signal(&mut self, ask: Ask, signal: Signal) -> Result<Answered, Refusal> {
        let from = self.sender(&ask).ok();
        if from.is_none() && self.roster.is_empty() {
            return Err(Refusal::NotNow(NotNow::RoomEmpty));
        }
        let crossing = require(self.config.profile, Feature::DataMessages);
        let mut addressees: Vec<(ParticipantId, bool)> = Vec::new();
        if signal.to.iter().any(|id| self.roster.get(*id).is_none()) {
            return Err(Refusal::NotFound(NotFound::Participant));
        }
        for participant in self.roster.iter() {
            if signal.to.is_empty() || signal.to.contains(&participant.id) {
                let takes_data = participant.facts.takes_data && crossing.is_ok();
                if participant.facts.takes_signals || takes_data {
                    addressees.push((participant.id, participant.facts.takes_signals));
                } else if !signal.to.is_empty() {
                    return Err(Refusal::NotSupported(Feature::DataMessages));
                }
            }
        }
        let receivers: Vec<ParticipantId> = addressees.iter().map(|(id, _)| *id).collect();
        self.record_signal(from, &receivers, &signal);
        let author = from.and_then(|id| self.author(id));
        for (id, takes_signals) in addressees {
            if takes_signals {
                self.tell_participant(id, RoomEvent::Signalled { from, signal: signal.clone() });
            } else {
                let text = DataText::of_signal(&signal);
                self.tell_participant(id, RoomEvent::DataReceived { from: author.clone(), text });
            }
        }
        Ok(self.done(ask))
    }

    pub(super) fn send_channel(
        &mut self,
        ask: Ask,
        role: TransportRole,
        label: String,
        binary: bool,
        payload: Vec<u8>,
    ) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        let (worker, transport) = self.address_of(id, role).ok_or(Refusal::NotFound(NotFound::Transport))?;
        self.media(worker, MediaCommand::SendChannel { transport, label, binary, reliable: true, payload });
        Ok(self.done(ask))
    }

    /// The participant behind an origin.
    pub(super) fn participant_of(&self, origin: Origin) -> Option<ParticipantId> {
        match origin {
            Origin::Peer(peer) => self.roster.id_of_peer(peer),
            Origin::Api(_) => None,
        }
    }
}
