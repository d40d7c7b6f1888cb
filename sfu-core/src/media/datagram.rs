//! What passes between a Worker and its sockets: where a datagram came from, and runs of datagrams to send.
//!
//! A [`Transmit`] may hold several datagrams for one destination, all of one size but the last, so that the sender can
//! hand them to the system in one call (UDP segmentation offload). Sockets themselves are not known here.
use crate::sdp::Protocol;
use std::net::SocketAddr;

/// An address that clients reach a worker at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LocalAddress {
    /// UDP or TCP.
    pub protocol: Protocol,
    /// The address that goes into candidates: never an unspecified one.
    pub address: SocketAddr,
}

/// Which way a datagram came, or goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Route {
    /// UDP or TCP (framed by RFC 4571 outside).
    pub protocol: Protocol,
    /// The client's address.
    pub remote: SocketAddr,
    /// Our address: as the system told it, or the socket's own (which may be unspecified).
    pub local: SocketAddr,
}

/// Datagrams to send to one destination.
#[derive(Clone, Copy, Debug)]
pub struct Transmit<'a> {
    /// Where to, and from where. `local` is the candidate's address, which need not be a socket's.
    pub route: Route,
    /// One datagram after the other.
    pub payload: &'a [u8],
    /// Bytes of each datagram but the last, which may be shorter; equal to the payload's length where there is one.
    pub segment_bytes: usize,
}

impl<'a> Transmit<'a> {
    /// The datagrams one by one.
    pub fn datagrams(&self) -> impl Iterator<Item = &'a [u8]> {
        self.payload.chunks(self.segment_bytes.max(1))
    }
}
