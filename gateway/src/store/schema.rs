//! The form of the tables: which steps a database has taken, which it lacks, and going up and down.
//!
//! A database that a newer version has written is left alone: this one does not know what its steps mean.
use super::connect::Connections;
use super::migration::Migrations;
use super::open::StoreError;
use super::place::{DatabaseSettings, Place};
use sea_orm::{DatabaseConnection, DbErr};
use sea_orm_migration::{MigratorTrait, SchemaManager};
use std::path::Path;
use std::time::Duration;

/// Where a database says which steps it has taken.
const STEPS_TABLE: &str = "seaql_migrations";
/// How long a step may take: a table that is rewritten takes its time.
const STEP_PATIENCE: Duration = Duration::from_secs(3_600);

/// Where a database stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaStatus {
    /// Where it is, without secrets.
    pub place: String,
    /// The steps it has taken, oldest first.
    pub applied: Vec<String>,
    /// Steps that this version knows and it has not taken.
    pub pending: Vec<String>,
    /// Steps it has taken that this version does not know.
    pub unknown: Vec<String>,
}

impl SchemaStatus {
    /// True where this version can serve from it as it is.
    pub fn is_current(&self) -> bool {
        self.pending.is_empty() && self.unknown.is_empty()
    }
}

/// Says where the database stands; changes nothing, and makes no file.
pub async fn status(settings: &DatabaseSettings, data_dir: &Path) -> Result<SchemaStatus, StoreError> {
    let place = settings.place(data_dir);
    if let Place::File(path) = &place
        && !path.exists()
    {
        let pending = Migrations::migrations().iter().map(|step| step.name().to_owned()).collect();
        let (applied, unknown) = (Vec::new(), Vec::new());
        return Ok(SchemaStatus { place: place.to_string(), applied, pending, unknown });
    }
    let connections = open(&place, settings).await?;
    let status = read(&connections.writer, &place).await.map_err(|source| StoreError::at(&place, source))?;
    close(connections, &place).await?;
    Ok(status)
}

/// Takes all steps that are missing; gives the status afterwards.
pub async fn up(settings: &DatabaseSettings, data_dir: &Path) -> Result<SchemaStatus, StoreError> {
    let place = settings.place(data_dir);
    let connections = open(&place, settings).await?;
    let failed = |source| StoreError::at(&place, source);
    let before = read(&connections.writer, &place).await.map_err(failed)?;
    known(&place, &before)?;
    Migrations::up(&connections.writer, None).await.map_err(failed)?;
    let after = read(&connections.writer, &place).await.map_err(failed)?;
    close(connections, &place).await?;
    Ok(after)
}

/// Takes back the last `steps`, with what is in their tables; gives the status afterwards.
pub async fn down(settings: &DatabaseSettings, data_dir: &Path, steps: u32) -> Result<SchemaStatus, StoreError> {
    let place = settings.place(data_dir);
    let connections = open(&place, settings).await?;
    let failed = |source| StoreError::at(&place, source);
    let before = read(&connections.writer, &place).await.map_err(failed)?;
    known(&place, &before)?;
    Migrations::down(&connections.writer, Some(steps)).await.map_err(failed)?;
    let after = read(&connections.writer, &place).await.map_err(failed)?;
    close(connections, &place).await?;
    Ok(after)
}

/// Brings a database that is served from to the present form, where it is not newer.
pub(super) async fn bring_up(settings: &DatabaseSettings, place: &Place) -> Result<(), StoreError> {
    let connections = open(place, settings).await?;
    let failed = |source| StoreError::at(place, source);
    let status = read(&connections.writer, place).await.map_err(failed)?;
    known(place, &status)?;
    if !status.is_current() {
        tracing::info!(database = %place, steps = ?status.pending, "the database is brought to the present form");
        Migrations::up(&connections.writer, None).await.map_err(failed)?;
    }
    close(connections, place).await
}

/// Fails where the database is newer than this version.
fn known(place: &Place, status: &SchemaStatus) -> Result<(), StoreError> {
    match status.unknown.last() {
        None => Ok(()),
        Some(step) => Err(StoreError::Newer { place: place.to_string(), step: step.clone() }),
    }
}

pub(super) async fn read(database: &DatabaseConnection, place: &Place) -> Result<SchemaStatus, DbErr> {
    let is_there = SchemaManager::new(database).has_table(STEPS_TABLE).await?;
    let taken = if is_there { Migrations::get_migration_models(database).await? } else { Vec::new() };
    let applied: Vec<String> = taken.into_iter().map(|step| step.version).collect();
    let known: Vec<String> = Migrations::migrations().iter().map(|step| step.name().to_owned()).collect();
    let without = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|step| !those.contains(step)).cloned().collect()
    };
    let (pending, unknown) = (without(&known, &applied), without(&applied, &known));
    Ok(SchemaStatus { place: place.to_string(), applied, pending, unknown })
}

async fn open(place: &Place, settings: &DatabaseSettings) -> Result<Connections, StoreError> {
    let patient = DatabaseSettings { write_timeout: STEP_PATIENCE, pool_size: 1, ..settings.clone() };
    super::open::make_private(place)?;
    Connections::open(place, &patient).await.map_err(|source| StoreError::at(place, source))
}

async fn close(connections: Connections, place: &Place) -> Result<(), StoreError> {
    connections.close().await.map_err(|source| StoreError::at(place, source))
}
