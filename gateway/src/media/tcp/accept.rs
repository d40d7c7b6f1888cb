//! The thread that accepts media over TCP: it waits for each connection's first check and hands the connection to the
//! thread of the worker that the check names. A connection that says anything else, or nothing in time, is closed.
use super::Handover;
use super::admission::{Admission, Permit};
use super::frame::first_frame;
use crate::listen;
use crate::media::link::MediaLink;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};
use sfu_core::media::worker_of_check;
use slab::Slab;
use std::io::{self, ErrorKind, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const WAKER: Token = Token(usize::MAX);
/// Tokens of connections start here; those of listeners are below.
const CONNECTIONS_FROM: usize = 16;
/// Connections whose first check has not come yet.
const PENDING_MAX: usize = 1_024;
/// How long a connection may take to its first check: a browser sends one at once.
const FIRST_CHECK_MAX: Duration = Duration::from_secs(5);
/// Bytes of a first check: one that is longer than the smallest IPv4 datagram that all must take is none.
const CHECK_BYTES_MAX: usize = 548;
/// Pause after the system refused a connection (too many descriptors).
const REFUSED_PAUSE: Duration = Duration::from_millis(100);
/// Bytes asked of the system for what a client has not taken yet: more would only be late.
const SEND_BUFFER_BYTES: usize = 256 * 1024;

/// The running thread.
pub(in crate::media) struct Acceptor {
    stop: Arc<AtomicBool>,
    waker: Waker,
    thread: JoinHandle<()>,
}

struct Pending {
    stream: TcpStream,
    remote: SocketAddr,
    local: SocketAddr,
    bytes: Vec<u8>,
    since: Instant,
    permit: Permit,
}

struct Accepting {
    poll: Poll,
    listeners: Vec<TcpListener>,
    links: Vec<MediaLink>,
    pending: Slab<Pending>,
    admission: Admission,
    stop: Arc<AtomicBool>,
    /// The system refused a connection: try again without being told.
    again: bool,
}

/// Listens on `port` (0: any) for the families of `addresses`; gives the port.
pub(in crate::media) fn bind(port: u16, addresses: &[IpAddr]) -> io::Result<(Vec<std::net::TcpListener>, u16)> {
    let mut listeners = Vec::new();
    let mut port = port;
    for (wanted, any) in [
        (addresses.iter().any(IpAddr::is_ipv4), IpAddr::from(Ipv4Addr::UNSPECIFIED)),
        (addresses.iter().any(IpAddr::is_ipv6), IpAddr::from(Ipv6Addr::UNSPECIFIED)),
    ] {
        if wanted {
            let address = SocketAddr::new(any, port);
            let (listener, bound) = listen::tcp(address)?;
            listener.set_nonblocking(true)?;
            port = bound;
            listeners.push(listener);
        }
    }
    Ok((listeners, port))
}

impl Acceptor {
    /// Starts the thread; `links` are the workers' in the order of their numbers.
    pub(in crate::media) fn start(listeners: Vec<std::net::TcpListener>, links: Vec<MediaLink>) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let mut listeners: Vec<TcpListener> = listeners.into_iter().map(TcpListener::from_std).collect();
        for (index, listener) in listeners.iter_mut().enumerate() {
            poll.registry().register(listener, Token(index), Interest::READABLE)?;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let accepting = Accepting {
            poll,
            listeners,
            links,
            pending: Slab::new(),
            admission: Admission::default(),
            stop: Arc::clone(&stop),
            again: false,
        };
        let thread = std::thread::Builder::new().name("media-tcp".to_owned()).spawn(move || accepting.run())?;
        Ok(Self { stop, waker, thread })
    }

    /// Ends the thread.
    pub(in crate::media) fn stop(self) {
        self.stop.store(true, Ordering::Release);
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "the thread that accepts media over TCP cannot be woken");
            return;
        }
        if self.thread.join().is_err() {
            tracing::error!("the thread that accepts media over TCP ended in a panic");
        }
    }
}

impl Accepting {
    fn run(mut self) {
        let mut events = Events::with_capacity(256);
        while !self.stop.load(Ordering::Acquire) {
            match self.poll.poll(&mut events, self.patience()) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    tracing::error!(%error, "media over TCP cannot be waited for");
                    return;
                }
            }
            if std::mem::take(&mut self.again) {
                (0..self.listeners.len()).for_each(|index| self.accept(index));
            }
            for event in &events {
                match event.token() {
                    WAKER => {}
                    Token(index) if index < CONNECTIONS_FROM => self.accept(index),
                    Token(token) => self.read(token - CONNECTIONS_FROM),
                }
            }
            let now = Instant::now();
            self.pending.retain(|_, pending| now < pending.since + FIRST_CHECK_MAX);
        }
    }

    fn patience(&self) -> Option<Duration> {
        if self.again {
            return Some(REFUSED_PAUSE);
        }
        (!self.pending.is_empty()).then_some(FIRST_CHECK_MAX / 5)
    }

    fn accept(&mut self, index: usize) {
        loop {
            let Some(listener) = self.listeners.get(index) else { return };
            match listener.accept() {
                Ok((stream, remote)) => {
                    if let Err(error) = self.admit(stream, remote) {
                        tracing::debug!(%error, %remote, "media over TCP: connection not taken");
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
                Err(error) => {
                    tracing::warn!(%error, "media over TCP: the system refuses connections");
                    self.again = true;
                    return;
                }
            }
        }
    }

    fn admit(&mut self, mut stream: TcpStream, remote: SocketAddr) -> io::Result<()> {
        if self.pending.len() >= PENDING_MAX {
            return Err(io::Error::other("too many connections wait for their first check"));
        }
        let Some(permit) = self.admission.admit(remote.ip()) else {
            return Err(io::Error::other("too many connections"));
        };
        stream.set_nodelay(true)?;
        socket2::SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER_BYTES)?;
        let local = stream.local_addr()?;
        let entry = self.pending.vacant_entry();
        let token = Token(CONNECTIONS_FROM + entry.key());
        self.poll.registry().register(&mut stream, token, Interest::READABLE)?;
        entry.insert(Pending { stream, remote, local, bytes: Vec::new(), since: Instant::now(), permit });
        Ok(())
    }

    fn read(&mut self, key: usize) {
        let Some(pending) = self.pending.get_mut(key) else { return };
        let worker = match pending.read() {
            Ok(None) => return,
            Ok(Some(worker)) => worker,
            Err(error) => {
                tracing::debug!(%error, remote = %pending.remote, "media over TCP: no first check");
                self.pending.remove(key);
                return;
            }
        };
        let Pending { mut stream, remote, local, bytes, permit, .. } = self.pending.remove(key);
        match (self.poll.registry().deregister(&mut stream), self.links.get(worker)) {
            (Ok(()), Some(link)) => link.hand_over(Handover { stream, remote, local, bytes, permit }),
            (Ok(()), None) => tracing::debug!(worker, %remote, "media over TCP: no such worker"),
            (Err(error), _) => tracing::debug!(%error, %remote, "media over TCP: connection not handed over"),
        }
    }
}

impl Pending {
    /// Reads what is there; gives the worker's number once the first check is whole.
    fn read(&mut self) -> io::Result<Option<usize>> {
        let mut buffer = [0; 1_024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(read) => self.bytes.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if let Some(check) = first_frame(&self.bytes, CHECK_BYTES_MAX)? {
                let worker = worker_of_check(check);
                let worker = worker.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "not a check for us"))?;
                return Ok(Some(usize::from(worker.0)));
            }
        }
    }
}
