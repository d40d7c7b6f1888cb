//! What stories are told with: a whole server as state machines, applications of both worlds that speak bytes with it,
//! and words for what their users see and hear.
pub mod app;
pub mod cast;
pub mod livekit;
pub mod pc;
pub mod stage;
pub mod switchboard;
pub mod tape;
pub mod time;
pub mod v2;
pub mod view;
pub mod wire;
pub mod world;

pub use cast::{Client, Kind};
pub use view::Source;
pub use world::World;
