//! A real server on free ports, talked to as clients of both protocols do: HTTP, WebSocket, UDP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::wildcard_enum_match_arm, reason = "tests")]

mod hygiene;
mod killed;
mod kit;
mod livekit_webhooks;
mod logged;
mod media_tcp;
mod observed;
mod pages;
mod peer;
mod receiver;
mod restart;
mod shutdown;
mod spanning;
mod traces;
mod turn;
mod v2_calls;
mod v2_rest;
mod webhooks;
