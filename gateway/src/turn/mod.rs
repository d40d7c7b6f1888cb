//! The embedded TURN server (RFC 8656): for clients whose network lets neither media's UDP ports nor its TCP port through.
//!
//! It relays to this server's own media ports and nowhere else. The protocol's state machine is a kept crate's
//! (`turn-server-proto`, ADR 3); here are its surroundings: `door` answers strangers without keeping anything of them,
//! `session` drives one client's allocation, `peers` says where may be relayed to, `quota` how much, `listen` owns the
//! sockets. Credentials are made by the faces and checked by `credentials`.
mod credentials;
mod door;
mod frame;
mod listen;
mod peers;
mod quota;
mod relay;
mod session;

pub use credentials::Authority;
pub use listen::{TurnError, TurnServer};
pub use peers::Peers;

use std::net::IpAddr;

/// The realm of the credentials (RFC 8489, section 9.2). Clients repeat it.
const REALM: &str = "viaduct";

/// How the TURN server is to be.
#[derive(Clone, Debug)]
pub struct TurnSettings {
    /// The addresses it listens on.
    pub bind: Vec<IpAddr>,
    /// The UDP port; `None`: no TURN over UDP.
    pub udp_port: Option<u16>,
    /// The TLS port; `None`: no TURN over TLS.
    pub tls_port: Option<u16>,
    /// TLS ends in front of this server: what comes to the TLS port is plain.
    pub external_tls: bool,
    /// The local ports that relays use, first and last; `None`: any free ones. Nobody outside reaches them.
    pub relay_ports: Option<(u16, u16)>,
    /// Most allocations with one user name.
    pub per_user_max: usize,
}
