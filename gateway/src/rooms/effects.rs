//! Runs what rooms want done outside of them. Rooms never wait for it; only the answer to an API call may.
use crate::store::StoreState;
use crate::telemetry::TraceContext;
use sfu_core::room::{Effect, Happening};
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
    pub fn refuse(&mut self) {
        if let Some(done) = self.done.take() {
            // Whoever waited may have given up.
            let _ = done.send(false);
        }
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
    records: Records,
    answers_wait: bool,
    state: StoreState,
}

/// Which part of the rooms' records is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Records {
    /// None.
    None,
    /// What the history is made of: rooms, participants, published tracks.
    Lives,
    /// All: somebody is told.
    All,
}

impl Records {
    fn want(self, happening: &Happening) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Lives => match happening {
                Happening::RoomMade
                | Happening::RoomEnded { .. }
                | Happening::ParticipantJoined(_)
                | Happening::ParticipantLeft { .. }
                | Happening::TrackPublished { .. }
                | Happening::TrackUnpublished { .. }
                | Happening::StreamUnpublished { .. } => true,
                Happening::ParticipantActivated(_)
                | Happening::StreamPublished { .. }
                | Happening::StreamReceived { .. }
                | Happening::ReceptionEnded { .. }
                | Happening::Signalled { .. } => false,
            },
        }
    }
}

impl EffectRunner {
    /// A queue with its reading end. Where `effects_max` wait the store has stood still for long and effects are lost,
    /// counted in `state` and with a line in the log. `records`: what of their records rooms keep.
    pub fn queue(effects_max: usize, records: Records, state: StoreState) -> (Self, EffectJobs) {
        let (sender, receiver) = mpsc::channel(effects_max.max(1));
        (Self { jobs: Some(sender), records, answers_wait: true, state }, receiver)
    }

    /// Without a store: every effect is done at once.
    pub fn none() -> Self {
        Self { jobs: None, records: Records::None, answers_wait: true, state: StoreState::default() }
    }

    /// Says whether answers to API calls wait until what they caused is stored; they do where nothing is said.
    pub fn with_answers_waiting(self, answers_wait: bool) -> Self {
        Self { answers_wait, ..self }
    }

    /// True where somebody outside wants to know what happens in rooms.
    pub fn wants_records(&self) -> bool {
        self.records != Records::None
    }

    /// Hands an effect over, which somebody caused within `trace`. For a durable one the outcome is returned; `None`: nothing to wait for.
    pub fn run(&self, effect: Effect, trace: Option<TraceContext>) -> Option<Written> {
        let jobs = self.jobs.as_ref()?;
        if let Effect::Happened(record) = &effect
            && !self.records.want(&record.happening)
        {
            return None;
        }
        let (done, written) = if self.answers_wait && effect.is_durable() {
            let (sender, receiver) = oneshot::channel();
            (Some(sender), Some(receiver))
        } else {
            (None, None)
        };
        if jobs.try_send(EffectJob { effect, done, trace }).is_err() {
            // The dropped sender tells whoever waits that it was not stored.
            let lost = self.state.note_lost();
            tracing::error!(lost, "an effect is lost: the store does not keep up");
        }
        written
    }
}
