//! The heart of Viaduct: rooms and media as state machines.
//!
//! Everything in this crate is *sans-IO*: bytes, commands and a clock go in, values come out. There is no runtime, no
//! socket, no clock read, no database and no web here; whatever waits lives in the `gateway` crate.
//!
//! Where to start reading:
//! - [`room::Room`] is the meeting. It takes [`room::RoomCommand`]s and [`media::MediaEvent`]s and answers with
//!   [`room::RoomEvent`]s to its participants, [`media::MediaCommand`]s to a worker and [`room::Effect`]s to the outside.
//! - [`signal::SignalPeer`] is what a signalling protocol (OpenVidu v2, LiveKit) implements to take part in a room.
//! - [`media::Worker`] forwards packets. It knows nothing of rooms or protocols.
//! - [`usage`] is what a client used of its protocol, to be counted by whoever drives its peer.
//! - [`sdp`] turns session descriptions from text to values and back; [`capability`] says what is supported.
//!
//! Who may know what: `room` names only the command and event types of `media`; `media` names nothing of `room`,
//! `signal` or `capability`; the protocol crates name everything here but `media`.
#![deny(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod capability;
pub mod extension;
pub mod id;
pub mod limits;
pub mod media;
pub mod random;
pub mod room;
pub mod sdp;
pub mod signal;
pub mod time;
pub mod usage;
