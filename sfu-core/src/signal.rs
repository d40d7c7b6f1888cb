//! What a signalling protocol implements: [`SignalPeer`], the protocol state of one client.
//!
//! A peer survives its socket: when the socket is lost the pump keeps the peer, queues its frames and drives its
//! deadline; a new socket whose first frame (or URL) yields the same [`ResumeKey`] is handed to it.
use crate::capability::Feature;
use crate::id::{RequestId, TransportId};
use crate::room::{RoomCommand, RoomEvent, TransportRole};
use crate::time::Now;
use crate::usage::Used;
use std::time::Instant;

/// One message on a client's signalling socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A text frame.
    Text(String),
    /// A binary frame.
    Binary(Vec<u8>),
}

/// What identifies a client that comes back on a new socket. A secret: never logged.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ResumeKey(pub String);

/// What a peer wants done. Drained with [`SignalPeer::poll`] after every input.
#[derive(Clone, Debug)]
pub enum PeerOutput {
    /// Send this frame on the socket (or queue it while there is none).
    Frame(Frame),
    /// Hand this command to the room of this name. The answer comes back as an event with the same request number.
    Command {
        /// The room's name.
        room: String,
        /// The number of the command.
        request: RequestId,
        /// What is asked.
        command: Box<RoomCommand>,
    },
    /// From now on a socket that brings this key belongs to this peer (a later key replaces an earlier one).
    Resumable(ResumeKey),
    /// This peer is a fresh one on a socket that claims to be somebody's: hand the socket to the peer that owns `key`
    /// and give it `intro` by [`SignalPeer::handle_attached`]; where nobody owns it, call
    /// [`SignalPeer::handle_unknown_key`] on this peer.
    Attach {
        /// Whose socket it claims to be.
        key: ResumeKey,
        /// What the owner needs to go on: the first frame, or the parameters of the URL.
        intro: Frame,
    },
    /// Close the socket after what was sent before; the peer itself goes on until [`PeerOutput::Finished`].
    CloseSocket {
        /// WebSocket close code.
        code: u16,
        /// WebSocket close reason; may be empty.
        reason: String,
    },
    /// The client was refused something for want of this feature. Only to be counted: it has been told.
    Refused(Feature),
    /// The peer has come to its end: nothing more will be asked of it and its pump may go. (It has sent its `Leave`.)
    Finished,
}

/// How a socket went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketEnd {
    /// WebSocket close code where a close frame came.
    pub code: Option<u16>,
    /// The close frame's reason text.
    pub reason: String,
}

/// The protocol state of one signalling client: frames, room events and time in; frames and room commands out.
///
/// After every `handle_*` call the driver drains [`SignalPeer::poll`] to `None` before the next input.
pub trait SignalPeer: Send {
    /// A frame came on the socket.
    fn handle_frame(&mut self, frame: Frame, now: Now);
    /// The socket is gone; the peer decides how long it waits for another ([`SignalPeer::deadline`]).
    fn handle_socket_lost(&mut self, end: SocketEnd, now: Now);
    /// A new socket was handed to this peer; `intro` is what [`PeerOutput::Attach`] carried.
    fn handle_attached(&mut self, intro: Frame, now: Now);
    /// The key of an earlier [`PeerOutput::Attach`] belongs to nobody.
    fn handle_unknown_key(&mut self, now: Now);
    /// The room says something to this peer.
    fn handle_event(&mut self, event: RoomEvent, now: Now);
    /// A message came on a data channel of one of this peer's Transports.
    fn handle_channel(&mut self, message: ChannelMessage, now: Now);
    /// The deadline has passed (or just time went on: spurious calls do no harm).
    fn handle_timeout(&mut self, now: Now);
    /// The server is stopping: tell the client in the protocol's own words, then finish.
    fn handle_shutdown(&mut self, now: Now);
    /// The next thing to do, or `None` when all is done.
    fn poll(&mut self) -> Option<PeerOutput>;
    /// When [`SignalPeer::handle_timeout`] wants to be called.
    fn deadline(&self) -> Option<Instant>;
    /// What the client used of its protocol since the last call, one thing each time; only to be counted.
    fn poll_used(&mut self) -> Option<(Used, u32)> {
        None
    }
}

/// A message on a client's data channel, inward or outward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelMessage {
    /// The Transport it came on.
    pub transport: TransportId,
    /// What that Transport is for.
    pub role: TransportRole,
    /// The channel's label: `_reliable`, `_lossy`, `_data_track`.
    pub label: String,
    /// Binary, or text.
    pub binary: bool,
    /// The payload.
    pub payload: Vec<u8>,
}

impl std::fmt::Debug for ResumeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ResumeKey(…)")
    }
}
