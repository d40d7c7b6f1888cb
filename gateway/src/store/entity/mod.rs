//! The tables, a file each.
pub mod room;
pub mod seat;
