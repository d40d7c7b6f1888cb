//! The TURN server's own sockets: datagrams of all clients on one, a stream for each client on the other (TLS, or plain
//! where TLS ends in front of the server). Strangers are answered by the [`Door`]; known users get a session.
use super::TurnSettings;
use super::credentials::{Authority, User};
use super::door::{Door, Stranger, refusal};
use super::frame::{MESSAGE_BYTES_MAX, extent};
use super::peers::Peers;
use super::quota::{Place, Quota};
use super::relay::Relay;
use super::session::{self, QUEUE_MAX, Session, Sink};
use crate::clock;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use turn_server_proto::types::stun::attribute::ErrorCode;
use turn_server_proto::types::stun::message::Message;

/// How long a stream may take to its first good request, the TLS handshake included.
const STRANGER_MAX: Duration = Duration::from_secs(10);
/// How often clients that are gone are forgotten.
const SWEEP_INTERVAL: Duration = Duration::from_secs(10);
/// Pause after the system refused a connection (too many descriptors).
const REFUSED_PAUSE: Duration = Duration::from_millis(100);

/// Why the TURN server did not start.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// A port is taken, or may not be used.
    #[error("TURN cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// The running TURN server. It ends when dropped.
pub struct TurnServer {
    /// The UDP port.
    pub udp_port: Option<u16>,
    /// The port of streams.
    pub tls_port: Option<u16>,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for TurnServer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// What all clients have in common.
#[derive(Clone)]
struct House {
    authority: Authority,
    door: Arc<Mutex<Door>>,
    peers: Arc<Peers>,
    allocations: Quota,
    /// Streams, known users' and strangers' alike.
    streams: Quota,
    ports: Option<(u16, u16)>,
}

impl TurnServer {
    /// Starts it. `tls` is for the TLS port, unless TLS ends elsewhere.
    pub async fn start(
        settings: &TurnSettings,
        authority: Authority,
        peers: Peers,
        tls: Arc<ServerConfig>,
    ) -> Result<Self, TurnError> {
        let nonce = format!("{:032x}", rand::random::<u128>());
        let house = House {
            door: Arc::new(Mutex::new(Door::new(authority.clone(), nonce))),
            authority,
            peers: Arc::new(peers),
            allocations: Quota::new(settings.per_user_max),
            streams: Quota::new(usize::MAX),
            ports: settings.relay_ports,
        };
        let mut server = Self { udp_port: None, tls_port: None, tasks: Vec::new() };
        for ip in &settings.bind {
            if let Some(port) = server.udp_port.or(settings.udp_port) {
                let address = SocketAddr::new(*ip, port);
                let socket = bind_udp(address).map_err(|source| TurnError::Listen { address, source })?;
                server.udp_port = socket.local_addr().ok().map(|address| address.port());
                server.tasks.push(tokio::spawn(serve_datagrams(Arc::new(socket), house.clone())));
            }
            if let Some(port) = server.tls_port.or(settings.tls_port) {
                let address = SocketAddr::new(*ip, port);
                let listener = bind_tcp(address).map_err(|source| TurnError::Listen { address, source })?;
                server.tls_port = listener.local_addr().ok().map(|address| address.port());
                let acceptor = (!settings.external_tls).then(|| TlsAcceptor::from(Arc::clone(&tls)));
                server.tasks.push(tokio::spawn(serve_streams(listener, acceptor, house.clone())));
            }
        }
        Ok(server)
    }
}

fn bind_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::DGRAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket.into())
}

fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(512)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

impl House {
    fn ask(&self, bytes: &[u8], source: SocketAddr) -> Stranger {
        let mut door = self.door.lock().unwrap_or_else(PoisonError::into_inner);
        door.handle(bytes, source, clock::now().unix_ms / 1_000)
    }

    /// A place for a known user's allocation, or the answer that there is none.
    fn place(&self, user: &User, source: IpAddr, request: &[u8]) -> Result<Place, Option<Vec<u8>>> {
        self.allocations.take(&user.name, source).ok_or_else(|| {
            let request = Message::from_bytes(request).ok()?;
            refusal(&request, ErrorCode::ALLOCATION_QUOTA_REACHED, user)
        })
    }

    fn session(
        &self,
        client: SocketAddr,
        listen: SocketAddr,
        user: User,
        place: Place,
        sink: Sink,
    ) -> (Session, mpsc::Sender<Vec<u8>>) {
        let (sender, inbox) = mpsc::channel(QUEUE_MAX);
        let relay = Relay::new(client, listen, user, self.authority.clone(), Arc::clone(&self.peers), Instant::now());
        let peers = Arc::clone(&self.peers);
        (Session { relay, sink, inbox, peers, ports: self.ports, place }, sender)
    }
}

