//! Data messages between participants: who gets which, in whose words, and what is sent once more.
//!
//! A face has read the message already and brings it as its own protocol's clients read it; the room hands that on to
//! them without looking inside. What participants of the other protocol are told is [`DataText`]: a topic and a
//! payload. Signals of the v2 protocol come from `message.rs`.
use super::answer::{Answered, Ask};
use super::command::{Origin, Signal};
use super::event::RoomEvent;
use super::meeting::Room;
use super::roster::Participant;
use crate::capability::Refusal;
use crate::id::ParticipantId;
use crate::limits::{DATA_KEPT_BYTES_MAX, DATA_KEPT_FOR, DATA_NONCES_MAX};
use crate::media::MediaCommand;
use crate::time::Now;
use std::collections::VecDeque;
use std::time::Instant;

/// A data message between participants.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DataMessage {
    /// To all but the sender, whoever is named.
    pub to_all: bool,
    /// To these identities.
    pub to: Vec<String>,
    /// To these participants.
    pub to_participants: Vec<ParticipantId>,
    /// Delivered for sure and in order, or at once or never.
    pub reliable: bool,
    /// Its number among the sender's reliable messages, rising from 1; 0: it has none and is not sent once more.
    pub sequence: u32,
    /// A message that has come with the same one already is not sent again; empty: none.
    pub nonce: Vec<u8>,
    /// What participants of the other protocol are told; `None`: nothing in their protocol says this.
    pub text: Option<DataText>,
    /// The label of the data channels that it goes by.
    pub label: String,
    /// Binary, or text, on its channel.
    pub binary: bool,
    /// The message as clients of the sender's protocol read it.
    pub wire: Vec<u8>,
}

/// An application's message: what both protocols can say.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DataText {
    /// Its topic; v2's signal type, without the prefix `signal:`.
    pub topic: Option<String>,
    /// Its payload.
    pub payload: Vec<u8>,
}

impl DataText {
    /// A signal in these words.
    pub fn of_signal(signal: &Signal) -> Self {
        let kind = signal.kind.as_deref().unwrap_or_default();
        let topic = if kind == "signal" { "" } else { kind.strip_prefix("signal:").unwrap_or(kind) };
        Self {
            topic: (!topic.is_empty()).then(|| topic.to_owned()),
            payload: signal.data.clone().unwrap_or_default().into_bytes(),
        }
    }
}

/// Messages of a room that may have to be sent once more, and the marks of those that have come.
#[derive(Default)]
pub(super) struct Post {
    kept: VecDeque<Kept>,
    kept_bytes: usize,
    nonces: VecDeque<Vec<u8>>,
}

struct Kept {
    from: ParticipantId,
    message: DataMessage,
    at: Now,
}

impl Post {
    /// True where a message of this mark has come already.
    fn is_known(&mut self, nonce: &[u8]) -> bool {
        if nonce.is_empty() {
            return false;
        }
        if self.nonces.iter().any(|known| known == nonce) {
            return true;
        }
        if self.nonces.len() >= DATA_NONCES_MAX {
            self.nonces.pop_front();
        }
        self.nonces.push_back(nonce.to_vec());
        false
    }

    fn keep(&mut self, from: ParticipantId, message: DataMessage, at: Now) {
        self.kept_bytes += message.wire.len();
        self.kept.push_back(Kept { from, message, at });
        self.forget_old(at.instant);
    }

    fn forget_old(&mut self, now: Instant) {
        let is_old = |kept: &Kept| now.saturating_duration_since(kept.at.instant) > DATA_KEPT_FOR;
        while self.kept_bytes > DATA_KEPT_BYTES_MAX || self.kept.front().is_some_and(is_old) {
            let Some(kept) = self.kept.pop_front() else { return };
            self.kept_bytes -= kept.message.wire.len();
        }
    }
}

impl DataMessage {
    /// True where this participant is to have it.
    fn is_for(&self, participant: &Participant) -> bool {
        self.to_all || self.to.contains(&participant.grant.identity) || self.to_participants.contains(&participant.id)
    }
}

impl Room {
    /// Whoever is named and not there is passed over (LiveKit's rule). Where all who are named can have no such message
    /// the sender is told.
    pub(super) fn send_data(&mut self, ask: Ask, message: DataMessage, now: Now) -> Result<Answered, Refusal> {
        let from = match ask.origin {
            Origin::Peer(_) => Some(self.sender(&ask)?),
            Origin::Api(_) => None,
        };
        let receivers: Vec<_> = self
            .roster
            .iter()
            .filter(|other| Some(other.id) != from && message.is_for(other))
            .map(|other| (other.id, other.facts.takes_data, other.facts.takes_signals))
            .collect();
        if !message.to_all
            && message.text.is_none()
            && !receivers.is_empty()
            && receivers.iter().all(|(_, takes, _)| !takes)
        {
            let why = "participants of OpenVidu v2 take only an application's own messages".to_owned();
            return Err(Refusal::Invalid { what: "destination", why });
        }
        if self.post.is_known(&message.nonce) {
            return Ok(self.done(ask));
        }
        let author = from.and_then(|id| self.author(id));
        for (receiver, takes_data, takes_signals) in receivers {
            if takes_data {
                self.post_to(receiver, &message);
            } else if takes_signals && let Some(text) = &message.text {
                let event = RoomEvent::DataReceived { from: author.clone(), text: text.clone() };
                self.tell_participant(receiver, event);
            }
        }
        if let Some(from) = from.filter(|_| message.reliable && message.sequence > 0) {
            self.post.keep(from, message, now);
        }
        Ok(self.done(ask))
    }

