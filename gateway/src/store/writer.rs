//! Takes effects from the rooms' queue and writes them, a batch a transaction.
//!
//! An effect that an answer waits for is written at once, with all that came before it; the others within a fixed time.
use super::repository;
use crate::rooms::{EffectJob, EffectJobs};
use sea_orm::{DatabaseConnection, DbErr, TransactionTrait};
use std::time::Duration;

/// How long an effect may wait for others to be written with: a kill loses at most this.
const FLUSH_INTERVAL: Duration = Duration::from_millis(100);
/// Effects in one transaction.
const BATCH_MAX: usize = 256;
/// How often a batch is tried.
const TRIES: u32 = 3;
/// Time between two tries.
const RETRY_INTERVAL: Duration = Duration::from_millis(200);

pub(super) async fn run(database: &DatabaseConnection, mut jobs: EffectJobs) {
    while let Some(first) = jobs.recv().await {
        let batch = gather(first, &mut jobs).await;
        if write(database, &batch).await {
            batch.into_iter().for_each(|job| job.finish(true));
            continue;
        }
        // One effect that cannot be stored must not take the others along.
        for job in batch {
            let stored = try_write(database, std::slice::from_ref(&job)).await.is_ok();
            job.finish(stored);
        }
    }
}

async fn gather(first: EffectJob, jobs: &mut EffectJobs) -> Vec<EffectJob> {
    let mut urgent = first.done.is_some();
    let mut batch = vec![first];
    let flush = tokio::time::Instant::now() + FLUSH_INTERVAL;
    while batch.len() < BATCH_MAX {
        let next = if urgent {
            // What waits already goes along, nothing is waited for.
            jobs.try_recv().ok()
        } else {
            tokio::time::timeout_at(flush, jobs.recv()).await.ok().flatten()
        };
        let Some(job) = next else { break };
        urgent |= job.done.is_some();
        batch.push(job);
    }
    batch
}

async fn write(database: &DatabaseConnection, batch: &[EffectJob]) -> bool {
    for attempt in 1..=TRIES {
        match try_write(database, batch).await {
            Ok(()) => return true,
            Err(error) => tracing::error!(%error, attempt, effects = batch.len(), "effects were not stored"),
        }
        if attempt < TRIES {
            tokio::time::sleep(RETRY_INTERVAL).await;
        }
    }
    false
}

async fn try_write(database: &DatabaseConnection, batch: &[EffectJob]) -> Result<(), DbErr> {
    let transaction = database.begin().await?;
    for job in batch {
        repository::apply(&transaction, &job.effect).await?;
    }
    transaction.commit().await
}
