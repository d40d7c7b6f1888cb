//! The protocol state of one v2 client, from its first frame to its end across resumed sockets.
use crate::config::{Origin, V2Config};
use sfu_core::random::Random;
use sfu_core::room::RoomEvent;
use sfu_core::signal::{ChannelMessage, Frame, PeerOutput, SignalPeer, SocketEnd};
use sfu_core::time::Now;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// What a new peer is given.
pub struct V2PeerParams {
    /// The face's configuration.
    pub config: Arc<V2Config>,
    /// A generator of its own.
    pub random: Random,
    /// How the client reached the server: scheme and host of the WebSocket request.
    pub origin: Origin,
    /// The client's address as the server sees it (behind a trusted proxy: as the proxy says it); empty where unknown.
    pub address: String,
}

/// One v2 client: text frames of JSON-RPC and room events in, frames and room commands out.
pub struct V2Peer {
    params: V2PeerParams,
    outputs: VecDeque<PeerOutput>,
}

impl V2Peer {
    /// A peer for a socket that was just opened.
    pub fn new(params: V2PeerParams) -> Self {
        Self { params, outputs: VecDeque::new() }
    }
}

impl SignalPeer for V2Peer {
    fn handle_frame(&mut self, _frame: Frame, _now: Now) {
        let _ = &self.params;
    }
    fn handle_socket_lost(&mut self, _end: SocketEnd, _now: Now) {}
    fn handle_attached(&mut self, _intro: Frame, _now: Now) {}
    fn handle_unknown_key(&mut self, _now: Now) {}
    fn handle_event(&mut self, _event: RoomEvent, _now: Now) {}
    fn handle_channel(&mut self, _message: ChannelMessage, _now: Now) {}
    fn handle_timeout(&mut self, _now: Now) {}
    fn handle_shutdown(&mut self, _now: Now) {}
    fn poll(&mut self) -> Option<PeerOutput> {
        self.outputs.pop_front()
    }
    fn deadline(&self) -> Option<Instant> {
        None
    }
}
