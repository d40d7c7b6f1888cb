//! The server's offers on a client's subscriber PeerConnection, numbered so that answers find theirs (livekit.md §3.1).
use livekit_protocol as proto;

/// The offers made so far.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    last_id: u32,
    /// The last offer has no answer yet.
    open: bool,
}

impl Offers {
    /// Numbers a new offer.
    pub(crate) fn make(&mut self, sdp: String) -> proto::SessionDescription {
        self.last_id = self.last_id.wrapping_add(1).max(1);
        self.open = true;
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
        }
    }
}
