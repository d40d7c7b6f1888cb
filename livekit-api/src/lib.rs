//! The LiveKit face: signalling of both generations, Twirp API, access tokens.
//!
//! - [`authorize`] decides whether a WebSocket may be opened and what its client may do ([`LiveKitJoin`]).
//! - [`LiveKitPeer`] is the protocol state of one client (`/rtc`: two PeerConnections, `/rtc/v1`: one).
//! - [`webhook`] is what backends are told.
//! - [`configure`] adds the HTTP routes: Twirp, `/rtc/validate`, WHIP's refusal. They reach the server by [`LiveKitPort`].
//!
//! Sans-IO but for the folders `rest` and `twirp`, the only ones that may name actix. Rooms and media are sfu-core's.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::wildcard_enum_match_arm))]

mod client;
pub mod config;
mod describe;
mod dialect;
mod extras;
mod grant;
pub mod ids;
mod join;
mod leave;
mod peer;
mod port;
pub mod refusal;
mod rest;
mod room_wishes;
mod signal;
mod sound;
pub mod token;
mod turn;
mod twirp;
mod usage;
pub mod webhook;
mod wire;

pub use config::LiveKitConfig;
pub use describe::PROTOCOL;
pub use join::{HttpRefusal, JoinUrl, LiveKitJoin, SignalVersion, authorize, check_room};
pub use peer::{LiveKitPeer, LiveKitPeerParams};
pub use port::LiveKitPort;
pub use usage::{OPTIONS, REQUESTS, RESPONSES};

/// Adds the HTTP routes of this face: Twirp, `/rtc/validate`, `/rtc/v1/validate`, `/whip/v1`.
pub use rest::configure;

/// The services of the Twirp API, each with its methods.
pub use twirp::SERVICES;

/// The OpenAPI document of this face.
pub use twirp::document;

/// What is refused because it is not built, each with its stable code.
pub use twirp::Unbuilt;
