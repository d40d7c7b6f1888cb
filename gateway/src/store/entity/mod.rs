//! The tables, a file each.
pub mod event;
pub mod life;
pub mod room;
pub mod seat;
pub mod webhook_outbox;
