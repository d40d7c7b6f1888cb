//! Opens the database: makes it where there is none, brings it to the present form, reads what it remembers.
use super::answers::AnswerTable;
use super::connect::Connections;
use super::history::History;
use super::outbox::Outbox;
use super::place::{DatabaseSettings, Place};
use super::revocations::RevocationTable;
use super::state::StoreState;
use super::transact::{self, Transactor};
use super::usage::UsageTable;
use super::writer::Writer;
use super::{events, lives, repository, schema};
use crate::clock;
use crate::rooms::EffectJobs;
use crate::telemetry::Meters;
use crate::webhook::Scribe;
use sea_orm::{DatabaseConnection, DbErr, TransactionTrait};
use sfu_core::room::StoredRoom;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Beside a transaction's own time: for a connection, as SQLite has but one that writes.
const ANSWER_GRACE: Duration = Duration::from_secs(1);

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database.
    #[error("database ({place}): {source}")]
    Database {
        /// Which, without secrets.
        place: String,
        /// Why.
        source: DbErr,
    },
    /// Its file.
    #[error("database {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A newer version has written it.
    #[error(
        "database ({place}): a newer version of Viaduct has changed its form (step {step}); start that version, or take \
         its steps back there with `viaduct db down`"
    )]
    Newer {
        /// Which, without secrets.
        place: String,
        /// The last of the steps that are not known here.
        step: String,
    },
}

impl StoreError {
    pub(super) fn at(place: &Place, source: DbErr) -> Self {
        Self::Database { place: place.to_string(), source }
    }
}

/// How the store works.
#[derive(Clone, Copy, Debug)]
pub struct StoreSettings {
    /// How long an effect may wait for others to be written with: a kill loses at most this.
    pub flush_interval: Duration,
    /// Effects that may wait while the database does not take them.
    pub queue_max: usize,
    /// How long events are kept.
    pub events_kept: Duration,
    /// How long the history is kept; zero: there is none.
    pub history_kept: Duration,
}

/// What others use of the store; cheap to clone.
#[derive(Clone)]
pub struct StoreHandles {
    /// The letters to backends.
    pub outbox: Outbox,
    /// What was.
    pub history: History,
    /// The admin API's answers to requests that may be sent again.
    pub answers: AnswerTable,
    /// How often APIs were used.
    pub usage: UsageTable,
    /// Which tokens were revoked.
    pub revocations: RevocationTable,
    /// How the store is doing.
    pub state: StoreState,
}

/// An open database.
pub struct Store {
    connections: Connections,
    settings: StoreSettings,
    patience: Duration,
    transactor: Transactor,
    state: StoreState,
}

impl Store {
    /// Opens the database; gives the rooms that it remembers too. What was live when the last server went down without a
    /// word ends now, for those whom `scribe` writes to.
    pub async fn open(
        data_dir: &Path,
        database: &DatabaseSettings,
        settings: StoreSettings,
        scribe: Scribe,
    ) -> Result<(Self, Vec<StoredRoom>), StoreError> {
        let place = database.place(data_dir);
        let failed = |source| StoreError::at(&place, source);
        schema::bring_up(database, &place).await?;
        let connections = Connections::open(&place, database).await.map_err(failed)?;
        let (mark, rooms) = take_up(&connections.writer, &scribe, &settings).await.map_err(failed)?;
        let state = StoreState::default();
        let writer = connections.writer.clone();
        let transactor = Transactor::new(writer, scribe, state.clone(), database.write_timeout, mark);
        tracing::info!(database = %place, rooms = rooms.len(), "the database is open");
        let patience = database.write_timeout + ANSWER_GRACE;
        Ok((Self { connections, settings, patience, transactor, state }, rooms))
    }

    /// What others use of it.
    pub fn handles(&self) -> StoreHandles {
        StoreHandles {
            outbox: Outbox::new(self.connections.writer.clone()),
            history: History::new(self.connections.reader.clone()),
            answers: AnswerTable::new(self.connections.writer.clone(), self.patience),
            usage: UsageTable::new(self.connections.writer.clone()),
            revocations: RevocationTable::new(self.connections.writer.clone()),
            state: self.state.clone(),
        }
    }

    /// Writes what comes from the queue until its senders are gone and it is empty.
    pub async fn run(self, jobs: EffectJobs, meters: Arc<Meters>) -> Self {
        Writer::new(self.transactor.clone().measured(meters), self.settings, self.state.clone(), jobs).run().await;
        self
    }

    /// Closes the database.
    pub async fn close(self) {
        if let Err(error) = self.connections.close().await {
            tracing::error!(%error, "the database was not closed cleanly");
        }
    }
}

/// Takes the database over: the rooms to go on with; the ends of all that does not.
async fn take_up(
    database: &DatabaseConnection,
    scribe: &Scribe,
    settings: &StoreSettings,
) -> Result<(i64, Vec<StoredRoom>), DbErr> {
    let now_ms = clock::now().unix_ms;
    let before = |kept: Duration| now_ms.saturating_sub(u64::try_from(kept.as_millis()).unwrap_or(u64::MAX));
    let transaction = database.begin().await?;
    let mark = transact::claim(&transaction).await?;
    let rooms = repository::rooms(&transaction).await?;
    let numbers = rooms.iter().map(|room| repository::number(room.id.number())).collect();
    events::restarted(&transaction, scribe, &numbers, now_ms).await?;
    lives::restarted(&transaction, &numbers, now_ms).await?;
    events::forget_before(&transaction, before(settings.events_kept)).await?;
    lives::forget_before(&transaction, before(settings.history_kept)).await?;
    transaction.commit().await?;
    Ok((mark, rooms))
}

/// Makes a file before SQLite does, readable by its owner alone: it holds tokens.
pub(super) fn make_private(place: &Place) -> Result<(), StoreError> {
    let Place::File(path) = place else { return Ok(()) };
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ()).map_err(|source| StoreError::File { path: path.clone(), source })
}
