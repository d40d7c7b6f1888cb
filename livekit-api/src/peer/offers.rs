//! The server's offers on a client's subscriber PeerConnection, numbered so that answers find theirs (livekit.md §3.1).
use livekit_protocol as proto;

/// The offers made so far.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    last_id: u32,
    /// The last offer while it has no answer: sent again where the client resumes.
    open: Option<proto::SessionDescription>,
}

impl Offers {
    /// Numbers a new offer.
    pub(crate) fn make(&mut self, sdp: String) -> proto::SessionDescription {
        self.last_id = self.last_id.wrapping_add(1).max(1);
        let offer = proto::SessionDescription {
            r#type: "offer".to_owned(),
            sdp,
            id: self.last_id,
            ..proto::SessionDescription::default()
        };
        self.open = Some(offer.clone());
        offer
    }

    /// True where an answer with this id belongs to the open offer. Old SDKs give none (0).
    pub(crate) fn takes_answer(&self, id: u32) -> bool {
        self.open.is_some() && (id == 0 || id == self.last_id)
    }

    /// The answer was taken.
    pub(crate) fn close(&mut self) {
        self.open = None;
    }

    /// The offer that waits for its answer.
    pub(crate) fn open(&self) -> Option<&proto::SessionDescription> {
        self.open.as_ref()
    }
}
