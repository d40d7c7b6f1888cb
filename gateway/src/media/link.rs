//! The two queues between shards of rooms and a media thread, both bounded and never waited for.
use super::report::Board;
use super::tcp::Handover;
use mio::Waker;
use sfu_core::id::{RoomId, WorkerId};
use sfu_core::media::{MediaCommand, MediaEvent, WorkerFacts};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

/// Commands that may wait for one media thread; a full queue means that the thread has stood still for seconds.
const COMMANDS_MAX: usize = 65_536;

/// How often it is looked whether a thread has done its turn.
const LOOK_INTERVAL: Duration = Duration::from_millis(2);

/// A shard of rooms, counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ShardId(pub usize);

/// What a media thread tells a shard.
#[derive(Debug)]
pub enum MediaReport {
    /// Something happened to a room of the shard's.
    Event {
        /// Which worker.
        worker: WorkerId,
        /// Which room.
        room: RoomId,
        /// What.
        event: MediaEvent,
    },
    /// The worker broke down with all its Transports; a new one has taken its place and port.
    WorkerLost {
        /// The new one: the same number, another fingerprint.
        facts: WorkerFacts,
    },
}

/// What goes to a media thread.
#[derive(Debug)]
pub(super) enum ThreadInput {
    /// A shard's command.
    Command {
        /// Whose.
        shard: ShardId,
        /// What.
        command: MediaCommand,
    },
    /// A TCP connection whose first check names this worker.
    Connection(Box<Handover>),
    /// The end.
    Stop,
}

/// The sending end of a media thread's command queue.
#[derive(Clone, Debug)]
pub struct MediaLink {
    worker: WorkerId,
    board: Board,
    queue: SyncSender<ThreadInput>,
    waker: Arc<Waker>,
    /// True while a wake-up is on its way, so that a batch of commands costs one.
    woken: Arc<AtomicBool>,
}

/// The receiving end.
pub(super) struct Commands {
    queue: Receiver<ThreadInput>,
    woken: Arc<AtomicBool>,
}

/// A queue to the thread that `waker` wakes.
pub(super) fn link(worker: WorkerId, waker: Waker) -> (MediaLink, Commands) {
    let (sender, receiver) = sync_channel(COMMANDS_MAX);
    let woken = Arc::new(AtomicBool::new(false));
    let link =
        MediaLink { worker, board: Board::default(), queue: sender, waker: Arc::new(waker), woken: Arc::clone(&woken) };
    (link, Commands { queue: receiver, woken })
}

impl MediaLink {
    /// Which worker it leads to.
    pub const fn worker(&self) -> WorkerId {
        self.worker
    }

    /// Where the thread's figures are read.
    pub const fn board(&self) -> &Board {
        &self.board
    }

    /// Sends a command. It is lost, with a line in the log, where the thread has stopped or stands still.
    pub fn send(&self, shard: ShardId, command: MediaCommand) {
        self.push(ThreadInput::Command { shard, command });
    }

    /// Gives the thread a TCP connection.
    pub(super) fn hand_over(&self, connection: Handover) {
        self.push(ThreadInput::Connection(Box::new(connection)));
    }

    /// Asks the thread to end.
    pub(super) fn stop(&self) {
        self.push(ThreadInput::Stop);
    }

    fn push(&self, input: ThreadInput) {
        match self.queue.try_send(input) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => tracing::error!(worker = self.worker.0, "media thread stands still"),
            Err(TrySendError::Disconnected(_)) => tracing::debug!(worker = self.worker.0, "media thread has stopped"),
        }
        self.wake();
    }

    /// Wakes the thread and waits for it to do a turn; false where it does none within `patience`.
    pub async fn answers(&self, patience: Duration) -> bool {
        let before = self.board.beats();
        self.wake();
        let beaten = async {
            while self.board.beats() == before {
                tokio::time::sleep(LOOK_INTERVAL).await;
            }
        };
        tokio::time::timeout(patience, beaten).await.is_ok()
    }

    /// Wakes the thread: something waits for it.
    pub(super) fn wake(&self) {
        if !self.woken.swap(true, Ordering::AcqRel)
            && let Err(error) = self.waker.wake()
        {
            tracing::error!(worker = self.worker.0, %error, "media thread cannot be woken");
        }
    }
}

impl Commands {
    /// Up to `max` inputs that wait, after which the next command wakes the thread again.
    pub(super) fn take(&self, max: usize) -> impl Iterator<Item = ThreadInput> + '_ {
        // An exchange, not a store: a store may still be on its way when the queue is looked into, and a command that
        // comes in between would then be sent without a wake-up, to lie there until something else happens.
        self.woken.swap(false, Ordering::AcqRel);
        self.queue.try_iter().take(max)
    }
}
