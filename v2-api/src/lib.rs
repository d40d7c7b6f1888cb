//! The OpenVidu v2 face: REST under `/openvidu/api`, JSON-RPC at `/openvidu`, with v2's ids, roles, reasons and errors.
//!
//! - [`V2Peer`] is the protocol state of one browser client: text frames and room events in, frames and room commands
//!   out. Its methods are a file each under `rpc`; it is sans-IO.
//! - [`configure`] adds the REST resources (a file each under `rest`) to an actix application. They reach the rooms only
//!   by [`V2Port`], which the gateway implements and tests fake.
//! - `wire` holds what travels as JSON, `ids` the spelling of ids, `refusal` v2's words for the core's refusals.
//!
//! It knows nothing of media, sockets or the other protocol.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod auth;
mod config;
mod connection;
mod events;
mod ids;
mod liveness;
mod membership;
mod peer;
mod port;
mod presence;
mod refusal;
mod rest;
mod rpc;
mod sdp;
mod session;
mod token;
mod turn;
mod usage;
pub mod webhook;
mod wire;

pub use config::{
    IceServerSetting, Origin, RecordingSettings, SessionSettings, StreamSettings, TurnSetting, V2Config,
    WebhookSettings,
};
pub use peer::{V2Peer, V2PeerParams};
pub use port::{CdrPart, KeptOut, NodeFacts, V2Port};
pub use rest::{Wanted, configure, document, publisher_token};
pub use rpc::methods;
pub use usage::{UsedOptions, options};
pub use wire::NOTIFICATIONS;

/// The name of this protocol in lists of participants and rooms.
pub const PROTOCOL: sfu_core::room::ProtocolName = sfu_core::room::ProtocolName("openvidu-v2");
