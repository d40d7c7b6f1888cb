//! Rings between media threads: what one Worker has to tell another crosses here, in batches whose buffers go back.
//!
//! Each pair of threads has two bounded queues, of full batches one way and of empty ones the other, so that a stream in
//! flow allocates nothing. A full ring drops packets, as a network would, and counts them; wishes and clocks wait.
use super::link::MediaLink;
use sfu_core::id::WorkerId;
use sfu_core::media::{PipeBatch, Worker};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Instant;

/// Batches under way from one thread to another: a tenth of a second where each received batch makes one.
const RING_BATCHES: usize = 512;
/// Batches taken from one ring before datagrams get their turn again.
const BATCHES_PER_TURN: usize = 64;

/// One thread's ends of all its rings.
pub(super) struct Pipes {
    senders: Vec<Sender>,
    receivers: Vec<PipeReceiver>,
    spare: PipeBatch,
    dropped: u64,
}

struct Sender {
    to: MediaLink,
    ring: SyncSender<PipeBatch>,
    empty: Receiver<PipeBatch>,
    /// What a full ring did not take and must not be lost.
    backlog: PipeBatch,
}

struct PipeReceiver {
    from: WorkerId,
    ring: Receiver<PipeBatch>,
    empty: SyncSender<PipeBatch>,
}

/// The rings between these threads: for each its ends, in their order.
pub(super) fn rings(links: &[MediaLink]) -> Vec<Pipes> {
    let end =
        |_: &MediaLink| Pipes { senders: Vec::new(), receivers: Vec::new(), spare: PipeBatch::default(), dropped: 0 };
    let mut ends: Vec<Pipes> = links.iter().map(end).collect();
    for (place, from) in links.iter().enumerate() {
        for (other, to) in links.iter().enumerate().filter(|(other, _)| *other != place) {
            let (ring, full) = sync_channel(RING_BATCHES);
            let (back, empty) = sync_channel(RING_BATCHES);
            ends[place].senders.push(Sender { to: to.clone(), ring, empty, backlog: PipeBatch::default() });
            ends[other].receivers.push(PipeReceiver { from: from.worker(), ring: full, empty: back });
        }
    }
    ends
}

impl Pipes {
    /// Takes what the Worker has for others to their rings.
    pub(super) fn send(&mut self, worker: &mut Worker) {
        while let Some(to) = worker.poll_pipe(&mut self.spare) {
            match self.senders.iter_mut().find(|sender| sender.to.worker() == to) {
                Some(sender) => self.dropped += sender.send(&mut self.spare),
                None => tracing::error!(worker = to.0, "a pipe to a media worker that does not exist"),
            }
        }
    }

    /// Tries again what a full ring did not take.
    pub(super) fn retry(&mut self) {
        for sender in self.senders.iter_mut().filter(|sender| !sender.backlog.is_empty()) {
            self.spare.clear();
            self.dropped += sender.send(&mut self.spare);
        }
    }

    /// Something waits for room in a ring.
    pub(super) fn has_backlog(&self) -> bool {
        self.senders.iter().any(|sender| !sender.backlog.is_empty())
    }

    /// Packets that found no room, since the start.
    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Gives the Worker what others have for it; `after` is called after each batch. True where more may wait, for which
    /// nobody will wake this thread.
    pub(super) fn receive(&mut self, worker: &mut Worker, now: Instant, mut after: impl FnMut(&mut Worker)) -> bool {
        let mut more = false;
        for receiver in &self.receivers {
            let mut taken = 0;
            for mut batch in receiver.ring.try_iter().take(BATCHES_PER_TURN) {
                taken += 1;
                worker.handle_pipe(receiver.from, &batch, now);
                batch.clear();
                // A thread that has ended, or enough of them already: then this one goes.
                let _ = receiver.empty.try_send(batch);
                after(worker);
            }
            more |= taken == BATCHES_PER_TURN;
        }
        more
    }
}

impl Sender {
    /// Sends a batch, which is exchanged for an empty one; gives the number of packets that were dropped.
    fn send(&mut self, batch: &mut PipeBatch) -> u64 {
        if !self.backlog.is_empty() {
            self.backlog.append(batch);
            std::mem::swap(&mut self.backlog, batch);
            self.backlog.clear();
        }
        let full = std::mem::replace(batch, self.empty.try_recv().unwrap_or_default());
        match self.ring.try_send(full) {
            Ok(()) => {
                self.to.wake();
                0
            }
            Err(TrySendError::Full(mut refused)) => {
                let dropped = refused.drop_packets();
                self.backlog = refused;
                dropped as u64
            }
            Err(TrySendError::Disconnected(_)) => 0,
        }
    }
}
