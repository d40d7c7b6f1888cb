//! The cheap media engine: one thread for all participants, two sockets each, no event per packet.
//!
//! `engine` is the thread and its clock, `seat` one participant's media, `pc` one PeerConnection, `inbox` what one look at a
//! socket brings, `source` what is sent,
//! `books` and `reception` what is counted of what comes, `health` whether that is enough. It knows nothing of signalling: descriptions come as values.
mod books;
mod engine;
mod health;
mod inbox;
mod pc;
mod reception;
mod seat;
mod source;

pub use books::Expected;
pub use engine::{Command, Engine, EngineError, EngineSettings, Snapshot};
pub use health::Health;
pub use pc::{Far, Which};
pub use reception::{Reception, Tally};
pub use seat::{MediaNews, OpenedSeat, SeatReport};
pub use source::Pattern;
