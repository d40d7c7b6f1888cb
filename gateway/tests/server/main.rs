//! A real server on free ports, talked to as clients of both protocols do: HTTP, WebSocket, UDP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::wildcard_enum_match_arm, reason = "tests")]

mod admin;
mod call;
mod durability;
mod ground;
mod hygiene;
mod kill_cycles;
mod killed;
mod kit;
mod ledger;
mod livekit_client;
mod livekit_webhooks;
mod logged;
mod media_tcp;
mod observed;
mod outage;
mod pages;
mod peer;
mod postgres;
mod postgres_tls;
mod program;
mod receiver;
mod restart;
mod room_log;
mod shutdown;
mod spanning;
mod store_answers;
mod store_rows;
mod traces;
mod turn;
mod usage;
mod v2_calls;
mod v2_rest;
mod webhooks;
