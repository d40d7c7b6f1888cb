//! What survives a restart: rooms with their settings, seats not yet taken, events, letters to backends that are not
//! delivered, the history, and what the admin API answered. In SQLite in the data folder, or in PostgreSQL.
//!
//! [`Store`] opens the database and gives what it remembers; its [`run`](Store::run) takes effects from the rooms' queue and writes
//! them in batches, a transaction each. Rows are the `entity`s', what is in them the `record`s'. Others read through
//! [`StoreHandles`].
mod answers;
mod backlog;
mod connect;
mod entity;
mod events;
mod history;
mod inspect;
mod letters;
mod lives;
mod migration;
mod open;
mod outbox;
mod place;
mod record;
mod repository;
mod revocations;
mod schema;
mod state;
mod transact;
mod usage;
mod words;
mod writer;

pub use answers::{ANSWER_BYTES_MAX, ANSWERS_KEPT_MS, ANSWERS_MAX, AnswerError, AnswerTable, KnownKey, StoredAnswer};
pub use history::{History, PastEvent, PastParticipant, PastRoom, PastTrack, Span};
pub use inspect::{Inspection, inspect};
pub use letters::{EndpointCounts, LetterFilter, OutboxLetter};
pub use open::{Store, StoreError, StoreHandles, StoreSettings};
pub use outbox::{DeadLetter, Outbox};
pub use place::{DatabaseSettings, Durability, Place, PostgresUrl, UrlError};
pub use revocations::{Revocation, RevocationTable};
pub use schema::{SchemaStatus, down, status, up};
pub use state::StoreState;
pub use usage::{UsageRow, UsageTable};
