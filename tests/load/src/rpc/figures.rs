//! What a run of signalling comes to: how long each kind of request took, as percentiles, and what went missing.
use super::{News, RpcPlan};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// Something that is timed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub enum Measured {
    /// `joinRoom` until its reply.
    JoinRoom,
    /// `publishVideo` until its reply.
    PublishVideo,
    /// `prepareReceiveVideoFrom` until the server's offer.
    PrepareReceiveVideo,
    /// `receiveVideoFrom` with the answer until its reply.
    ReceiveVideo,
    /// `sendMessage` until its reply.
    SendMessage,
    /// A signal from its sender to one receiver.
    FanOut,
}

impl Measured {
    const ALL: [Self; 6] = [
        Self::JoinRoom,
        Self::PublishVideo,
        Self::PrepareReceiveVideo,
        Self::ReceiveVideo,
        Self::SendMessage,
        Self::FanOut,
    ];

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::JoinRoom => "joinRoom",
            Self::PublishVideo => "publishVideo",
            Self::PrepareReceiveVideo => "prepareReceiveVideoFrom",
            Self::ReceiveVideo => "receiveVideoFrom",
            Self::SendMessage => "sendMessage, reply",
            Self::FanOut => "signal, sender to receiver",
        }
    }
}

/// How long one kind of thing took, milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What.
    pub measured: Measured,
    /// How often.
    pub count: usize,
    /// Half took no longer.
    pub p50_ms: f64,
    /// 95 of 100 took no longer.
    pub p95_ms: f64,
    /// 99 of 100 took no longer.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

/// A run's results.
#[derive(Clone, Debug, Serialize)]
pub struct RpcResults {
    /// Participants that were sent.
    pub participants: usize,
    /// Rooms.
    pub rooms: usize,
    /// Seconds from the first join until everybody received everybody.
    pub met_after_secs: f64,
    /// Subscriptions that should have come about.
    pub subscriptions_expected: usize,
    /// Signals that should have reached somebody.
    pub deliveries_expected: usize,
    /// What took how long.
    pub figures: Vec<Figure>,
    /// Who failed, and why.
    pub failures: Vec<String>,
    /// The machine's load average over the last minute, at the end of the signals.
    pub load_average: Option<f64>,
}

/// What was reported so far.
#[derive(Default)]
pub(super) struct Book {
    times: BTreeMap<Measured, Vec<Duration>>,
    expected_deliveries: usize,
    failures: Vec<String>,
}

impl Book {
    pub(super) fn enter(&mut self, news: News) {
        match news {
            News::Took(measured, time) => self.times.entry(measured).or_default().push(time),
            News::Signalled(receivers) => self.expected_deliveries += receivers,
            News::Failed(error) => self.failures.push(error.to_string()),
        }
    }

    pub(super) fn count(&self, measured: Measured) -> usize {
        self.times.get(&measured).map_or(0, Vec::len)
    }

    pub(super) const fn expected_deliveries(&self) -> usize {
        self.expected_deliveries
    }

    pub(super) fn failed(&self) -> usize {
        self.failures.len()
    }

    pub(super) fn results(
        mut self,
        plan: &RpcPlan,
        subscriptions: usize,
        met_after: Duration,
        load_average: Option<f64>,
    ) -> RpcResults {
        let figures = Measured::ALL.into_iter().filter_map(|measured| {
            let times = self.times.get_mut(&measured)?;
            times.sort_unstable();
            figure(measured, times)
        });
        RpcResults {
            participants: plan.participants,
            rooms: plan.participants.div_ceil(plan.rooms_of.max(1)),
            met_after_secs: met_after.as_secs_f64(),
            subscriptions_expected: subscriptions,
            deliveries_expected: self.expected_deliveries,
            figures: figures.collect(),
            failures: self.failures.clone(),
            load_average,
        }
    }
}

/// Percentiles of sorted times.
fn figure(measured: Measured, sorted: &[Duration]) -> Option<Figure> {
    let at = |share: f64| {
        let place = (sorted.len() as f64 * share).ceil() as usize;
        sorted.get(place.saturating_sub(1)).map(|time| time.as_secs_f64() * 1_000.0)
    };
    Some(Figure {
        measured,
        count: sorted.len(),
        p50_ms: at(0.5)?,
        p95_ms: at(0.95)?,
        p99_ms: at(0.99)?,
        max_ms: at(1.0)?,
    })
}

impl RpcResults {
    /// A Markdown table.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{} participants in {} rooms; everybody received everybody after {:.1} s; {} failed",
            self.participants,
            self.rooms,
            self.met_after_secs,
            self.failures.len()
        );
        if let Some(load) = self.load_average {
            // Writing into a string does not fail.
            let _ = write!(text, "; load average {load:.1}");
        }
        text.push_str("\n\n| ms | count | p50 | p95 | p99 | longest |\n|---|---|---|---|---|---|\n");
        for figure in &self.figures {
            let name = figure.measured.name();
            let expected = match figure.measured {
                Measured::ReceiveVideo => format!(" of {}", self.subscriptions_expected),
                Measured::FanOut => format!(" of {}", self.deliveries_expected),
                Measured::JoinRoom | Measured::PublishVideo => format!(" of {}", self.participants),
                Measured::PrepareReceiveVideo | Measured::SendMessage => String::new(),
            };
            let _ = writeln!(
                text,
                "| {name} | {}{expected} | {:.1} | {:.1} | {:.1} | {:.1} |",
                figure.count, figure.p50_ms, figure.p95_ms, figure.p99_ms, figure.max_ms
            );
        }
        for failure in self.failures.iter().take(5) {
            let _ = writeln!(text, "\nfailed: {failure}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let times: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        let figure = figure(Measured::JoinRoom, &times).unwrap();
        assert_eq!((figure.p50_ms, figure.p95_ms, figure.p99_ms, figure.max_ms), (100.0, 190.0, 198.0, 200.0));
        let one = super::figure(Measured::JoinRoom, &times[..1]).unwrap();
        assert_eq!((one.p50_ms, one.p99_ms), (1.0, 1.0));
        assert_eq!(super::figure(Measured::JoinRoom, &[]), None);
    }
}
