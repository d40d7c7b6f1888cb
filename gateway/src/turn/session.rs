//! The task of one TURN client: carries messages between the client, its [`Relay`] and the relay's sockets. All queues are
//! bounded; what does not fit is dropped, as a network would do.
use super::frame::{self, MESSAGE_BYTES_MAX};
use super::peers::Peers;
use super::quota::Place;
use super::relay::{IDLE_MAX, Output, Relay};
use crate::clock;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Messages that may wait in one direction of one client: a fifth of a second of 10 Mbit/s.
pub(super) const QUEUE_MAX: usize = 256;
/// Ports that are tried before the range counts as full.
const PORT_TRIES: u16 = 64;

/// The way back to a client.
pub(super) enum Sink {
    /// Datagrams.
    Udp(Arc<UdpSocket>, SocketAddr),
    /// A stream's writer.
    Stream(mpsc::Sender<Vec<u8>>),
}

/// What a session is made of.
pub(super) struct Session {
    pub(super) relay: Relay,
    pub(super) sink: Sink,
    pub(super) inbox: mpsc::Receiver<Vec<u8>>,
    pub(super) peers: Arc<Peers>,
    pub(super) ports: Option<(u16, u16)>,
    pub(super) place: Place,
}

/// A datagram that came to a relay's socket.
struct FromPeer {
    relay: SocketAddr,
    from: SocketAddr,
    bytes: Vec<u8>,
}

/// A relay's socket and the task that reads it.
struct Open {
    socket: Arc<UdpSocket>,
    reader: JoinHandle<()>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Runs until the client is gone or has no allocation any more.
pub(super) async fn run(session: Session) {
    let Session { mut relay, sink, mut inbox, peers, ports, place } = session;
    let (to_us, mut from_peers) = mpsc::channel(QUEUE_MAX);
    let mut running = Running { sink, peers, ports, sockets: HashMap::new(), to_us, idle_since: Instant::now() };
    while let Some(until) = running.carry_out(&mut relay) {
        tokio::select! {
            message = inbox.recv() => match message {
                Some(bytes) => relay.handle_client(bytes, clock::now().unix_ms / 1_000, Instant::now()),
                None => break,
            },
            Some(FromPeer { relay: at, from, bytes }) = from_peers.recv() => {
                relay.handle_peer(at, from, bytes, Instant::now());
            }
            () = tokio::time::sleep_until(until.into()) => {}
        }
    }
    drop(place);
}

struct Running {
    sink: Sink,
    peers: Arc<Peers>,
    ports: Option<(u16, u16)>,
    sockets: HashMap<SocketAddr, Open>,
    to_us: mpsc::Sender<FromPeer>,
    idle_since: Instant,
}

impl Running {
    /// Does all that the relay wants done; gives until when there is nothing, or `None` at the end.
    fn carry_out(&mut self, relay: &mut Relay) -> Option<Instant> {
        loop {
            let now = Instant::now();
            match relay.poll(now) {
                Output::ToClient(bytes) => self.send(bytes),
                Output::ToPeer { relay, peer, bytes } => {
                    if let Some(open) = self.sockets.get(&relay) {
                        // Full buffers lose the datagram.
                        let _ = open.socket.try_send_to(&bytes, peer);
                    }
                }
                Output::Open { is_v6 } => {
                    let address = self.open(is_v6);
                    relay.allocated(is_v6, address, now);
                }
                Output::Close(address) => {
                    self.sockets.remove(&address);
                }
                Output::Wait(until) => return self.until(until, now),
                Output::Broken => return None,
            }
        }
    }

    fn until(&mut self, until: Instant, now: Instant) -> Option<Instant> {
        if !self.sockets.is_empty() {
            self.idle_since = now;
            return Some(until);
        }
        let end = self.idle_since + IDLE_MAX;
        (now < end).then(|| until.min(end))
    }

    fn send(&self, mut bytes: Vec<u8>) {
        match &self.sink {
            Sink::Udp(socket, client) => {
                let _ = socket.try_send_to(&bytes, *client);
            }
            Sink::Stream(writer) => {
                frame::pad(&mut bytes);
                let _ = writer.try_send(bytes);
            }
        }
    }

    fn open(&mut self, is_v6: bool) -> Option<SocketAddr> {
        let ip = self.peers.relay_ip(is_v6)?;
        let opened = bind(ip, self.ports).and_then(|socket| Ok((socket.local_addr()?, Arc::new(socket))));
        let (address, socket) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                tracing::warn!(%error, %ip, "TURN: no port for a relay");
                return None;
            }
        };
        let reader = tokio::spawn(read(Arc::clone(&socket), address, self.to_us.clone()));
        self.sockets.insert(address, Open { socket, reader });
        Some(address)
    }
}

/// A socket on `ip`, in a range of ports where one is configured.
fn bind(ip: IpAddr, ports: Option<(u16, u16)>) -> io::Result<UdpSocket> {
    let on = |port| {
        let socket = std::net::UdpSocket::bind(SocketAddr::new(ip, port))?;
        socket.set_nonblocking(true)?;
        UdpSocket::from_std(socket)
    };
    let Some((first, last)) = ports else { return on(0) };
    let count = last.saturating_sub(first).saturating_add(1);
    let start = rand::random_range(0..count);
    let mut outcome = Err(io::ErrorKind::AddrInUse.into());
    for step in 0..count.min(PORT_TRIES) {
        let port = first + (u32::from(start) + u32::from(step)).rem_euclid(u32::from(count)) as u16;
        outcome = on(port);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

async fn read(socket: Arc<UdpSocket>, relay: SocketAddr, to_us: mpsc::Sender<FromPeer>) {
    let mut buffer = vec![0; MESSAGE_BYTES_MAX];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((read, from)) => {
                let bytes = buffer.get(..read).unwrap_or_default().to_vec();
                let _ = to_us.try_send(FromPeer { relay, from, bytes });
            }
            // What a router said about something sent earlier (ICMP).
            Err(error) => tracing::debug!(%error, %relay, "TURN: receiving"),
        }
    }
}
