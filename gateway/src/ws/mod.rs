//! Signalling sockets: a task (pump) per client that drives its protocol's state machine and outlives the socket.
//!
//! What travels is the protocol's affair, what comes of it the rooms'. Here are only queues, limits and time.
mod attach;
mod line;
mod lobby;
mod pump;
mod socket;

pub use attach::Peers;
pub use line::Line;
pub use lobby::{Lobby, Visitor};
pub use pump::Pump;
pub use socket::{Socket, SocketLimits, accept};
