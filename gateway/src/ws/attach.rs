//! Finds the pump that a returning client's socket belongs to, and all pumps when the server stops.
use super::socket::Socket;
use sfu_core::id::PeerId;
use sfu_core::signal::{Frame, ResumeKey};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Something that the rest of the server wants of a pump.
#[derive(Debug)]
pub(super) enum PumpInput {
    /// Take this socket over.
    Adopt(Box<(Socket, Frame)>),
    /// Tell the client that the server stops.
    Shutdown,
}

/// The pumps that run; cheap to clone.
#[derive(Clone)]
pub struct Peers {
    table: Arc<Mutex<Table>>,
    count: watch::Sender<usize>,
}

#[derive(Default)]
struct Table {
    pumps: HashMap<PeerId, mpsc::Sender<PumpInput>>,
    keys: HashMap<ResumeKey, PeerId>,
    /// No new ones: the server stops.
    closed: bool,
}

impl Default for Peers {
    fn default() -> Self {
        Self { table: Arc::default(), count: watch::Sender::new(0) }
    }
}

impl Peers {
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// True where the server is stopping.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Adds a pump; false where the server is stopping.
    pub(super) fn enter(&self, peer: PeerId, inbox: mpsc::Sender<PumpInput>) -> bool {
        let mut table = self.lock();
        if table.closed {
            return false;
        }
        table.pumps.insert(peer, inbox);
        self.count.send_replace(table.pumps.len());
        true
    }

    /// Removes a pump with its key.
    pub(super) fn leave(&self, peer: PeerId, key: Option<&ResumeKey>) {
        let mut table = self.lock();
        table.pumps.remove(&peer);
        if let Some(key) = key
            && table.keys.get(key) == Some(&peer)
        {
            table.keys.remove(key);
        }
        self.count.send_replace(table.pumps.len());
    }

    /// From now on `key` is `peer`'s, instead of `old`.
    pub(super) fn claim(&self, peer: PeerId, key: ResumeKey, old: Option<ResumeKey>) {
        let mut table = self.lock();
        if let Some(old) = old
            && table.keys.get(&old) == Some(&peer)
        {
            table.keys.remove(&old);
        }
        table.keys.insert(key, peer);
    }

    /// Hands `socket` to the pump that owns `key`; gives it back where there is none.
    pub(super) fn hand_over(&self, key: &ResumeKey, socket: Socket, intro: Frame) -> Result<(), Socket> {
        let table = self.lock();
        let Some(inbox) = table.keys.get(key).and_then(|peer| table.pumps.get(peer)) else { return Err(socket) };
        inbox
            .try_send(PumpInput::Adopt(Box::new((socket, intro))))
            .map_err(|refused| match refused {
                mpsc::error::TrySendError::Full(input) | mpsc::error::TrySendError::Closed(input) => input,
            })
            .or_else(|input| match input {
                PumpInput::Adopt(socket) => Err(socket.0),
                PumpInput::Shutdown => Ok(()),
            })
    }

    /// Tells every pump that the server stops, lets no new one in, and waits until they are gone or `patience` is over.
    pub async fn shut_down(&self, patience: Duration) {
        {
            let mut table = self.lock();
            table.closed = true;
            for inbox in table.pumps.values() {
                // A pump whose inbox is full has stood still; it is not waited for beyond `patience`.
                let _ = inbox.try_send(PumpInput::Shutdown);
            }
        }
        let mut count = self.count.subscribe();
        if tokio::time::timeout(patience, count.wait_for(|count| *count == 0)).await.is_err() {
            tracing::warn!(left = self.count(), "clients were cut off: they did not take their farewell in time");
        }
    }
}
