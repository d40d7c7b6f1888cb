//! Starts the media threads and ends them.
use super::addresses::{AddressChoice, addresses};
use super::link::{MediaLink, MediaReport, link};
use super::pipe::rings;
use super::report::{Board, Reporter};
use super::socket::Sockets;
use super::tcp::{self, Acceptor};
use super::thread::{Thread, make_worker, poller};
use sfu_core::id::WorkerId;
use sfu_core::media::{LocalAddress, Worker, WorkerConfig, WorkerError, WorkerFacts};
use sfu_core::sdp::Protocol;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::thread::JoinHandle;
use tokio::sync::mpsc;

/// How the media threads are to be.
#[derive(Clone, Debug)]
pub struct MediaSettings {
    /// How many.
    pub workers: u8,
    /// The UDP port of the first; the others follow. 0: any free ones.
    pub udp_port: u16,
    /// The TCP port for all.
    pub tcp_port: TcpPort,
    /// Offer TCP only.
    pub force_tcp: bool,
    /// The addresses to offer.
    pub addresses: AddressChoice,
    /// Consumers of one room on its main worker from which on newcomers are given to another worker.
    pub consumers_per_worker: usize,
}

/// The TCP port for media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpPort {
    /// None.
    Off,
    /// Any free one.
    Any,
    /// This one.
    Fixed {
        /// Which.
        port: u16,
        /// Somebody asked for it: without it the server does not start.
        required: bool,
    },
}

/// Why the media threads did not start.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// A port is taken, or may not be used.
    #[error("UDP port {port} for media cannot be opened: {source}")]
    Bind {
        /// Which.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// The same for TCP.
    #[error("TCP port {port} for media cannot be opened: {source}")]
    BindTcp {
        /// Which.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// The system gave no thread or poller.
    #[error("a media thread cannot be started: {0}")]
    Thread(#[from] io::Error),
    /// The worker itself.
    #[error("a media worker cannot be made: {0}")]
    Worker(#[from] WorkerError),
}

/// The running media threads.
pub struct MediaPool {
    facts: Vec<WorkerFacts>,
    links: Vec<MediaLink>,
    threads: Vec<JoinHandle<()>>,
    acceptor: Option<Acceptor>,
}

impl MediaPool {
    /// Starts them; they report to `shards`.
    pub fn start(settings: &MediaSettings, shards: &[mpsc::Sender<MediaReport>]) -> Result<Self, MediaError> {
        let addresses = addresses(&settings.addresses);
        let (listeners, tcp_port) = listen(settings.tcp_port, &addresses)?;
        let offer = Offer { addresses, tcp_port, udp: !settings.force_tcp || tcp_port.is_none() };
        let mut pool = Self { facts: Vec::new(), links: Vec::new(), threads: Vec::new(), acceptor: None };
        let mut ready = Vec::new();
        for number in 0..settings.workers.max(1) {
            let port = match settings.udp_port {
                0 => 0,
                first => first.saturating_add(u16::from(number)),
            };
            ready.push(pool.prepare(WorkerId(number), port, &offer, shards)?);
        }
        // Each thread has rings to all others: they start when all of them are known.
        for (pipes, (thread, worker)) in rings(&pool.links).into_iter().zip(ready) {
            let builder = std::thread::Builder::new().name(format!("media-{}", worker.facts().worker.0));
            pool.threads.push(builder.spawn(move || thread.run(worker, pipes))?);
        }
        if !listeners.is_empty() {
            pool.acceptor = Some(Acceptor::start(listeners, pool.links.clone())?);
        }
        Ok(pool)
    }

    /// A thread with everything but its rings.
    fn prepare(
        &mut self,
        id: WorkerId,
        port: u16,
        offer: &Offer,
        shards: &[mpsc::Sender<MediaReport>],
    ) -> Result<(Thread, Worker), MediaError> {
        let sockets = Sockets::bind(port, &offer.addresses).map_err(|source| MediaError::Bind { port, source })?;
        let config = WorkerConfig { id, addresses: offer.locals(sockets.port()) };
        let worker = make_worker(&config)?;
        let (poll, waker, handles) = poller(&sockets)?;
        let (media_link, commands) = link(id, waker);
        self.facts.push(worker.facts());
        let reporter = Reporter::new(media_link.board().clone());
        self.links.push(media_link);
        let thread = Thread::new(config, sockets, (poll, handles), commands, shards.to_vec(), reporter);
        Ok((thread, worker))
    }

    /// What rooms need to know of the workers.
    pub fn facts(&self) -> &[WorkerFacts] {
        &self.facts
    }

    /// The ways to the workers, in the order of their numbers.
    pub fn links(&self) -> &[MediaLink] {
        &self.links
    }

    /// Where the threads' figures are read.
    pub fn boards(&self) -> Vec<Board> {
        self.links.iter().map(|link| link.board().clone()).collect()
    }

    /// Ends the threads. Blocks for as long as their last turn takes.
    pub fn stop(self) {
        if let Some(acceptor) = self.acceptor {
            acceptor.stop();
        }
        for link in &self.links {
            link.stop();
        }
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a media thread ended in a panic");
            }
        }
    }
}

/// What clients are offered.
struct Offer {
    addresses: Vec<IpAddr>,
    tcp_port: Option<u16>,
    udp: bool,
}

impl Offer {
    /// The addresses of the worker with this UDP port, best first.
    fn locals(&self, udp_port: u16) -> Vec<LocalAddress> {
        let on = |protocol, port| move |ip: &IpAddr| LocalAddress { protocol, address: SocketAddr::new(*ip, port) };
        let udp = self.addresses.iter().filter(|_| self.udp).map(on(Protocol::Udp, udp_port));
        let tcp = self.tcp_port.iter().flat_map(|port| self.addresses.iter().map(on(Protocol::Tcp, *port)));
        udp.chain(tcp).collect()
    }
}

/// Opens the TCP port. One that is only the default and taken is done without, with a word in the log.
fn listen(tcp_port: TcpPort, addresses: &[IpAddr]) -> Result<(Vec<TcpListener>, Option<u16>), MediaError> {
    let (port, required) = match tcp_port {
        TcpPort::Off => return Ok((Vec::new(), None)),
        TcpPort::Any => (0, true),
        TcpPort::Fixed { port, required } => (port, required),
    };
    match tcp::bind(port, addresses) {
        Ok((listeners, port)) => Ok((listeners, Some(port))),
        Err(source) if required => Err(MediaError::BindTcp { port, source }),
        Err(error) => {
            tracing::warn!(port, %error, "no media over TCP: the port cannot be opened; set rtc.tcp_port");
            Ok((Vec::new(), None))
        }
    }
}
