//! The server's offers on a client's subscriber PeerConnection, numbered so that answers find theirs (livekit.md §3.1).
use livekit_protocol as proto;
use std::time::{Duration, Instant};

/// How long an offer may stay without an answer: LiveKit gives a negotiation up after as long.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// The offers made so far.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    last_id: u32,
    /// The last offer has no answer yet.
    open: bool,
    /// When it is too late for the answer.
    due: Option<Instant>,
}

impl Offers {
    /// Numbers a new offer.
    pub(crate) fn make(&mut self, sdp: String, now: Instant) -> proto::SessionDescription {
        self.last_id = self.last_id.wrapping_add(1).max(1);
        self.open = true;
        self.due = now.checked_add(ANSWER_TIMEOUT);
        proto::SessionDescription {
            r#type: "offer".to_owned(),
            sdp,
            id: self.last_id,
            ..proto::SessionDescription::default()
        }
    }

    /// The offer that an answer with this id belongs to, where it is the open one. Old SDKs give none (0).
    pub(crate) fn answered_by(&self, id: u32) -> Option<u32> {
        (self.open && (id == 0 || id == self.last_id)).then_some(self.last_id)
    }

    /// The answer to this offer was taken.
    pub(crate) fn close(&mut self, id: u32) {
        if id == self.last_id {
            self.open = false;
            self.due = None;
        }
    }

    /// Without a socket no answer can come; the offer is made again when the client is back.
    pub(crate) const fn pause(&mut self) {
        self.due = None;
    }

    /// When the open offer has waited for too long.
    pub(crate) const fn due(&self) -> Option<Instant> {
        self.due
    }
}