    /// Sends what a participant missed while it was away, as far as it is kept.
    pub(super) fn replay_data(
        &mut self,
        ask: Ask,
        received: &[(ParticipantId, u32)],
        now: Now,
    ) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        self.post.forget_old(now.instant);
        let missed: Vec<DataMessage> = match self.roster.get(id) {
            Some(participant) if participant.facts.takes_data => {
                let kept = self.post.kept.iter().filter(|kept| {
                    let last = received.iter().find(|(from, _)| *from == kept.from).map_or(0, |(_, last)| *last);
                    kept.from != id
                        && kept.message.sequence > last
                        && kept.at.unix_ms >= participant.joined_ms
                        && kept.message.is_for(participant)
                });
                kept.map(|kept| kept.message.clone()).collect()
            }
            Some(_) | None => Vec::new(),
        };
        for message in missed {
            self.post_to(id, &message);
        }
        Ok(self.done(ask))
    }

    /// What a participant's own words are put under; nobody's where it is hidden.
    pub(super) fn author(&self, id: ParticipantId) -> Option<(ParticipantId, String)> {
        let author = self.roster.get(id).filter(|author| author.is_visible())?;
        Some((author.id, author.grant.identity.clone()))
    }

    /// Puts a message on a participant's channel. What comes before it has a Transport is kept until it has one.
    fn post_to(&mut self, id: ParticipantId, message: &DataMessage) {
        let Some(role) = self.roster.get(id).and_then(Participant::common_downlink) else { return };
        let DataMessage { label, binary, reliable, wire, .. } = message.clone();
        match self.address_of(id, role) {
            Some((worker, transport)) => {
                let command = MediaCommand::SendChannel { transport, label, binary, reliable, payload: wire };
                self.push_media(worker, command);
            }
            None if reliable => {
                let Some(participant) = self.roster.get_mut(id) else { return };
                let waiting: usize = participant.waiting.iter().map(|(_, _, payload)| payload.len()).sum();
                if waiting + wire.len() <= DATA_KEPT_BYTES_MAX {
                    participant.waiting.push((label, binary, wire));
                }
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_told_under_its_bare_type() {
        let cases = [
            (None, None),
            (Some(""), None),
            (Some("signal"), None),
            (Some("signal:"), None),
            (Some("signal:chat"), Some("chat")),
            (Some("chat"), Some("chat")),
            (Some("signal:signal:x"), Some("signal:x")),
        ];
        for (kind, topic) in cases {
            let signal = Signal { to: Vec::new(), kind: kind.map(str::to_owned), data: Some("hi".to_owned()) };
            let expected = DataText { topic: topic.map(str::to_owned), payload: b"hi".to_vec() };
            assert_eq!(DataText::of_signal(&signal), expected, "{kind:?}");
        }
    }

    #[test]
    fn what_is_kept_is_bounded_in_bytes_and_time() {
        let mut post = Post::default();
        let from = ParticipantId::from_number(1).unwrap();
        #[expect(clippy::disallowed_methods, reason = "any instant will do")]
        let at = Now { instant: Instant::now(), unix_ms: 5 };
        let message = DataMessage { wire: vec![0; DATA_KEPT_BYTES_MAX / 4], ..DataMessage::default() };
        for _ in 0..9 {
            post.keep(from, message.clone(), at);
        }
        assert_eq!((post.kept.len(), post.kept_bytes), (4, DATA_KEPT_BYTES_MAX / 4 * 4));
        post.keep(from, DataMessage::default(), at.plus(DATA_KEPT_FOR * 2));
        assert_eq!((post.kept.len(), post.kept_bytes), (1, 0));
    }

    #[test]
    fn a_nonce_is_known_when_it_comes_again() {
        let mut post = Post::default();
        assert!(!post.is_known(b""));
        assert!(!post.is_known(b""));
        assert!(!post.is_known(b"a") && post.is_known(b"a"));
        for number in 0..DATA_NONCES_MAX as u32 {
            assert!(!post.is_known(&number.to_be_bytes()));
        }
        assert_eq!(post.nonces.len(), DATA_NONCES_MAX);
        assert!(!post.is_known(b"a"), "forgotten");
    }
}
