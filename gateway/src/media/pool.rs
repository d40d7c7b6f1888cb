//! Starts the media threads and ends them.
use super::addresses::{AddressChoice, addresses};
use super::link::{MediaLink, MediaReport, link};
use super::socket::Sockets;
use super::thread::{Thread, make_worker, poller};
use sfu_core::id::WorkerId;
use sfu_core::media::{LocalAddress, WorkerConfig, WorkerError, WorkerFacts};
use sfu_core::sdp::Protocol;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::thread::JoinHandle;
use tokio::sync::mpsc;

/// How the media threads are to be.
#[derive(Clone, Debug)]
pub struct MediaSettings {
    /// How many.
    pub workers: u8,
    /// The UDP port of the first; the others follow. 0: any free ones.
    pub udp_port: u16,
    /// The addresses to offer.
    pub addresses: AddressChoice,
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
}

impl MediaPool {
    /// Starts them; they report to `shards`.
    pub fn start(settings: &MediaSettings, shards: &[mpsc::Sender<MediaReport>]) -> Result<Self, MediaError> {
        let addresses = addresses(&settings.addresses);
        let mut pool = Self { facts: Vec::new(), links: Vec::new(), threads: Vec::new() };
        for number in 0..settings.workers.max(1) {
            let port = match settings.udp_port {
                0 => 0,
                first => first.saturating_add(u16::from(number)),
            };
            pool.start_one(WorkerId(number), port, &addresses, shards)?;
        }
        Ok(pool)
    }

    fn start_one(
        &mut self,
        id: WorkerId,
        port: u16,
        addresses: &[IpAddr],
        shards: &[mpsc::Sender<MediaReport>],
    ) -> Result<(), MediaError> {
        let sockets = Sockets::bind(port, addresses).map_err(|source| MediaError::Bind { port, source })?;
        let port = sockets.port();
        let local = |ip: &IpAddr| LocalAddress { protocol: Protocol::Udp, address: SocketAddr::new(*ip, port) };
        let config = WorkerConfig { id, addresses: addresses.iter().map(local).collect() };
        let worker = make_worker(&config)?;
        let (poll, waker, handles) = poller(&sockets)?;
        let (media_link, commands) = link(id, waker);
        self.facts.push(worker.facts());
        self.links.push(media_link);
        let thread = Thread::new(config, sockets, (poll, handles), commands, shards.to_vec());
        let builder = std::thread::Builder::new().name(format!("media-{}", id.0));
        self.threads.push(builder.spawn(move || thread.run(worker))?);
        Ok(())
    }

    /// What rooms need to know of the workers.
    pub fn facts(&self) -> &[WorkerFacts] {
        &self.facts
    }

    /// The ways to the workers, in the order of their numbers.
    pub fn links(&self) -> &[MediaLink] {
        &self.links
    }

    /// Ends the threads. Blocks for as long as their last turn takes.
    pub fn stop(self) {
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
