//! One client's allocation, without I/O: the protocol's state machine behind our own rules. A peer that is not this
//! server's media is refused before the state machine sees it; the addresses that clients were told are turned into the
//! local ones behind them and back. A fault of the state machine ends this client's relay alone.
use super::REALM;
use super::credentials::{Authority, User, is_valid};
use super::door::{challenge, refusal};
use super::peers::Peers;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use turn_server_proto::api::{SocketAllocateError, Transmit, TurnServerApi, TurnServerPollRet};
use turn_server_proto::server::TurnServer;
use turn_server_proto::types::attribute::XorPeerAddress;
use turn_server_proto::types::message::{ALLOCATE, CHANNEL_BIND, CONNECT, CREATE_PERMISSION, SEND};
use turn_server_proto::types::stun::attribute::{ErrorCode, Nonce, Username};
use turn_server_proto::types::stun::message::{Message, MessageClass};
use turn_server_proto::types::stun::prelude::{Attribute, AttributeFromRaw, AttributeStaticType};
use turn_server_proto::types::{AddressFamily, Instant as TurnInstant, TransportType};

/// User names that one client may come with one after the other: each rejoin brings a new one.
const USERS_MAX: usize = 8;

/// How long a relay without an allocation is kept.
pub(super) const IDLE_MAX: Duration = Duration::from_secs(30);
/// Shortest pause between two looks at the state machine's timers.
const WAIT_MIN: Duration = Duration::from_millis(5);

/// What must be done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// Send to the client.
    ToClient(Vec<u8>),
    /// Send from a relay's socket.
    ToPeer {
        /// The relay's address.
        relay: SocketAddr,
        /// Where to.
        peer: SocketAddr,
        /// What.
        bytes: Vec<u8>,
    },
    /// Open a socket, and tell [`Relay::allocated`].
    Open {
        /// Of IPv6.
        is_v6: bool,
    },
    /// Close a socket.
    Close(SocketAddr),
    /// Nothing until then.
    Wait(Instant),
    /// The end: the state machine is at fault.
    Broken,
}

/// The relay of one client.
pub(super) struct Relay {
    turn: TurnServer,
    client: SocketAddr,
    listen: SocketAddr,
    users: Vec<User>,
    authority: Authority,
    peers: Arc<Peers>,
    /// The address that the client used last for each local one.
    told: HashMap<SocketAddr, SocketAddr>,
    outputs: VecDeque<Output>,
    /// What the state machine's clock counts from.
    started: Instant,
    broken: bool,
}

impl Relay {
    /// A relay for `user`. The client's own transport does not matter here: a stream's messages come one by one too.
    pub(super) fn new(
        client: SocketAddr,
        listen: SocketAddr,
        user: User,
        authority: Authority,
        peers: Arc<Peers>,
        now: Instant,
    ) -> Self {
        let mut turn = TurnServer::new(TransportType::Udp, listen, REALM.to_owned());
        turn.add_user(user.name.clone(), user.password.clone());
        Self {
            turn,
            client,
            listen,
            users: vec![user],
            authority,
            peers,
            told: HashMap::new(),
            outputs: VecDeque::new(),
            started: now,
            broken: false,
        }
    }

    /// Takes a message of the client's.
    pub(super) fn handle_client(&mut self, bytes: Vec<u8>, unix_s: u64, now: Instant) {
        if bytes.first().is_some_and(|kind| *kind < 0x40) && !self.screen(&bytes, unix_s) {
            return;
        }
        let (client, listen) = (self.client, self.listen);
        self.receive(Transmit::new(bytes, TransportType::Udp, client, listen), now);
    }

    /// Takes a datagram that came to the socket of `relay`.
    pub(super) fn handle_peer(&mut self, relay: SocketAddr, from: SocketAddr, bytes: Vec<u8>, now: Instant) {
        let Some(told) = self.told.get(&from).copied().or_else(|| self.peers.told(from)) else { return };
        self.receive(Transmit::new(bytes, TransportType::Udp, told, relay), now);
    }

    /// A socket was opened, or not.
    pub(super) fn allocated(&mut self, is_v6: bool, address: Option<SocketAddr>, now: Instant) {
        let refused = match self.peers.relay_ip(is_v6) {
            Some(_) => SocketAllocateError::InsufficientCapacity,
            None => SocketAllocateError::AddressFamilyNotSupported,
        };
        let family = if is_v6 { AddressFamily::IPV6 } else { AddressFamily::IPV4 };
        let (client, listen, at) = (self.client, self.listen, self.at(now));
        self.guarded(|turn| {
            let (udp, address) = (TransportType::Udp, address.ok_or(refused));
            turn.allocated_socket(udp, listen, client, udp, family, address, at);
        });
    }

