//! The tables, a file each.
pub mod answer;
pub mod event;
pub mod life;
pub mod mark;
pub mod past_participant;
pub mod past_room;
pub mod past_track;
pub mod revocation;
pub mod room;
pub mod seat;
pub mod usage;
pub mod webhook_outbox;
