//! Media over TCP (RFC 6544, passive): one port for all workers.
//!
//! `accept` waits for the first check of a connection, which names the Worker, and hands the connection over to that
//! worker's thread, where `connections` reads and writes it; `frame` is the framing, `admission` bounds how many there
//! may be. Nothing here looks into packets beyond the first check's user name.
mod accept;
mod admission;
mod connections;
mod frame;

pub(super) use accept::{Acceptor, bind};
pub(super) use connections::Connections;

use admission::Permit;
use mio::net::TcpStream;
use std::net::SocketAddr;

/// Most bytes of one frame: a datagram that crosses any network is smaller, and DTLS flights are cut to its size.
const FRAME_BYTES_MAX: usize = 8_192;

/// A connection whose first check has come, on its way to the worker that the check names.
#[derive(Debug)]
pub(super) struct Handover {
    stream: TcpStream,
    remote: SocketAddr,
    local: SocketAddr,
    /// What was read so far: the first check, and whatever came with it.
    bytes: Vec<u8>,
    permit: Permit,
}
