//! One media thread: waits for commands, datagrams and deadlines, feeds them to its Worker, carries out what it says.
//!
//! A panic of the Worker is caught here: a new Worker takes its place on the same sockets and the shards are told.
use super::link::{Commands, MediaReport, ShardId, ThreadInput};
use super::pace::Pace;
use super::pipe::Pipes;
use super::report::{Reporter, SocketCounters, ThreadReport};
use super::routes::Routes;
use super::socket::Sockets;
use super::tcp::Connections;
use crate::clock;
use mio::{Events, Interest, Poll, Token, Waker};
use sfu_core::media::{Worker, WorkerConfig, WorkerError, WorkerFacts};
use sfu_core::sdp::Protocol;
use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// The waker's token; the sockets' are 0 and up.
const WAKER: Token = Token(usize::MAX);
/// Commands taken before datagrams get their turn again.
const COMMANDS_PER_TURN: usize = 256;
/// Batches of datagrams taken from one socket before commands get their turn again.
const BATCHES_PER_TURN: usize = 8;
/// Bytes to send that are gathered at most before they are sent: they should still be in the processor's cache then.
const GATHERED_BYTES_MAX: usize = 256 * 1024;
/// Reports that wait for a shard whose queue is full; those above are lost.
const REPORTS_MAX: usize = 65_536;
/// A Worker that breaks down is replaced at once, but not more often than this.
const RESTART_INTERVAL: Duration = Duration::from_millis(500);

/// What a media thread is made of.
pub(super) struct Thread {
    config: WorkerConfig,
    sockets: Sockets,
    /// Clones of the sockets that live as long as their registration with `poll`.
    _handles: Vec<mio::net::UdpSocket>,
    /// Which sockets may hold datagrams: they tell only when something new comes.
    readable: Vec<bool>,
    tcp: Connections,
    poll: Poll,
    commands: Commands,
    routes: Routes,
    reports: Reports,
    pace: Pace,
    reporter: Reporter,
}

/// The reports' way to the shards.
pub(super) struct Reports {
    shards: Vec<mpsc::Sender<MediaReport>>,
    waiting: VecDeque<(ShardId, MediaReport)>,
}

/// Whether a turn was the last one.
#[derive(PartialEq, Eq)]
enum Turn {
    Again,
    Last,
}

/// A poller with its sockets registered, and the waker that interrupts it.
pub(super) fn poller(sockets: &Sockets) -> io::Result<(Poll, Waker, Vec<mio::net::UdpSocket>)> {
    let poll = Poll::new()?;
    let waker = Waker::new(poll.registry(), WAKER)?;
    let mut handles = sockets.handles()?;
    for (index, handle) in handles.iter_mut().enumerate() {
        poll.registry().register(handle, Token(index), Interest::READABLE)?;
    }
    Ok((poll, waker, handles))
}

impl Thread {
    /// Puts the parts together.
    pub(super) fn new(
        config: WorkerConfig,
        sockets: Sockets,
        (poll, handles): (Poll, Vec<mio::net::UdpSocket>),
        commands: Commands,
        shards: Vec<mpsc::Sender<MediaReport>>,
        reporter: Reporter,
    ) -> Self {
        let readable = vec![true; handles.len()];
        let reports = Reports { shards, waiting: VecDeque::new() };
        let (routes, pace) = (Routes::default(), Pace::new(Instant::now()));
        let tcp = Connections::new();
        Self { config, sockets, _handles: handles, readable, tcp, poll, commands, routes, reports, pace, reporter }
    }

