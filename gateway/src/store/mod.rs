//! What survives a restart: rooms with their settings, seats not yet taken, events, and letters to backends that are not
//! delivered. SQLite, in the data folder.
//!
//! [`Store`] opens the database and gives what it remembers; [`write`](Store::run) takes effects from the rooms' queue and writes
//! them in batches, a transaction each. Rows are the `entity`s', what is in them the `record`s'.
mod entity;
mod events;
mod letters;
mod migration;
mod open;
mod outbox;
mod record;
mod repository;
mod writer;

pub use letters::{EndpointCounts, LetterFilter, OutboxLetter};
pub use open::{Store, StoreError, StoreSettings};
pub use outbox::{DeadLetter, Outbox};
