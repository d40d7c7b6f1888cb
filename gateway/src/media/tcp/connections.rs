//! The TCP connections of one worker: frames in, frames out, each with its bounded queue. Who owns a connection is the
//! Worker's to know: one that no Transport proved to own in time, or whose Transport is gone, is closed.
use super::frame::{FrameQueue, FrameReader, SCRATCH_BYTES};
use super::{Handover, Permit};
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use rustc_hash::FxHashMap;
use sfu_core::media::{Route, Transmit, Worker};
use sfu_core::sdp::Protocol;
use slab::Slab;
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

/// Tokens of connections start here; those of UDP sockets are below.
const TOKENS_FROM: usize = 1 << 16;
/// How long a connection may be without a Transport: a check that came before the answer must be repeated.
const UNOWNED_MAX: Duration = Duration::from_secs(10);
/// Time between two looks at who owns the connections.
const SWEEP_INTERVAL: Duration = Duration::from_secs(5);
/// Reads from one connection before others get their turn.
const READS_PER_TURN: usize = 4;

/// The connections of one media thread.
pub(in crate::media) struct Connections {
    slab: Slab<Connection>,
    by_route: FxHashMap<Route, usize>,
    /// Connections that may hold bytes.
    readable: Vec<usize>,
    /// Connections with frames that nobody tried to write yet.
    unwritten: Vec<usize>,
    scratch: Vec<u8>,
    next_sweep: Option<Instant>,
    /// Frames that slow clients lost.
    dropped: u64,
}

struct Connection {
    stream: TcpStream,
    route: Route,
    reader: FrameReader,
    queue: FrameQueue,
    is_readable: bool,
    is_unwritten: bool,
    last_owned: Instant,
    _permit: Permit,
}

impl Connections {
    pub(in crate::media) fn new() -> Self {
        Self {
            slab: Slab::new(),
            by_route: FxHashMap::default(),
            readable: Vec::new(),
            unwritten: Vec::new(),
            scratch: Vec::new(),
            next_sweep: None,
            dropped: 0,
        }
    }

    /// Takes a connection over, with what was read from it already.
    pub(in crate::media) fn add(&mut self, handover: Handover, registry: &Registry, now: Instant) {
        let Handover { mut stream, remote, local, bytes, permit } = handover;
        let route = Route { protocol: Protocol::Tcp, remote, local };
        let entry = self.slab.vacant_entry();
        let key = entry.key();
        if let Err(error) =
            registry.register(&mut stream, Token(TOKENS_FROM + key), Interest::READABLE | Interest::WRITABLE)
        {
            tracing::debug!(%error, %remote, "media over TCP: connection not watched");
            return;
        }
        entry.insert(Connection {
            stream,
            route,
            reader: FrameReader::with(bytes),
            queue: FrameQueue::default(),
            is_readable: true,
            is_unwritten: false,
            last_owned: now,
            _permit: permit,
        });
        if self.scratch.is_empty() {
            self.scratch.resize(SCRATCH_BYTES, 0);
        }
        self.readable.push(key);
        self.by_route.insert(route, key);
        self.next_sweep.get_or_insert(now + SWEEP_INTERVAL);
    }

    /// Takes an event of the poller; false where it is none of a connection.
    pub(in crate::media) fn note(&mut self, event: &mio::event::Event) -> bool {
        let Some(key) = event.token().0.checked_sub(TOKENS_FROM) else { return false };
        let Some(connection) = self.slab.get_mut(key) else { return false };
        if event.is_writable() {
            let written = connection.queue.write(&mut connection.stream);
            self.end_if_failed(key, written);
        }
        if let Some(connection) = self.slab.get_mut(key)
            && !connection.is_readable
        {
            connection.is_readable = true;
            self.readable.push(key);
        }
        true
    }

    /// True while bytes may wait that nobody will be told of.
    pub(in crate::media) const fn is_busy(&self) -> bool {
        !self.readable.is_empty()
    }