    /// What to do next.
    pub(super) fn poll(&mut self, now: Instant) -> Output {
        let at = self.at(now);
        loop {
            if self.broken {
                return Output::Broken;
            }
            if let Some(output) = self.outputs.pop_front() {
                return output;
            }
            if let Some(transmit) = self.guarded(|turn| turn.poll_transmit(at)).flatten() {
                self.send(transmit);
                continue;
            }
            match self.guarded(|turn| turn.poll(at)) {
                Some(TurnServerPollRet::WaitUntil(until)) => {
                    return Output::Wait(now + until.saturating_duration_since(at).max(WAIT_MIN));
                }
                Some(TurnServerPollRet::AllocateSocket { family, .. }) => {
                    return Output::Open { is_v6: family == AddressFamily::IPV6 };
                }
                Some(TurnServerPollRet::SocketClose { listen_addr, .. }) => return Output::Close(listen_addr),
                // Relays of TCP are refused before they begin: the state machine takes this for UDP.
                Some(TurnServerPollRet::TcpConnect { .. } | TurnServerPollRet::TcpClose { .. }) | None => {
                    return Output::Broken;
                }
            }
        }
    }

    /// Whether the state machine may see a message of the client's.
    fn screen(&mut self, bytes: &[u8], unix_s: u64) -> bool {
        let Ok(message) = Message::from_bytes(bytes) else { return false };
        let is_request = message.has_class(MessageClass::Request);
        let username = message.attribute::<Username>().ok();
        if let Some(username) = username.as_ref().map(Username::username).filter(|_| is_request) {
            let is_known = self.users.iter().any(|user| user.name == username);
            if !is_known && let Some(user) = self.authority.user_of(&message, username, unix_s) {
                self.welcome(user);
            }
            // What is allocated goes on when its user's time runs out; nothing new is.
            if message.has_method(ALLOCATE) && !is_valid(username, unix_s) {
                let nonce = message.attribute::<Nonce>().map(|nonce| nonce.nonce().to_owned());
                let answer = challenge(&message, nonce.as_deref().unwrap_or("expired"));
                self.outputs.extend(answer.map(Output::ToClient));
                return false;
            }
        }
        if !self.names_foreign_peer(&message) {
            return true;
        }
        tracing::debug!(client = %self.client, "TURN: a peer that is none of ours is refused");
        if let Some(user) = self.users.last().filter(|_| is_request) {
            let answer = refusal(&message, ErrorCode::FORBIDDEN, user);
            self.outputs.extend(answer.map(Output::ToClient));
        }
        false
    }

    fn welcome(&mut self, user: User) {
        if self.users.len() < USERS_MAX {
            let (name, password) = (user.name.clone(), user.password.clone());
            self.users.push(user);
            self.guarded(|turn| turn.add_user(name, password));
        }
    }

    fn names_foreign_peer(&self, message: &Message<'_>) -> bool {
        let method = message.method();
        if ![CREATE_PERMISSION, CHANNEL_BIND, SEND, CONNECT].contains(&method) {
            return false;
        }
        let peers = message.iter_attributes().filter(|(_, attribute)| attribute.get_type() == XorPeerAddress::TYPE);
        peers.map(|(_, attribute)| attribute).any(|attribute| match XorPeerAddress::from_raw_ref(&attribute) {
            Ok(peer) => {
                let peer = peer.addr(message.transaction_id());
                // A permission is for an address, whatever the port; what is sent is for one port.
                let allowed = if method == CREATE_PERMISSION {
                    self.peers.allows(peer.ip())
                } else {
                    self.peers.local(peer).is_some()
                };
                !allowed
            }
            Err(_) => true,
        })
    }

    fn at(&self, now: Instant) -> TurnInstant {
        let nanos = now.saturating_duration_since(self.started).as_nanos();
        TurnInstant::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
    }

    fn receive(&mut self, transmit: Transmit<Vec<u8>>, now: Instant) {
        let at = self.at(now);
        if let Some(Some(built)) = self.guarded(|turn| turn.recv(transmit, at).map(|build| build.build())) {
            self.send(built);
        }
    }

    fn send(&mut self, transmit: Transmit<Vec<u8>>) {
        let Transmit { data, from, to, .. } = transmit;
        if to == self.client && from == self.listen {
            self.outputs.push_back(Output::ToClient(data));
        } else if let Some(peer) = self.peers.local(to) {
            self.told.insert(peer, to);
            self.outputs.push_back(Output::ToPeer { relay: from, peer, bytes: data });
        }
    }

    fn guarded<R>(&mut self, run: impl FnOnce(&mut TurnServer) -> R) -> Option<R> {
        if self.broken {
            return None;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| run(&mut self.turn)));
        if outcome.is_err() {
            tracing::error!(client = %self.client, "TURN: a fault in one client's relay: it is closed");
            self.broken = true;
        }
        outcome.ok()
    }
}
