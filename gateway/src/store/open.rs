//! Opens the database: makes it where there is none, brings it to the present form, reads what it remembers.
use super::events;
use super::migration::Migrations;
use super::outbox::Outbox;
use super::repository;
use super::writer::Writer;
use crate::clock;
use crate::rooms::EffectJobs;
use crate::telemetry::Meters;
use crate::webhook::Scribe;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, TransactionTrait};
use sea_orm_migration::MigratorTrait;
use sfu_core::room::StoredRoom;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database.
    #[error("database {path}: {source}")]
    Database {
        /// Which file.
        path: PathBuf,
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
}

/// An open database.
pub struct Store {
    database: DatabaseConnection,
    settings: StoreSettings,
    scribe: Scribe,
}

impl Store {
    /// Opens `viaduct.db` in `data_dir`; gives the rooms that it remembers too. What was live when the last server went
    /// down without a word ends now, for those whom `scribe` writes to.
    pub async fn open(
        data_dir: &Path,
        settings: StoreSettings,
        scribe: Scribe,
    ) -> Result<(Self, Vec<StoredRoom>), StoreError> {
        let path = data_dir.join("viaduct.db");
        make_private(&path).map_err(|source| StoreError::File { path: path.clone(), source })?;
        let failed = |source| StoreError::Database { path: path.clone(), source };
        let database = connect(&path).await.map_err(failed)?;
        Migrations::up(&database, None).await.map_err(failed)?;
        let rooms = take_up(&database, &scribe, &settings).await.map_err(failed)?;
        Ok((Self { database, settings, scribe }, rooms))
    }

    /// The outbox.
    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.database.clone())
    }

    /// Writes what comes from the queue until its senders are gone and it is empty.
    pub async fn run(self, jobs: EffectJobs, meters: Arc<Meters>) -> Self {
        Writer::new(self.database.clone(), self.scribe.clone(), self.settings, meters).run(jobs).await;
        self
    }

    /// Closes the database.
    pub async fn close(self) {
        if let Err(error) = self.database.close().await {
            tracing::error!(%error, "the database was not closed cleanly");
        }
    }
}

/// The rooms to go on with; the ends of all that does not.
async fn take_up(
    database: &DatabaseConnection,
    scribe: &Scribe,
    settings: &StoreSettings,
) -> Result<Vec<StoredRoom>, DbErr> {
    let now_ms = clock::now().unix_ms;
    let kept_ms = u64::try_from(settings.events_kept.as_millis()).unwrap_or(u64::MAX);
    let transaction = database.begin().await?;
    let rooms = repository::rooms(&transaction).await?;
    let numbers = rooms.iter().map(|room| repository::number(room.id.number())).collect();
    events::restarted(&transaction, scribe, &numbers, now_ms).await?;
    events::forget_before(&transaction, now_ms.saturating_sub(kept_ms)).await?;
    transaction.commit().await?;
    Ok(rooms)
}

async fn connect(path: &Path) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
    // One writer: SQLite has no more, and a queue in front of it is ours.
    options.max_connections(1).min_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await?;
    for pragma in ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA busy_timeout = 1000"] {
        database.execute_unprepared(pragma).await?;
    }
    Ok(database)
}

/// Makes the file before SQLite does, readable by its owner alone: it holds tokens.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}
