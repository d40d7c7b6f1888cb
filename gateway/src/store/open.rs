//! Opens the database: makes it where there is none, brings it to the present form, reads what it remembers.
use super::migration::Migrations;
use super::repository;
use super::writer;
use crate::rooms::EffectJobs;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr};
use sea_orm_migration::MigratorTrait;
use sfu_core::room::StoredRoom;
use std::path::{Path, PathBuf};

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

/// An open database.
pub struct Store {
    database: DatabaseConnection,
}

impl Store {
    /// Opens `viaduct.db` in `data_dir`; gives the rooms that it remembers too.
    pub async fn open(data_dir: &Path) -> Result<(Self, Vec<StoredRoom>), StoreError> {
        let path = data_dir.join("viaduct.db");
        make_private(&path).map_err(|source| StoreError::File { path: path.clone(), source })?;
        let failed = |source| StoreError::Database { path: path.clone(), source };
        let database = connect(&path).await.map_err(failed)?;
        Migrations::up(&database, None).await.map_err(failed)?;
        let rooms = repository::rooms(&database).await.map_err(failed)?;
        Ok((Self { database }, rooms))
    }

    /// Writes what comes from the queue until its senders are gone and it is empty.
    pub async fn run(self, jobs: EffectJobs) {
        writer::run(&self.database, jobs).await;
        if let Err(error) = self.database.close().await {
            tracing::error!(%error, "the database was not closed cleanly");
        }
    }
}

async fn connect(path: &Path) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
    // One writer: SQLite has no more, and a queue in front of it is ours.
    options.max_connections(1).min_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await?;
    for pragma in ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA busy_timeout = 5000"] {
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
