//! Stories: several users meet in one room, over the real rooms and the real signalling peers of both protocols, in bytes
//! and virtual time. Each asserts what a person would notice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::wildcard_enum_match_arm)]

mod harness;

mod join;
