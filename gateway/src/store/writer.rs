//! Takes effects from the rooms' queue and writes them, a batch a transaction, in their order.
//!
//! An effect that an answer waits for is written at once, with all that came before it; the others within the flush
//! interval. While the database takes nothing, those answers are refused (503) and everything is kept in a
//! [`super::backlog`], so that calls go on and their events come later. One transaction is [`super::transact`]'s.
use super::backlog::Backlog;
use super::open::StoreSettings;
use super::state::StoreState;
use super::transact::{Attempt, Transactor};
use super::{events, history};
use crate::clock;
use crate::rooms::{EffectJob, EffectJobs};
use sea_orm::DbErr;
use std::time::Duration;
use tokio::time::Instant;

/// Effects in one transaction.
const BATCH_MAX: usize = 256;
/// How often a batch is tried before the answers that wait for it are refused.
const TRIES: u32 = 3;
/// A batch is not tried again when it took this long already: answers wait.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time between two tries.
const RETRY_INTERVAL: Duration = Duration::from_millis(200);
/// How often what grew too old is removed.
const CLEANING_INTERVAL: Duration = Duration::from_secs(3_600);

/// The one who writes.
pub(super) struct Writer {
    transactor: Transactor,
    settings: StoreSettings,
    state: StoreState,
    jobs: EffectJobs,
    is_open: bool,
    cleaned: Instant,
}

impl Writer {
    pub(super) fn new(transactor: Transactor, settings: StoreSettings, state: StoreState, jobs: EffectJobs) -> Self {
        Self { transactor, settings, state, jobs, is_open: true, cleaned: Instant::now() }
    }

    /// Writes until the queue's senders are gone and all is written.
    pub(super) async fn run(mut self) {
        while let Some(first) = self.jobs.recv().await {
            let batch = self.gather(first).await;
            self.deliver(batch).await;
            self.state.note_waiting(self.jobs.len());
            self.clean().await;
        }
    }

    async fn gather(&mut self, first: EffectJob) -> Vec<EffectJob> {
        let mut urgent = first.done.is_some();
        let mut batch = vec![first];
        let flush = Instant::now() + self.settings.flush_interval;
        while batch.len() < BATCH_MAX {
            let next = if urgent {
                // What waits already goes along, nothing is waited for.
                self.jobs.try_recv().ok()
            } else {
                tokio::time::timeout_at(flush, self.jobs.recv()).await.ok().flatten()
            };
            let Some(job) = next else { break };
            urgent |= job.done.is_some();
            batch.push(job);
        }
        batch
    }

    async fn deliver(&mut self, batch: Vec<EffectJob>) {
        let started = Instant::now();
        for attempt in 1..=TRIES {
            match self.transactor.attempt(&batch).await {
                Attempt::Written => {
                    batch.into_iter().for_each(|job| job.finish(true));
                    return;
                }
                Attempt::AtFault(_) => {
                    return match self.one_by_one(batch).await {
                        Ok(()) => {}
                        Err(rest) => self.outlast(rest).await,
                    };
                }
                Attempt::Away(error) => {
                    tracing::error!(%error, attempt, effects = batch.len(), "effects were not stored");
                }
            }
            if started.elapsed() > PATIENCE {
                break;
            }
            if attempt < TRIES {
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
        }
        self.outlast(batch).await;
    }

    /// One of these cannot be stored: it must not take the others along. Gives the rest where the database goes away.
    async fn one_by_one(&mut self, batch: Vec<EffectJob>) -> Result<(), Vec<EffectJob>> {
        let mut left = batch.into_iter();
        while let Some(job) = left.next() {
            match self.transactor.attempt(std::slice::from_ref(&job)).await {
                Attempt::Written => job.finish(true),
                Attempt::AtFault(error) => self.give_up(job, &error),
                Attempt::Away(_) => return Err(std::iter::once(job).chain(left).collect()),
            }
        }
        Ok(())
    }

    fn give_up(&self, job: EffectJob, error: &DbErr) {
        let lost = self.state.note_lost();
        tracing::error!(%error, effect = ?job.effect, lost, "an effect cannot be stored and is left out");
        job.finish(false);
    }

    /// The database takes nothing: nobody waits for it any longer, and all is kept until it does.
    async fn outlast(&mut self, batch: Vec<EffectJob>) {
        let since = Instant::now();
        self.state.note_away(clock::now().unix_ms);
        tracing::error!("the database is away: API calls that change something are refused, calls go on");
        let mut backlog = Backlog::new(self.settings.queue_max);
        backlog.put_back(batch);
        backlog.refuse_all();
        let mut is_away = true;
        while !backlog.is_empty() {
            if is_away {
                self.receive_while(tokio::time::sleep(RETRY_INTERVAL), &mut backlog, true).await;
            }
            is_away = self.retry(&mut backlog, is_away).await;
            self.state.note_waiting(backlog.len());
        }
        self.state.note_back();
        let (away_ms, lost) = (since.elapsed().as_millis() as u64, backlog.lost());
        tracing::warn!(away_ms, lost, "the database is back: all that was kept is written");
    }

    /// Tries the next batch of what was kept; true where the database is away still.
    async fn retry(&mut self, backlog: &mut Backlog, is_away: bool) -> bool {
        let batch = backlog.take(BATCH_MAX);
        let mut transactor = self.transactor.clone();
        let work = async {
            let attempt = transactor.attempt(&batch).await;
            (transactor, attempt)
        };
        let (transactor, attempt) = self.receive_while(work, backlog, is_away).await;
        self.transactor = transactor;
        let left = match attempt {
            Attempt::Written => {
                batch.into_iter().for_each(|job| job.finish(true));
                return false;
            }
            Attempt::AtFault(_) => match self.one_by_one(batch).await {
                Ok(()) => return false,
                Err(rest) => rest,
            },
            Attempt::Away(error) => {
                tracing::debug!(%error, waiting = backlog.len(), "the database is away still");
                batch
            }
        };
        backlog.put_back(left);
        backlog.refuse_all();
        true
    }

    /// Does something, and takes from the queue meanwhile: rooms must find room in it.
    async fn receive_while<T>(&mut self, work: impl Future<Output = T>, backlog: &mut Backlog, refusing: bool) -> T {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                outcome = &mut work => return outcome,
                job = self.jobs.recv(), if self.is_open => match job {
                    Some(mut job) => {
                        if refusing {
                            job.refuse();
                        }
                        if let Some(job) = backlog.keep(job) {
                            self.lose(job, backlog.lost());
                        }
                        self.state.note_waiting(backlog.len());
                    }
                    None => self.is_open = false,
                },
            }
        }
    }

    fn lose(&self, job: EffectJob, lost_now: u64) {
        let lost = self.state.note_lost();
        if lost_now == 1 {
            tracing::error!(lost, "the database is away for longer than the queue holds: events are lost from now on");
        }
        job.finish(false);
    }

    async fn clean(&mut self) {
        if self.cleaned.elapsed() < CLEANING_INTERVAL {
            return;
        }
        self.cleaned = Instant::now();
        let (database, now_ms) = (self.transactor.database(), clock::now().unix_ms);
        let before = |kept: Duration| now_ms.saturating_sub(u64::try_from(kept.as_millis()).unwrap_or(u64::MAX));
        let cleaned = async {
            events::forget_before(database, before(self.settings.events_kept)).await?;
            history::forget_before(database, before(self.settings.history_kept)).await
        };
        if let Err(error) = cleaned.await {
            tracing::error!(%error, "what grew too old was not removed");
        }
    }
}
