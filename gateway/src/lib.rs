//! Everything that waits: configuration, sockets, threads, clocks, the database, and the one web server.
//!
//! What decides (rooms, media, protocols) is elsewhere, as state machines; this crate drives them:
//! - [`ws`] drives a `SignalPeer` per client, [`rooms`] drives the `Room`s, [`media`] drives a `Worker` per thread;
//! - [`admin`] is the API of operators, for rooms of either protocol;
//! - [`http`] serves the routes of both protocols on both ports, [`config`] says how, [`app`] starts and stops it all.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod admin;
pub mod app;
pub mod clock;
pub mod commands;
pub mod config;
pub mod database_commands;
pub mod descriptors;
pub mod greeting;
pub mod http;
pub mod listen;
pub mod media;
pub mod rooms;
pub mod signals;
pub mod store;
pub mod telemetry;
pub mod turn;
pub mod usage;
pub mod webhook;
pub mod ws;
