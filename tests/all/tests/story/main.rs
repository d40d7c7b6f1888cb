//! Stories: several users meet in one room, over the real rooms and the real signalling peers of both protocols, in bytes
//! and virtual time. Each asserts what a person would notice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::wildcard_enum_match_arm)]

mod harness;

mod camera_later;
mod data;
mod duplicate;
mod dynacast;
mod endings;
mod failure;
mod hostile;
mod join;
mod kick;
mod late_joiner;
mod leave;
mod media;
mod monkey;
mod mute;
mod names;
mod permission;
mod refusal;
mod republish;
mod resume;
mod screen;
mod signal;
mod speakers;
mod subscription;
mod transcript;