    /// When [`Connections::sweep`] is due.
    pub(in crate::media) const fn deadline(&self) -> Option<Instant> {
        self.next_sweep
    }

    /// Reads from one connection that may hold bytes, for its turn; false where there is none left this turn.
    pub(in crate::media) fn receive(&mut self, worker: &mut Worker, now: Instant) {
        let Some(key) = (!self.readable.is_empty()).then(|| self.readable.remove(0)) else { return };
        let Some(connection) = self.slab.get_mut(key) else { return };
        let route = connection.route;
        // What was handed over is there without any event.
        let mut outcome = connection.reader.rest(|frame| worker.handle_datagram(route, frame, now));
        for _ in 0..READS_PER_TURN {
            if outcome.is_ok() {
                let take = |frame: &mut [u8]| worker.handle_datagram(route, frame, now);
                outcome = connection.reader.read(&mut connection.stream, &mut self.scratch, take);
            }
        }
        match outcome {
            Ok(()) => self.readable.push(key),
            Err(error) if error.kind() == ErrorKind::WouldBlock => connection.is_readable = false,
            Err(error) if error.kind() == ErrorKind::Interrupted => self.readable.push(key),
            Err(error) => self.end_if_failed(key, Err(error)),
        }
    }

    /// Connections to read from, now.
    pub(in crate::media) const fn waiting(&self) -> usize {
        self.readable.len()
    }

    /// Queues a run of datagrams; [`Connections::write`] sends them.
    pub(in crate::media) fn send(&mut self, transmit: &Transmit<'_>) {
        let key = self.by_route.get(&transmit.route).copied();
        let Some((key, connection)) = key.and_then(|key| Some((key, self.slab.get_mut(key)?))) else { return };
        for datagram in transmit.datagrams() {
            self.dropped += u64::from(!connection.queue.push(datagram));
        }
        if !connection.is_unwritten {
            connection.is_unwritten = true;
            self.unwritten.push(key);
        }
    }

    /// Writes what was queued, as far as the clients take it.
    pub(in crate::media) fn write(&mut self) {
        while let Some(key) = self.unwritten.pop() {
            let Some(connection) = self.slab.get_mut(key) else { continue };
            connection.is_unwritten = false;
            let written = connection.queue.write(&mut connection.stream);
            self.end_if_failed(key, written);
        }
    }

    /// Closes the connections that no Transport owns.
    pub(in crate::media) fn sweep(&mut self, worker: &Worker, now: Instant) {
        if self.next_sweep.is_none_or(|at| now < at) {
            return;
        }
        let mut ended = Vec::new();
        for (key, connection) in &mut self.slab {
            if worker.owns(&connection.route) {
                connection.last_owned = now;
            } else if now >= connection.last_owned + UNOWNED_MAX {
                ended.push(key);
            }
        }
        ended.into_iter().for_each(|key| self.end(key));
        self.next_sweep = (!self.slab.is_empty()).then_some(now + SWEEP_INTERVAL);
    }

    /// Closes them all: their Worker is gone.
    pub(in crate::media) fn clear(&mut self) {
        self.slab.clear();
        self.by_route.clear();
        self.readable.clear();
        self.unwritten.clear();
        self.next_sweep = None;
    }

    fn end_if_failed(&mut self, key: usize, outcome: io::Result<()>) {
        let Err(error) = outcome else { return };
        if let Some(connection) = self.slab.get(key) {
            tracing::debug!(%error, remote = %connection.route.remote, "media over TCP: connection ended");
        }
        self.end(key);
    }

    fn end(&mut self, key: usize) {
        let Some(connection) = self.slab.try_remove(key) else { return };
        if self.by_route.get(&connection.route) == Some(&key) {
            self.by_route.remove(&connection.route);
        }
        self.readable.retain(|other| *other != key);
        self.unwritten.retain(|other| *other != key);
    }
}
