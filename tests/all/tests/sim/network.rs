//! A network between a Worker and its clients that delays, drops, repeats and reorders datagrams by chance of its seed.
use crate::further::is_worker;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// What the network does to datagrams.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// One-way delay.
    pub delay: Duration,
    /// Up to this much more, each datagram by itself: what reorders.
    pub jitter: Duration,
    /// Share of datagrams lost on the way to the Worker.
    pub loss_up: f64,
    /// Share of datagrams lost on the way to clients.
    pub loss_down: f64,
    /// Share of datagrams that come twice.
    pub duplication: f64,
}

impl Conditions {
    pub const GOOD: Self = Self {
        delay: Duration::from_millis(5),
        jitter: Duration::ZERO,
        loss_up: 0.0,
        loss_down: 0.0,
        duplication: 0.0,
    };
}

/// A link that carries no more than this: what comes faster waits in a queue, and what does not fit there is lost.
#[derive(Clone, Copy, Debug)]
pub struct Narrow {
    /// Bits a second, IP and UDP headers included.
    pub bps: u64,
    /// The longest time that a datagram waits.
    pub queue: Duration,
}

/// A busy machine at the clients' end: for a while it looks at nothing, then takes all that has come at once.
#[derive(Clone, Copy, Debug)]
pub struct Stalls {
    /// The longest time for which it looks at nothing.
    pub longest: Duration,
    /// The longest time between two such times.
    pub apart: Duration,
}

/// A datagram that has arrived.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Delivery {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub bytes: Vec<u8>,
}

/// Turns one datagram of a client into what is sent in its place.
pub type Reshape = Box<dyn FnMut(&[u8]) -> Vec<Vec<u8>>>;

pub struct Network {
    /// What happens to datagrams to the Worker before anything else.
    pub reshape: Option<Reshape>,
    pub conditions: Conditions,
    random: StdRng,
    queue: BinaryHeap<Reverse<(Instant, u64, Delivery)>>,
    count: u64,
    /// The link to each client.
    pub narrow: Option<Narrow>,
    /// When the link to each client has given out all that waits.
    free_at: BTreeMap<SocketAddr, Instant>,
    /// How busy the clients' machine is.
    pub stalls: Option<Stalls>,
    /// When it looks at nothing next, or now.
    stall: (Instant, Instant),
    /// Addresses whose datagrams go nowhere.
    pub cut: Vec<SocketAddr>,
    /// A translator gave a client (its own address first) another address: what goes to the old one is lost.
    pub translated: Option<(SocketAddr, SocketAddr)>,
}

impl Network {
    pub fn new(seed: u64, now: Instant) -> Self {
        Self {
            reshape: None,
            conditions: Conditions::GOOD,
            random: StdRng::seed_from_u64(seed),
            queue: BinaryHeap::new(),
            count: 0,
            narrow: None,
            free_at: BTreeMap::new(),
            stalls: None,
            stall: (now, now),
            cut: Vec::new(),
            translated: None,
        }
    }

    pub fn send(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8], now: Instant) {
        match self.reshape.as_mut().filter(|_| is_worker(to)) {
            Some(reshape) => {
                for bytes in reshape(bytes) {
                    self.send_one(from, to, &bytes, now);
                }
            }
            None => self.send_one(from, to, bytes, now),
        }
    }

    fn send_one(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8], now: Instant) {
        let (from, to) = match self.translated {
            Some((inside, outside)) if from == inside => (outside, to),
            Some((inside, outside)) if to == outside => (from, inside),
            Some((inside, _)) if to == inside => return,
            Some(_) | None => (from, to),
        };
        let loss = if is_worker(to) { self.conditions.loss_up } else { self.conditions.loss_down };
        if self.cut.contains(&from) || self.cut.contains(&to) || self.random.random_bool(loss) {
            return;
        }
        let Some(now) = self.pass_link(to, bytes.len(), now) else { return };
        let copies = if self.random.random_bool(self.conditions.duplication) { 2 } else { 1 };
        for _ in 0..copies {
            let more = self.conditions.jitter.mul_f64(self.random.random_range(0.0..1.0));
            self.count += 1;
            let delivery = Delivery { from, to, bytes: bytes.to_vec() };
            let arrival = self.wait_for_machine(to, now + self.conditions.delay + more);
            self.queue.push(Reverse((arrival, self.count, delivery)));
        }
    }

    /// When a datagram leaves the link to a client; `None`: it does not.
    fn pass_link(&mut self, to: SocketAddr, len: usize, now: Instant) -> Option<Instant> {
        let Some(narrow) = self.narrow.filter(|_| !is_worker(to)) else { return Some(now) };
        let free_at = self.free_at.get(&to).copied().unwrap_or(now).max(now);
        if free_at.duration_since(now) > narrow.queue {
            return None;
        }
        let left = free_at + Duration::from_secs_f64((len + 28) as f64 * 8.0 / narrow.bps as f64);
        self.free_at.insert(to, left);
        Some(left)
    }

    /// When a client's machine looks at what arrives.
    fn wait_for_machine(&mut self, to: SocketAddr, arrival: Instant) -> Instant {
        let Some(stalls) = self.stalls.filter(|_| !is_worker(to)) else { return arrival };
        while self.stall.1 < arrival {
            let begin = self.stall.1 + stalls.apart.mul_f64(self.random.random_range(0.0..1.0));
            self.stall = (begin, begin + stalls.longest.mul_f64(self.random.random_range(0.1..1.0)));
        }
        if self.stall.0 < arrival { self.stall.1 } else { arrival }
    }

    pub fn next(&self) -> Option<Instant> {
        self.queue.peek().map(|Reverse((at, _, _))| *at)
    }

    pub fn receive(&mut self, now: Instant) -> Option<Delivery> {
        if self.next()? > now {
            return None;
        }
        self.queue.pop().map(|Reverse((_, _, delivery))| delivery)
    }
}
