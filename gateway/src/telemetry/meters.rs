//! What the server's parts count as they work, in one place for all of them; cheap to write, read by [`super::Figures`].
//!
//! Labels are words of this table: never names of rooms or participants.
use super::Protocol;
use super::histogram::Histogram;
use super::requests::{Requests, counter};
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use sfu_core::room::{Grade, Standing};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the classes of how long a step of a join takes, seconds.
const STEP_BOUNDS_S: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Of how long a transaction takes, seconds.
const WRITE_BOUNDS_S: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// LiveKit's own classes: interarrival jitter, us; round trip, ms; loss, per cent; opinion; grade.
const JITTER_BOUNDS_US: &[f64] = &[1e3, 1e4, 3e4, 5e4, 7e4, 1e5, 3e5, 6e5, 1e6];
const RTT_BOUNDS_MS: &[f64] = &[50.0, 100.0, 150.0, 200.0, 250.0, 500.0, 750.0, 1e3, 5e3, 1e4];
const LOSS_BOUNDS_PERCENT: &[f64] = &[0.0, 0.1, 0.3, 0.5, 0.7, 1.0, 5.0, 10.0, 40.0, 100.0];
const SCORE_BOUNDS: &[f64] = &[1.0, 2.0, 2.5, 3.0, 3.25, 3.5, 3.75, 4.0, 4.25, 4.5];
const RATING_BOUNDS: &[f64] = &[0.0, 1.0, 2.0];

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Counts one more.
    pub fn note(&self) {
        self.add(1);
    }

    /// Counts so many more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// How many there were.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A step on a client's way into a room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JoinStep {
    /// From its socket to the room's answer.
    Signal,
    /// From the Transport's description to the first authentic check.
    Ice,
    /// From there to keys.
    Dtls,
    /// From there to the first packet of what it publishes.
    FirstPacket,
    /// From keys, or from the first source that it is to receive where that is later, to the first packet of one.
    FirstFrame,
}

impl JoinStep {
    /// All, in their order.
    pub const ALL: [Self; 5] = [Self::Signal, Self::Ice, Self::Dtls, Self::FirstPacket, Self::FirstFrame];

    /// As it is counted and as its span is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signal => "signal",
            Self::Ice => "ice",
            Self::Dtls => "dtls",
            Self::FirstPacket => "first_packet",
            Self::FirstFrame => "first_frame",
        }
    }
}

/// Joins of one protocol.
#[derive(Debug)]
pub struct Joins {
    /// Clients that are in.
    pub joined: Count,
    /// Clients that the room or its permissions kept out.
    pub refused: Count,
    /// Clients whose media stood for the first time.
    pub connected: Count,
    steps: [Histogram; 5],
}

impl Default for Joins {
    fn default() -> Self {
        let (joined, refused, connected) = (Count::default(), Count::default(), Count::default());
        Self { joined, refused, connected, steps: std::array::from_fn(|_| Histogram::new(STEP_BOUNDS_S)) }
    }
}

impl Joins {
    /// How long a step took.
    pub fn observe(&self, step: JoinStep, took: Duration) {
        self.step(step).observe_time(took);
    }

    /// The times of a step.
    pub(super) fn step(&self, step: JoinStep) -> &Histogram {
        let [signal, ice, dtls, first, frame] = &self.steps;
        match step {
            JoinStep::Signal => signal,
            JoinStep::Ice => ice,
            JoinStep::Dtls => dtls,
            JoinStep::FirstPacket => first,
            JoinStep::FirstFrame => frame,
        }
    }
}

/// What goes between clients and rooms.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Frames from clients.
    pub frames_in: Count,
    /// Frames to clients.
    pub frames_out: Count,
    /// Frames that a client did not take.
    pub frames_lost: Count,
    /// Commands to rooms.
    pub commands: Count,
    /// Events to clients.
    pub events: Count,
    /// Events that found a client's queue full or its client gone.
    pub events_lost: Count,
    /// Reports of media threads.
    pub reports: Count,
}

/// How clients' paths are, as their reports say.
#[derive(Debug)]
pub struct Paths {
    /// Interarrival jitter, microseconds.
    pub jitter_us: Histogram,
    /// Round trip times, ms.
    pub rtt_ms: Histogram,
    /// Packets lost of what came, per cent.
    pub loss_percent: Histogram,
    /// Packets that never came.
    pub lost_in: Count,
    /// Packets that receivers report lost.
    pub lost_out: Count,
    /// Mean opinion score of participants' connections.
    pub score: Histogram,
    /// Grade of them: 0 poor, 1 good, 2 excellent.
    pub rating: Histogram,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            jitter_us: Histogram::new(JITTER_BOUNDS_US),
            rtt_ms: Histogram::new(RTT_BOUNDS_MS),
            loss_percent: Histogram::new(LOSS_BOUNDS_PERCENT),
            lost_in: Count::default(),
            lost_out: Count::default(),
            score: Histogram::new(SCORE_BOUNDS),
            rating: Histogram::new(RATING_BOUNDS),
        }
    }
}