    /// Drives `worker`, and its successors, until told to stop.
    pub(super) fn run(mut self, mut worker: Worker, mut pipes: Pipes) {
        loop {
            let started = Instant::now();
            match catch_unwind(AssertUnwindSafe(|| self.drive(&mut worker, &mut pipes))) {
                Ok(Ok(())) => return,
                Ok(Err(error)) => tracing::error!(worker = self.config.id.0, %error, "media thread cannot wait"),
                Err(_panic) => tracing::error!(worker = self.config.id.0, "media worker broke down"),
            }
            std::thread::sleep(RESTART_INTERVAL.saturating_sub(started.elapsed()));
            match self.replace() {
                Ok(Some(successor)) => worker = successor,
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(worker = self.config.id.0, %error, "media worker cannot be replaced");
                    return;
                }
            }
        }
    }

    /// A new Worker in the old one's place; `None` where the thread was told to stop meanwhile.
    fn replace(&mut self) -> Result<Option<Worker>, WorkerError> {
        // What waits was meant for the Worker that is gone.
        while let Some(input) = self.commands.take(1).next() {
            if matches!(input, ThreadInput::Stop) {
                return Ok(None);
            }
        }
        self.routes = Routes::default();
        self.readable.fill(true);
        self.tcp.clear();
        let worker = make_worker(&self.config)?;
        self.reports.worker_lost(&worker.facts());
        Ok(Some(worker))
    }

    fn drive(&mut self, worker: &mut Worker, pipes: &mut Pipes) -> io::Result<()> {
        let mut events = Events::with_capacity(16);
        loop {
            match self.poll.poll(&mut events, self.patience(worker, pipes)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            for event in &events {
                if let Some(readable) = self.readable.get_mut(event.token().0) {
                    *readable = true;
                } else {
                    self.tcp.note(event);
                }
            }
            let started = Instant::now();
            if self.turn(worker, pipes, started) == Turn::Last {
                return Ok(());
            }
            self.report(worker, pipes, started);
            if let Some(rest) = self.pace.rest(started, Instant::now()) {
                std::thread::sleep(rest);
            }
        }
    }

    /// How long the thread may sleep.
    fn patience(&self, worker: &Worker, pipes: &Pipes) -> Option<Duration> {
        if self.readable.contains(&true) || self.tcp.is_busy() {
            return Some(Duration::ZERO);
        }
        let waits = !self.reports.waiting.is_empty() || pipes.has_backlog();
        let retry = waits.then_some(Duration::from_millis(5));
        let deadline = [worker.deadline(), self.tcp.deadline(), self.reporter.due()].into_iter().flatten().min();
        let deadline = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        match (retry, deadline) {
            (Some(retry), Some(deadline)) => Some(retry.min(deadline)),
            (retry, deadline) => retry.or(deadline),
        }
    }

    fn turn(&mut self, worker: &mut Worker, pipes: &mut Pipes, now: Instant) -> Turn {
        let mut taken = 0;
        for input in self.commands.take(COMMANDS_PER_TURN) {
            taken += 1;
            match input {
                ThreadInput::Command { shard, command } => {
                    self.routes.note(shard, &command);
                    worker.handle_command(command, now);
                }
                ThreadInput::Connection(connection) => self.tcp.add(*connection, self.poll.registry(), now),
                ThreadInput::Stop => return Turn::Last,
            }
        }
        if taken == COMMANDS_PER_TURN {
            // More may wait, for which nobody will wake this thread: look again without sleeping.
            self.readable.fill(true);
        }
        if taken > 0 {
            self.reporter.note_load(worker.census().load());
        }
        if pipes.receive(worker, now, |worker| self.flush_much(worker)) {
            self.readable.fill(true);
        }
        for index in 0..self.readable.len() {
            self.receive(index, worker, pipes);
        }
        for _ in 0..self.tcp.waiting() {
            self.tcp.receive(worker, Instant::now());
            if worker.waiting_bytes() > GATHERED_BYTES_MAX {
                self.flush(worker);
            }
        }
        let now = Instant::now();
        if worker.deadline().is_some_and(|deadline| deadline <= now) {
            worker.handle_timeout(now);
        }
        self.flush(worker);
        self.tcp.sweep(worker, now);
        pipes.send(worker);
        pipes.retry();
        self.reports.retry();
        Turn::Again
    }

    fn receive(&mut self, index: usize, worker: &mut Worker, pipes: &mut Pipes) {
        for _ in 0..BATCHES_PER_TURN {
            if !self.readable[index] {
                return;
            }
            let (now, mut count) = (Instant::now(), 0);
            let take = |route, datagram: &mut [u8], upcoming: Option<_>| {
                count += 1;
                if let Some(upcoming) = upcoming {
                    worker.expect_datagram(&upcoming);
                }
                worker.handle_datagram(route, datagram, now);
            };
            match self.sockets.receive(index, take) {
                Ok(more) => {
                    self.readable[index] = more;
                    self.reporter.sockets.batches_in += u64::from(more);
                }
                // The system passes on what a router said about something sent earlier (ICMP): no fault of the socket.
                Err(error) => tracing::debug!(worker = self.config.id.0, %error, "receiving"),
            }
            self.pace.note(count, now);
            // Others work on it while this thread goes on.
            pipes.send(worker);
            self.flush_much(worker);
        }
    }

    /// Sends what waits once it is a good deal.
    fn flush_much(&mut self, worker: &mut Worker) {
        if worker.waiting_bytes() > GATHERED_BYTES_MAX {
            self.flush(worker);
        }
    }

    /// Keeps the thread's figures.
    fn report(&mut self, worker: &Worker, pipes: &Pipes, started: Instant) {
        let now = Instant::now();
        self.reporter.turns.note(now.saturating_duration_since(started));
        self.reporter.beat();
        let (id, runs_dropped) = (self.config.id, self.sockets.dropped());
        self.reporter.publish(now, |reporter| ThreadReport {
            worker: id,
            census: worker.census(),
            counters: worker.counters(),
            drops: worker.drops(),
            sockets: SocketCounters { runs_dropped, ..reporter.sockets },
            pipe_packets_dropped: pipes.dropped(),
            turns: reporter.turns,
        });
    }

    fn flush(&mut self, worker: &mut Worker) {
        while let Some(transmit) = worker.poll_transmit() {
            match transmit.route.protocol {
                Protocol::Udp => self.sockets.send(&transmit),
                Protocol::Tcp => self.tcp.send(&transmit),
            }
        }
        self.tcp.write();
        while let Some(event) = worker.poll_event() {
            if let Some(owner) = self.routes.owner(&event) {
                let report = MediaReport::Event { worker: self.config.id, room: owner.room, event };
                self.reports.push(owner.shard, report);
            }
        }
    }
}

impl Reports {
    fn worker_lost(&mut self, facts: &WorkerFacts) {
        for shard in 0..self.shards.len() {
            self.push(ShardId(shard), MediaReport::WorkerLost { facts: facts.clone() });
        }
    }

    fn push(&mut self, shard: ShardId, report: MediaReport) {
        if self.waiting.len() < REPORTS_MAX {
            self.waiting.push_back((shard, report));
            self.retry();
        } else {
            tracing::error!(shard = shard.0, "a shard of rooms stands still: a media event is lost");
        }
    }

    /// Hands over what waits, in order, until a queue is full.
    fn retry(&mut self) {
        while let Some((shard, report)) = self.waiting.pop_front() {
            let Some(queue) = self.shards.get(shard.0) else { continue };
            match queue.try_send(report) {
                Ok(()) | Err(TrySendError::Closed(_)) => {}
                Err(TrySendError::Full(report)) => {
                    self.waiting.push_front((shard, report));
                    return;
                }
            }
        }
    }
}

/// A fresh Worker.
pub(super) fn make_worker(config: &WorkerConfig) -> Result<Worker, WorkerError> {
    Worker::new(config.clone(), clock::random(), Instant::now())
}
