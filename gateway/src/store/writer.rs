//! Takes effects from the rooms' queue and writes them, a batch a transaction, in their order.
//!
//! An effect that an answer waits for is written at once, with all that came before it; the others within the flush
//! interval. While the database takes nothing, those answers are refused (503) and everything is kept, up to a bound, so
//! that calls go on and their events come later.
use super::events;
use super::open::StoreSettings;
use super::repository;
use crate::clock;
use crate::rooms::{EffectJob, EffectJobs};
use crate::telemetry::Meters;
use crate::webhook::Scribe;
use sea_orm::{DatabaseConnection, DbErr, TransactionTrait};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// Effects in one transaction.
const BATCH_MAX: usize = 256;
/// How often a batch is tried before the answers that wait for it are refused.
const TRIES: u32 = 3;
/// Time between two tries.
const RETRY_INTERVAL: Duration = Duration::from_millis(200);
/// How often events that grew too old are removed.
const CLEANING_INTERVAL: Duration = Duration::from_secs(3_600);

/// The one who writes.
pub(super) struct Writer {
    database: DatabaseConnection,
    scribe: Scribe,
    settings: StoreSettings,
    cleaned: Instant,
    meters: Arc<Meters>,
}

impl Writer {
    pub(super) fn new(
        database: DatabaseConnection,
        scribe: Scribe,
        settings: StoreSettings,
        meters: Arc<Meters>,
    ) -> Self {
        Self { database, scribe, settings, cleaned: Instant::now(), meters }
    }

    pub(super) async fn run(mut self, mut jobs: EffectJobs) {
        while let Some(first) = jobs.recv().await {
            let mut batch = self.gather(first, &mut jobs).await;
            if !self.write(&batch, TRIES).await {
                batch = self.outlast(batch, &mut jobs).await;
            }
            batch.into_iter().for_each(|job| job.finish(true));
            self.clean().await;
        }
    }

    async fn gather(&self, first: EffectJob, jobs: &mut EffectJobs) -> Vec<EffectJob> {
        let mut urgent = first.done.is_some();
        let mut batch = vec![first];
        let flush = Instant::now() + self.settings.flush_interval;
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

    /// The database takes nothing: nobody waits for it any longer, and all is kept until it does. Returns nothing to
    /// finish: whoever waited has been refused.
    async fn outlast(&self, batch: Vec<EffectJob>, jobs: &mut EffectJobs) -> Vec<EffectJob> {
        let mut kept: VecDeque<EffectJob> = batch.into_iter().map(EffectJob::refused).collect();
        let (mut lost, mut open) = (0_u64, true);
        while !kept.is_empty() {
            let pause = tokio::time::sleep(RETRY_INTERVAL);
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    () = &mut pause => break,
                    job = jobs.recv(), if open => match job {
                        Some(job) if kept.len() < self.settings.queue_max => kept.push_back(job.refused()),
                        Some(job) => {
                            job.finish(false);
                            self.meters.store.lost.note();
                            lost += 1;
                        }
                        None => open = false,
                    },
                }
            }
            self.write_kept(&mut kept).await;
            self.meters.store.kept.store(kept.len() as u64, Ordering::Relaxed);
        }
        if lost > 0 {
            tracing::error!(lost, "the database was away for longer than the queue holds: effects are lost");
        }
        Vec::new()
    }

    async fn write_kept(&self, kept: &mut VecDeque<EffectJob>) {
        while !kept.is_empty() {
            let count = kept.len().min(BATCH_MAX);
            if self.write(&kept.make_contiguous()[..count], 1).await {
                kept.drain(..count);
                continue;
            }
            // Is it this one effect that cannot be stored? It must not take the others along.
            let Some(first) = kept.front() else { return };
            match self.try_write(std::slice::from_ref(first)).await {
                Ok(()) => {}
                Err(error) if is_at_fault(&error) => {
                    tracing::error!(%error, effect = ?first.effect, "an effect cannot be stored and is left out");
                }
                Err(_) => return,
            }
            kept.pop_front();
        }
    }

    async fn write(&self, batch: &[EffectJob], tries: u32) -> bool {
        for attempt in 1..=tries {
            let started = Instant::now();
            let outcome = self.try_write(batch).await;
            self.meters.store.note(outcome.is_ok(), started.elapsed());
            match outcome {
                Ok(()) => {
                    self.scribe.announce();
                    return true;
                }
                Err(error) => tracing::error!(%error, attempt, effects = batch.len(), "effects were not stored"),
            }
            if attempt < tries {
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
        }
        false
    }

    async fn try_write(&self, batch: &[EffectJob]) -> Result<(), DbErr> {
        let transaction = self.database.begin().await?;
        for job in batch {
            repository::apply(&transaction, &self.scribe, &job.effect).await?;
        }
        transaction.commit().await
    }

    async fn clean(&mut self) {
        if self.cleaned.elapsed() < CLEANING_INTERVAL {
            return;
        }
        self.cleaned = Instant::now();
        let kept_ms = u64::try_from(self.settings.events_kept.as_millis()).unwrap_or(u64::MAX);
        let before_ms = clock::now().unix_ms.saturating_sub(kept_ms);
        if let Err(error) = events::forget_before(&self.database, before_ms).await {
            tracing::error!(%error, "old events were not removed");
        }
    }
}

/// True where the effect is what is wrong, not the database.
fn is_at_fault(error: &DbErr) -> bool {
    error.sql_err().is_some() || matches!(error, DbErr::Custom(_) | DbErr::Json(_) | DbErr::Type(_))
}
