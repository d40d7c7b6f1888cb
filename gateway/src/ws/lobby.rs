//! A bound on clients that have a socket and have joined no room: OpenVidu v2's sockets open without credentials.
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a client may take from its socket to its room: SDKs join at once.
const JOIN_PATIENCE: Duration = Duration::from_secs(60);

/// The places for those who have not joined yet; cheap to clone.
#[derive(Clone, Debug)]
pub struct Lobby(Arc<Semaphore>);

/// A place, given back when this goes.
#[derive(Debug)]
pub struct Visitor {
    _place: OwnedSemaphorePermit,
    /// When it must have joined.
    pub(super) until: Instant,
}

impl Lobby {
    /// So many places.
    pub fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))))
    }

    /// A place for a client whose socket is to be opened; `None`: all are taken.
    pub fn enter(&self, now: Instant) -> Option<Visitor> {
        let place = Arc::clone(&self.0).try_acquire_owned().ok()?;
        Some(Visitor { _place: place, until: now + JOIN_PATIENCE })
    }
}
