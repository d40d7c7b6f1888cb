//! Runs what rooms want done outside of them. Rooms never wait for it; only the answer to an API call may.
use crate::telemetry::TraceContext;
use sfu_core::room::Effect;
use tokio::sync::{mpsc, oneshot};

/// The outcome of a durable effect: `false` where it could not be stored.
pub type Written = oneshot::Receiver<bool>;

/// The store's end of the queue.
pub type EffectJobs = mpsc::Receiver<EffectJob>;

/// An effect on its way to the store.
#[derive(Debug)]
pub struct EffectJob {
    /// What to do.
    pub effect: Effect,
    /// Whom to tell when it is stored.
    pub done: Option<oneshot::Sender<bool>>,
    /// The trace of whoever caused it.
    pub trace: Option<TraceContext>,
}

impl EffectJob {
    /// Tells whoever waits that it is not stored yet; it is still to be.
    pub fn refused(mut self) -> Self {
        if let Some(done) = self.done.take() {
            // Whoever waited may have given up.
            let _ = done.send(false);
        }
        self
    }

    /// Tells whoever waits whether it was stored.
    pub fn finish(self, stored: bool) {
        if let Some(done) = self.done {
            // Whoever waited may have given up.
            let _ = done.send(stored);
        }
    }
}

/// The shards' end of the effects' queue; cheap to clone.
#[derive(Clone, Debug)]
pub struct EffectRunner {
    jobs: Option<mpsc::Sender<EffectJob>>,
    records: bool,
}

/// Reads the length of the effects' queue, and does not keep it open: the store ends with the last of the shards.
#[derive(Clone, Debug, Default)]
pub struct QueueGauge(Option<mpsc::WeakSender<EffectJob>>);

impl QueueGauge {
    /// How many effects wait.
    pub fn waiting(&self) -> u64 {
        let jobs = self.0.as_ref().and_then(mpsc::WeakSender::upgrade);
        jobs.map_or(0, |jobs| jobs.max_capacity().saturating_sub(jobs.capacity()) as u64)
    }
}

impl EffectRunner {
    /// A queue with its reading end. Where `effects_max` wait the store has stood still for long and effects are lost,
    /// with a line in the log. `records`: rooms keep a record.
    pub fn queue(effects_max: usize, records: bool) -> (Self, EffectJobs) {
        let (sender, receiver) = mpsc::channel(effects_max.max(1));
        (Self { jobs: Some(sender), records }, receiver)
    }

    /// Without a store: every effect is done at once.
    pub fn none() -> Self {
        Self { jobs: None, records: false }
    }

    /// True where somebody outside wants to know what happens in rooms.
    pub fn wants_records(&self) -> bool {
        self.records
    }

    /// Where the queue's length is read.
    pub fn gauge(&self) -> QueueGauge {
        QueueGauge(self.jobs.as_ref().map(mpsc::Sender::downgrade))
    }

    /// Hands an effect over, which somebody caused within `trace`. For a durable one the outcome is returned; `None`: nothing to wait for.
    pub fn run(&self, effect: Effect, trace: Option<TraceContext>) -> Option<Written> {
        let jobs = self.jobs.as_ref()?;
        let (done, written) = if effect.is_durable() {
            let (sender, receiver) = oneshot::channel();
            (Some(sender), Some(receiver))
        } else {
            (None, None)
        };
        if jobs.try_send(EffectJob { effect, done, trace }).is_err() {
            // The dropped sender tells whoever waits that it was not stored.
            tracing::error!("an effect is lost: the store does not keep up");
        }
        written
    }
}
