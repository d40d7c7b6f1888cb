//! The bounded queue of events from rooms to one signalling peer. A peer that does not keep up loses its place, never
//! single events.
use crate::telemetry::Caller;
use sfu_core::room::RoomEvent;
use std::sync::Arc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc};

/// Events that may wait for one peer: some seconds of a room of hundreds.
const EVENTS_MAX: usize = 2_048;

/// The sending end, held by the shard of the peer's room.
#[derive(Clone, Debug)]
pub struct PeerMailbox {
    events: mpsc::Sender<RoomEvent>,
    broken: Arc<Notify>,
    caller: Caller,
}

/// The receiving end, held by the peer's pump.
#[derive(Debug)]
pub struct PeerMails {
    events: mpsc::Receiver<RoomEvent>,
    broken: Arc<Notify>,
}

/// Something to read from the queue.
#[derive(Debug)]
pub enum Mail {
    /// The next event.
    Event(RoomEvent),
    /// Events were lost: the peer's picture of its room is worthless.
    Broken,
}

/// A queue for a new peer, which is known to the log as `caller`.
pub fn mailbox(caller: Caller) -> (PeerMailbox, PeerMails) {
    let (sender, receiver) = mpsc::channel(EVENTS_MAX);
    let broken = Arc::new(Notify::new());
    (PeerMailbox { events: sender, broken: Arc::clone(&broken), caller }, PeerMails { events: receiver, broken })
}

/// The peer does not take its events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Undelivered;

impl PeerMailbox {
    /// Whose it is.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Delivers an event, or tells that the peer is gone or too slow (which it is told then).
    pub fn deliver(&self, event: RoomEvent) -> Result<(), Undelivered> {
        self.events.try_send(event).map_err(|error| {
            if matches!(error, TrySendError::Full(_)) {
                self.broken.notify_one();
            }
            Undelivered
        })
    }
}

impl PeerMails {
    /// The next mail; cancel-safe.
    pub async fn next(&mut self) -> Mail {
        tokio::select! {
            biased;
            () = self.broken.notified() => Mail::Broken,
            event = self.events.recv() => event.map_or(Mail::Broken, Mail::Event),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sfu_core::id::RequestId;

    #[tokio::test]
    async fn a_peer_that_does_not_read_is_told_that_its_events_are_lost() {
        let (mailbox, mut mails) = mailbox(Caller::nobody());
        let event = |number| RoomEvent::Done { request: RequestId(number) };
        for number in 0..EVENTS_MAX {
            assert_eq!(mailbox.deliver(event(number as u64)), Ok(()));
        }
        assert_eq!(mailbox.deliver(event(0)), Err(Undelivered));
        assert!(matches!(mails.next().await, Mail::Broken));
    }
}
