//! One batch, one transaction: written once, whatever becomes of the connection meanwhile.
//!
//! Each transaction puts a new mark where the last one's stood, and finds that one there, or comes to nothing. So a commit
//! whose answer was lost is known for done when the batch is tried again, and a server whose database another server has
//! taken over writes nothing more. Knows batches, not their rows: those are [`super::repository`]'s.
use super::entity::mark;
use super::repository;
use super::state::StoreState;
use crate::rooms::EffectJob;
use crate::telemetry::Meters;
use crate::webhook::Scribe;
use sea_orm::entity::prelude::*;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr, SqlxError, TransactionTrait,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The number of the one row of marks.
const MARK: i32 = 1;
/// Beside a transaction's own time: for a connection, and for the network to say that it is not there.
const GRACE: Duration = Duration::from_secs(1);

/// What became of a batch.
pub(super) enum Attempt {
    /// It is written.
    Written,
    /// Something in it cannot be stored, now or later.
    AtFault(DbErr),
    /// The database did not take it.
    Away(Failure),
}

/// Why the database did not take a batch.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// It said so.
    #[error(transparent)]
    Database(DbErr),
    /// It does not answer.
    #[error("no answer in {0:?}")]
    Slow(Duration),
    /// Another server has taken the database over.
    #[error("another server writes to this database: this one must be stopped")]
    Displaced,
}

/// Writes batches.
#[derive(Clone)]
pub(super) struct Transactor {
    database: DatabaseConnection,
    scribe: Scribe,
    state: StoreState,
    meters: Arc<Meters>,
    patience: Duration,
    /// The mark of the last transaction that is known to be done.
    mark: i64,
    /// The mark of one whose end is not known.
    doubtful: Option<i64>,
}

impl Transactor {
    /// One for the database whose mark was set by [`claim`]; a transaction may take `patience`.
    pub(super) fn new(
        database: DatabaseConnection,
        scribe: Scribe,
        state: StoreState,
        patience: Duration,
        mark: i64,
    ) -> Self {
        Self { database, scribe, state, meters: Arc::default(), patience: patience + GRACE, mark, doubtful: None }
    }

    /// The same, whose transactions are counted and timed in `meters`.
    pub(super) fn measured(self, meters: Arc<Meters>) -> Self {
        Self { meters, ..self }
    }

    pub(super) fn database(&self) -> &DatabaseConnection {
        &self.database
    }

    /// Writes a batch. After [`Attempt::Away`] the same batch must come first.
    pub(super) async fn attempt(&mut self, batch: &[EffectJob]) -> Attempt {
        let started = Instant::now();
        let patience = self.patience;
        let outcome = tokio::time::timeout(patience, self.write(batch)).await;
        self.meters.store.note(matches!(outcome, Ok(Ok(()))), started.elapsed());
        match outcome {
            Ok(Ok(())) => {
                self.state.note_written(batch.len(), started.elapsed());
                self.scribe.announce();
                Attempt::Written
            }
            Ok(Err(Failure::Database(error))) if is_at_fault(&error) => Attempt::AtFault(error),
            Ok(Err(error)) => Attempt::Away(error),
            Err(_) => Attempt::Away(Failure::Slow(patience)),
        }
    }

    async fn write(&mut self, batch: &[EffectJob]) -> Result<(), Failure> {
        let transaction = self.database.begin().await.map_err(Failure::Database)?;
        let next = new_mark();
        if !self.set_mark(&transaction, next).await.map_err(Failure::Database)? {
            let found = read_mark(&transaction).await.map_err(Failure::Database)?;
            transaction.rollback().await.map_err(Failure::Database)?;
            let Some(doubtful) = self.doubtful.filter(|mark| found == Some(*mark)) else {
                return Err(Failure::Displaced);
            };
            // It was written the last time, and only the answer was lost.
            (self.mark, self.doubtful) = (doubtful, None);
            return Ok(());
        }
        for job in batch {
            repository::apply(&transaction, &self.scribe, &job.effect, job.trace).await.map_err(Failure::Database)?;
        }
        self.doubtful = Some(next);
        transaction.commit().await.map_err(Failure::Database)?;
        (self.mark, self.doubtful) = (next, None);
        Ok(())
    }

    /// Puts a new mark where the last one stands; false where it does not. Another transaction that does the same is
    /// waited for.
    async fn set_mark(&self, transaction: &DatabaseTransaction, next: i64) -> Result<bool, DbErr> {
        let changed = mark::Entity::update_many()
            .col_expr(mark::Column::Batch, Expr::value(next))
            .filter(mark::Column::Id.eq(MARK))
            .filter(mark::Column::Batch.eq(self.mark))
            .exec(transaction)
            .await?;
        Ok(changed.rows_affected == 1)
    }
}

/// Takes the database over: from now on only who knows the returned mark writes batches.
pub(super) async fn claim<C: ConnectionTrait>(database: &C) -> Result<i64, DbErr> {
    let mark = new_mark();
    let changed = mark::Entity::update_many()
        .col_expr(mark::Column::Batch, Expr::value(mark))
        .filter(mark::Column::Id.eq(MARK))
        .exec(database)
        .await?;
    if changed.rows_affected == 0 {
        let row = mark::ActiveModel { id: sea_orm::Set(MARK), batch: sea_orm::Set(mark) };
        mark::Entity::insert(row).exec_without_returning(database).await?;
    }
    Ok(mark)
}

async fn read_mark<C: ConnectionTrait>(database: &C) -> Result<Option<i64>, DbErr> {
    Ok(mark::Entity::find_by_id(MARK).one(database).await?.map(|row| row.batch))
}

fn new_mark() -> i64 {
    rand::random_range(1..=i64::MAX)
}

/// True where what is to be written is what is wrong, not the database: a value that it cannot hold, a row that is
/// there already.
fn is_at_fault(error: &DbErr) -> bool {
    if error.sql_err().is_some() || matches!(error, DbErr::Custom(_) | DbErr::Json(_) | DbErr::Type(_)) {
        return true;
    }
    if let DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) = error
        && let SqlxError::Database(cause) = cause.as_ref()
    {
        // SQLSTATE classes of PostgreSQL: data exceptions and constraints; SQLite has numbers: too big, mismatch.
        return cause.code().is_some_and(|code| {
            let is_state = code.len() == 5;
            (is_state && (code.starts_with("22") || code.starts_with("23"))) || code == "18" || code == "20"
        });
    }
    false
}