impl Paths {
    /// A participant's connection was graded.
    pub fn graded(&self, standing: &Standing) {
        self.score.observe(f64::from(standing.opinion));
        self.rating.observe(match standing.grade {
            Grade::Lost | Grade::Poor => 0.0,
            Grade::Good => 1.0,
            Grade::Excellent => 2.0,
        });
    }
}

/// The store at work.
#[derive(Debug)]
pub struct StoreMeter {
    /// How long transactions take.
    pub writes: Histogram,
    /// Transactions that came to nothing.
    pub failures: Count,
}

impl Default for StoreMeter {
    fn default() -> Self {
        Self { writes: Histogram::new(WRITE_BOUNDS_S), failures: Count::default() }
    }
}

impl StoreMeter {
    /// A transaction was tried.
    pub fn note(&self, stored: bool, took: Duration) {
        if stored {
            self.writes.observe_time(took);
        } else {
            self.failures.note();
        }
    }
}

/// Attempts to bring events to backends.
#[derive(Debug, Default)]
pub struct Deliveries {
    /// Taken.
    pub delivered: Count,
    /// Answered with 4xx.
    pub rejected: Count,
    /// Not reached, or not able.
    pub failed: Count,
    /// Given up.
    pub buried: Count,
    /// The endpoints whose last attempt came to nothing.
    troubled: Mutex<BTreeSet<String>>,
}

impl Deliveries {
    /// What came of the last attempt at an endpoint.
    pub fn note_trouble(&self, endpoint: &str, is_troubled: bool) {
        let mut troubled = self.troubled.lock().unwrap_or_else(PoisonError::into_inner);
        if is_troubled {
            troubled.insert(endpoint.to_owned());
        } else {
            troubled.remove(endpoint);
        }
    }

    /// The endpoints whose last attempt came to nothing.
    pub fn troubled(&self) -> Vec<String> {
        self.troubled.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// All of it.
#[derive(Debug, Default)]
pub struct Meters {
    /// API requests.
    pub requests: Requests,
    /// Joins of OpenVidu v2 clients.
    pub v2_joins: Joins,
    /// Joins of LiveKit clients.
    pub livekit_joins: Joins,
    /// Messages.
    pub traffic: Traffic,
    /// Paths.
    pub paths: Paths,
    /// The store.
    pub store: StoreMeter,
    /// Webhooks and call detail records.
    pub deliveries: Deliveries,
}

impl Meters {
    /// The joins of one protocol.
    pub const fn joins(&self, protocol: Protocol) -> &Joins {
        match protocol {
            Protocol::V2 => &self.v2_joins,
            Protocol::LiveKit | Protocol::Own => &self.livekit_joins,
        }
    }

    /// Writes them.
    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        self.requests.encode(encoder)?;
        self.encode_joins(encoder)?;
        self.encode_messages(encoder)?;
        self.encode_store(encoder)?;
        let help = "Attempts to bring an event to a backend, by outcome.";
        let mut family = encoder.encode_descriptor("viaduct_webhook_attempts", help, None, MetricType::Counter)?;
        let Deliveries { delivered, rejected, failed, buried, .. } = &self.deliveries;
        for (outcome, count) in
            [("delivered", delivered), ("rejected", rejected), ("failed", failed), ("given_up", buried)]
        {
            counter(&mut family, &[("outcome", outcome)], count.get())?;
        }
        Ok(())
    }

    fn encode_joins(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let both = [(Protocol::V2, &self.v2_joins), (Protocol::LiveKit, &self.livekit_joins)];
        let help = "Joins by protocol and what came of them.";
        let mut family = encoder.encode_descriptor("viaduct_joins", help, None, MetricType::Counter)?;
        for (protocol, joins) in both {
            for (result, count) in [("joined", &joins.joined), ("refused", &joins.refused)] {
                counter(&mut family, &[("protocol", protocol.name()), ("result", result)], count.get())?;
            }
        }
        let help = "How long each step of a join takes, seconds.";
        let name = "viaduct_join_step_seconds";
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (protocol, joins) in both {
            for step in JoinStep::ALL {
                let labels = [("protocol", protocol.name()), ("step", step.name())];
                joins.step(step).write(&mut family.encode_family(&labels)?, 1.0)?;
            }
        }
        Ok(())
    }

    fn encode_messages(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let traffic = &self.traffic;
        let help = "Messages between clients, rooms and media threads, by way.";
        let mut family = encoder.encode_descriptor("viaduct_messages", help, None, MetricType::Counter)?;
        for (way, count) in [
            ("frame_in", &traffic.frames_in),
            ("frame_out", &traffic.frames_out),
            ("frame_lost", &traffic.frames_lost),
            ("command", &traffic.commands),
            ("event", &traffic.events),
            ("event_lost", &traffic.events_lost),
            ("media_report", &traffic.reports),
        ] {
            counter(&mut family, &[("way", way)], count.get())?;
        }
        Ok(())
    }

    fn encode_store(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "How long transactions of the store take, seconds.";
        let name = "viaduct_store_write_seconds";
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        self.store.writes.write(&mut metric, 1.0)?;
        let help = "Transactions that came to nothing.";
        let metric = encoder.encode_descriptor("viaduct_store_failures", help, None, MetricType::Counter)?;
        ConstCounter::new(self.store.failures.get()).encode(metric)
    }
}
