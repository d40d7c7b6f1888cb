//! What survives a restart: rooms with their settings, and seats not yet taken. SQLite, in the data folder.
//!
//! [`Store`] opens the database and gives what it remembers; [`write`](Store::run) takes effects from the rooms' queue and writes
//! them in batches, a transaction each. Rows are the `entity`s', what is in them the `record`s'.
mod entity;
mod migration;
mod open;
mod record;
mod repository;
mod writer;

pub use open::{Store, StoreError};
