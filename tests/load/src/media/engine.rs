//! The media thread: wakes at a fixed beat, gives every seat its turn, and answers commands in between.
//!
//! What is due is sent at each beat, so that packets leave spread over time as those of real participants would. Sockets
//! are looked at every few beats instead of being waited for: datagrams come in bunches then, which is what makes one core
//! enough for hundreds of participants. The price is that arrival times are as coarse as that.
use super::books::Expected;
use super::inbox::Inbox;
use super::pc::{Far, PcConfig, PcError, Which};
use super::reception::Tally;
use super::seat::{MediaNews, OpenedSeat, Rules, Seat, SeatReport};
use super::source::Pattern;
use crate::plan::Part;
use crate::sdp::Local;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::{mpsc::UnboundedSender, oneshot};

/// Time between two beats.
const BEAT: Duration = Duration::from_millis(1);
/// A beat that comes this long after the one before is late.
const LATE: Duration = Duration::from_millis(10);

/// How the engine works.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// Our address towards the server.
    pub ip: IpAddr,
    /// The server's address.
    pub server: IpAddr,
    /// What everybody sends.
    pub pattern: Pattern,
    /// How often each socket is looked at.
    pub tick: Duration,
    /// Every n-th packet is opened as a check; 0: only the first ones of a stream.
    pub verify_every: u32,
    /// Largest share of packets that a participant may lose over five seconds, 0 to 1.
    pub loss_max: f64,
    /// The system may hand over and take several datagrams at a time (GRO, GSO).
    pub offload: bool,
}

/// What signalling asks of the engine; `seat` is the participant's number.
#[derive(Debug)]
pub enum Command {
    /// A participant begins.
    Open {
        /// Whose.
        seat: usize,
        /// What it does in its room.
        part: Part,
        /// How many subscribers it begins with.
        subscribers: usize,
        /// Where its news go.
        news: UnboundedSender<MediaNews>,
        /// Its half of the descriptions.
        reply: oneshot::Sender<Result<OpenedSeat, PcError>>,
    },
    /// A participant needs one more subscriber.
    AddSubscriber {
        /// Whose.
        seat: usize,
        /// Its number and its half of the description; nothing where the participant is gone.
        reply: oneshot::Sender<Result<(usize, Local), PcError>>,
    },
    /// The server's half of an association.
    Connect {
        /// Whose.
        seat: usize,
        /// Which of the two.
        which: Which,
        /// The server's half.
        far: Box<Far>,
    },
    /// A candidate of the server's, from `candidate:` on.
    Candidate {
        /// Whose.
        seat: usize,
        /// Which of the two.
        which: Which,
        /// As SDP writes it.
        candidate: String,
    },
    /// What the server's last offer announced.
    Expect {
        /// Whose.
        seat: usize,
        /// All of it.
        expected: Vec<Expected>,
    },
    /// A participant ends.
    Close {
        /// Whose.
        seat: usize,
    },
    /// Counters are wanted.
    Snapshot {
        /// Where they go.
        reply: oneshot::Sender<Snapshot>,
    },
}

/// Counters at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// What came to anybody since the run's start.
    pub total: Tally,
    /// Packets sent by anybody since the run's start.
    pub sent: u64,
    /// The participants that are there.
    pub seats: BTreeMap<usize, SeatReport>,
    /// Beats since the run's start.
    pub beats: u64,
    /// Those that came more than 10 ms after the one before: the load's own core was too busy.
    pub late_beats: u64,
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No certificate could be made.
    #[error("the crypto library made no certificate")]
    Certificate,
    /// No thread could be started.
    #[error("the media thread cannot be started: {0}")]
    Thread(#[from] io::Error),
    /// The thread is gone.
    #[error("the media thread has ended")]
    Gone,
}

/// The way to the thread; it ends with the last of these.
#[derive(Clone, Debug)]
pub struct Engine {
    commands: Sender<Command>,
}

impl Engine {
    /// Starts the thread.
    pub fn start(settings: EngineSettings) -> Result<(Self, JoinHandle<()>), EngineError> {
        let config = PcConfig::new(settings.ip, settings.server).ok_or(EngineError::Certificate)?;
        let (commands, orders) = mpsc::channel();
        let thread = std::thread::Builder::new().name("media".to_owned()).spawn(move || {
            Thread::new(config, &settings, orders).run(settings.tick);
        })?;
        Ok((Self { commands }, thread))
    }

    /// Hands over a command.
    pub fn send(&self, command: Command) -> Result<(), EngineError> {
        self.commands.send(command).map_err(|_| EngineError::Gone)
    }

    /// Counters as they are.
    pub async fn snapshot(&self) -> Result<Snapshot, EngineError> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Snapshot { reply })?;
        answer.await.map_err(|_| EngineError::Gone)
    }
}