async fn serve_datagrams(socket: Arc<UdpSocket>, house: House) {
    let Ok(listen) = socket.local_addr() else { return };
    let mut clients: HashMap<SocketAddr, mpsc::Sender<Vec<u8>>> = HashMap::new();
    let mut tasks = JoinSet::new();
    let mut buffer = vec![0; MESSAGE_BYTES_MAX];
    let mut sweep = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        let (read, source) = tokio::select! {
            received = socket.recv_from(&mut buffer) => match received {
                Ok(received) => received,
                Err(error) => {
                    tracing::debug!(%error, "TURN: receiving");
                    continue;
                }
            },
            _ = sweep.tick() => {
                clients.retain(|_, client| !client.is_closed());
                while tasks.try_join_next().is_some() {}
                continue;
            }
        };
        let message = buffer.get(..read).unwrap_or_default();
        if let Some(client) = clients.get(&source).filter(|client| !client.is_closed()) {
            // A client that sends faster than it is served loses some.
            let _ = client.try_send(message.to_vec());
            continue;
        }
        let answer = match house.ask(message, source) {
            Stranger::Ignored => None,
            Stranger::Answered(answer) => Some(answer),
            Stranger::Known(user) => match house.place(&user, source.ip(), message) {
                Err(answer) => answer,
                Ok(place) => {
                    let sink = Sink::Udp(Arc::clone(&socket), source);
                    let (session, sender) = house.session(source, listen, user, place, sink);
                    let _ = sender.try_send(message.to_vec());
                    clients.insert(source, sender);
                    tasks.spawn(session::run(session));
                    None
                }
            },
        };
        if let Some(answer) = answer {
            let _ = socket.try_send_to(&answer, source);
        }
    }
}

async fn serve_streams(listener: TcpListener, acceptor: Option<TlsAcceptor>, house: House) {
    let mut tasks = JoinSet::new();
    loop {
        while tasks.try_join_next().is_some() {}
        let (stream, client) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "TURN: the system refuses connections");
                tokio::time::sleep(REFUSED_PAUSE).await;
                continue;
            }
        };
        let (Some(place), Ok(listen)) = (house.streams.take("", client.ip()), stream.local_addr()) else {
            continue;
        };
        let (acceptor, house) = (acceptor.clone(), house.clone());
        tasks.spawn(async move {
            let served = serve_stream(stream, client, listen, acceptor, &house).await;
            if let Err(error) = served {
                tracing::debug!(%error, %client, "TURN: stream ended");
            }
            drop(place);
        });
    }
}

async fn serve_stream(
    stream: TcpStream,
    client: SocketAddr,
    listen: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    house: &House,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    match acceptor {
        None => talk(stream, client, listen, house).await,
        Some(acceptor) => {
            let stream = tokio::time::timeout(STRANGER_MAX, acceptor.accept(stream)).await.map_err(late)??;
            talk(stream, client, listen, house).await
        }
    }
}

/// Answers a stranger until it shows good credentials, then is its session's two directions.
async fn talk<S: AsyncRead + AsyncWrite + Send + 'static>(
    stream: S,
    client: SocketAddr,
    listen: SocketAddr,
    house: &House,
) -> io::Result<()> {
    let (reading, mut writing) = tokio::io::split(stream);
    let mut messages = Messages { reading, bytes: Vec::new() };
    let greeted = async {
        loop {
            let message = messages.next().await?;
            let answer = match house.ask(&message, client) {
                Stranger::Ignored => return Err(io::Error::from(io::ErrorKind::InvalidData)),
                Stranger::Answered(answer) => answer,
                Stranger::Known(user) => match house.place(&user, client.ip(), &message) {
                    Ok(place) => return Ok((user, place, message)),
                    Err(answer) => answer.ok_or(io::ErrorKind::InvalidData)?,
                },
            };
            writing.write_all(&answer).await?;
        }
    };
    let greeted = tokio::time::timeout(STRANGER_MAX, greeted).await;
    let (user, place, first) = greeted.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    let (writer, mut outgoing) = mpsc::channel::<Vec<u8>>(QUEUE_MAX);
    let (session, inbox) = house.session(client, listen, user, place, Sink::Stream(writer));
    let _ = inbox.try_send(first);
    let read = async move {
        loop {
            let message = messages.next().await?;
            if inbox.send(message).await.is_err() {
                return Ok(());
            }
        }
    };
    let write = async move {
        while let Some(bytes) = outgoing.recv().await {
            writing.write_all(&bytes).await?;
        }
        Ok(())
    };
    tokio::select! {
        ended = read => ended,
        ended = write => ended,
        () = session::run(session) => Ok(()),
    }
}

/// The messages of a stream.
struct Messages<S> {
    reading: ReadHalf<S>,
    bytes: Vec<u8>,
}

impl<S: AsyncRead> Messages<S> {
    async fn next(&mut self) -> io::Result<Vec<u8>> {
        loop {
            let found = extent(&self.bytes).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            if let Some(extent) = found.filter(|extent| extent.padded <= self.bytes.len()) {
                let mut message: Vec<u8> = self.bytes.drain(..extent.padded).collect();
                message.truncate(extent.message);
                return Ok(message);
            }
            if self.reading.read_buf(&mut self.bytes).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
