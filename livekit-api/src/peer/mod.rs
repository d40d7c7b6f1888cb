//! One LiveKit client as a state machine: signalling frames and room events in, frames and room commands out.
use crate::config::LiveKitConfig;
use crate::join::LiveKitJoin;
use sfu_core::random::Random;
use sfu_core::room::RoomEvent;
use sfu_core::signal::{ChannelMessage, Frame, PeerOutput, SignalPeer, SocketEnd};
use sfu_core::time::Now;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// What a new peer is made of.
pub struct LiveKitPeerParams {
    /// The authorised client.
    pub join: LiveKitJoin,
    /// The configuration in force.
    pub config: Arc<LiveKitConfig>,
    /// The peer's own randomness.
    pub random: Random,
    /// The client's address as the server sees it; empty where unknown.
    pub address: String,
}

/// The protocol state of one LiveKit client.
pub struct LiveKitPeer {
    out: VecDeque<PeerOutput>,
}

impl LiveKitPeer {
    /// A new peer: its first output is the join, or the claim to an earlier peer where the client comes back.
    pub fn new(_params: LiveKitPeerParams, _now: Now) -> Self {
        Self { out: VecDeque::new() }
    }
}

impl SignalPeer for LiveKitPeer {
    fn handle_frame(&mut self, _frame: Frame, _now: Now) {}
    fn handle_socket_lost(&mut self, _end: SocketEnd, _now: Now) {}
    fn handle_attached(&mut self, _intro: Frame, _now: Now) {}
    fn handle_unknown_key(&mut self, _now: Now) {}
    fn handle_event(&mut self, _event: RoomEvent, _now: Now) {}
    fn handle_channel(&mut self, _message: ChannelMessage, _now: Now) {}
    fn handle_timeout(&mut self, _now: Now) {}
    fn handle_shutdown(&mut self, _now: Now) {}
    fn poll(&mut self) -> Option<PeerOutput> {
        self.out.pop_front()
    }
    fn deadline(&self) -> Option<Instant> {
        None
    }
}