struct Taken {
    seat: Seat,
    news: UnboundedSender<MediaNews>,
}

struct Thread {
    config: PcConfig,
    rules: Rules,
    orders: Receiver<Command>,
    inbox: Inbox,
    random: StdRng,
    seats: BTreeMap<usize, Taken>,
    gone: Tally,
    gone_sent: u64,
    beats: u64,
    late_beats: u64,
}

impl Thread {
    fn new(config: PcConfig, settings: &EngineSettings, orders: Receiver<Command>) -> Self {
        let rules = Rules {
            pattern: settings.pattern,
            verify_every: settings.verify_every,
            loss_max: settings.loss_max,
            epoch: Instant::now(),
            unix_epoch: SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(),
            offload: settings.offload,
        };
        Self {
            config,
            rules,
            orders,
            inbox: Inbox::new(),
            random: StdRng::from_rng(&mut rand::rng()),
            seats: BTreeMap::new(),
            gone: Tally::default(),
            gone_sent: 0,
            beats: 0,
            late_beats: 0,
        }
    }

    fn run(mut self, tick: Duration) {
        let looks_every = (tick.as_micros() / BEAT.as_micros()).max(1) as u64;
        let mut before = Instant::now();
        let mut next = before + BEAT;
        while self.obey() {
            self.take_turns(looks_every);
            let now = Instant::now();
            self.beats += 1;
            self.late_beats += u64::from(now - before > LATE);
            before = now;
            match next.checked_duration_since(now) {
                Some(rest) => std::thread::sleep(rest),
                None => next = now,
            }
            next += BEAT;
        }
        let now = Instant::now();
        self.seats.values_mut().for_each(|taken| taken.seat.close(now));
    }

    /// False once nobody can command any more.
    fn obey(&mut self) -> bool {
        loop {
            match self.orders.try_recv() {
                Ok(command) => self.handle(command),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn handle(&mut self, command: Command) {
        let now = Instant::now();
        match command {
            Command::Open { seat, part, subscribers, news, reply } => {
                self.close(seat, now);
                let opened = Seat::open(&self.config, &self.rules, (part, subscribers), &mut self.random, now).map(
                    |mut opened| {
                        let description = opened.describe();
                        self.seats.insert(seat, Taken { seat: opened, news });
                        description
                    },
                );
                // Who asked may have given up.
                let _ = reply.send(opened);
            }
            Command::AddSubscriber { seat, reply } => {
                if let Some(taken) = self.seats.get_mut(&seat) {
                    let _ = reply.send(taken.seat.add_subscriber(&self.config, &self.rules, now));
                }
            }
            Command::Connect { seat, which, far } => self.with(seat, |seat| seat.connect(which, &far, now)),
            Command::Candidate { seat, which, candidate } => {
                self.with(seat, |seat| seat.add_candidate(which, &candidate, now));
            }
            Command::Expect { seat, expected } => self.with(seat, |seat| {
                seat.expect(expected, now);
                Ok(())
            }),
            Command::Close { seat } => self.close(seat, now),
            Command::Snapshot { reply } => {
                let _ = reply.send(self.snapshot());
            }
        }
    }

    fn with(&mut self, seat: usize, what: impl FnOnce(&mut Seat) -> Result<(), PcError>) {
        if let Some(taken) = self.seats.get_mut(&seat)
            && let Err(error) = what(&mut taken.seat)
        {
            let _ = taken.news.send(MediaNews::Failed(error.to_string()));
        }
    }

    fn take_turns(&mut self, looks_every: u64) {
        let mut news = Vec::new();
        for (number, taken) in &mut self.seats {
            let looks = (self.beats + *number as u64).is_multiple_of(looks_every);
            if let Err(error) = taken.seat.tick(&self.rules, &mut self.inbox, looks, Instant::now(), &mut news) {
                news.push(MediaNews::Failed(error.to_string()));
            }
            for one in news.drain(..) {
                // Whom it concerns may be gone already.
                let _ = taken.news.send(one);
            }
        }
    }

    fn close(&mut self, seat: usize, now: Instant) {
        if let Some(mut taken) = self.seats.remove(&seat) {
            taken.seat.close(now);
            let report = taken.seat.report();
            self.gone.add(&report.tally);
            self.gone_sent += report.sent;
        }
    }

    fn snapshot(&self) -> Snapshot {
        let seats: BTreeMap<usize, SeatReport> =
            self.seats.iter().map(|(number, taken)| (*number, taken.seat.report())).collect();
        let mut total = self.gone;
        seats.values().for_each(|report| total.add(&report.tally));
        let sent = self.gone_sent + seats.values().map(|report| report.sent).sum::<u64>();
        Snapshot { total, sent, seats, beats: self.beats, late_beats: self.late_beats }
    }
}
